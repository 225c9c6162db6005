package page

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/zilliz/milvus-ingest/core/deploy"
)

func TestADeploymentTellsOfItsSteps(t *testing.T) {
	measured, err := json.Marshal(measured())
	if err != nil {
		t.Fatal(err)
	}
	r := Deploy(&deploy.Result{
		Alias: "knowledge_base", Version: "knowledge_base_2", Before: "knowledge_base_1", Seconds: 95, Steps: []deploy.StepResult{
			{Name: "upload", Status: deploy.Done, Seconds: 5, Result: json.RawMessage(`{"bucket":"b","rows":10000,"rows_left":2,"same":true,"bytes":2500000,"prefix":"docs/20261125/","files":[1,2],"note":"","seconds":5}`)},
			{Name: "benchmark", Status: deploy.Done, Seconds: 90, Result: measured},
			{Name: "switch", Status: deploy.Failed, Error: "the alias is another's"},
		},
	})
	write(t, r)
	if r.Verdict.Text != "Not live" || r.Figures[2].Value != "1m35s" {
		t.Errorf("the verdict is %v, it took %s", r.Verdict, r.Figures[2].Value)
	}
	steps := r.Sections[0].Cards
	if want := []Fact{{"Took", "5 s"}, {"bucket", "b"}, {"rows", "10,000"}, {"rows left", "2"}, {"same", "true"}, {"bytes", "2.5 MB"}}; !slices.Equal(steps[1].Facts, want) {
		t.Errorf("the facts of the upload are %v", steps[1].Facts)
	}
	if want := []string{"prefix docs/20261125/"}; !slices.Equal(steps[1].Chips, want) {
		t.Errorf("the long values of the upload are %q", steps[1].Chips)
	}
	if steps[3].Mood != Bad || steps[3].Text == "" {
		t.Errorf("the step that failed is told as %+v", steps[3])
	}
	if !slices.ContainsFunc(r.Sections, func(s Section) bool { return s.Title == "Latency" }) {
		t.Error("the benchmark's charts are missing")
	}
}
