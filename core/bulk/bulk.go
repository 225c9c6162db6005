// Package bulk lets Milvus import files that lie in its object store: it makes
// import jobs of them, hands them over, waits for them, and tells what became
// of each. It speaks REST v2 (Milvus 2.4 and later, Zilliz Cloud) and the gRPC
// calls of earlier servers.
//
// An import that is repeated loads its rows twice: Milvus does not compare. So
// every job is noted down before it is sent (see Journal), and one whose answer
// was lost is looked for among the server's jobs, never sent again.
package bulk

import (
	"context"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// File is one object to import.
type File struct {
	// Key is the object's, relative to its bucket.
	Key   string `json:"key"`
	Bytes int64  `json:"bytes"`
	// Rows is -1 where only reading the file tells.
	Rows int64 `json:"rows"`
	// SHA256 tells files with the same key apart; "" where it is not known.
	SHA256 string `json:"sha256,omitempty"`
}

// Job is what one request asks for: files that are loaded together.
type Job struct {
	Collection string
	// Partition is "" for the default one; a collection with a partition key
	// takes none.
	Partition string
	Files     []File
}

// rowsOf is the number of rows of files, -1 where it is not known.
func rowsOf(files []File) int64 {
	var rows int64
	for _, f := range files {
		if f.Rows < 0 {
			return -1
		}
		rows += f.Rows
	}
	return rows
}

// State is how far a job is.
type State string

// The states of a job; servers have more words for Importing.
const (
	Pending   State = "Pending"
	Importing State = "Importing"
	Completed State = "Completed"
	Failed    State = "Failed"
)

// Status is what the server tells of a job.
type Status struct {
	ID         string `json:"id"`
	Collection string `json:"collection,omitempty"`
	// CollectionID is 0 where the server does not tell it.
	CollectionID int64 `json:"collection_id,omitempty"`
	State        State `json:"state"`
	// Says is the server's own word for the state.
	Says    string `json:"says"`
	Percent int64  `json:"percent"`
	// Rows were imported, of Total, which is 0 where it is not known.
	Rows  int64 `json:"rows"`
	Total int64 `json:"total_rows,omitempty"`
	// Reason is why the job failed.
	Reason string `json:"reason,omitempty"`
	// Files are the keys of its files; nil where the server does not tell.
	Files []string `json:"files,omitempty"`
	// Started is when the server took the job; zero where it does not tell.
	Started time.Time `json:"started,omitzero"`
}

// Over tells how jobs are handed to the server.
type Over string

// The ways to hand jobs over.
const (
	REST  Over = "REST v2"
	Cloud Over = "Zilliz Cloud"
	GRPC  Over = "gRPC"
)

// A wire carries jobs to a server. What create returns as an error tells by
// unsent, unclear and full whether the job may be sent again.
type wire interface {
	// create hands a job over once and returns its id.
	create(ctx context.Context, job Job) (id string, err error)
	// describe tells how far a job is.
	describe(ctx context.Context, id string) (Status, error)
	// list tells of all jobs of a collection ("": of the database) that the
	// server remembers.
	list(ctx context.Context, collection string) ([]Status, error)
}

// Options say how jobs are made and handed over.
type Options struct {
	// FilesPerJob bounds the files of a job; 0: what the server takes.
	FilesPerJob int
	// Concurrent is how many jobs are under way at once; 0: 8.
	Concurrent int
	// Source is where Zilliz Cloud finds the files; others have their own
	// bucket.
	Source Source
	// Bucket is that of the files, for messages.
	Bucket string
	// Tell is called whenever more is known of a job, by one goroutine at a
	// time; it may be nil.
	Tell func(Status)
	// Wait is called when the server takes no more jobs, with what it said;
	// it may be nil.
	Wait func(reason string)
	// Journal notes jobs down; nil: the user's (see OpenJournal).
	Journal *Journal
	// Pause is the longest time between two looks at a job, and Patience how
	// long a server may be away; 0: 2 seconds and 2 minutes.
	Pause, Patience time.Duration
}

// Source is a bucket that Zilliz Cloud reads files from.
type Source struct {
	// Endpoint is the URL of the store; "" is AWS.
	Endpoint, Bucket                   string
	AccessKey, SecretKey, SessionToken string
	// Cluster is the id of the cluster, "" to take it from the server's
	// address; API is the address of the control plane, "" for the usual one.
	Cluster, API string
}

// Importer makes import jobs on one server.
type Importer struct {
	// Over is how it hands them over.
	Over Over

	server *collection.Server
	wire   wire
	o      Options
	close  func()
}

// New finds out how the server takes imports. A server that takes none is an
// error with the mend.
func New(ctx context.Context, server *collection.Server, o Options) (*Importer, error) {
	if o.Concurrent <= 0 {
		o.Concurrent = 8
	}
	if o.Pause <= 0 {
		o.Pause = 2 * time.Second
	}
	if o.Patience <= 0 {
		o.Patience = 2 * time.Minute
	}
	if server.Kind == collection.Lite {
		return nil, core.Errorf(core.InvalidConfig, "Milvus Lite imports no files").
			WithHint("milvus-ingest to-milvus insert DIR sends the same rows")
	}
	i := &Importer{server: server, o: o, close: func() {}}
	return i, i.connect(ctx)
}

// connect chooses the way: REST v2 where it answers, else gRPC.
func (i *Importer) connect(ctx context.Context) error {
	client, base, token, err := i.server.HTTP()
	if err != nil {
		return err
	}
	i.close = client.CloseIdleConnections
	rest := &rest{client: client, base: base, token: token, database: i.server.Database()}
	if i.server.Kind == collection.Cloud {
		i.Over, i.wire = Cloud, rest
		return rest.toCloud(i.o.Source, i.server.Address)
	}
	answers, err := rest.probe(ctx)
	switch {
	case err != nil:
		return err
	case answers:
		i.Over, i.wire = REST, rest
	default:
		i.Over, i.wire = GRPC, &calls{service: i.server.Service(), database: i.server.Database()}
	}
	return nil
}

// journal is where jobs are noted: looking at jobs needs none.
func (i *Importer) journal() (*Journal, error) {
	if i.o.Journal != nil {
		return i.o.Journal, nil
	}
	return OpenJournal("")
}

// entries are the jobs that were sent to a collection before.
func (i *Importer) entries(t Target) ([]*Entry, error) {
	journal, err := i.journal()
	if err != nil {
		return nil, err
	}
	return journal.Entries(t)
}

// Close ends connections of its own; the server stays open.
func (i *Importer) Close() { i.close() }

// List tells of all jobs that the server remembers, of one collection or ("")
// of all of the database.
func (i *Importer) List(ctx context.Context, collection string) ([]Status, error) {
	return i.wire.list(ctx, collection)
}

// Status tells how far a job is.
func (i *Importer) Status(ctx context.Context, id string) (Status, error) {
	return i.wire.describe(ctx, id)
}
