// Package insert brings rows into a collection: batches cut by rows and by
// bytes, several on their way at once, slower when the server asks for it,
// halved when they are too large, and each of them once, whatever breaks.
//
// What was sent and what was acknowledged is noted in a journal. Rows whose
// fate is unknown, because a connection or a process ended, are never simply
// sent again: where the user has the keys they replace what may be there, and
// where the server makes the keys, rows with keys that nobody was told of are
// removed first.
package insert

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"golang.org/x/sync/errgroup"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/pipeline"
)

// Options say how rows are sent.
type Options struct {
	// BatchRows and BatchBytes bound a message; 0: no bound of rows, and
	// DefaultBytes.
	BatchRows  int
	BatchBytes int64
	// InFlight is how many messages are on their way at once; 0:
	// DefaultInFlight.
	InFlight int
	// Upsert replaces rows that have the same keys.
	Upsert bool
	// MaxErrors is how many rows the server may refuse: they are left out and
	// told to Rejected. Of more than that the first ends the run.
	MaxErrors int64
	// Rejected is told of a row that was refused; never from two goroutines.
	Rejected func(Reject) error
	// MaxWait bounds how long a batch waits for a server that is away, or that
	// protects itself; 0: DefaultMaxWait.
	MaxWait time.Duration
	// Journal notes what was sent; nil: one in memory.
	Journal *Journal
	// Flush is set for a server that forgets what is not flushed when it ends,
	// as Milvus Lite does: it is called now and then, and when the server is
	// away Write fails with ErrAway, for what came before may be lost.
	Flush func(ctx context.Context) error
}

// ErrAway marks an error after which the server may have forgotten rows that it
// had acknowledged.
var ErrAway = errors.New("rows may be lost that were not flushed")

// flushEvery is how many bytes a server may forget.
const flushEvery = 256 << 20

// The defaults of Options.
const (
	DefaultBytes    = 8 << 20
	DefaultInFlight = 4
	DefaultMaxWait  = 5 * time.Minute
)

// Batch is a piece of a data set: rows of one of its files.
type Batch struct {
	arrow.Record
	// File numbers the file, Name is what people call it; Row is the first
	// row's number in it.
	File int
	Name string
	Row  int64
}

// Reject is a row that the server refused.
type Reject struct {
	File   string `json:"file"`
	Row    int64  `json:"row"` // in the file
	Key    any    `json:"key,omitempty"`
	Reason string `json:"reason"`
}

// Target is where rows go: a *collection.Collection.
type Target interface {
	// Encode makes of a batch what the others send.
	Encode(batch arrow.Record) ([]*schemapb.FieldData, error)
	// Insert and Upsert send it once; errors are those of
	// collection.Explain.
	Insert(ctx context.Context, columns []*schemapb.FieldData, rows int) (*schemapb.IDs, error)
	Upsert(ctx context.Context, columns []*schemapb.FieldData, rows int) (*schemapb.IDs, error)
}

// A Sweeper removes rows that nobody was told of.
type Sweeper interface {
	// Sweep removes the rows whose key the server made and that are not in
	// known. Those that are there may be most at most: more mean that somebody
	// else writes, and nothing is removed.
	Sweep(ctx context.Context, known Known, most int64) error
}

// Known is what is known of keys that the server made.
type Known struct {
	ids ranges
	// Before is the number of rows that were there before the first of ours.
	Before int64
}

// Inserter brings rows into one collection. It is safe for concurrent use.
type Inserter struct {
	to      Target
	sweeper Sweeper
	o       Options
	journal *Journal
	pace    pace
	slots   chan struct{}
	// bytes is the bound of a message: it falls when the server takes less.
	bytes atomic.Int64

	// gate is held by each call on its way, and alone by whoever finds out
	// what became of calls without an answer.
	gate sync.RWMutex
	// alone tells that calls go one at a time until the first key is known:
	// all later keys are larger.
	alone atomic.Bool
	// sweeps counts how often the unknown was removed.
	sweeps atomic.Int64

	// unflushed counts bytes that the server may forget; flushing is held by
	// who has them flushed.
	unflushed atomic.Int64
	flushing  sync.Mutex

	rejects sync.Mutex
	stats   stats
	began   time.Time
}

