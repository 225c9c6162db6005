package insert

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Run inserts a whole data set into a collection, from the look at what is
// there to the count at the end.
type Run struct {
	Server *collection.Server
	Set    *dataset.Set
	// Name is the collection's; "" takes that of the schema.
	Name string
	// Prepare says how the collection is made, and which fields are sent.
	Prepare collection.PrepareOptions
	Options
	// Partition gets the rows; "" leaves that to the server.
	Partition string
	// Resume goes on with an earlier run that was interrupted.
	Resume bool
	// StateDir is where journals are kept.
	StateDir string
	// Readers is how many read at once; 0: one a core.
	Readers int
	// NoLoad leaves the collection as it is: it is not counted then.
	NoLoad bool

	// Sending is told of the inserter before the first row is sent, and how
	// many rows there are (-1 where that is not known); Stage of what follows;
	// Note of what the user should know. Each may be nil.
	Sending func(in *Inserter, rows int64)
	Stage   Stage
	Note    func(text string)

	// What Do finds out.
	schema     *schema.Collection
	collection *collection.Collection
	journal    *Journal
	result     Result
	loadable   bool
}

// Result is what a run did.
type Result struct {
	Server     string `json:"server"`
	Database   string `json:"database,omitempty"`
	Collection string `json:"collection"`
	// Made tells that the collection was not there before.
	Made bool `json:"made"`
	// Rows were sent by this run, Resumed by earlier ones of the same journal;
	// Rejected were refused by the server and left out.
	Rows     int64 `json:"rows"`
	Bytes    int64 `json:"bytes"`
	Resumed  int64 `json:"rows_resumed"`
	Rejected int64 `json:"rows_rejected"`
	// Before and After are the rows of the collection, -1 where they could
	// not be counted; Estimate is what its statistics say.
	Before   int64                   `json:"rows_before"`
	After    int64                   `json:"rows_after"`
	Estimate int64                   `json:"rows_estimate"`
	Loaded   bool                    `json:"loaded"`
	Indexes  []collection.IndexState `json:"indexes"`
	// Seconds is the time of all, Sending that until the last row was
	// acknowledged; Waiting is the share of that in which a call was on its
	// way, and Held the time that calls waited to spare the server.
	Seconds float64 `json:"seconds"`
	Sending float64 `json:"seconds_sending"`
	Waiting float64 `json:"server_share"`
	Held    float64 `json:"seconds_held_back"`
	Calls   int64   `json:"calls"`
	Journal string  `json:"journal"`
}

// Do carries the run out. The result tells what was done, also where an error
// comes with it.
func (r *Run) Do(ctx context.Context) (*Result, error) {
	begin := time.Now()
	err := r.do(ctx)
	if r.journal != nil {
		err = errors.Join(err, r.journal.Close())
	}
	r.result.Seconds = time.Since(begin).Seconds()
	return &r.result, err
}

