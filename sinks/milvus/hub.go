package milvus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/insert"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// hub is what the writers of one process share: a connection for each
// collection, which is prepared once, however many parts there are.
type hub struct {
	mu     sync.Mutex
	places map[place]*shared
}

// place is a collection of a server.
type place struct{ uri, database, collection string }

// shared is one collection while writers are open, and what was found when the
// first came.
type shared struct {
	mu         sync.Mutex
	config     InsertConfig
	schema     *schema.Collection
	server     *collection.Server
	collection *collection.Collection
	// known tells that the collection was looked at: it was empty, or its rows
	// may be replaced.
	known, upsert bool
	// open is the number of writers, flying that of those not yet committed.
	open, flying int
}

// join opens one more writer of a collection.
func (h *hub) join(ctx context.Context, spec core.WriteSpec, config InsertConfig) (*shared, error) {
	if config.Collection == "" && len(config.Schema) == 0 {
		return nil, core.Errorf(core.InvalidConfig, "no collection is named").WithField("collection")
	}
	c, err := schemaOf(spec, config)
	if err != nil {
		return nil, err
	}
	config.Collection = cmp.Or(config.Collection, c.Name)
	at := place{config.URI, config.Database, config.Collection}
	h.mu.Lock()
	s := h.places[at]
	if s == nil {
		s = &shared{config: config, schema: c}
		h.places[at] = s
	}
	h.mu.Unlock()
	return s, s.enter(ctx)
}

// enter connects and prepares the collection, if nobody has.
func (s *shared) enter(ctx context.Context) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == 0 {
		s.server, err = collection.Dial(ctx, collection.Options{
			URI: s.config.URI, Token: s.config.Token, Database: s.config.Database,
			TLS: collection.TLS{CAFile: s.config.CAFile, Insecure: s.config.Insecure},
		})
		if err != nil {
			return err
		}
		if err := s.prepare(ctx); err != nil {
			return errors.Join(err, s.server.Close())
		}
	}
	s.open++
	s.flying++
	return nil
}

// How often, and how far apart, a collection is looked for that another process
// is making.
const (
	looks     = 20
	lookPause = 100 * time.Millisecond
)

// prepare finds or makes the collection. Another process may make it at the
// same time: then it is found at a later look.
func (s *shared) prepare(ctx context.Context) error {
	o := collection.PrepareOptions{Index: s.config.policy()}
	found, made, err := s.server.Prepare(ctx, s.config.Collection, s.schema, o)
	for range looks {
		if err == nil || core.CodeOf(err) == core.InvalidConfig || core.CodeOf(err) == core.Unavailable {
			break
		}
		select {
		case <-time.After(lookPause):
		case <-ctx.Done():
			return ctx.Err()
		}
		if there, again := s.server.Find(ctx, s.config.Collection); again == nil && there != nil {
			found, made, err = s.server.Prepare(ctx, s.config.Collection, s.schema, o)
		}
	}
	if err != nil {
		return err
	}
	s.collection = found
	if made {
		s.known = true
	}
	if s.known {
		return nil
	}
	return s.look(ctx)
}

// look decides what becomes of rows that are there: those of this data set,
// from a run that was interrupted, must not be there twice.
func (s *shared) look(ctx context.Context) error {
	if err := s.collection.Index(ctx, s.config.policy().Over(s.server, s.schema)); err != nil {
		return err
	}
	if !s.autoID() {
		s.known, s.upsert = true, true
		return nil
	}
	rows := int64(-1)
	indexes, err := s.collection.Indexes(ctx)
	if err != nil {
		return err
	}
	if len(indexes) > 0 {
		if err := insert.Countable(ctx, s.collection); err != nil {
			return err
		}
		if rows, err = s.collection.Count(ctx, ""); err != nil {
			return err
		}
	}
	if rows != 0 && !s.config.Append {
		return core.Errorf(core.Conflict, "the collection %s has rows already, and the server makes the keys: rows would be there twice if these are some of them", s.collection.Name).
			WithField("append").WithHint("append: true adds rows all the same; or name another collection")
	}
	s.known = true
	return nil
}

func (s *shared) autoID() bool { key := s.schema.Primary(); return key != nil && key.AutoID }

// sent is the batch without a key that the server makes.
func (s *shared) sent(batch arrow.Record) (arrow.Record, error) {
	if !s.autoID() {
		batch.Retain()
		return batch, nil
	}
	var fields []arrow.Field
	var columns []arrow.Array
	for i, f := range batch.Schema().Fields() {
		if f.Name != s.schema.Primary().Name {
			fields, columns = append(fields, f), append(columns, batch.Column(i))
		}
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), columns, batch.NumRows()), nil
}

// committed counts a writer out; the last one completes the collection.
func (s *shared) committed(ctx context.Context, complete func(ctx context.Context) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flying--; s.flying > 0 {
		return nil
	}
	if err := complete(ctx); err != nil {
		s.flying++ // it is not committed
		return err
	}
	return nil
}

// complete flushes, indexes and loads what was inserted.
func (s *shared) complete(ctx context.Context) error {
	return insert.Complete(ctx, s.collection, !s.config.NoIndex, 0, nil)
}

// leave closes a writer; the last one closes the connection.
func (s *shared) leave(committed bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !committed {
		s.flying--
	}
	if s.open--; s.open > 0 {
		return nil
	}
	return s.server.Close()
}

// uri names the collection, without secrets.
func (s *shared) uri() string {
	host := s.server.Address
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Host
	}
	database := s.server.Database()
	if database == "" {
		database = "default"
	}
	return fmt.Sprintf("milvus://%s/%s/%s", strings.TrimPrefix(host, "/"), database, s.collection.Name)
}

// schemaOf is the schema of the collection: as the run tells it, else what
// Arrow says of the columns.
func schemaOf(spec core.WriteSpec, config InsertConfig) (*schema.Collection, error) {
	if len(config.Schema) > 0 {
		return schema.Parse("schema", config.Schema)
	}
	c := &schema.Collection{Name: config.Collection}
	for _, f := range spec.Schema.Fields() {
		fact := func(key string) string { value, _ := f.Metadata.GetValue(key); return value }
		number := func(key string) int { n, _ := strconv.Atoi(fact(key)); return n }
		if fact(core.MetaDynamic) != "" {
			c.EnableDynamic = true
			c.DynamicFields = []schema.DynamicField{{Name: "key", Type: schema.VarChar}}
			continue
		}
		c.Fields = append(c.Fields, schema.Field{
			Name: f.Name, Type: schema.Type(fact(core.MetaType)), ElementType: schema.Type(fact(core.MetaElementType)),
			Dim: number(core.MetaDim), MaxLength: number(core.MetaMaxLength), MaxCapacity: number(core.MetaMaxCapacity),
			IsPrimary: fact(core.MetaPrimaryKey) != "", AutoID: fact(core.MetaAutoID) != "",
			IsPartitionKey: fact(core.MetaPartitionKey) != "", Nullable: fact(core.MetaNullable) != "",
		})
	}
	return c, schema.Check(c, schema.Version{}).Err()
}
