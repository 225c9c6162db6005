package health

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics shows the last report to Prometheus. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	status   prometheus.Gauge
	last     prometheus.Gauge
	rounds   prometheus.Counter
	checks   *prometheus.GaugeVec
	seconds  *prometheus.GaugeVec
	rows     prometheus.Gauge
	fewest   prometheus.Gauge
	loaded   prometheus.Gauge
	indexed  *prometheus.GaugeVec
	segments *prometheus.GaugeVec
	jobs     *prometheus.GaugeVec
}

// NewMetrics makes the metrics of one collection.
func NewMetrics(collection string) *Metrics {
	labels := prometheus.Labels{"collection": collection}
	registry := prometheus.NewRegistry()
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "milvus_ingest", Name: name, Help: help, ConstLabels: labels})
		registry.MustRegister(g)
		return g
	}
	gauges := func(name, help, label string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "milvus_ingest", Name: name, Help: help, ConstLabels: labels}, []string{label})
		registry.MustRegister(g)
		return g
	}
	m := &Metrics{
		registry: registry,
		status:   gauge("health_status", "0 healthy, 1 degraded, 2 unhealthy."),
		last:     gauge("health_last_round_timestamp_seconds", "When the last round of checks ended."),
		checks:   gauges("health_check_status", "0 OK, 1 warning, 2 failed, -1 not told by this server.", "check"),
		seconds:  gauges("health_check_seconds", "Time that the check took.", "check"),
		rows:     gauge("collection_rows", "Rows by count(*)."),
		fewest:   gauge("collection_expected_rows", "Fewest rows that are expected."),
		loaded:   gauge("collection_loaded_percent", "Share of the collection that is loaded."),
		indexed:  gauges("collection_index_rows", "Rows of all indexes, by whether they are indexed.", "state"),
		segments: gauges("collection_segments", "Segments by what is to be done with them.", "state"),
		jobs:     gauges("import_jobs", "Imports that the server knows of, by state.", "state"),
	}
	m.rounds = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: "milvus_ingest", Name: "health_rounds_total", Help: "Rounds of checks.", ConstLabels: labels,
	})
	registry.MustRegister(m.rounds)
	return m
}

// Handler answers a scrape.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Observe takes a report; what it does not tell of is no longer shown.
func (m *Metrics) Observe(r *Report, now float64) {
	m.status.Set(float64(r.Overall.Code()))
	m.last.Set(now)
	m.rounds.Inc()
	for _, v := range []*prometheus.GaugeVec{m.checks, m.seconds, m.indexed, m.segments, m.jobs} {
		v.Reset()
	}
	m.rows.Set(0)
	m.loaded.Set(0)
	for name, c := range r.Checks {
		m.checks.WithLabelValues(name).Set(c.Status.level())
		if c.ResponseMS != nil {
			m.seconds.WithLabelValues(name).Set(*c.ResponseMS / 1000)
		}
		m.values(c)
	}
}

func (m *Metrics) values(c Check) {
	set := func(g prometheus.Gauge, v *int64) {
		if v != nil {
			g.Set(float64(*v))
		}
	}
	set(m.rows, c.Rows)
	set(m.fewest, c.ExpectedMin)
	set(m.loaded, c.Percent)
	if c.Indexed != nil {
		set(m.indexed.WithLabelValues("indexed"), c.Indexed)
		set(m.indexed.WithLabelValues("pending"), c.Pending)
	}
	for state, n := range c.Segments {
		m.segments.WithLabelValues(state).Set(float64(n))
	}
	for state, n := range c.Jobs {
		m.jobs.WithLabelValues(state).Set(float64(n))
	}
}

// Code is the exit code of the state: 0, 1 or 2.
func (o Overall) Code() int {
	switch o {
	case Healthy:
		return 0
	case Degraded:
		return 1
	default:
		return 2
	}
}

func (s Status) level() float64 {
	switch s {
	case OK:
		return 0
	case Warn:
		return 1
	case Fail:
		return 2
	default:
		return -1
	}
}
