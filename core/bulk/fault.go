package bulk

import (
	"context"
	"errors"
	"time"
)

// What create says of a job that was not accepted, as marks on the error:
// whoever made the request decides by them whether it may be made again.
type (
	// unsent: nothing arrived at the server.
	unsent struct{ error }
	// unclear: the server may have taken the job.
	unclear struct{ error }
	// full: the server takes no more jobs for now.
	full struct{ error }
)

func (e unsent) Unwrap() error  { return e.error }
func (e unclear) Unwrap() error { return e.error }
func (e full) Unwrap() error    { return e.error }

// marked tells whether an error has a mark.
func marked[Mark error](err error) bool {
	var mark Mark
	return errors.As(err, &mark)
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
