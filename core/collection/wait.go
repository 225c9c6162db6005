package collection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

const (
	// pollFirst and pollMost are the first and the longest time between two
	// looks at work of the server.
	pollFirst, pollMost = 100 * time.Millisecond, time.Second
	// patience is how long a server may be away, or starting anew, before
	// waiting for it is given up: Milvus takes up to a minute.
	patience = 2 * time.Minute
)

// await looks again and again until it is done. Faults that may pass (the
// server starts anew) are passed over for some time. doing says what is being
// waited for, and how far it is.
func await(ctx context.Context, doing func() string, look func(context.Context) (done bool, err error)) error {
	next, away := pollFirst, time.Time{}
	for {
		done, err := look(ctx)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			away = time.Time{}
		case ctx.Err() != nil:
			return stopped(ctx.Err(), "%s", doing())
		case !mayPass(err):
			return told(err, "%s", doing())
		case away.IsZero():
			away = time.Now()
		case time.Since(away) > patience:
			return told(err, "%s", doing())
		}
		if err := pause(ctx, next); err != nil {
			return stopped(err, "%s", doing())
		}
		next = min(next*3/2, pollMost)
	}
}

// mayPass tells whether a question to the server may be asked again.
func mayPass(err error) bool {
	var known *core.Error
	return errors.As(err, &known) && known.Retry
}

// stopped says what was waited for when the time ran out or the user stopped.
func stopped(err error, format string, args ...any) error {
	doing := fmt.Sprintf(format, args...)
	if errors.Is(err, context.DeadlineExceeded) {
		return core.Errorf(core.Unavailable, "%s: the time ran out: %w", doing, err).WithHint("give it more time with --timeout")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// pause waits, or returns the context's error before that.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
