// Package scaffold writes projects of plugins: what builds, passes its tests
// and runs before its author has written a line.
//
//	files, err := scaffold.Write("city", scaffold.Project{Kind: sdk.KindGenerator, Name: "city", Lang: "go"})
//
// The templates are in a folder for each language: its own files are for both
// kinds, those in generator and sink for one. What ends in .tmpl is a
// text/template of a Project, and NAME in the name of a file is the plugin's.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"text/template"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

//go:embed all:go all:python
var templates embed.FS

// Languages lists the languages in which projects can be written.
func Languages() []string { return []string{"go", "python"} }

// Project says what to write.
type Project struct {
	Kind sdk.Kind
	// Name is the plugin's: lower-case letters, digits and -.
	Name string
	// Lang is one of Languages.
	Lang string
	// Module is the path of the Go module; the executable's name where it is
	// empty.
	Module string
	// Version is the version of milvus-ingest that a Go project is built
	// with, such as v1.2.3; empty: the newest, which go mod tidy finds.
	Version string
	// Replace is a folder with the source of milvus-ingest to build with,
	// instead of a published version.
	Replace string
}

// Executable is the name of the plugin's executable.
func (p Project) Executable() string { return "milvus-ingest-" + string(p.Kind) + "-" + p.Name }

// Title is the plugin's name as a Go or Python name of a type: PartNumber.
func (p Project) Title() string {
	var b strings.Builder
	for word := range strings.SplitSeq(p.Name, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// Snake is the plugin's name as the name of a function in Python: part_number.
func (p Project) Snake() string { return strings.ReplaceAll(p.Name, "-", "_") }

// GoVersion is the version of Go that a project asks for.
func (p Project) GoVersion() string {
	version := strings.TrimPrefix(runtime.Version(), "go")
	if parts := regexp.MustCompile(`^\d+\.\d+`).FindString(version); parts != "" {
		return parts + ".0"
	}
	return "1.26.0"
}

// Write writes the project into a folder, which must be empty or not exist,
// and lists its files. A project that cannot be written as a whole leaves
// nothing.
func Write(dir string, p Project) ([]string, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.Module == "" {
		p.Module = p.Executable()
	}
	files, err := p.render()
	if err != nil {
		return nil, err
	}
	_, missing := os.Stat(dir)
	if entries, err := os.ReadDir(dir); len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, core.Errorf(core.Conflict, "%s is there already", dir).WithHint("give another folder, or empty this one")
	}
	var names []string
	for _, f := range files {
		if err = f.write(dir); err != nil {
			break
		}
		names = append(names, f.name)
	}
	if err != nil {
		for _, name := range names {
			_ = os.Remove(filepath.Join(dir, name)) // what was wrong is told
		}
		if missing != nil {
			_ = os.RemoveAll(dir) // as above
		}
		return nil, core.Errorf(core.Unavailable, "write the project: %w", err)
	}
	return names, nil
}

// check tells all that is wrong with a project.
func (p Project) check() error {
	var problems []error
	if p.Kind != sdk.KindGenerator && p.Kind != sdk.KindSink {
		problems = append(problems, core.Errorf(core.InvalidConfig, "there is no kind of plugin %q", p.Kind).WithHint("generator or sink"))
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`).MatchString(p.Name) {
		problems = append(problems, core.Errorf(core.InvalidConfig, "%q is no name of a plugin", p.Name).
			WithHint("begin with a letter, and use lower-case letters, digits and single - between them"))
	}
	if !slices.Contains(Languages(), p.Lang) {
		problem := core.Errorf(core.InvalidConfig, "there is no project in %q", p.Lang).WithHint("use %s", strings.Join(Languages(), " or "))
		if near, ok := spell.Nearest(p.Lang, Languages()); ok {
			problem.WithHint("did you mean %q?", near)
		}
		problems = append(problems, problem)
	}
	return errors.Join(problems...)
}

// file is one file of a project.
type file struct {
	name string
	text []byte
}

// render makes all files of a project.
func (p Project) render() ([]file, error) {
	var files []file
	for _, folder := range []string{p.Lang, path.Join(p.Lang, string(p.Kind))} {
		entries, err := templates.ReadDir(folder)
		if err != nil {
			return nil, core.Errorf(core.Internal, "templates of %s: %w", folder, err)
		}
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			raw, err := templates.ReadFile(path.Join(folder, entry.Name()))
			if err != nil {
				return nil, core.Errorf(core.Internal, "template: %w", err)
			}
			name, isTemplate := strings.CutSuffix(entry.Name(), ".tmpl")
			if isTemplate {
				if raw, err = p.fill(name, raw); err != nil {
					return nil, core.Errorf(core.Internal, "template %s: %w", name, err)
				}
			}
			files = append(files, file{strings.ReplaceAll(name, "NAME", p.Name), raw})
		}
	}
	return files, nil
}

func (p Project) fill(name string, raw []byte) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(string(raw))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, p)
	return out.Bytes(), err
}

// write writes a file; scripts can be executed.
func (f file) write(dir string) error {
	mode := fs.FileMode(0o644)
	if bytes.HasPrefix(f.text, []byte("#!")) {
		mode = 0o755
	}
	target := filepath.Join(dir, f.name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(target, f.text, mode); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	return nil
}
