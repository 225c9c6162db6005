package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/dataset"
)

// hookFile writes a file for a test.
func hookFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// picky makes titles and refuses about one row in five; its titles tell the
// key, the row and the randomness.
const picky = `export const fields = {
  title: {uses: ["id"], value: ({row, rng, record}) => ` + "`${record.id} ${row} #${rng.int(0, 4)} ${new Date(2024, 0, 1).toISOString()}`" + `},
};
export const validate = (record, {row}) => !record.title.includes("#3") || "row " + row + " is bad";
`

func metaOf(t *testing.T, dir string) *dataset.Meta {
	t.Helper()
	meta, err := dataset.ReadMeta(dir)
	if err != nil {
		t.Fatal(err)
	}
	return meta
}

func TestRowsOfHooksAreTheSameHoweverTheyAreMade(t *testing.T) {
	dir := isolate(t)
	hooks, schema := hookFile(t, dir, "hooks.js", picky), tiny(t, dir)
	for _, policy := range []string{"drop", "regenerate"} {
		base := []string{
			"generate", "--schema", schema, "--hooks", hooks, "--on-invalid", policy, "--format", "json", "--seed", "7", "--total-rows", "400",
		}
		out := filepath.Join(dir, policy)
		r := must(t, append(base, "--out", out)...)
		want, meta := rows(t, out), metaOf(t, out)
		v := meta.Hooks
		if v == nil || v.Invalid < 40 || v.Invalid > 130 || len(v.Reasons) != 10 || v.Share != float64(v.Invalid)/400 || !strings.Contains(v.Reasons[0].Reason, "is bad") {
			t.Fatalf("%s: meta.json says %+v", policy, v)
		}
		if int64(len(want)) != 400-v.Dropped || meta.Generation.TotalRows != int64(len(want)) || (policy == "drop") != (v.Dropped == v.Invalid) {
			t.Errorf("%s: %d rows, meta.json says %+v", policy, len(want), v)
		}
		if !strings.Contains(r.stdout, "did not accept") {
			t.Errorf("%s: the summary is %s", policy, r.stdout)
		}
		for _, options := range [][]string{{"--workers", "3", "--batch-size", "7"}, {"--rows-per-file", "150", "--workers", "2"}} {
			name := policy + strings.Join(options, "")
			t.Run(name, func(t *testing.T) {
				t.Setenv("TZ", "Asia/Shanghai")
				out := filepath.Join(dir, name)
				must(t, append(append(base, "--out", out), options...)...)
				same(t, rows(t, out), want)
				if got := metaOf(t, out).Hooks; !sameJSON(got, v) {
					t.Errorf("meta.json says %+v, not %+v", got, v)
				}
			})
		}
		t.Run(policy+" in one process", func(t *testing.T) {
			t.Setenv("MILVUS_INGEST_INPROC", "1")
			out := filepath.Join(dir, "inproc", policy)
			must(t, append(base, "--out", out)...)
			same(t, rows(t, out), want)
		})
	}
}