// New makes an inserter. sweeper is nil where the user has the keys.
func New(to Target, sweeper Sweeper, o Options) *Inserter {
	if o.BatchBytes <= 0 {
		o.BatchBytes = DefaultBytes
	}
	if o.InFlight <= 0 {
		o.InFlight = DefaultInFlight
	}
	if o.MaxWait <= 0 {
		o.MaxWait = DefaultMaxWait
	}
	if o.Journal == nil {
		o.Journal = Memory(Header{AutoID: sweeper != nil})
	}
	in := &Inserter{to: to, sweeper: sweeper, o: o, journal: o.Journal, slots: make(chan struct{}, o.InFlight), began: time.Now()}
	in.bytes.Store(o.BatchBytes)
	ids, _ := in.journal.keys()
	in.alone.Store(sweeper != nil && in.journal.Header.Before != 0 && len(ids) == 0)
	in.stats.resumed = in.journal.Rows()
	return in
}

// keep has the server flush, once it could forget too much.
func (in *Inserter) keep(ctx context.Context, bytes int64) error {
	if in.o.Flush == nil || in.unflushed.Add(bytes) < flushEvery || !in.flushing.TryLock() {
		return nil
	}
	defer in.flushing.Unlock()
	in.unflushed.Store(0)
	if err := in.journal.mark(); err != nil {
		return err
	}
	if err := in.o.Flush(ctx); err != nil {
		return err
	}
	return in.journal.keep()
}

// Has tells whether the rows need not be sent any more.
func (in *Inserter) Has(file int, row, n int64) bool {
	spans, _ := in.journal.open(span{file, row, n})
	return len(spans) == 0
}

// Elapsed is the time since the inserter was made.
func (in *Inserter) Elapsed() time.Duration { return time.Since(in.began) }

// Resume finds out what became of the rows that an earlier run had on their
// way. It is called before the first Write.
func (in *Inserter) Resume(ctx context.Context) error {
	if in.journal.Doubtful() == 0 || in.sweeper == nil {
		return nil // where the user has the keys, Write replaces them
	}
	return in.settle(ctx, in.sweeps.Load())
}

// Write sends the rows of a batch that the server does not have yet, and
// returns when it has them. Several goroutines may write; batches of a file
// do not overlap.
func (in *Inserter) Write(ctx context.Context, b Batch) error {
	if b.NumRows() == 0 {
		return nil
	}
	perRow := max(pipeline.Size(b.Record)/b.NumRows(), 1)
	group, within := errgroup.WithContext(ctx)
	spans, doubtful := in.journal.open(span{b.File, b.Row, b.NumRows()})
	for i, s := range spans {
		for at := int64(0); at < s.n; {
			n := min(in.rows(perRow), s.n-at)
			select {
			case in.slots <- struct{}{}:
			case <-within.Done():
				return errors.Join(group.Wait(), ctx.Err())
			}
			from := s.row - b.Row + at
			p := piece{
				Record: b.NewSlice(from, from+n), span: span{s.file, s.row + at, n}, name: b.Name,
				size: n * perRow, unclear: doubtful[i] && in.sweeper == nil,
			}
			at += n
			group.Go(func() error {
				defer func() { p.Release(); <-in.slots }()
				return in.send(within, p)
			})
		}
	}
	return group.Wait()
}

// rows is how many rows of a size a message may have.
func (in *Inserter) rows(perRow int64) int64 {
	n := max(in.bytes.Load()/perRow, 1)
	if in.o.BatchRows > 0 {
		n = min(n, int64(in.o.BatchRows))
	}
	return n
}

// piece is what one message carries.
type piece struct {
	arrow.Record
	span span
	name string // of the file
	size int64
	// unclear tells that the rows may be there already.
	unclear bool
}

// half cuts a piece in two.
func (p piece) half() [2]piece {
	n := p.span.n / 2
	first, second := p, p
	first.Record, second.Record = p.NewSlice(0, n), p.NewSlice(n, p.span.n)
	first.span.n, second.span.n = n, p.span.n-n
	second.span.row += n
	first.size = p.size / 2
	second.size = p.size - first.size
	return [2]piece{first, second}
}

// key is the first row's key as the data set has it; nil where it has none.
func (p piece) key() any {
	for i, f := range p.Schema().Fields() {
		if _, is := f.Metadata.GetValue(core.MetaPrimaryKey); !is {
			continue
		}
		switch keys := p.Column(i).(type) {
		case *array.Int64:
			return keys.Value(0)
		case *array.String:
			return keys.Value(0)
		}
	}
	return nil
}

// is says which row a piece of one row is.
func (p piece) is() string {
	if key := p.key(); key != nil {
		return fmt.Sprintf("%s, key %v", p.name, key)
	}
	return p.name
}