func (r *Run) do(ctx context.Context) error {
	if err := r.Check(); err != nil {
		return err
	}
	for _, w := range r.Server.Lacks(r.schema).Warnings() {
		r.note(w.String())
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	if err := r.send(ctx); err != nil {
		return err
	}
	if r.journal.Done() && r.result.Rows == 0 {
		return r.count(ctx) // there is nothing left to do
	}
	if err := Complete(ctx, r.collection, r.loadable && !r.NoLoad, r.MaxWait, r.Stage); err != nil {
		return hinted(err, "all rows are inserted; --resume does what is left")
	}
	if err := r.count(ctx); err != nil {
		return err
	}
	return r.journal.Finish()
}

// Check tells all that is wrong before anything is sent.
func (r *Run) Check() error {
	if err := r.Set.Err(); err != nil {
		return err
	}
	var err error
	if r.schema, err = r.Set.Schema.Project(r.Prepare.Fields, r.Prepare.Exclude); err != nil {
		return err
	}
	r.Name = cmp.Or(r.Name, r.schema.Name)
	problems := []error{r.Server.Lacks(r.schema).Err(), r.Prepare.Index.Check(r.Server, r.schema), r.positive()}
	if r.Name == "" {
		problems = append(problems, core.Errorf(core.InvalidConfig, "the schema names no collection").WithHint("name one with --collection-name"))
	}
	for _, f := range r.schema.Fields {
		if f.IsPartitionKey && r.Partition != "" {
			problems = append(problems, core.Errorf(core.InvalidConfig, "rows go to partitions by the key %s: no partition can be named", f.Name).
				WithHint("leave --partition out"))
		}
	}
	if key := r.schema.Primary(); key != nil && key.AutoID && r.Upsert {
		problems = append(problems, core.Errorf(core.InvalidConfig, "the server makes the key %s: there is nothing by which rows could replace others", key.Name).
			WithHint("leave --upsert out"))
	}
	return errors.Join(problems...)
}

// positive refuses sizes below zero.
func (r *Run) positive() error {
	var problems []error
	for _, of := range []struct {
		flag  string
		value int64
	}{
		{"--batch-size", int64(r.BatchRows)},
		{"--batch-bytes", r.BatchBytes},
		{"--in-flight", int64(r.InFlight)},
		{"--workers", int64(r.Readers)},
		{"--max-errors", r.MaxErrors},
		{"--max-wait", int64(r.MaxWait)},
	} {
		if of.value < 0 {
			problems = append(problems, core.Errorf(core.InvalidConfig, "%s is below 0", of.flag).WithHint("leave it out, or give a number above 0"))
		}
	}
	return errors.Join(problems...)
}

// autoID tells whether the server makes the keys.
func (r *Run) autoID() bool { return r.schema.Primary() != nil && r.schema.Primary().AutoID }

// note tells the user something.
func (r *Run) note(text string) {
	if r.Note != nil {
		r.Note(text)
	}
}

// fields are the columns to read: all that are sent.
func (r *Run) fields() []string {
	var names []string
	for _, f := range r.schema.Stored() {
		if !f.IsPrimary || !f.AutoID {
			names = append(names, f.Name)
		}
	}
	if _, has := r.Set.Arrow().FieldsByName(core.DynamicField); has && r.schema.EnableDynamic {
		names = append(names, core.DynamicField)
	}
	return names
}

// readers is how many read at once.
func (r *Run) readers(units int) int {
	n := cmp.Or(r.Readers, runtime.GOMAXPROCS(0))
	return max(min(n, units), 1)
}

// count counts the rows and compares them with what was sent.
func (r *Run) count(ctx context.Context) error {
	var err error
	r.result.After = -1
	if r.result.Indexes, err = r.collection.Indexes(ctx); err != nil {
		return err
	}
	if r.result.Estimate, err = r.collection.Estimate(ctx); err != nil {
		return err
	}
	if !r.loadable || r.NoLoad {
		return nil
	}
	r.result.Loaded = true
	if r.result.After, err = r.collection.Count(ctx, ""); err != nil {
		return err
	}
	expected := r.result.Before + r.journal.Rows()
	if r.result.Before < 0 || r.Upsert || r.result.After == expected {
		return nil
	}
	return core.Errorf(core.InvalidData, "the collection %s has %d rows: %d were there before, and the server acknowledged %d more", r.collection.Name, r.result.After, r.result.Before, r.journal.Rows()).
		WithHint("milvus-ingest to-milvus verify tells which rows differ; somebody else may have written, or the server lost rows when it ended")
}

// partition makes the partition where it is missing.
func (r *Run) partition(ctx context.Context) error {
	if r.collection.Partition = r.Partition; r.Partition == "" {
		return nil
	}
	return r.collection.MakePartition(ctx, r.Partition)
}

// Schema is what is sent: that of the data set, without what is left out. It
// is known once Check has passed.
func (r *Run) Schema() *schema.Collection { return r.schema }
