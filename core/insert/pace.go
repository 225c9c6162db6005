package insert

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// pace is how fast calls may begin. All workers share it: one refusal slows
// all of them down, and each success lets them come a little nearer again.
type pace struct {
	mu   sync.Mutex
	gap  time.Duration // between the beginnings of two calls; 0: none
	next time.Time     // of the next call
	// slowed is when a refusal slowed calls down last.
	slowed time.Time
	// why is what the server said last, until a call succeeds.
	why string
	// waited is the time that calls were held back.
	waited time.Duration
}

const (
	firstGap = 20 * time.Millisecond
	mostGap  = 5 * time.Second
	leastGap = 2 * time.Millisecond
)

// wait holds a call back until its turn comes.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.gap)
	p.waited += at.Sub(now)
	p.mu.Unlock()
	return pause(ctx, at.Sub(now))
}

// slower notes that the server refused a call that began at a time. Calls that
// were on their way at the same time count once.
func (p *pace) slower(why string, began time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.why = why
	if began.Before(p.slowed) {
		return
	}
	p.gap, p.slowed = min(max(2*p.gap, firstGap), mostGap), time.Now()
}

// faster notes that a call succeeded.
func (p *pace) faster() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.why = ""
	if p.gap -= p.gap / 4; p.gap < leastGap {
		p.gap = 0
	}
}

// throttled is why the server holds us back; "" where it does not.
func (p *pace) throttled() string { p.mu.Lock(); defer p.mu.Unlock(); return p.why }

// held is the time that calls were held back.
func (p *pace) held() time.Duration { p.mu.Lock(); defer p.mu.Unlock(); return p.waited }

// retreat is the pause before try n of one call: it doubles, and a part of it
// is chance, so that workers do not come back together.
func retreat(n int, first, most time.Duration) time.Duration {
	d := most
	if n < 16 {
		d = min(first<<n, most)
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // chance, no secret
}

// pause waits, or ends with the context.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
