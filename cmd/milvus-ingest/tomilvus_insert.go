package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/zilliz/milvus-ingest/core/bench"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/insert"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/core/userdir"
)

type insertCommand struct {
	Path string `arg:"" name:"path" help:"Folder of a data set, or one Parquet or JSON file."`

	serverFlags
	CollectionName string `aliases:"collection" placeholder:"NAME" help:"Collection (default: that of the schema)."`
	Partition      string `placeholder:"NAME" help:"Partition that gets the rows; it is made where it is missing. Not with a partition key."`
	Schema         string `xor:"schema" placeholder:"FILE" help:"Schema file; without one, meta.json tells, or the files themselves."`
	Builtin        string `xor:"schema" placeholder:"ID" help:"Schema of the library."`
	fieldFlags

	dropFlags
	Upsert bool `xor:"again" help:"Replace rows that have the same keys."`
	Resume bool `xor:"again" help:"Go on with a run that was interrupted: no row is lost or doubled."`
	makeFlags
	NoLoad bool `help:"Do not load the collection: its rows are not counted at the end, and cannot be searched yet."`

	BatchSize  int           `placeholder:"N" help:"Most rows of a message (default: as many as make it 8 MiB)."`
	BatchBytes int64         `placeholder:"N" help:"About how many bytes a message has (default: 8388608)."`
	InFlight   int           `placeholder:"N" help:"Messages that are on their way at once (default: 4)."`
	Workers    int           `placeholder:"N" help:"Row groups or files that are read at once (default: one a core)."`
	MaxWait    time.Duration `default:"5m" placeholder:"TIME" help:"Time to wait for a server that is away or takes no rows."`
	MaxErrors  int64         `placeholder:"N" help:"Leave out up to N rows that the server refuses; the command ends with exit code 3 then."`
	Rejects    string        `placeholder:"FILE" help:"File for the rows that were left out, one JSON object a line (default: beside the journal)."`
	DryRun     bool          `help:"Look at the data set and the server, say what would be done, and change nothing."`
	NoProgress bool          `help:"Show no progress."`
}

// dropFlags say what becomes of a collection that is there.
type dropFlags struct {
	DropIfExists bool `help:"Remove the collection first if it is there. On a terminal you are asked."`
	Yes          bool `short:"y" help:"Do not ask."`
	MoveAlias    bool `help:"Point the aliases of the removed collection at the new one; without it such a collection is not removed."`
}

// ask asks before a collection is removed, if somebody is there to be asked: a
// script that says --drop-if-exists means it. What is not removed anyway is
// refused without a question.
func (f *dropFlags) ask(ctx context.Context, a *app, server *collection.Server, name string) error {
	if !f.DropIfExists || f.Yes || !terminal(a.stdin) {
		return nil
	}
	found, err := server.Find(ctx, name)
	if err != nil || found == nil {
		return err
	}
	if err := found.Droppable(name, f.MoveAlias); err != nil {
		return err
	}
	rows, err := found.Estimate(ctx)
	if err != nil {
		return err
	}
	return a.confirm(fmt.Sprintf("Remove the collection %s on %s, with about %s rows?", found.Name, server.Address, inThousands(rows)))
}

// makeFlags say how a collection is made and indexed.
type makeFlags struct {
	NoIndex      bool     `xor:"index" help:"Make no index; the collection is not loaded then."`
	UseAutoindex bool     `xor:"index" help:"Index all vectors with AUTOINDEX."`
	Index        []string `sep:"none" placeholder:"FIELD=TYPE,…" help:"Index of a field with its metric and parameters, such as embedding=HNSW,metric=IP,M=32; FIELD=NONE for none. Can be given several times."`
	Consistency  string   `enum:"Strong,Bounded,Session,Eventually," default:"" placeholder:"LEVEL" help:"Consistency level of a collection that is made: Strong, Bounded, Session or Eventually (default: that of a backup, else Bounded)."`
}

