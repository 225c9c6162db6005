package insert

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// send reads the data set and sends its rows.
func (r *Run) send(ctx context.Context) error {
	r.Options.Journal = r.journal
	var sweeper Sweeper
	if r.autoID() {
		sweeper = Keys{r.collection}
	}
	if r.Server.Kind == collection.Lite {
		r.Options.Flush = r.collection.Flush
		if r.Resume { // it may have ended since
			if err := r.journal.lose(); err != nil {
				return err
			}
		}
	}
	in := New(r.collection, sweeper, r.Options)
	if r.Sending != nil {
		r.Sending(in, r.Set.Count())
	}
	err := r.readAgain(ctx, in)
	p := in.Progress()
	r.result.Rows, r.result.Bytes, r.result.Resumed, r.result.Rejected = p.Rows, p.Bytes, p.Resumed, p.Rejected
	r.result.Calls, r.result.Held = p.Calls, p.Held.Seconds()
	r.result.Sending = in.Elapsed().Seconds()
	r.result.Waiting = p.Server.Seconds() / max(r.result.Sending, 1e-9)
	if err != nil && p.Rows+p.Resumed > 0 {
		err = hinted(err, "--resume goes on behind what is inserted already")
	}
	return err
}

// readAgain reads the data set, and once more after each time that the server
// was away and may have forgotten rows.
func (r *Run) readAgain(ctx context.Context, in *Inserter) error {
	for {
		err := in.Resume(ctx)
		if err == nil {
			err = r.read(ctx, in)
		}
		if !errors.Is(err, ErrAway) || ctx.Err() != nil {
			return err
		}
		begin := time.Now()
		back := patiently(ctx, r.MaxWait, func() error {
			_, _, err := r.collection.Loaded(ctx)
			return err
		})
		if back != nil {
			return in.gaveUp(back, time.Since(begin))
		}
		if err := r.journal.lose(); err != nil {
			return err
		}
	}
}

// read reads the units of the set, several at once, into the inserter.
func (r *Run) read(ctx context.Context, in *Inserter) error {
	units := r.Set.Units()
	files := map[*dataset.DataFile]int{}
	for i, f := range r.Set.Files {
		files[f] = i
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range r.readers(len(units)) {
		group.Go(func() (err error) {
			reader, err := r.Set.Reader(dataset.ReadOptions{Fields: r.fields()})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, reader.Close()) }()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(units) {
					return nil
				}
				u := units[i]
				if u.Rows >= 0 && in.Has(files[u.File], u.Row, u.Rows) {
					continue
				}
				err := reader.Read(ctx, u, func(b *dataset.Batch) error {
					return in.Write(ctx, Batch{Record: b.Record, File: files[u.File], Name: u.File.Name, Row: b.Row})
				})
				if err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// hinted adds a hint to an error.
func hinted(err error, hint string) error {
	return core.Errorf(core.CodeOf(err), "%w", err).WithHint("%s", hint)
}

// The sample of keys by which it is found that rows are there already.
const (
	sampleUnits = 8
	sampleKeys  = 128
)

// twice refuses rows whose keys are there already: Milvus would keep both.
// It looks at some keys of several places of the data set.
func (r *Run) twice(ctx context.Context) (err error) {
	name := r.schema.Primary().Name
	reader, err := r.Set.Reader(dataset.ReadOptions{Fields: []string{name}, BatchBytes: 8 * sampleKeys})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	units := r.Set.Units()
	enough := errors.New("enough")
	for i := range min(len(units), sampleUnits) {
		u := units[i*len(units)/min(len(units), sampleUnits)]
		err := reader.Read(ctx, u, func(b *dataset.Batch) error {
			some := b.NewSlice(0, min(b.NumRows(), sampleKeys))
			defer some.Release()
			if err := r.absent(ctx, some.Column(0)); err != nil {
				return err
			}
			return enough
		})
		if err != nil && !errors.Is(err, enough) {
			return err
		}
	}
	return nil
}

// absent refuses keys that the collection has.
func (r *Run) absent(ctx context.Context, keys arrow.Array) error {
	name := r.schema.Primary().Name
	found, err := r.collection.Get(ctx, keys, collection.Read{Fields: []string{name}})
	if err != nil {
		return err
	}
	defer found.Release()
	if found.NumRows() == 0 {
		return nil
	}
	return core.Errorf(core.Conflict, "the collection %s has rows with these keys already, such as %s %s: Milvus would keep both", r.collection.Name, name, shown(found.Column(0))).
		WithHint("--upsert replaces them, --drop-if-exists makes the collection anew")
}

func shown(keys arrow.Array) string {
	if texts, ok := keys.(*array.String); ok {
		return texts.Value(0)
	}
	return keys.ValueStr(0)
}
