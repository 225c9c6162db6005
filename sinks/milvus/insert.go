// Package milvus stores rows in Milvus itself: milvus-insert sends them to a
// collection as they are made.
package milvus

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/insert"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// InsertConfig is the configuration of milvus-insert.
type InsertConfig struct {
	URI        string `json:"uri" default:"http://127.0.0.1:19530" help:"Milvus: http://host:port, https://host:port, or an endpoint of Zilliz Cloud."`
	Token      string `json:"token" help:"API key, or user:password. Write ${MILVUS_TOKEN}: the file is no place for it."`
	Database   string `json:"database" help:"Database; it is made where it is missing."`
	Collection string `json:"collection" help:"Collection; without one, that of the schema. It is made with its indexes where it is missing."`
	Append     bool   `json:"append" default:"false" help:"Add rows to a collection that has rows already, where the server makes the keys. Rows with keys of their own replace those with the same keys anyway."`
	Autoindex  bool   `json:"autoindex" default:"false" help:"Index all vectors with AUTOINDEX."`
	NoIndex    bool   `json:"no_index" default:"false" help:"Make no index, and do not load the collection."`
	BatchRows  int    `json:"batch_rows" default:"0" help:"Most rows of a message; 0 lets bytes decide."`
	InFlight   int    `json:"in_flight" default:"4" help:"Messages of one part that are on their way at once."`
	MaxWait    string `json:"max_wait" default:"5m" help:"Time to wait for a server that is away or takes no rows."`
	Insecure   bool   `json:"tls_insecure" default:"false" help:"Take any certificate of the server."`
	CAFile     string `json:"tls_ca" help:"Certificates to trust, instead of the system's."`
	// Schema is told by a run: what Arrow does not say of a collection, such
	// as its indexes and functions, is in it.
	Schema json.RawMessage `json:"schema" help:"Schema of the collection. A run tells it."`
}

// Components is the sinks of this package.
func Components() []sdk.Component {
	h := &hub{places: map[place]*shared{}}
	inserts := sdk.Sink[InsertConfig]{
		Info: sdk.Info{
			Name:    "milvus-insert",
			Summary: "A collection of Milvus, which rows are inserted into as they are made.",
			Types: []string{
				"Bool", "Int8", "Int16", "Int32", "Int64", "Float", "Double", "VarChar", "String", "JSON", "Array", "Timestamptz", "Geometry",
				"FloatVector", "BinaryVector", "Float16Vector", "BFloat16Vector", "Int8Vector", "SparseFloatVector",
			},
		},
		Open: h.open,
	}
	return []sdk.Component{inserts, importer(inserts.Types)}
}

// writer inserts the rows of one part.
type writer struct {
	spec    core.WriteSpec
	target  *shared
	journal *insert.Journal
	in      *insert.Inserter
	rows    int64
	done    bool // committed
}

func (h *hub) open(ctx context.Context, spec core.WriteSpec, config InsertConfig) (core.Writer, error) {
	wait, err := time.ParseDuration(config.MaxWait)
	if err != nil || wait <= 0 {
		return nil, core.Errorf(core.InvalidConfig, "%q is no time", config.MaxWait).WithField("max_wait").WithHint("write such as 30s or 5m")
	}
	target, err := h.join(ctx, spec, config)
	if err != nil {
		return nil, err
	}
	var sweeper insert.Sweeper
	if target.autoID() {
		sweeper = unknown{}
	}
	var flush func(context.Context) error
	if target.server.Kind == collection.Lite {
		flush = target.collection.Flush
	}
	w := &writer{spec: spec, target: target, journal: insert.Memory(insert.Header{AutoID: target.autoID()})}
	w.in = insert.New(target.collection, sweeper, insert.Options{
		BatchRows: config.BatchRows, InFlight: config.InFlight, MaxWait: wait, Upsert: target.upsert, Journal: w.journal, Flush: flush,
	})
	return w, nil
}

// Write implements core.Writer. It returns when the server has the rows.
func (w *writer) Write(ctx context.Context, batch arrow.Record) error {
	kept, err := w.target.sent(batch)
	if err != nil {
		return err
	}
	defer kept.Release()
	row := w.spec.Rows.Start + w.rows
	w.rows += batch.NumRows()
	return w.in.Write(ctx, insert.Batch{Record: kept, Name: "the data set", Row: row})
}

// Commit implements core.Writer. The last of the writers that are open has the
// collection flushed, indexed and loaded.
func (w *writer) Commit(ctx context.Context) ([]core.Artifact, error) {
	if n := int64(w.spec.Rows.N); n > 0 && n != w.rows {
		return nil, core.Errorf(core.Internal, "the part has %d rows, not %d", w.rows, n)
	}
	if err := w.target.committed(ctx, w.target.complete); err != nil {
		return nil, err
	}
	w.done = true
	return []core.Artifact{{URI: w.target.uri(), Rows: w.rows, Bytes: w.in.Progress().Bytes}}, nil
}

// discardTime bounds the removal of rows whose part was given up.
const discardTime = 30 * time.Second

// Close implements core.Writer. Rows that were not committed are removed where
// the server made their keys; others stay, and are replaced by their keys when
// the part is written again.
func (w *writer) Close() error {
	var err error
	if !w.done && w.target.autoID() {
		ctx, cancel := context.WithTimeout(context.Background(), discardTime)
		defer cancel()
		err = insert.Keys{Collection: w.target.collection}.Discard(ctx, w.journal)
	}
	return errors.Join(err, w.target.leave(w.done))
}

// unknown refuses to guess which rows arrived: other writers send rows to the
// same collection, so that rows nobody was told of may be theirs.
type unknown struct{}

// Sweep implements insert.Sweeper.
func (unknown) Sweep(_ context.Context, _ insert.Known, most int64) error {
	return core.Errorf(core.Conflict, "no answer came for %d rows, which may have arrived or not, and the server makes their keys", most).
		WithHint("drop the collection and run again; to-milvus insert of a data set on disk can find out, and go on")
}

// policy is how the collection is indexed.
func (c *InsertConfig) policy() collection.Policy {
	return collection.Policy{Auto: c.Autoindex, None: c.NoIndex}
}
