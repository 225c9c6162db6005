package milvus

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/sinks/minio"
)

// ImportConfig is the configuration of milvus-import.
type ImportConfig struct {
	Place  string `json:"place" help:"s3://bucket/prefix/: where the objects go, in the bucket that Milvus reads its imports from. Required."`
	Object string `json:"object" help:"Name of the object below the prefix. The run decides it."`
	Format string `json:"format" default:"parquet" enum:"parquet,json" help:"Format of the objects."`

	RowGroupRows    int    `json:"row_group_rows" default:"0" help:"Parquet: rows of a row group; 0 makes each batch one."`
	EndpointURL     string `json:"endpoint_url" help:"The store, such as http://localhost:9000; without one it is AWS."`
	AccessKeyID     string `json:"access_key_id" help:"Access key. Without one, what AWS keeps in your home folder counts."`
	SecretAccessKey string `json:"secret_access_key" help:"Secret key: write ${MINIO_SECRET_KEY}, so that it stands in no file."`
	SessionToken    string `json:"session_token" help:"Token of temporary credentials."`
	Region          string `json:"region" help:"Region of the bucket (MinIO needs none)."`
	Addressing      string `json:"addressing" default:"auto" enum:"auto,path,virtual" help:"Where the bucket's name stands in addresses."`
	Overwrite       bool   `json:"overwrite" default:"false" help:"Replace objects that are there."`

	URI        string `json:"uri" default:"http://127.0.0.1:19530" help:"Milvus: http://host:port, https://host:port, or an endpoint of Zilliz Cloud."`
	Token      string `json:"token" help:"API key, or user:password. Write ${MILVUS_TOKEN}: the file is no place for it."`
	Database   string `json:"database" help:"Database; it is made where it is missing."`
	Collection string `json:"collection" help:"Collection; without one, that of the schema. It is made with its indexes where it is missing."`
	ClusterID  string `json:"cluster_id" help:"Cluster of Zilliz Cloud, if the URI does not name it."`
	Append     bool   `json:"append" default:"false" help:"Add rows to a collection that has rows already."`
	Autoindex  bool   `json:"autoindex" default:"false" help:"Index all vectors with AUTOINDEX."`
	NoIndex    bool   `json:"no_index" default:"false" help:"Make no index, and do not load the collection."`
	MaxWait    string `json:"max_wait" default:"30m" help:"Longest time that the import of one part may take."`
	Journal    string `json:"journal" help:"Folder in which jobs are noted before they are sent; without one, imports/ of your data folder."`
	Insecure   bool   `json:"tls_insecure" default:"false" help:"Take any certificate of the server."`
	CAFile     string `json:"tls_ca" help:"Certificates to trust, instead of the system's."`
	// Schema is told by a run: what Arrow does not say of a collection, such
	// as its indexes and functions, is in it.
	Schema json.RawMessage `json:"schema" help:"Schema of the collection. A run tells it."`
}

// importer is the component, with a hub of its own.
func importer(types []string) sdk.Component {
	h := &hub{places: map[place]*shared{}}
	return sdk.Sink[ImportConfig]{
		Info: sdk.Info{
			Name:    "milvus-import",
			Summary: "A collection of Milvus, which imports objects that are stored for it in its bucket.",
			Types:   types,
		},
		Open: h.openImport,
	}
}

// insert is the part of the configuration that both sinks have.
func (c *ImportConfig) insert() InsertConfig {
	return InsertConfig{
		URI: c.URI, Token: c.Token, Database: c.Database, Collection: c.Collection, Autoindex: c.Autoindex, NoIndex: c.NoIndex,
		Insecure: c.Insecure, CAFile: c.CAFile, Schema: c.Schema,
		Append: true, // bulk notes what was sent, and vacant looks at that
	}
}

// object is the part that the sink minio has.
func (c *ImportConfig) object() (json.RawMessage, error) {
	object := c.Object
	if object == "" {
		object = "data." + c.Format
	}
	return json.Marshal(map[string]any{
		"place": c.Place, "object": object, "format": c.Format, "row_group_rows": c.RowGroupRows, "endpoint_url": c.EndpointURL,
		"access_key_id": c.AccessKeyID, "secret_access_key": c.SecretAccessKey, "session_token": c.SessionToken, "region": c.Region,
		"addressing": c.Addressing, "overwrite": c.Overwrite,
	})
}

// importWriter stores one part as an object, and has it imported at Commit.
type importWriter struct {
	core.Writer // stores the object
	config      ImportConfig
	wait        time.Duration
	place       bucket.Location
	target      *shared
	done        bool // committed
}

