package recipe

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
)

func TestAnEnvironmentIsLaidOverTheFile(t *testing.T) {
	r := parsed(t, "p.yaml", whole)
	tests := []struct {
		env, outlets string
		rows         int64
		seed         uint64
	}{
		{"dev", "rows", 1000, 0},
		{"staging", "lake server", 100_000, 1<<64 - 1},
		{"prod", "lake rows server", 100_000, 1<<64 - 1},
	}
	for _, test := range tests {
		c, err := r.Choose(test.env, components())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, o := range c.Outlets {
			names = append(names, o.Name)
		}
		if strings.Join(names, " ") != test.outlets || *c.Rows != test.rows || *c.Seed != test.seed || *c.OnInvalid != "drop" {
			t.Errorf("%s is %+v", test.env, c)
		}
	}
	dev, _ := r.Choose("dev", components())
	if dev.Files.PerFile != nil || *dev.Files.Count != 3 || *dev.Files.Size != 256<<20 {
		t.Errorf("files of dev: %+v", dev.Files)
	}
}

func TestAnEnvironmentMustBeChosen(t *testing.T) {
	r := parsed(t, "p.yaml", whole)
	bare := parsed(t, "p.yaml", "schema: s\nsinks: {a: json}")
	tests := []struct {
		r         *Recipe
		env, hint string
	}{
		{r, "", "--env dev, --env staging, --env prod"},
		{r, "stagin", "did you mean --env staging?"},
		{r, "elsewhere", "choose one: --env dev"},
		{bare, "dev", "leave --env out"},
	}
	for _, test := range tests {
		_, err := test.r.Choose(test.env, components())
		var e *core.Error
		if !errors.As(err, &e) || e.Code != core.InvalidConfig || !strings.Contains(e.Hint, test.hint) {
			t.Errorf("%q: %v", test.env, err)
		}
	}
	if c, err := bare.Choose("", components()); err != nil || len(c.Outlets) != 1 || c.Rows != nil {
		t.Errorf("%+v, %v", c, err)
	}
}

func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestReferencesAreFilledForTheSinkAlone(t *testing.T) {
	c, err := parsed(t, "p.yaml", whole).Choose("staging", components())
	if err != nil {
		t.Fatal(err)
	}
	secrets, problems := c.Fill(environment("URI", `http://u:p"w@h`, "KEY", "s3cret", "HOST", "h1", "TLS", "true"))
	if problems != nil {
		t.Fatal(problems)
	}
	var got map[string]any
	if err := json.Unmarshal(c.Outlets[1].Options, &got); err != nil {
		t.Fatal(err)
	}
	headers, _ := got["headers"].(map[string]any)
	hosts, _ := got["hosts"].([]any)
	if got["uri"] != `http://u:p"w@h` || got["token"] != "root" || got["tls"] != true || headers["Authorization"] != "Bearer s3cret" || hosts[0] != "h1" {
		t.Errorf("the options are %s", c.Outlets[1].Options)
	}
	const want = `{"uri":"${URI}","token":"${TOKEN}","timeout":5,"headers":{"Authorization":"Bearer ${KEY}"},"hosts":["${HOST}","b"],"tls":"${TLS}"}`
	if string(c.Outlets[1].Shown) != want {
		t.Errorf("shown as %s", c.Outlets[1].Shown)
	}
	if string(c.Outlets[0].Options) != `{"compression":"none","row_group_rows":64}` {
		t.Errorf("the profile gives %s", c.Outlets[0].Options)
	}
	if len(secrets) != 3 { // TLS is a flag
		t.Errorf("the secrets are %v", secrets)
	}
}

func TestAllMissingVariablesAreToldAtOnce(t *testing.T) {
	c, err := parsed(t, "p.yaml", whole).Choose("staging", components())
	if err != nil {
		t.Fatal(err)
	}
	_, problems := c.Fill(environment("KEY", ""))
	text := problems.Error()
	for _, want := range []string{"p.yaml:12:30: the environment variable URI is not set", "p.yaml:16:39: the environment variable KEY", "p.yaml:16:65: the environment variable HOST", "mend: set URI, or write ${URI:-default}"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if len(problems) != 3 || c.Outlets[1].Options != nil {
		t.Errorf("%d problems; options %s", len(problems), c.Outlets[1].Options)
	}
	if dev, _ := parsed(t, "p.yaml", whole).Choose("dev", components()); dev != nil {
		if _, problems := dev.Fill(environment()); problems != nil {
			t.Errorf("dev needs the secrets of others: %v", problems)
		}
	}
}

func TestAValueThatDoesNotFitIsNotShown(t *testing.T) {
	r := parsed(t, "p.yaml", "schema: s\nsinks:\n  s: {sink: store, uri: x, timeout: '${T}', tls: '${F}'}\n  p: {sink: parquet, compression: '${C}', row_group_rows: '${N}'}")
	c, err := r.Choose("", components())
	if err != nil {
		t.Fatal(err)
	}
	_, problems := c.Fill(environment("T", "hunter2", "F", "hunter2", "C", "hunter2", "N", "7654321"))
	text := problems.Error()
	if len(problems) != 4 || strings.Contains(text, "hunter2") || strings.Contains(text, "7654321") {
		t.Errorf("the problems are %s", text)
	}
	for _, want := range []string{"timeout holds the value of ${T}; expected a number", "3:50: tls", "expected one of none, snappy, zstd", "at most 1000000"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if secrets, problems := c.Fill(environment("T", "2.5", "F", "false", "C", "zstd", "N", "64")); problems != nil || len(secrets) != 1 ||
		string(c.Outlets[1].Options) != `{"compression":"zstd","row_group_rows":64}` {
		t.Errorf("%v %s", problems, c.Outlets[1].Options)
	}
}

func TestAnOptionThatASinkNeeds(t *testing.T) {
	c, err := parsed(t, "p.yaml", "schema: s\nsinks:\n  s: {sink: store, uri: ~}").Choose("", components())
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := c.Fill(os.LookupEnv); len(problems) != 1 || !strings.Contains(problems.Error(), "p.yaml:3:3: sink s: the option uri is missing") {
		t.Errorf("the problems are %v", problems)
	}
}

func TestTextsWithReferences(t *testing.T) {
	tests := []struct{ text, filled, shown string }{
		{"plain $HOME $$ {x}", "plain $HOME $$ {x}", "plain $HOME $$ {x}"},
		{"${A}", "1", "${A}"},
		{"a${A}b${B:-2}c", "a1b2c", "a${A}b${B}c"},
		{"${B:-}", "", "${B}"},
		{"${B:-x:-y}", "x:-y", "${B}"},
		{"$${A} $$${A}", "${A} $${A}", "${A} $${A}"},
	}
	for _, test := range tests {
		r := parsed(t, "p.json", `{"schema":"s","sinks":{"s":{"sink":"store","uri":"u","token":"`+test.text+`"}}}`)
		c, err := r.Choose("", components())
		if err != nil {
			t.Fatal(err)
		}
		_, problems := c.Fill(environment("A", "1"))
		var got, shown struct{ Token string }
		if problems != nil || json.Unmarshal(c.Outlets[0].Options, &got) != nil || json.Unmarshal(c.Outlets[0].Shown, &shown) != nil {
			t.Fatal(problems)
		}
		if got.Token != test.filled || shown.Token != test.shown {
			t.Errorf("%q is %q, shown as %q", test.text, got.Token, shown.Token)
		}
	}
}
