package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/zilliz/milvus-ingest/core/health"
)

// exporter shows the last report to Prometheus and to load balancers.
type exporter struct {
	metrics *health.Metrics
	last    atomic.Pointer[health.Report]
}

func (e *exporter) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", e.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		r := e.last.Load()
		switch {
		case r == nil:
			http.Error(w, "no check has ended yet", http.StatusServiceUnavailable)
		case r.Overall == health.Unhealthy:
			http.Error(w, string(r.Overall), http.StatusServiceUnavailable)
		default:
			fmt.Fprintln(w, r.Overall)
		}
	})
	return mux
}

// watch looks until ctx ends, which is no error: that is how it is stopped. It
// tells when the state changes.
func (e *exporter) watch(ctx context.Context, a *app, target health.Target, every time.Duration) error {
	for {
		report, err := health.Run(ctx, target)
		if err != nil {
			if errors.Is(err, ctx.Err()) {
				return nil
			}
			return err
		}
		before := e.last.Swap(report)
		if before == nil || before.Overall != report.Overall {
			a.say("%s: %s", report.Timestamp, report.Overall)
		}
		e.metrics.Observe(report, float64(target.Now().UnixMilli())/1000)
		if !pause(ctx, every) {
			return nil
		}
	}
}
