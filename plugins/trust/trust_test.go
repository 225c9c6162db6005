package trust_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

func TestOnlyExactNamesAreThoseOfPlugins(t *testing.T) {
	tests := []struct {
		path, name string
		kind       sdk.Kind
	}{
		{"/a/milvus-ingest-generator-geo", "geo", sdk.KindGenerator},
		{"milvus-ingest-sink-kafka-2", "kafka-2", sdk.KindSink},
		{"milvus-ingest-generator-geo.py", "", ""},
		{"milvus-ingest-generator-", "", ""},
		{"milvus-ingest-generator-Geo", "", ""},
		{"milvus-ingest-generator-2geo", "", ""},
		{"milvus-ingest-generator-geo.bak", "", ""},
		{"milvus-ingest-transformer-geo", "", ""},
		{"xmilvus-ingest-generator-geo", "", ""},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			got, err := trust.Named(test.path)
			if (err == nil) != (test.name != "") || got.Name != test.name || got.Kind != test.kind {
				t.Errorf("it is %+v (%v)", got, err)
			}
		})
	}
}

// folder is one that nobody else can write to.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a folder
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

func TestFoldersOfPluginsAreSearchedByExactNames(t *testing.T) {
	dir := folder(t)
	write(t, filepath.Join(dir, "milvus-ingest-generator-geo"), "")
	write(t, filepath.Join(dir, "milvus-ingest-sink-kafka"), "")
	write(t, filepath.Join(dir, "milvus-ingest-generator-geo.bak"), "")
	write(t, filepath.Join(dir, "README"), "")
	if err := os.Mkdir(filepath.Join(dir, "milvus-ingest-sink-folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	found, err := trust.Search(dir)
	if err != nil || len(found) != 2 || found[0].Name != "geo" || found[1].Name != "kafka" {
		t.Errorf("found %+v (%v)", found, err)
	}
	if found, err := trust.Search(filepath.Join(dir, "nowhere")); err != nil || found != nil {
		t.Errorf("in a folder that is not there: %v (%v)", found, err)
	}
	if _, err := trust.Search("."); err == nil || !strings.Contains(err.Error(), "current folder") {
		t.Errorf("in the current folder: %v", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { //nolint:gosec // this is the point
		t.Fatal(err)
	}
	if _, err := trust.Search(dir); runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "others can write")) {
		t.Errorf("in a folder that is open to all: %v", err)
	}
}

func TestPluginsMayOnlyOfferWhatTheirNameSays(t *testing.T) {
	builtin := []sdk.Description{{Kind: sdk.KindGenerator, Info: sdk.Info{Name: "text.faq"}}, {Kind: sdk.KindSink, Info: sdk.Info{Name: "parquet"}}}
	tests := []struct {
		executable, offered string
		kind                sdk.Kind
		wrong               string
	}{
		{"milvus-ingest-generator-geo", "geo", sdk.KindGenerator, ""},
		{"milvus-ingest-generator-geo", "geo.city", sdk.KindGenerator, ""},
		{"milvus-ingest-generator-parquet", "parquet", sdk.KindGenerator, ""},
		{"milvus-ingest-generator-geo", "geology", sdk.KindGenerator, "may offer geo, and geo.ANYTHING"},
		{"milvus-ingest-generator-geo", "geo", sdk.KindSink, "its name says that it is a generator"},
		{"milvus-ingest-generator-text", "text.mine", sdk.KindGenerator, "the name text is taken"},
		{"milvus-ingest-sink-parquet", "parquet", sdk.KindSink, "the name parquet is taken"},
	}
	for _, test := range tests {
		t.Run(test.executable+" offers "+test.offered, func(t *testing.T) {
			e, err := trust.Named(test.executable)
			if err != nil {
				t.Fatal(err)
			}
			err = trust.Admit(e, []sdk.Description{{Kind: test.kind, Info: sdk.Info{Name: test.offered}}}, builtin)
			if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) {
				t.Errorf("error is %v", err)
			}
		})
	}
	if err := trust.Admit(trust.Executable{}, nil, nil); err == nil {
		t.Error("who offers nothing was admitted")
	}
}

func TestLocksAreReadAsTheyWereWritten(t *testing.T) {
	dir, elsewhere := folder(t), folder(t)
	path := filepath.Join(dir, trust.FileName)
	lock, err := trust.Read(path)
	if err != nil || len(lock.Plugins()) != 0 {
		t.Fatalf("a lock that is not there: %v (%v)", lock, err)
	}
	sum := strings.Repeat("0", 64)
	geo := trust.Plugin{
		Name: "geo", Kind: sdk.KindGenerator, Path: filepath.Join(dir, "bin", "geo"), SHA256: sum, Grants: []string{"KEY"}, SharedMemory: true,
		Files:      []trust.File{{Path: filepath.Join(elsewhere, "m.py"), SHA256: sum}},
		Components: []trust.Component{{Name: "geo.city", Env: []string{"KEY"}, ConfigSchema: json.RawMessage(`{"type":"object"}`)}},
	}
	sink := trust.Plugin{Name: "geo", Kind: sdk.KindSink, Path: filepath.Join(elsewhere, "geo"), SHA256: sum, Components: []trust.Component{{Name: "geo"}}}
	for _, p := range []trust.Plugin{sink, geo, geo} {
		if err := lock.Put(p); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(raw), `"path": "bin/geo"`) || !strings.Contains(string(raw), elsewhere) {
		t.Errorf("paths are not relative to the lock where they can be: %s (%v)", raw, err)
	}
	again, err := trust.Read(path)
	if err != nil || len(again.Plugins()) != 2 {
		t.Fatalf("read are %v (%v)", again, err)
	}
	p, offered := again.Find(sdk.KindGenerator, "geo.city")
	if p == nil || offered.Name != "geo.city" || p.Path != geo.Path || p.Files[0] != geo.Files[0] || !reflect.DeepEqual(p.Grants, geo.Grants) || !p.SharedMemory {
		t.Errorf("found is %+v", p)
	}
	if p, _ := again.Find(sdk.KindSink, "geo.city"); p != nil {
		t.Errorf("found a sink: %+v", p)
	}
	if was, err := again.Remove(sdk.KindSink, "geo"); err != nil || !was {
		t.Errorf("remove: %v (%v)", was, err)
	}
	if was, err := again.Remove(sdk.KindSink, "geo"); err != nil || was {
		t.Errorf("remove again: %v (%v)", was, err)
	}
	if last, err := trust.Read(path); err != nil || len(last.Plugins()) != 1 {
		t.Errorf("left are %v (%v)", last, err)
	}
}

func TestLocksThatCannotBeTrustedAreRefused(t *testing.T) {
	tests := []struct{ name, text, wants string }{
		{"no JSON", "{", "unexpected EOF"},
		{"another version", `{"version":2,"plugins":[]}`, "version 2 is not known"},
		{"unknown keys", `{"version":1,"plugins":[],"x":1}`, "unknown field"},
		{"no hash", `{"version":1,"plugins":[{"name":"geo","kind":"generator","path":"geo","sha256":"","components":[]}]}`, "no name, path or SHA-256"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := trust.Read(write(t, filepath.Join(folder(t), trust.FileName), test.text))
			if err == nil || core.CodeOf(err) != core.PluginFailed || !strings.Contains(err.Error(), test.wants) {
				t.Errorf("error is %v", err)
			}
		})
	}
	path := write(t, filepath.Join(folder(t), trust.FileName), `{"version":1,"plugins":[]}`)
	if err := os.Chmod(path, 0o666); err != nil { //nolint:gosec // this is the point
		t.Fatal(err)
	}
	if _, err := trust.Read(path); runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "others can write")) {
		t.Errorf("a lock that is open to all: %v", err)
	}
}

