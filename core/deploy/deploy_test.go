package deploy_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core/deploy"
)

func TestADeploymentGoesOnWithTheStepThatFailed(t *testing.T) {
	state := filepath.Join(t.TempDir(), "deep", "state.json")
	steps := []deploy.Step{
		{Name: "import", Args: []string{"import", "--token=secret"}, Again: []string{"--resume"}},
		{Name: "verify", Args: []string{"verify"}, Again: []string{"--again"}},
		{Name: "switch", Args: []string{"switch"}},
	}
	var done [][]string
	broken := errors.New("broken")
	now := time.Unix(0, 0)
	runner := deploy.Runner{
		State: state, Tell: func(int, int, string, bool) {},
		Now: func() time.Time { now = now.Add(time.Second); return now },
		Do: func(_ context.Context, args []string) (json.RawMessage, error) {
			done = append(done, args)
			if args[0] == "verify" && broken != nil {
				return json.RawMessage(`{"rows":1}`), broken
			}
			return nil, nil
		},
	}
	first := &deploy.Result{Version: "docs_1", Alias: "docs"}
	if err := runner.Run(t.Context(), steps, first); !errors.Is(err, broken) || first.Live {
		t.Fatalf("it ends with %v, live %v", err, first.Live)
	}
	kept, err := os.ReadFile(state)
	if err != nil || strings.Contains(string(kept), "secret") {
		t.Fatalf("the state is %s (%v)", kept, err)
	}
	broken = nil
	second, err := deploy.Load(state)
	if err != nil || second.Steps[0].Status != deploy.Done || second.Steps[1].Status != deploy.Failed {
		t.Fatalf("what is kept is %+v (%v)", second, err)
	}
	if err := runner.Run(t.Context(), steps, second); err != nil || !second.Live {
		t.Fatalf("it goes on to %v, live %v", err, second.Live)
	}
	want := [][]string{{"import", "--token=secret"}, {"verify"}, {"verify", "--again"}, {"switch"}}
	if !reflect.DeepEqual(done, want) {
		t.Errorf("carried out were %v", done)
	}
	if left, err := deploy.Load(state); left != nil || err != nil {
		t.Errorf("after the end there is still %+v (%v)", left, err)
	}
}

func TestAStateThatIsNoneIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state.json")
	for _, content := range []string{"", "{}", "[", `{"version": 5}`} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := deploy.Load(file); err == nil {
			t.Errorf("%q is accepted", content)
		}
	}
}
