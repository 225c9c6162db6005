package plugintest

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func processChecks() []Check {
	return []Check{
		{Name: "prints nothing to standard output", Process: true, Run: printsNothing},
		{Name: "ends within two seconds of Shutdown", Process: true, Run: endsWhenAsked},
		{Name: "ends within five seconds of its host's death", Process: true, Run: endsWithItsHost},
	}
}

// printsNothing comes last: it looks at the processes of all other checks.
func printsNothing(ctx context.Context, t *Trial) error {
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return err
	}
	for _, p := range append(t.processes.open[:], p) {
		if p == nil {
			continue
		}
		if stray := p.Stray(); stray != "" {
			return core.Errorf(core.PluginFailed, "it printed %q", short(stray)).WithHint("standard output is for the handshake: log to standard error")
		}
	}
	return nil
}

const (
	shutdownTime = 2 * time.Second
	orphanTime   = 5 * time.Second
)

func endsWhenAsked(ctx context.Context, t *Trial) error {
	p, left, err := t.busy(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	defer left.remove()
	began := time.Now()
	if err := p.Shutdown(ctx); err != nil {
		return err
	}
	if !p.Ended(time.Until(began.Add(shutdownTime))) {
		return wrong("%v after GRPCController.Shutdown it is still there", shutdownTime)
	}
	return left.check()
}

func endsWithItsHost(ctx context.Context, t *Trial) error {
	p, left, err := t.busy(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	defer left.remove()
	p.Orphan()
	if !p.Ended(orphanTime) {
		return wrong("%v after its standard input has ended it is still there", orphanTime)
	}
	return left.check()
}

// leftover is the folder in which a writer was open.
type leftover struct {
	folder
	used bool
}

func (l leftover) check() error {
	if !l.used {
		return nil
	}
	return l.empty("a writer that was open when the process ended")
}

// busy starts a process and leaves a column or a writer open in it.
func (t *Trial) busy(ctx context.Context) (*Process, leftover, error) {
	p, err := t.Start(ctx)
	if err != nil {
		return nil, leftover{}, err
	}
	var left leftover
	if t.Kind == sdk.KindSink {
		left, err = t.leaveWriter(ctx, p)
	} else {
		err = t.leaveColumn(ctx, p)
	}
	if err != nil {
		p.Close()
		left.remove()
		return nil, leftover{}, err
	}
	return p, left, nil
}

func (t *Trial) leaveColumn(ctx context.Context, p *Process) error {
	c, err := t.open(ctx, p, t.opening(1))
	if err == nil {
		rows := core.Rows{N: 10}
		_, err = c.fill(rows, t.Case.given(rows))
	}
	return err
}

func (t *Trial) leaveWriter(ctx context.Context, p *Process) (leftover, error) {
	f, err := newFolder()
	left := leftover{f, true}
	if err != nil {
		return left, err
	}
	batch := t.batch(10)
	w, err := t.openWriter(ctx, p, batch.Schema(), f.in(t.Config), core.Rows{N: 10})
	if err == nil {
		err = w.write(batch)
	}
	return left, err
}

// batch is ordinary rows of all types that a sink stores.
func (t *Trial) batch(n int) arrow.Record { return sampleBatch(t.collection(), n) }

// withFolder puts a new folder in a configuration.
func (t *Trial) withFolder(config string) (string, func(), error) {
	f, err := newFolder()
	if err != nil {
		return "", nil, err
	}
	return f.in(config), f.remove, nil
}

// folder is an empty folder that a sink may store to.
type folder struct{ dir string }

func newFolder() (folder, error) {
	dir, err := os.MkdirTemp("", "plugintest-")
	if err != nil {
		return folder{}, fmt.Errorf("make a folder: %w", err)
	}
	return folder{dir}, nil
}