// consistency is the level of a collection that is made of a data set; set is
// nil where there is none.
func (f *makeFlags) consistency(set *dataset.Set) string {
	if f.Consistency == "" && set != nil && set.Meta != nil && set.Meta.Source != nil {
		return set.Meta.Source.Consistency
	}
	return f.Consistency
}

func (f *makeFlags) policy() (collection.Policy, error) {
	policy, err := collection.ParsePolicy(f.Index)
	policy.Auto, policy.None = f.UseAutoindex, f.NoIndex
	return policy, err
}

// Help tells how the command is used.
func (*insertCommand) Help() string {
	return `The collection is made from the schema of the data set, with its indexes, where it
is missing. At the end the rows are flushed, indexed, loaded and counted:
  milvus-ingest to-milvus insert data/kb --uri http://127.0.0.1:19530
  milvus-ingest to-milvus insert data/kb --uri ./demo.db --collection-name demo
What was sent is noted: after any interruption the same command with --resume
sends what is missing, and nothing twice.`
}

// Run implements the command.
func (c *insertCommand) Run(ctx context.Context, a *app) (err error) {
	run, done, err := c.prepare(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	if c.DryRun {
		return c.plan(ctx, a, run)
	}
	if err := c.ask(ctx, a, run.Server, run.Name); err != nil {
		return err
	}
	rejects := rejectFile{path: c.Rejects, run: run}
	run.Rejected = rejects.add
	watch := &insertWatch{}
	run.Sending, run.Stage = watch.sending, watch.stage
	stop := a.follow(c.NoProgress, watch.line)
	before := bench.CPUTime()
	result, err := run.Do(ctx)
	stop()
	if err = errors.Join(err, rejects.close()); err != nil {
		return err
	}
	return a.reportInsert(result, c, (bench.CPUTime() - before).Seconds(), rejects.path)
}

// prepare opens the data set and the server; done closes what it opened.
func (c *insertCommand) prepare(ctx context.Context, a *app) (run *insert.Run, done func() error, err error) {
	policy, err := c.policy()
	if err != nil {
		return nil, nil, err
	}
	var given *schema.Collection
	if c.Schema != "" || c.Builtin != "" {
		if given, err = a.findSchema(c.Schema, c.Builtin); err != nil {
			return nil, nil, err
		}
	}
	set, err := dataset.Open(ctx, c.Path, dataset.OpenOptions{Schema: given})
	if err != nil {
		return nil, nil, err
	}
	if set.Inferred {
		a.say("no schema was given and there is no %s: the schema is %s", dataset.MetaName, set.SchemaFrom)
	}
	server, err := c.dial(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	run = &insert.Run{
		Server: server, Set: set, Name: c.CollectionName, Partition: c.Partition, Resume: c.Resume, Readers: c.Workers,
		NoLoad: c.NoLoad || c.NoIndex, StateDir: c.stateDir(),
		Prepare: collection.PrepareOptions{
			Drop: c.DropIfExists, MoveAlias: c.MoveAlias, Fields: c.Fields, Exclude: c.ExcludeFields, Index: policy, Consistency: c.consistency(set),
		},
		Options: insert.Options{
			BatchRows: c.BatchSize, BatchBytes: c.BatchBytes, InFlight: c.InFlight, Upsert: c.Upsert, MaxErrors: c.MaxErrors, MaxWait: c.MaxWait,
		},
		Note: func(text string) { a.say("note: %s", text) },
	}
	if err := run.Check(); err != nil {
		return nil, nil, errors.Join(err, server.Close())
	}
	return run, server.Close, nil
}

// stateDir is where journals are: the user's folder, or the data set's where
// the user has none.
func (c *insertCommand) stateDir() string {
	if dir := userdir.Path(); dir != "" {
		return filepath.Join(dir, "inserts")
	}
	dir := c.Path
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	return dataset.StateFile(dir, "inserts")
}
