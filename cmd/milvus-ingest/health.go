package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/health"
)

type healthCommand struct {
	CollectionName string `required:"" env:"MILVUS_COLLECTION" placeholder:"NAME" help:"Collection, or an alias of it."`
	Field          string `placeholder:"NAME" help:"Vector field to search (default: the first)."`

	MinRows        int64         `placeholder:"N" help:"Fewest rows that are expected."`
	MaxConnectTime time.Duration `default:"0s" placeholder:"TIME" help:"Time to connect that is not slow (0: any)."`
	MaxQueryTime   time.Duration `default:"100ms" placeholder:"TIME" help:"Time of a query that is not slow (0: any)."`
	MaxSearchTime  time.Duration `default:"50ms" placeholder:"TIME" help:"Time of a search that is not slow (0: any)."`
	MaxFailedJobs  int64         `placeholder:"N" help:"Failed imports that are no reason to worry."`
	MaxWaitingJobs int64         `default:"10" placeholder:"N" help:"Waiting imports that are no reason to worry."`
	Bucket         string        `env:"MINIO_BUCKET" placeholder:"NAME" help:"Bucket that imports are read from: looks at the store, too."`

	Watch  time.Duration `placeholder:"TIME" help:"Look again and again, with this time between."`
	Listen string        `placeholder:"HOST:PORT" help:"Serve the results to Prometheus at /metrics, and the state at /healthz; looks every 30 seconds, or as --watch says."`

	serverFlags
	storeFlags `group:"Store"`
}

// watchEvery is how often an exporter looks when the user does not say.
const watchEvery = 30 * time.Second

// Run implements the command.
func (c *healthCommand) Run(ctx context.Context, a *app) error {
	target, err := c.target(a)
	if err != nil {
		return err
	}
	if c.Listen != "" {
		return c.serve(ctx, a, target)
	}
	for {
		report, err := health.Run(ctx, target)
		if err != nil {
			return err
		}
		if err := a.printHealth(report); err != nil {
			return err
		}
		if c.Watch <= 0 {
			return healthState(report.Overall)
		}
		if !pause(ctx, c.Watch) {
			// An end of a watch that the user asked for.
			return healthState(report.Overall)
		}
	}
}

// pause waits; false when ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// healthState is the exit code of a state.
func healthState(o health.Overall) error {
	if o == health.Healthy {
		return nil
	}
	return exitStatus(o.Code())
}

func (c *healthCommand) target(a *app) (health.Target, error) {
	server, err := c.serverFlags.options(a)
	if err != nil {
		return health.Target{}, err
	}
	t := health.Target{
		Dial:       func(ctx context.Context) (*collection.Server, error) { return collection.Dial(ctx, server) },
		Collection: c.CollectionName, Field: c.Field, Now: time.Now, Jobs: countJobs,
		Thresholds: health.Thresholds{
			MinRows: c.MinRows, Connect: c.MaxConnectTime, Query: c.MaxQueryTime, Search: c.MaxSearchTime,
			MaxFailedJobs: c.MaxFailedJobs, MaxWaitingJobs: c.MaxWaitingJobs,
		},
	}
	if c.Bucket == "" {
		return t, nil
	}
	store, err := c.storeFlags.options(a, c.Bucket)
	if err != nil {
		return t, err
	}
	t.Store = func(ctx context.Context) error { return lookAtStore(ctx, store) }
	return t, nil
}

// countJobs counts the imports that the server remembers of a collection, by
// their state. Those of an earlier one of its name are none of it.
func countJobs(ctx context.Context, c *collection.Collection) (map[string]int64, error) {
	i, err := bulk.New(ctx, c.Server, bulk.Options{})
	if err != nil {
		return nil, err
	}
	defer i.Close()
	jobs, err := i.List(ctx, c.Name)
	if err != nil {
		return nil, err
	}
	counts := map[string]int64{}
	for _, job := range jobs {
		if job.CollectionID == 0 || job.CollectionID == c.ID() {
			counts[string(job.State)]++
		}
	}
	return counts, nil
}

// lookAtStore lists the bucket: more than a port that is open.
func lookAtStore(ctx context.Context, o bucket.Options) error {
	store, err := bucket.Open(ctx, o, false)
	if err != nil {
		return err
	}
	for _, err := range store.List(ctx, "") {
		return err
	}
	return nil
}

// serve looks again and again, and shows the last report to whoever asks.
func (c *healthCommand) serve(ctx context.Context, a *app, target health.Target) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return core.Errorf(core.InvalidConfig, "listen: %w", err).WithHint("give a free address such as --listen 127.0.0.1:9190")
	}
	e := &exporter{metrics: health.NewMetrics(c.CollectionName)}
	server := &http.Server{Handler: e.routes(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	a.say("serving http://%s/metrics and /healthz", listener.Addr())

	err = e.watch(ctx, a, target, cmpOr(c.Watch, watchEvery))
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(closing))
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

func cmpOr(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// printHealth shows a report: JSON, or a table.
func (a *app) printHealth(r *health.Report) error {
	if a.output == "json" {
		return a.printJSON(r)
	}
	return writeHealth(a.stdout, a.width, r)
}

func writeHealth(w io.Writer, width int, r *health.Report) error {
	var rows [][]string
	for _, name := range health.Names() {
		check, made := r.Checks[name]
		if !made {
			continue
		}
		took := ""
		if check.ResponseMS != nil {
			took = fmt.Sprintf("%.1f ms", *check.ResponseMS)
		}
		rows = append(rows, []string{name, string(check.Status), took, check.Text()})
	}
	fmt.Fprintf(w, "%s: %s  (%s)\n\n", r.Collection, r.Overall, r.Timestamp)
	if r.Server != "" {
		fmt.Fprintf(w, "%s\n\n", r.Server)
	}
	writeTable(w, width, []string{"CHECK", "STATUS", "TIME", ""}, rows)
	for _, name := range health.Names() {
		if hint := r.Checks[name].Hint; hint != "" {
			fmt.Fprintf(w, "hint: %s: %s\n", name, hint)
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
