package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
)

// deepest is how many folders deep data files are looked for.
const deepest = 4

func (s *Set) openFolder(dir string) error {
	state, err := Look(dir)
	if err != nil {
		return err
	}
	if state == Unfinished {
		return core.Errorf(core.InvalidData, "%s: the data set is unfinished", dir).
			WithHint("go on with generate --resume, or with export --resume")
	}
	meta, err := ReadMeta(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.Meta = meta
	if err := meta.elsewhere(dir); err != nil {
		return err
	}
	if err := s.walk(dir, "", 0); err != nil {
		return err
	}
	slices.SortFunc(s.Files, func(a, b *DataFile) int { return CompareNames(a.Name, b.Name) })
	if meta != nil {
		s.inListedOrder(meta.listed())
	}
	s.refuseMixed()
	if len(s.Files) == 0 && len(s.Findings) == 0 {
		return core.Errorf(core.InvalidData, "%s holds no data files", dir).
			WithHint("data files end in .parquet, .json, .jsonl or .ndjson")
	}
	return nil
}

// elsewhere refuses a folder whose rows a sink has brought to another place: it
// holds no more than meta.json.
func (m *Meta) elsewhere(dir string) error {
	if m == nil {
		return nil
	}
	listed := m.listed()
	if len(listed) == 0 || slices.ContainsFunc(listed, func(name string) bool { return !strings.Contains(name, "://") }) {
		return nil
	}
	e := core.Errorf(core.InvalidConfig, "%s holds no rows: they are in %s, where the sink %s stored them", dir, listed[0], m.Generation.Format)
	if strings.HasPrefix(listed[0], "s3://") {
		return e.WithHint("bring the prefix with its meta.json into a folder, such as by aws s3 cp --recursive or mc cp -r, and give that folder")
	}
	return e.WithHint("look at them where they are: to-milvus verify compares a collection with a data set in files of the same schema and seed")
}

// walk collects the data files below a folder. Hidden and temporary files are
// skipped; links out of the folder are skipped with a note.
func (s *Set) walk(dir, below string, depth int) error {
	entries, err := os.ReadDir(filepath.Join(dir, filepath.FromSlash(below)))
	if err != nil {
		return fmt.Errorf("list %s: %w", dir, err)
	}
	for _, entry := range entries {
		name := path.Join(below, entry.Name())
		if strings.HasPrefix(entry.Name(), ".") || strings.HasPrefix(entry.Name(), "_") || name == MetaName {
			continue
		}
		full := filepath.Join(dir, filepath.FromSlash(name))
		if entry.Type()&fs.ModeSymlink != 0 && !staysIn(dir, full) {
			s.find(Finding{Rule: RuleIgnored, Severity: Note, File: name, Row: core.NoRow, Message: "the link leads out of the folder and is not followed"})
			continue
		}
		info, err := os.Stat(full)
		if err != nil {
			return fmt.Errorf("look at %s: %w", full, err)
		}
		format := FormatOf(name)
		switch {
		case info.IsDir() && entry.IsDir() && depth < deepest:
			if err := s.walk(dir, name, depth+1); err != nil {
				return err
			}
		case info.Mode().IsRegular() && format != "":
			s.Files = append(s.Files, &DataFile{Name: name, Path: full, Format: format, Bytes: info.Size(), Rows: -1})
		}
	}
	return nil
}

// staysIn tells whether what a link leads to lies below dir.
func staysIn(dir, link string) bool {
	target, err := filepath.EvalSymlinks(link)
	if err != nil {
		return false
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	below, err := filepath.Rel(root, target)
	return err == nil && filepath.IsLocal(below)
}

// inListedOrder puts the files in the order of meta.json, and says which are
// listed and not there, or there and not listed.
func (s *Set) inListedOrder(listed []string) {
	order := make(map[string]int, len(listed))
	for i, name := range listed {
		order[name] = i
	}
	var there []*DataFile
	for _, f := range s.Files {
		if _, ok := order[f.Name]; !ok {
			s.find(Finding{
				Rule: RuleListed, Severity: Error, File: f.Name, Row: core.NoRow,
				Message: MetaName + " does not tell of this file; it is not part of the data set",
				Hint:    "move the file away, or remove " + MetaName + " and give --schema",
			})
			continue
		}
		there = append(there, f)
	}
	slices.SortStableFunc(there, func(a, b *DataFile) int { return order[a.Name] - order[b.Name] })
	present := make(map[string]bool, len(there))
	for _, f := range there {
		present[f.Name] = true
	}
	for _, name := range listed {
		if !present[name] {
			s.find(Finding{
				Rule: RuleListed, Severity: Error, File: name, Row: core.NoRow,
				Message: MetaName + " tells of this file, and it is not there", Hint: "make the data set anew, or copy it again",
			})
		}
	}
	s.Files = there
}

func (s *Set) refuseMixed() {
	for _, f := range s.Files {
		if f.Format != s.Files[0].Format {
			s.find(Finding{
				Rule: RuleMixed, Severity: Error, File: f.Name, Row: core.NoRow,
				Message: fmt.Sprintf("a %s file beside %s files: one import takes files of one type", f.Format, s.Files[0].Format),
				Hint:    "put the files of one type in a folder of their own",
			})
			return
		}
	}
}

// CompareNames compares names so that 10 follows 9.
func CompareNames(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x > 0 && y > 0 {
			m, n := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if len(m) != len(n) {
				return len(m) - len(n)
			}
			if c := strings.Compare(m, n); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
