package collection

import (
	"context"
	"iter"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// What follows is agreed and moves to its own files as it is written; when
// this file is empty it goes.

var errNotYet = core.Errorf(core.Internal, "not written yet")

// ---- connection (dial.go, errors.go, lite.go)

// startLite starts Milvus Lite for a file; the caller closes it.
func startLite(ctx context.Context, file string, o Options) (l *local, uri string, err error) {
	return nil, "", errNotYet
}

// Close ends Milvus Lite.
func (l *local) Close() error { return errNotYet }

// ---- what a server can do (abilities.go)

// Lacks tells all that the server cannot hold of a collection, before anything
// is sent, each with the mend (such as --exclude-fields a,b).
func (s *Server) Lacks(c *schema.Collection) schema.Problems { return nil }

// Project is the collection with only the given fields, or without the
// excluded ones; both empty: as it is. The key cannot be left out, and a name
// that is not there is an error (with the nearest that is). It belongs to
// schema: func (c *Collection) Project(fields, exclude []string) (*Collection, error)

// ---- collections (collections.go, create.go)

// List names the collections of the database.
func (s *Server) List(ctx context.Context) ([]string, error) { return nil, errNotYet }

// Find looks a collection up by its name or an alias; nil where there is none.
func (s *Server) Find(ctx context.Context, name string) (*Collection, error) { return nil, errNotYet }

// Create makes a collection of this name with all that the schema says, but no
// index.
func (s *Server) Create(ctx context.Context, name string, c *schema.Collection, o PrepareOptions) (*Collection, error) {
	return nil, errNotYet
}

// Prepare finds the collection, or makes it with its indexes; made tells
// which. One that is there must fit the schema: all differences are told at
// once. What the server lacks is told before anything is changed.
func (s *Server) Prepare(ctx context.Context, name string, c *schema.Collection, o PrepareOptions) (found *Collection, made bool, err error) {
	return nil, false, errNotYet
}

// Drop removes a collection; an alias is refused, and so is a collection with
// aliases.
func (s *Server) Drop(ctx context.Context, name string) error { return errNotYet }

// Aliases lists all aliases of the database with the collections that they
// stand for.
func (s *Server) Aliases(ctx context.Context) (map[string]string, error) { return nil, errNotYet }

// SetAlias makes the alias, or points it at another collection.
func (s *Server) SetAlias(ctx context.Context, alias, collection string) error { return errNotYet }

// DropAlias removes an alias.
func (s *Server) DropAlias(ctx context.Context, alias string) error { return errNotYet }

// ---- index, load, flush, count (index.go, load.go, count.go)

// Indexes lists the indexes with their progress.
func (c *Collection) Indexes(ctx context.Context) ([]IndexState, error) { return nil, errNotYet }

// Index makes the indexes that are missing by the policy; it does not wait.
func (c *Collection) Index(ctx context.Context, p Policy) error { return errNotYet }

// WaitIndexes waits until all indexes cover all rows. progress may be nil.
func (c *Collection) WaitIndexes(ctx context.Context, progress func(done, total int64)) error {
	return errNotYet
}

// Load loads the collection, or brings what was imported into a loaded one,
// and waits. progress (in percent) may be nil.
func (c *Collection) Load(ctx context.Context, progress func(percent int64)) error { return errNotYet }

// Loaded is the load state as Milvus names it: NotExist, NotLoad, Loading or
// Loaded, with the progress in percent.
func (c *Collection) Loaded(ctx context.Context) (state string, percent int64, err error) {
	return "", 0, errNotYet
}

// Flush seals what was inserted and waits until it is stored.
func (c *Collection) Flush(ctx context.Context) error { return errNotYet }

// Count is the number of rows that a filter ("" for all) finds, by count(*) at
// Strong consistency. The collection must be loaded.
func (c *Collection) Count(ctx context.Context, filter string) (int64, error) { return 0, errNotYet }

// Estimate is the row count of the statistics: an estimate.
func (c *Collection) Estimate(ctx context.Context) (int64, error) { return 0, errNotYet }

// ---- rows (encode.go, write.go, decode.go, read.go)

// Encode turns a batch into what Insert sends, in the order of the collection:
// columns that the collection lacks are an error, but for a key that the
// server makes, which is left out, and fields that functions make. Large
// buffers are shared with the batch, not copied.
func (c *Collection) Encode(batch arrow.Record) ([]*schemapb.FieldData, error) { return nil, errNotYet }

// Insert sends a batch, or what Encode made of it, once: it retries nothing. keys are those that
// the server tells.
func (c *Collection) Insert(ctx context.Context, columns []*schemapb.FieldData, rows int) (keys *schemapb.IDs, err error) {
	return nil, errNotYet
}

// Upsert is Insert that replaces rows with the same keys.
func (c *Collection) Upsert(ctx context.Context, columns []*schemapb.FieldData, rows int) (keys *schemapb.IDs, err error) {
	return nil, errNotYet
}

// Now is a timestamp for Read: what is written later is not seen.
func (s *Server) Now(ctx context.Context) (uint64, error) { return 0, errNotYet }

// Query reads the rows that a filter finds as one batch in the Arrow form of
// the schema (schema.Collection.Arrow), exact at stored width, null apart from
// empty. The caller releases it.
func (c *Collection) Query(ctx context.Context, r Read) (arrow.Record, error) { return nil, errNotYet }

// Get reads the rows with these keys (an int64 or utf8 array), in any order;
// it splits requests that are too large.
func (c *Collection) Get(ctx context.Context, keys arrow.Array, r Read) (arrow.Record, error) {
	return nil, errNotYet
}

// Rows reads all rows in the order of their keys, however many there are. A
// batch is valid until the next one is asked for.
func (c *Collection) Rows(ctx context.Context, r Read) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) { yield(nil, errNotYet) }
}

// Search finds the nearest rows, one Hits for each query.
func (c *Collection) Search(ctx context.Context, s Search) ([]Hits, error) { return nil, errNotYet }
