package insert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// send sees a piece into the collection. What is too large, or has a row that
// the server refuses, is halved until the rest is in.
func (in *Inserter) send(ctx context.Context, p piece) error {
	columns, err := in.to.Encode(p.Record)
	if err == nil {
		err = in.deliver(ctx, &p, columns)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return errors.Join(ctx.Err(), err)
	case collection.IsTooLarge(err):
		if p.span.n == 1 {
			return core.Errorf(core.InvalidData, "%s: one row of %d bytes is more than the server takes in a message: %w", p.is(), p.size, err).
				WithRow(p.span.row).WithHint("shorten the row, leave its largest field out with --exclude-fields, or raise the server's limit")
		}
		in.smaller(p.size)
	case !refused(err):
		return err
	case p.span.n == 1:
		return in.reject(p, err)
	}
	halves := p.half()
	defer halves[0].Release()
	defer halves[1].Release()
	if err := in.send(ctx, halves[0]); err != nil {
		return err
	}
	return in.send(ctx, halves[1])
}

// smaller makes later messages smaller than one that was too large.
func (in *Inserter) smaller(than int64) {
	for {
		now := in.bytes.Load()
		if now <= than/2 || in.bytes.CompareAndSwap(now, max(than/2, 1)) {
			return
		}
	}
}

// errPartly marks a message of which the server took a part.
var errPartly = errors.New("a message was stored in part")

// refused tells whether an error is about the rows of a message.
func refused(err error) bool {
	if collection.IsNotFound(err) || collection.IsNotLoaded(err) || collection.IsUnsupported(err) || collection.IsDenied(err) || away(err) || errors.Is(err, errJournal) || errors.Is(err, errPartly) {
		return false
	}
	var e *core.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == core.InvalidData || e.Code == core.InvalidConfig || e.Code == core.Internal
}

// reject leaves a row out that the server refuses, if so many may be.
func (in *Inserter) reject(p piece, why error) error {
	in.rejects.Lock()
	defer in.rejects.Unlock()
	if in.journal.Skipped() >= in.o.MaxErrors {
		code := core.InvalidData
		err := core.Errorf(code, "%s: the server refuses the row: %w", p.is(), why).WithRow(p.span.row)
		if in.o.MaxErrors > 0 {
			return err.WithHint("more than %d rows are refused (--max-errors)", in.o.MaxErrors)
		}
		return err.WithHint("mend the row, or leave such rows out with --max-errors N; --resume goes on with those that are not sent yet")
	}
	if in.o.Rejected != nil {
		if err := in.o.Rejected(Reject{File: p.name, Row: p.span.row, Key: p.key(), Reason: why.Error()}); err != nil {
			return err
		}
	}
	return in.journal.skip(p.span)
}

