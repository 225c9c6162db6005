package scripts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
)

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside.js")
	inside := filepath.Join(dir, "set")
	for path, text := range map[string]string{outside: "export const secret = 1", filepath.Join(inside, "data.bin"): "x"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(inside, "link.js")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	tests := []struct {
		name, code string
		want       []string
	}{
		{"all faults of syntax", "let a = ;\nimport './none'\nimport 'fs'", []string{"hooks.js:1:9"}},
		{"all imports that fail", "import './none'\nimport 'fs'", []string{"hooks.js:1:8", "hooks.js:2:8"}},
		{"packages", "import 'fs'; export const fields = {}", []string{"own folder"}},
		{"packages that are required", "const fs = require('fs'); export const fields = {}", []string{"own folder"}},
		{"packages that are imported later", "export const fields = {x: () => import('fs')}", []string{"own folder"}},
		{"files outside", "import '../outside.js'; export const fields = {}", []string{"outside of the folder"}},
		{"files outside without their ending", "import '../outside'; export const fields = {}", []string{"outside of the folder"}},
		{"links that lead outside", "import './link'; export const fields = {}", []string{"outside of the folder"}},
		{"files of other kinds", "import './data.bin'; export const fields = {}", []string{"data.bin"}},
		{"absolute paths", "import '" + filepath.ToSlash(outside) + "'; export const fields = {}", []string{"own folder"}},
		{"the web", "import 'https://example.com/x.js'; export const fields = {}", []string{"own folder"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(inside, "hooks.js")
			if err := os.WriteFile(path, []byte(test.code), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error is %v, want %q in it", err, want)
				}
			}
		})
	}
	for _, path := range []string{inside, filepath.Join(inside, "data.bin"), filepath.Join(inside, "none.js")} {
		if _, err := Load(path); err == nil {
			t.Errorf("%s was loaded", path)
		}
	}
}

func TestABundleHasALimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hooks.js")
	if err := os.WriteFile(path, []byte("export const text = '"+strings.Repeat("x", maxBundle)+"'"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "more than 4 MB") {
		t.Errorf("error is %v", err)
	}
}

func TestTheTypesAreTypeScript(t *testing.T) {
	loadFiles(t, map[string]string{"hooks.ts": Types() + "\nexport const fields: MilvusIngest.Fields = {x: () => 'x'}"})
}

func TestABundleIsTheSameWhereverItLies(t *testing.T) {
	files := map[string]string{"hooks.ts": "import texts from './lib/texts.json'; export const fields = {x: (): string => texts.a}", "lib/texts.json": `{"a": "文"}`}
	first, second := loadFiles(t, files), loadFiles(t, files)
	if first.Code != second.Code {
		t.Errorf("%s\nis not\n%s", first.Code, second.Code)
	}
	got, err := fillBundle(t, first, FieldGenerator, field("VarChar", arrow.BinaryTypes.String), nil, 1)
	if err != nil || got[0] != "文" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestALinkToAHookFileIsFollowed(t *testing.T) {
	b := loadFiles(t, map[string]string{"hooks.ts": "export {fields} from './name'", "name.ts": "export const fields = {x: () => 'x'}"})
	link := filepath.Join(t.TempDir(), "link.ts")
	if err := os.Symlink(b.Name, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if linked, err := Load(link); err != nil || linked.Code != b.Code {
		t.Errorf("error %v, another bundle", err)
	}
}
