package recipe_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/recipe"
)

const deployed = `
schema: docs
sinks: {lake: parquet}
deploy:
  alias: docs
  data: data/lake
  server: {uri: "${URI}", token: "${TOKEN:-none}"}
  insert: {batch-size: 1000, upsert: true, index: [a=FLAT, b=HNSW]}
environments:
  dev: {}
  prod:
    deploy: {keep: 2, insert: {batch-size: 5000}, verify: {level: full}}
`

func TestAnEnvironmentLaysItsDeployOverThatOfTheFile(t *testing.T) {
	parquet := []recipe.Component{{Name: "parquet", Config: []byte(`{"type":"object","properties":{}}`)}}
	r, err := recipe.Parse("p.yaml", []byte(deployed), parquet)
	if err != nil {
		t.Fatal(err)
	}
	choice, err := r.Choose("prod", parquet)
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) { return "http://milvus:19530", name == "URI" }
	d, secrets, problems := choice.FillDeploy(lookup)
	if problems != nil {
		t.Fatal(problems)
	}
	want := map[string]recipe.Options{
		"server": {"uri": {"http://milvus:19530"}, "token": {"none"}},
		"insert": {"batch-size": {"5000"}, "upsert": {"true"}, "index": {"a=FLAT", "b=HNSW"}},
		"verify": {"level": {"full"}},
	}
	if !reflect.DeepEqual(d.Steps, want) || d.Keep != 2 || d.Alias != "docs" || d.Data != "data/lake" {
		t.Errorf("the deployment is %+v", d)
	}
	if got := d.Shown["server"]["uri"]; !reflect.DeepEqual(got, []string{"${URI}"}) {
		t.Errorf("people see %v for a reference", got)
	}
	if len(secrets) != 1 || secrets[0].Value != "http://milvus:19530" {
		t.Errorf("the secrets are %v", secrets)
	}
}

func TestADeployIsCheckedWhole(t *testing.T) {
	parquet := []recipe.Component{{Name: "parquet", Config: []byte(`{"type":"object","properties":{}}`)}}
	for name, c := range map[string]struct {
		deploy string
		wants  []string
	}{
		"a step that is none":         {"{alias: a, data: d, verfy: {}}", []string{`unknown key "verfy"`, "verify"}},
		"two ways in":                 {"{alias: a, data: d, import: {}, insert: {}}", []string{"import and insert exclude each other"}},
		"an option of options":        {"{alias: a, data: d, insert: {index: {a: b}}}", []string{"3:45", "holds an object"}},
		"a reference that is open":    {`{alias: a, data: d, server: {uri: "${A"}}`, []string{"not closed"}},
		"a reference where none goes": {`{alias: "${A}", data: d}`, []string{"without references"}},
		"several at once":             {"{keep: -1, inset: {}, alias: 5}", []string{"keep", "inset", "alias"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := recipe.Parse("p.yaml", []byte("schema: docs\nsinks: {lake: parquet}\ndeploy: "+c.deploy+"\n"), parquet)
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, want := range c.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not tell of %q", err, want)
				}
			}
		})
	}
}

func TestADeployNamesTheVariablesThatAreMissing(t *testing.T) {
	parquet := []recipe.Component{{Name: "parquet", Config: []byte(`{"type":"object","properties":{}}`)}}
	r, err := recipe.Parse("p.yaml", []byte("schema: docs\nsinks: {lake: parquet}\ndeploy: {server: {uri: \"${URI}\", token: \"${TOKEN}\"}, insert: {}}\n"), parquet)
	if err != nil {
		t.Fatal(err)
	}
	choice, err := r.Choose("", parquet)
	if err != nil {
		t.Fatal(err)
	}
	_, _, problems := choice.FillDeploy(func(string) (string, bool) { return "", false })
	for _, want := range []string{"URI is not set", "TOKEN is not set", "deploy.alias is missing", "deploy.data is missing"} {
		if !strings.Contains(problems.Error(), want) {
			t.Errorf("%v\ndoes not tell of %q", problems, want)
		}
	}
}