// deliver sends a piece until the server has acknowledged or refused it.
func (in *Inserter) deliver(ctx context.Context, p *piece, columns []*schemapb.FieldData) error {
	begin := time.Now() // of the time in which nothing went on
	for try := 0; ; try++ {
		if err := in.pace.wait(ctx); err != nil {
			return err
		}
		began := time.Now()
		sweeps, err := in.once(ctx, *p, columns)
		wait := retreat(try, 100*time.Millisecond, 5*time.Second)
		protection, quota := collection.IsQuota(err)
		switch {
		case err == nil:
			in.pace.faster()
			return in.keep(ctx, p.size)
		case in.o.Flush != nil && away(err):
			return fmt.Errorf("%w: %w", ErrAway, err)
		case collection.IsRateLimit(err):
			in.pace.slower("the server limits the rate", began)
		case quota:
			wait = retreat(try, time.Second, 30*time.Second)
			in.pace.slower("the server protects its "+protection, began)
		case collection.IsUnavailable(err):
			in.pace.slower("the server is away", began)
		case collection.IsUnclear(err) || repeatable(err):
			in.pace.slower("the server did not answer", began)
			waited := time.Now()
			if err := in.clear(ctx, p, sweeps); err != nil {
				return err
			}
			begin = begin.Add(time.Since(waited))
		default:
			return err
		}
		if time.Since(begin)+wait > in.o.MaxWait {
			return in.gaveUp(err, time.Since(begin))
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// away tells whether the server is not there, or was not for a moment.
func away(err error) bool { return collection.IsUnavailable(err) || collection.IsUnclear(err) }

// repeatable tells whether the server says of an error that is not its
// protection that it may go away; whether rows were stored it does not say.
func repeatable(err error) bool {
	var e *core.Error
	return errors.As(err, &e) && (e.Retry || e.Code == core.Unavailable) && !collection.IsRateLimit(err) && !collection.IsUnavailable(err) && !isQuota(err)
}

func isQuota(err error) bool { _, is := collection.IsQuota(err); return is }

// gaveUp says that waiting did not help.
func (in *Inserter) gaveUp(err error, after time.Duration) error {
	code, hint := core.CodeOf(err), "--resume goes on when the server takes rows again; --max-wait TIME waits longer"
	if isQuota(err) || collection.IsRateLimit(err) {
		code = core.Exhausted
	} else if away(err) {
		code = core.Unavailable // it was there, whatever the connection says now
	}
	return core.Errorf(code, "gave up after %s: %w", after.Round(time.Second/10), err).WithHint("%s", hint)
}

// once makes one call. sweeps is how often the unknown had been removed when
// it ended.
func (in *Inserter) once(ctx context.Context, p piece, columns []*schemapb.FieldData) (sweeps int64, err error) {
	if in.alone.Load() {
		in.gate.Lock()
		defer in.gate.Unlock()
	} else {
		in.gate.RLock()
		defer in.gate.RUnlock()
	}
	if err := in.journal.send(p.span); err != nil {
		return 0, err
	}
	call := in.to.Insert
	if in.o.Upsert || p.unclear {
		call = in.to.Upsert
	}
	done := in.stats.calling()
	keys, err := call(ctx, columns, int(p.span.n))
	done()
	switch {
	case err != nil && keys != nil: // the server took some of the rows, and does not say which
		return 0, fmt.Errorf("%w: %w", errPartly, err)
	case err == nil:
		if err := in.journal.ack(p.span, keys); err != nil {
			return 0, err
		}
		in.alone.Store(false)
		in.stats.took(p)
	case !collection.IsUnclear(err) && !repeatable(err) && ctx.Err() == nil && !p.unclear:
		err = errors.Join(err, in.journal.back(p.span))
	}
	return in.sweeps.Load(), err
}

// clear prepares a piece whose fate is unknown for being sent again.
func (in *Inserter) clear(ctx context.Context, p *piece, sweeps int64) error {
	if in.sweeper == nil {
		p.unclear = true // what may be there is replaced
		return nil
	}
	return in.settle(ctx, sweeps)
}

// settle removes the rows that arrived without our knowing. Nothing else is on
// its way meanwhile. A caller whose call ended before the last time this was
// done need not do it again.
func (in *Inserter) settle(ctx context.Context, sweeps int64) error {
	in.gate.Lock()
	defer in.gate.Unlock()
	if in.sweeps.Load() != sweeps {
		return nil
	}
	ids, known := in.journal.keys()
	doubtful := in.journal.Doubtful()
	if !known {
		return core.Errorf(core.Conflict, "%d rows may have arrived or not, and the server did not tell the keys of those before", doubtful).
			WithHint("compare with milvus-ingest to-milvus verify, or begin again with --drop-if-exists")
	}
	begin := time.Now()
	for try := 0; ; try++ {
		err := in.sweeper.Sweep(ctx, Known{ids, in.journal.Header.Before}, doubtful)
		switch {
		case err == nil:
			in.sweeps.Add(1)
			return in.journal.forget()
		case in.o.Flush != nil && away(err):
			return fmt.Errorf("%w: %w", ErrAway, err)
		case !away(err) && core.CodeOf(err) != core.Internal: // a server that has just started fails in many ways
			return fmt.Errorf("find out whether %d rows have arrived: %w", doubtful, err)
		case time.Since(begin) > in.o.MaxWait:
			return in.gaveUp(err, time.Since(begin))
		}
		if err := pause(ctx, retreat(try, 100*time.Millisecond, 5*time.Second)); err != nil {
			return err
		}
	}
}