func TestTheStateOfAPluginFollowsAllItsFiles(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(program, module string) error
		state trust.State
		hint  string
	}{
		{"as it was", func(string, string) error { return nil }, trust.OK, ""},
		{"another program", func(p, _ string) error { return os.WriteFile(p, []byte("evil"), 0o700) }, trust.Changed, "--with"}, //nolint:gosec // a program
		{"another module", func(_, m string) error { return os.WriteFile(m, []byte("evil"), 0o600) }, trust.Changed, "--grant KEY"},
		{"no program", func(p, _ string) error { return os.Remove(p) }, trust.Missing, "plugin add NEW-PATH"},
		{"no module", func(_, m string) error { return os.Remove(m) }, trust.Missing, "plugin add"},
		{"a folder", func(p, _ string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) }, trust.Unsafe, ""},
		{"open to all", func(p, _ string) error { return os.Chmod(p, 0o777) }, trust.Unsafe, "chmod go-w"},                       //nolint:gosec // this is the point
		{"an open module", func(_, m string) error { return os.Chmod(m, 0o666) }, trust.Unsafe, "chmod go-w"},                    //nolint:gosec // as above
		{"an open folder", func(p, _ string) error { return os.Chmod(filepath.Dir(p), 0o777) }, trust.Unsafe, "chmod go-w"},      //nolint:gosec // as above
		{"a folder of a group", func(p, _ string) error { return group(filepath.Dir(p)) }, trust.Unsafe, "chmod go-w"},           // may be skipped
		{"exchanged by a link", func(p, _ string) error { return link(p) }, trust.Changed, "if you trust it as it is now, lock"}, // another content
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t)
			program, module := write(t, filepath.Join(dir, "milvus-ingest-generator-geo"), "#!/bin/sh"), write(t, filepath.Join(dir, "module"), "x")
			lock, err := trust.Read(filepath.Join(folder(t), trust.FileName))
			if err != nil {
				t.Fatal(err)
			}
			p := trust.Plugin{Name: "geo", Kind: sdk.KindGenerator, Path: program, Grants: []string{"KEY"}, Components: []trust.Component{{Name: "geo"}}}
			p.SHA256 = sumOf(t, program)
			p.Files = []trust.File{{Path: module, SHA256: sumOf(t, module)}}
			if err := lock.Put(p); err != nil {
				t.Fatal(err)
			}
			if err := test.spoil(program, module); errors.Is(err, errors.ErrUnsupported) || runtime.GOOS == "windows" && test.state == trust.Unsafe {
				t.Skip("cannot be done here")
			} else if err != nil {
				t.Fatal(err)
			}
			found, _ := lock.Find(sdk.KindGenerator, "geo")
			state, err := found.State()
			var e *core.Error
			if state != test.state || (err == nil) != (test.state == trust.OK) || errors.As(err, &e) && !strings.Contains(e.Hint, test.hint) {
				t.Errorf("state is %s (%v), hint: %+v", state, err, e)
			}
			if file, err := found.Open(); (err == nil) != (test.state == trust.OK) {
				t.Errorf("opened is %v (%v)", file, err)
			} else if err == nil {
				if err := file.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// group lets a group that is not the administrator's write.
func group(path string) error {
	if os.Geteuid() != 0 {
		return errors.ErrUnsupported
	}
	return errors.Join(os.Chown(path, 0, 12345), os.Chmod(path, 0o770))
}

func link(path string) error {
	other := path + "-other"
	return errors.Join(os.WriteFile(other, []byte("evil"), 0o700), os.Remove(path), os.Symlink(other, path)) //nolint:gosec // a program
}

func sumOf(t *testing.T, path string) string {
	t.Helper()
	file, sum, err := trust.Hash(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestFilesOfOtherUsersAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only the administrator can give files away")
	}
	path := write(t, filepath.Join(folder(t), "program"), "x")
	if err := os.Chown(path, 12345, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := trust.Hash(path); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("error is %v", err)
	}
}

func TestConfigurationsAreCheckedBySchema(t *testing.T) {
	const schema = `{"type":"object","additionalProperties":false,"required":["path"],"properties":{
		"path":{"type":"string"},"count":{"type":"integer","default":3,"description":"How many."},"ratio":{"type":"number"},
		"mode":{"type":"string","enum":["fast","slow"]},"size":{"enum":[1,2]},"any":{},
		"maybe":{"type":["string","null"]},"list":{"type":"array","items":{"type":"integer"}},
		"inner":{"type":"object","additionalProperties":false,"properties":{"deep":{"type":"boolean"}}}}}`
	tests := []struct{ config, wants string }{
		{`{"path":"x","count":3,"ratio":1,"mode":"fast","size":2,"any":[1],"maybe":null,"list":[1],"inner":{"deep":true}}`, ""},
		{`{"path":"x","ratio":1.5}`, ""},
		{``, `"path" is missing`},
		{`{"path":"x","cuont":3}`, `unknown configuration key "cuont"`},
		{`{"path":"x","count":1.5}`, `"count": expected integer, found number`},
		{`{"path":"x","mode":"fsat"}`, `"mode" is "fsat"`},
		{`{"path":"x","size":3}`, `"size" is 3`},
		{`{"path":"x","maybe":1}`, `"maybe": expected string or null, found integer`},
		{`{"path":"x","list":[1,"a"]}`, `"list": expected integer, found string`},
		{`{"path":"x","inner":{"depe":1}}`, `unknown configuration key "inner.depe"`},
		{`[]`, "expected an object, found array"},
		{`{`, "configuration: "},
	}
	for _, test := range tests {
		t.Run(test.config, func(t *testing.T) {
			err := trust.Check(json.RawMessage(schema), json.RawMessage(test.config))
			if test.wants == "" && err != nil || test.wants != "" && (err == nil || !strings.Contains(err.Error(), test.wants)) {
				t.Errorf("error is %v, want %q", err, test.wants)
			}
		})
	}
	if err := trust.Check(nil, json.RawMessage(`{"x":1}`)); err != nil {
		t.Errorf("without a schema: %v", err)
	}
	options := trust.Options(json.RawMessage(schema))
	if len(options) != 9 || options[1].Name != "count" || string(options[1].Default) != "3" || options[7].Name != "ratio" || !options[6].Required {
		t.Errorf("options are %+v", options)
	}
}
