package bench

import (
	"strings"
	"testing"
)

func TestThresholdsJudgeEveryRun(t *testing.T) {
	run := func(topK int, p99, qps, recall float64, failed int64) Run {
		return Run{
			Setting: Setting{Concurrency: 4, TopK: topK}, Searches: 100, Failed: failed, QPS: qps,
			Latency: Latency{P99: p99, P999: 2 * p99}, Recall: &Recall{Mean: recall},
		}
	}
	r := &Result{
		Runs:     []Run{run(10, 40, 500, 0.96, 0), run(100, 60, 300, 0.99, 2)},
		Baseline: &Result{Runs: []Run{run(10, 30, 400, 0.99, 0)}},
	}
	for text, missed := range map[string]string{
		"p99<61ms":          "",
		"p99@10<50ms":       "",
		"p99<50ms":          "top 100: p99 is 60 ms, not < 50 ms",
		" P99.9 <= 0.12s ":  "",
		"p99.9<100ms":       "p99.9 is 120 ms, not < 100 ms",
		"recall@10>=0.95":   "",
		"recall@10>=97%":    "recall is 0.96, not >= 0.97",
		"recall>=0.95":      "",
		"errors<=2%":        "",
		"errors<1%":         "errors is 2 %, not < 1 %",
		"errors<0.01":       "errors is 2 %, not < 1 %",
		"qps>299":           "",
		"qps@10>=0.9x":      "",
		"qps@10>=1.5x":      "qps is 500, not >= 600",
		"qps>=0.9x":         "the baseline has no such run",
		"p99@10<=1.3x":      "p99 is 40 ms, not <= 39 ms",
		"p99@7<1s":          "no run has top-k 7",
		"recall@100>=99%":   "",
		"recall@100 > 0.99": "recall is 0.99, not > 0.99",
	} {
		threshold, err := ParseThreshold(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		v := threshold.Judge(r)
		if got := strings.Join(v.Missed, "; "); !strings.Contains(got, missed) || v.Met != (missed == "") || missed == "" && got != "" {
			t.Errorf("%s: met %v, missed %q", text, v.Met, got)
		}
	}
}

func TestARunWithoutTheFigureMissesTheThreshold(t *testing.T) {
	r := &Result{Runs: []Run{{Setting: Setting{TopK: 10}, Searches: 5, Failed: 5}}}
	for text, want := range map[string]string{
		"recall>=0": "there is no recall", "p99<1h": "there is no p99", "qps>=0.5x": "the baseline has no such run", "errors<1%": "errors is 100 %",
	} {
		threshold, err := ParseThreshold(text)
		if err != nil {
			t.Fatal(err)
		}
		if v := threshold.Judge(r); v.Met || !strings.Contains(v.Missed[0], want) {
			t.Errorf("%s: %+v", text, v)
		}
	}
	threshold, err := ParseThreshold("qps>1")
	if err != nil {
		t.Fatal(err)
	}
	if v := threshold.Judge(&Result{}); v.Met {
		t.Error("a benchmark without runs meets a threshold")
	}
}

func TestThresholdsThatMakeNoSenseAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":               "it is no comparison",
		"<":              "it is no comparison",
		"p99":            "it is no comparison",
		"p99<":           "it is no comparison",
		"p99==5ms":       "it is no comparison",
		"p99<50":         `"50" is no time`,
		"p99<fast":       `"fast" is no time`,
		"p42<50ms":       `there is no figure "p42"`,
		"recal>=0.9":     `there is no figure "recal"`,
		"recall>=high":   `"high" is no number`,
		"recall>=-1":     `"-1" is out of range`,
		"qps>=NaN":       `"nan" is out of range`,
		"qps>=50%":       `"50%" is no number`,
		"recall@0>=1":    "top-k is 1 or more",
		"recall@10a>=1":  "it is no comparison",
		"p99<50ms 1":     "it is no comparison",
		"recall@123456>": "it is no comparison",
	} {
		if _, err := ParseThreshold(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzThreshold(f *testing.F) {
	for _, text := range []string{"p99<50ms", "recall@10>=0.95", "errors<1%", "qps>=0.9x", "<", "p99.9<=1h2m"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		threshold, err := ParseThreshold(text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		r := &Result{Runs: []Run{{Setting: Setting{TopK: 10}, Searches: 1, QPS: 1, Recall: &Recall{Mean: 1}}}}
		if v := threshold.Judge(r); v.Met == (len(v.Missed) > 0) {
			t.Errorf("%+v", v)
		}
	})
}