func (h *hub) openImport(ctx context.Context, spec core.WriteSpec, config ImportConfig) (core.Writer, error) {
	wait, err := time.ParseDuration(config.MaxWait)
	if err != nil || wait <= 0 {
		return nil, core.Errorf(core.InvalidConfig, "%q is no time", config.MaxWait).WithField("max_wait").WithHint("write such as 30m or 2h")
	}
	at, err := bucket.ParseLocation(config.Place)
	if err != nil {
		return nil, core.OfField(err, "place")
	}
	target, err := h.join(ctx, spec, config.insert())
	if err != nil {
		return nil, err
	}
	w := &importWriter{config: config, wait: wait, place: at, target: target}
	if err := w.open(ctx, spec); err != nil {
		return nil, errors.Join(err, target.leave(false))
	}
	return w, nil
}

// open looks at the collection, and opens the object.
func (w *importWriter) open(ctx context.Context, spec core.WriteSpec) error {
	if err := w.vacant(ctx); err != nil {
		return err
	}
	var err error
	if spec.Config, err = w.config.object(); err != nil {
		return err
	}
	spec.Sink = "minio"
	w.Writer, err = minio.Components()[0].Sink().Open(ctx, spec)
	return err
}

// vacant refuses a collection with rows that are not of this place: an import
// replaces none.
func (w *importWriter) vacant(ctx context.Context) error {
	if w.config.Append {
		return nil
	}
	i, err := w.jobs(ctx)
	if err != nil {
		return err
	}
	defer i.Close()
	sent, err := i.Sent(w.target.collection, w.place.Key)
	if err != nil || sent > 0 {
		return err
	}
	rows, err := bulk.Baseline(ctx, w.target.collection, w.config.NoIndex)
	if err != nil || rows == 0 {
		return err
	}
	return core.Errorf(core.Conflict, "the collection %s has rows already, and an import replaces none: rows would be there twice if these are some of them", w.target.collection.Name).
		WithField("append").WithHint("append: true adds rows all the same; or name another collection")
}

// jobs is how jobs are handed over.
func (w *importWriter) jobs(ctx context.Context) (*bulk.Importer, error) {
	journal, err := bulk.OpenJournal(w.config.Journal)
	if err != nil {
		return nil, err
	}
	return bulk.New(ctx, w.target.server, bulk.Options{
		Journal: journal, Bucket: w.place.Bucket,
		Source: bulk.Source{
			Endpoint: w.config.EndpointURL, Bucket: w.place.Bucket, AccessKey: w.config.AccessKeyID, SecretKey: w.config.SecretAccessKey,
			SessionToken: w.config.SessionToken, Cluster: w.config.ClusterID,
		},
	})
}

// Commit implements core.Writer: the object appears, and Milvus imports it. A
// part that an earlier run had imported is not imported again. The last of the
// writers that are open has the collection indexed and loaded.
func (w *importWriter) Commit(ctx context.Context) ([]core.Artifact, error) {
	artifacts, err := w.Writer.Commit(ctx)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, w.wait)
	defer cancel()
	if err := w.load(within, artifacts); err != nil {
		return nil, err
	}
	if err := w.target.committed(within, w.complete); err != nil {
		return nil, err
	}
	w.done = true
	return artifacts, nil
}

// load has Milvus import the objects.
func (w *importWriter) load(ctx context.Context, artifacts []core.Artifact) error {
	var files []bulk.File
	var rows int64
	for _, a := range artifacts {
		at, err := bucket.ParseLocation(a.URI)
		if err != nil {
			return err
		}
		if rows += a.Rows; a.Rows > 0 {
			files = append(files, bulk.File{Key: at.Key, Bytes: a.Bytes, Rows: a.Rows, SHA256: a.SHA256})
		}
	}
	if len(files) == 0 {
		return nil
	}
	i, err := w.jobs(ctx)
	if err != nil {
		return err
	}
	defer i.Close()
	result, err := i.Run(ctx, w.target.collection, files, bulk.RunOptions{Mode: bulk.Resume})
	if err == nil && result.Rows != rows {
		err = core.Errorf(core.InvalidData, "Milvus imported %d rows of the %d of %s", result.Rows, rows, files[0].Key)
	}
	return err
}

// complete indexes and loads what was imported; there is nothing to flush.
func (w *importWriter) complete(ctx context.Context) error {
	if w.config.NoIndex {
		return nil
	}
	_, err := bulk.Finish(ctx, w.target.collection, -1, nil)
	return err
}

// Close implements core.Writer.
func (w *importWriter) Close() error {
	return errors.Join(w.Writer.Close(), w.target.leave(w.done))
}
