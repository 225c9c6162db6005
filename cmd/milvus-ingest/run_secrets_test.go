package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/recipe"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// leakyName is a plugin that tells its secrets wherever it can.
const leakyName = "milvus-ingest-sink-leaky"

type leakyConfig struct {
	URI   string   `json:"uri" help:"Where the store is."`
	Token string   `json:"token" help:"What it is opened with."`
	Hosts []string `json:"hosts" help:"More of it."`
	Fail  string   `json:"fail" enum:",open,write,panic" help:"When it fails."`
}

func leaky() sdk.Component {
	return sdk.Sink[leakyConfig]{
		Info: sdk.Info{Name: "leaky", Version: "1.0.0", Summary: "A store that tells its secrets.", Types: []string{"Int64", "VarChar", "Double", "FloatVector"}},
		Open: func(_ context.Context, _ core.WriteSpec, config leakyConfig) (core.Writer, error) {
			sdk.Logger().Warn("opened with "+config.Token, "token", config.Token)
			if config.Fail == "open" {
				return nil, core.Errorf(core.Unavailable, "no entrance to %s with %q", config.URI, config.Token).WithHint("is %s right?", config.Token)
			}
			return &leakyWriter{config: config}, nil
		},
	}
}

type leakyWriter struct {
	config leakyConfig
	rows   int64
}

func (w *leakyWriter) Write(_ context.Context, batch arrow.Record) error {
	w.rows += batch.NumRows()
	if w.config.Fail == "panic" {
		fmt.Fprintln(os.Stderr, "lost "+w.config.Token)
		os.Exit(9)
	}
	if w.config.Fail == "write" {
		raw, _ := json.Marshal(w.config)
		return core.Errorf(core.Unavailable, "refused: %s", raw)
	}
	return nil
}

func (w *leakyWriter) Commit(context.Context) ([]core.Artifact, error) {
	uri := url.URL{Scheme: "leaky", User: url.UserPassword("root", w.config.Token), Host: "store", Path: "/" + strings.Join(w.config.Hosts, ",")}
	return []core.Artifact{{URI: uri.String(), Rows: w.rows, Bytes: 8 * w.rows}}, nil
}

func (*leakyWriter) Close() error { return nil }

// lockLeaky makes the plugin one that may run.
func lockLeaky(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "plugins")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, leakyName)
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, "plugin", "add", path)
}

const secretPipeline = `
schema: tiny.json
seed: 3
rows: 400
files: {rows_per_file: 150}
sinks:
  store: {sink: leaky, uri: "http://user:${PASSWORD}@store", token: "${TOKEN}", hosts: ["${TOKEN}"], fail: "${FAIL:-}"}
  rows: json
`

// TestASecretIsNeverShown looks for the values of secrets in all that a run
// prints and in all files that it leaves, also when a sink tells them.
func TestASecretIsNeverShown(t *testing.T) {
	dir := isolate(t)
	lockLeaky(t, dir)
	file := pipelineFile(t, dir, secretPipeline)
	values := []string{`s3cr+t"/tö<k> en`, "hunter2hunter2"}
	t.Setenv("TOKEN", values[0])
	t.Setenv("PASSWORD", values[1])
	for _, test := range []struct {
		fail string
		args []string
		code int
		says string
	}{
		{"", []string{"--dry-run"}, exitDone, `token = ${TOKEN}`},
		{"", []string{"--output", "json", "--dry-run"}, exitDone, `"token": "${TOKEN}"`},
		{"open", []string{"--verbose"}, exitUnavailable, "no entrance to http://user:${PASSWORD}@store with \"${TOKEN}\""},
		{"write", nil, exitUnavailable, `refused: {"uri":"http://user:${PASSWORD}@store","token":"${TOKEN}","hosts":["${TOKEN}"]`},
		{"panic", nil, exitPlugin, "lost ${TOKEN}"},
		{"", []string{"--verbose"}, exitDone, "opened with ${TOKEN}"},
		{"", []string{"--output", "json"}, exitDone, `"leaky://root:${TOKEN}@store/${TOKEN}"`},
	} {
		t.Run(test.fail+strings.Join(test.args, ""), func(t *testing.T) {
			t.Setenv("FAIL", test.fail)
			r := ingest(t, append([]string{"run", file, "--force"}, test.args...)...)
			if r.code != test.code || !strings.Contains(r.stdout+r.stderr, test.says) {
				t.Errorf("exit code %d; %s is not in\n%s%s", r.code, test.says, r.stdout, r.stderr)
			}
			hides(t, "the output", r.stdout+r.stderr, values)
			hideAll(t, filepath.Join(dir, "data"), values)
		})
	}
	meta, err := dataset.ReadMeta(filepath.Join(dir, "data", "store"))
	if err != nil || len(meta.Files) != 3 || meta.Files[2].FirstRow != 300 || meta.Generation.TotalRows != 400 || len(meta.Plugins) != 1 {
		t.Errorf("meta.json tells %+v, %v", meta, err)
	}
}

func hides(t *testing.T, what, text string, values []string) {
	t.Helper()
	for _, value := range values {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{value, string(raw[1 : len(raw)-1]), url.QueryEscape(value), url.PathEscape(value), strings.Trim(strconv.Quote(value), `"`), (&url.URL{Path: value}).EscapedPath()} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows %q:\n%s", what, form, text)
			}
		}
	}
}

func hideAll(t *testing.T, dir string, values []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		hides(t, path, string(data), values)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

func TestSecretsThatAreNoneAreLeftAlone(t *testing.T) {
	secrets := []recipe.Secret{{Name: "A", Value: "abc"}, {Name: "B", Value: "19530"}, {Name: "C", Value: "longer-one"}, {Name: "D", Value: "longer"}}
	const text = "abc 19530 longer-one longer"
	if got := masks(secrets).Replace(text); got != "abc 19530 ${C} ${D}" {
		t.Errorf("it shows %s", got)
	}
	if masks(secrets[:2]) != nil {
		t.Error("there is nothing to hide")
	}
}

func TestThePasswordOfAnAddressIsHidden(t *testing.T) {
	for _, x := range []struct{ uri, shown, password string }{
		{"http://root:s3cr%40t@host:19530/db", "http://host:19530/db", "s3cr@t"},
		{"root:s3cret@host", "host", "s3cret"},
		{"https://host:443", "https://host:443", ""},
		{"./x.db", "./x.db", ""},
	} {
		f := serverFlags{URI: x.uri}
		if where := f.where(); where != " --uri "+x.shown {
			t.Errorf("of %s a command line shows%s", x.uri, where)
		}
		var printed strings.Builder
		a := &app{stdout: io.Discard, stderr: &printed, log: slog.New(slog.DiscardHandler)}
		if _, err := f.options(a); err != nil {
			t.Fatal(err)
		}
		a.say("the server says %s", x.password)
		if x.password != "" && strings.Contains(printed.String(), x.password) {
			t.Errorf("of %s a message shows the password: %s", x.uri, printed.String())
		}
	}
}
