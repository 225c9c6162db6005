package check_test

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/zilliz/milvus-ingest/core/check"
)

// sampleRows are n rows with values of known frequency.
func sampleRows(n int) string {
	var b strings.Builder
	for i := range n {
		language := []string{"中文", "中文", "中文", "English"}[i%4]
		fmt.Fprintf(&b, `{"id":%d,"v":[%v,0],"lang":%q,"score":%v,"tags":["a","b"],"j":{"k":%d,"sometimes":1}}`+"\n", i, 1+i%2, language, float64(i%100)/4, i)
	}
	return b.String()
}

func statistics(t *testing.T, n int, o check.Options) *check.Report {
	t.Helper()
	c := of(t, `{"name":"lang","type":"VarChar","max_length":20}`, `{"name":"score","type":"Double"}`,
		`{"name":"tags","type":"Array","element_type":"VarChar","max_length":5,"max_capacity":5}`, `{"name":"j","type":"JSON"}`)
	path := writeFile(t, t.TempDir(), "a.jsonl", sampleRows(n))
	return run(t, path, c, o)
}

func TestStatisticsAreThoseOfTheData(t *testing.T) {
	r := statistics(t, 20_000, check.Options{})
	field := map[string]check.FieldStats{}
	for _, f := range r.Fields {
		field[f.Name] = f
	}
	if f := field["id"]; f.Count != 20_000 || f.Numbers.Min != "0" || f.Numbers.Max != "19999" || math.Abs(float64(f.Distinct)/20_000-1) > 0.05 {
		t.Errorf("id: %+v %+v", f, f.Numbers)
	}
	if f := field["lang"]; f.Distinct != 2 || !f.Exact || f.Top[0] != (check.Top{Value: "中文", Count: 15_000, Share: 0.75}) || f.Lengths.Min != 6 || f.Lengths.Max != 7 {
		t.Errorf("lang: %+v %+v", f, f.Lengths)
	}
	if f := field["score"]; f.Distinct != 100 || f.Numbers.Max != "24.75" || math.Abs(f.Numbers.Mean-12.375) > 1e-9 || len(f.Numbers.Histogram) != 12 {
		t.Errorf("score: %+v %+v", f, f.Numbers)
	}
	if v := field["v"].Vectors; v.MinNorm != 1 || v.MaxNorm != 2 || v.Unit != 0.5 {
		t.Errorf("v: %+v", v)
	}
	if f := field["tags"]; f.Elements.Min != 2 || f.Elements.Max != 2 || f.Top[0].Share != 0.5 {
		t.Errorf("tags: %+v", f)
	}
	if f := field["j"]; len(f.Keys) != 2 || f.Keys[0].Share != 1 {
		t.Errorf("j: %+v", f)
	}
}

func TestTheReportFitsTheWidth(t *testing.T) {
	r := statistics(t, 500, check.Options{})
	for _, width := range []int{40, 80, 120} {
		var b strings.Builder
		if err := r.Write(&b, width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if w := runewidth.StringWidth(strings.TrimRight(line, "\n")); w > width {
				t.Errorf("a line of %d cells where %d fit: %s", w, width, line)
			}
		}
		for _, want := range []string{"500 rows", "中文", "75.0 %", "of unit", "sometimes"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("width %d: no %q in\n%s", width, want, b.String())
			}
		}
	}
}

func TestTheReportDoesNotDependOnTheWorkers(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		var rows []string
		for j := range 700 {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"v":[%d,1],"s":"text %d"}`, (i*700+j)*37%3500, j, i*700+j))
		}
		writeParquet(t, filepath.Join(dir, fmt.Sprintf("%d.parquet", i)), columns(field("s", text)), "["+strings.Join(rows, ",")+"]")
	}
	var reports []string
	for _, workers := range []int{1, 2, 7} {
		text, err := json.Marshal(run(t, dir, of(t, `{"name":"s","type":"VarChar","max_length":20}`), check.Options{Workers: workers}))
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, string(text))
	}
	for _, r := range reports[1:] {
		if r != reports[0] {
			t.Errorf("%s\nis not\n%s", r, reports[0])
		}
	}
}

func TestFindingsOfManyUnknownKeysAreCountedTogether(t *testing.T) {
	var rows []string
	for i := range 3000 {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"v":[1,0],"key %d%s":1}`, i, i, strings.Repeat("x", 1000)))
	}
	path := writeFile(t, t.TempDir(), "a.json", "["+strings.Join(rows, ",")+"]")
	r := run(t, path, of(t), check.Options{Limit: 2})
	if len(r.Problems) > 1001 || r.Errors != 3000 {
		t.Errorf("%d problems, %d errors", len(r.Problems), r.Errors)
	}
	var text strings.Builder
	if err := r.Write(&text, 80); err != nil {
		t.Fatal(err)
	}
	if text.Len() > 1<<20 || !strings.Contains(text.String(), "column-unknown (2,000 times)") || !strings.Contains(text.String(), "1000xxx") {
		t.Errorf("the report has %d bytes: %s", text.Len(), text.String()[:min(text.Len(), 2000)])
	}
}