func TestARowThatStandsInKeepsItsKey(t *testing.T) {
	dir := isolate(t)
	hooks, out := hookFile(t, dir, "hooks.js", picky), filepath.Join(dir, "out")
	must(t, "generate", "--schema", tiny(t, dir), "--hooks", hooks, "--on-invalid", "regenerate", "--format", "json", "--seed", "7", "--total-rows", "100", "--out", out)
	for i, row := range rows(t, out) {
		var r struct {
			ID    json.Number `json:"id"`
			Title string      `json:"title"`
		}
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(r.Title)
		if len(words) != 4 || words[0] != r.ID.String() || words[1] != json.Number(jsonText(i)).String() || words[2] == "#3" || words[3] != "2024-01-01T00:00:00.000Z" {
			t.Fatalf("row %d is %s", i, row)
		}
	}
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Every generator can make a row again.
func TestAllTypesAreMadeAgain(t *testing.T) {
	dir := isolate(t)
	hooks := hookFile(t, dir, "hooks.js", "export const validate = (r, {rng}) => rng.float() < 0.8 || 'unlucky'")
	for _, builtin := range []string{"all_types", "knowledge_base", "ecommerce_search"} {
		out := filepath.Join(dir, builtin)
		must(t, "generate", "--builtin", builtin, "--hooks", hooks, "--on-invalid", "regenerate", "--seed", "1", "--total-rows", "40", "--out", out)
		if v := metaOf(t, out).Hooks; v.Invalid == 0 || v.Dropped != 0 {
			t.Errorf("%s: %+v", builtin, v)
		}
	}
}

func TestAllRowsOfAFileMayBeDropped(t *testing.T) {
	dir := isolate(t)
	hooks := hookFile(t, dir, "hooks.js", "export const validate = (r, {row}) => row >= 20 || 'too early'")
	for _, format := range []string{"json", "parquet"} {
		out := filepath.Join(dir, format)
		must(t, "generate", "--schema", tiny(t, dir), "--hooks", hooks, "--on-invalid", "drop", "--format", format, "--rows-per-file", "15", "--total-rows", "30", "--out", out)
		meta := metaOf(t, out)
		if len(meta.Files) != 2 || meta.Files[0].Rows != 0 || meta.Files[1].Rows != 10 || meta.Generation.TotalRows != 10 || meta.Hooks.Dropped != 20 {
			t.Errorf("%s: files %+v, hooks %+v", format, meta.Files, meta.Hooks)
		}
	}
}

func TestHooksOfASchemaLieBesideIt(t *testing.T) {
	dir := isolate(t)
	hookFile(t, dir, "set/code/hooks.ts", "import {name} from './name'; export const fields = {title: ({row}: {row: number}) => `${name} ${row}`}")
	hookFile(t, dir, "set/code/name.ts", "export const name: string = 'named'")
	schema := hookFile(t, dir, "set/schema.yaml", "collection_name: s\nhooks: code/hooks.ts\nfields:\n- {name: id, type: Int64, is_primary: true}\n- {name: title, type: VarChar, max_length: 40}\n- {name: v, type: FloatVector, dim: 4}\n")
	must(t, "schema", "add", "hooked", schema)
	for _, from := range [][]string{{"--schema", schema}, {"--builtin", "hooked"}} {
		out := filepath.Join(dir, "out"+from[0])
		must(t, append([]string{"generate", "--total-rows", "5", "--format", "json", "--out", out}, from...)...)
		if got := rows(t, out); !strings.Contains(got[4], "named 4") {
			t.Errorf("%v: rows are %v", from, got)
		}
		if meta := metaOf(t, out); meta.Hooks.File != "hooks.ts" || meta.Columns[1].Generator != "script.field" || len(meta.Columns[1].Params) > 0 {
			t.Errorf("%v: meta.json says %+v", from, meta)
		}
	}
}

func TestTheSchemaMayNameWhatAHookReads(t *testing.T) {
	dir := isolate(t)
	schema := hookFile(t, dir, "s.yaml", "collection_name: s\nhooks: h.js\nfields:\n- {name: id, type: Int64, is_primary: true}\n- {name: title, type: VarChar, max_length: 40, uses: [id]}\n- {name: v, type: FloatVector, dim: 4}\n")
	hookFile(t, dir, "h.js", "export const fields = {title: ({record}) => 'no. ' + record.id}")
	out := filepath.Join(dir, "out")
	must(t, "generate", "--schema", schema, "--total-rows", "5", "--format", "json", "--out", out)
	if got := rows(t, out); !strings.Contains(got[0], "no. ") {
		t.Errorf("rows are %v", got)
	}
}

func TestHooksAreRefused(t *testing.T) {
	dir := isolate(t)
	good := hookFile(t, dir, "good.js", picky)
	fields := hookFile(t, dir, "fields.js", "export const fields = {title: () => 'x'}")
	tests := []struct {
		name, hooks string
		args        []string
		code        int
		says        []string
	}{
		{"a file that is not there", filepath.Join(dir, "none.js"), nil, exitUsage, []string{"none.js", "script new"}},
		{"a fault of syntax", "export const a = ;", nil, exitUsage, []string{"hooks.js:1:18"}},
		{"fields that are none", "export const fields = {titel: () => 1, price: {uses: ['ttle'], value: () => 1}}", nil, exitUsage, []string{`did you mean "title"`, "uses ttle"}},
		{"fields that use each other", "export const fields = {title: {uses: ['price'], value: () => 1}, price: {uses: ['title'], value: () => 1}}", nil, exitUsage, []string{"use each other"}},
		{"a throw", "export const fields = {\n  title: ({row}) => { if (row == 5) throw new Error('no luck') ; return 'x' },\n}", nil, exitData, []string{"field title", "row 5", "hooks.js:2:", "no luck"}},
		{"a value that is too long", "export const fields = {title: () => '字'.repeat(20)}", nil, exitData, []string{"field title", "row 0", "60 bytes in 20 characters, max_length is 40"}},
		{"a row that is not accepted", good, nil, exitData, []string{"is bad", "--on-invalid drop"}},
		{"too many rows that are not accepted", good, []string{"--on-invalid", "drop", "--max-invalid", "3"}, exitData, []string{"more than 3 rows"}},
		{"rows that are never accepted", "export const validate = () => 'never'", []string{"--on-invalid", "regenerate"}, exitData, []string{"100 attempts", "never"}},
		{"nothing that validates", fields, []string{"--on-invalid", "drop"}, exitUsage, []string{"need a validate hook"}},
		{"an endless loop", "export const fields = {title: () => { for (;;); }}", []string{"--hook-timeout", "100ms"}, exitFailed, []string{"field title", "row 0", "hooks.js:1:", "longer than 100ms"}},
		{"a regular expression without end", `export const validate = () => /^(?=a)(a+)+$/.test("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")`, []string{"--hook-timeout", "100ms"}, exitPlugin, []string{"hooks.js:1:", "validate: row 0", "longer than 100ms"}},
		{"memory without end", "export const fields = {title: () => { for (const a = [];;) a.push(new Array(1e5)); }}", []string{"--hook-memory", "300MB"}, exitFailed, []string{"row 0", "memory", "300 MB"}},
		{"a limit of rows that ends nothing", good, []string{"--max-invalid", "3"}, exitUsage, []string{"--on-invalid drop"}},
		{"rows without numbers", good, []string{"--first-row", "281474976710656"}, exitUsage, []string{"--first-row"}},
		{"no limit of time", fields, []string{"--hook-timeout", "0s"}, exitUsage, []string{"--hook-timeout"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := test.hooks
			if !filepath.IsAbs(path) {
				path = hookFile(t, t.TempDir(), "hooks.js", test.hooks)
			}
			out := filepath.Join(t.TempDir(), "out")
			r := ingest(t, append([]string{"generate", "--schema", tiny(t, dir), "--seed", "7", "--hooks", path, "--out", out}, test.args...)...)
			if r.code != test.code {
				t.Errorf("exit code %d, want %d", r.code, test.code)
			}
			for _, text := range test.says {
				if !strings.Contains(r.stderr, text) {
					t.Errorf("%q is not in\n%s", text, r.stderr)
				}
			}
		})
	}
	t.Run("policies without hooks", func(t *testing.T) {
		if r := ingest(t, "generate", "--schema", tiny(t, dir), "--on-invalid", "drop"); r.code != exitUsage || !strings.Contains(r.stderr, "--hooks FILE") {
			t.Errorf("%d, %s", r.code, r.stderr)
		}
	})
}
