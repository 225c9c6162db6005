package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// manyFindings is how many findings of a kind are told: with SkipBad each names
// a file.
const (
	manyFindings = 1000
	// keyRule is what check calls a key that is there twice.
	keyRule = "key-unique"
	// toldOfFile is how many rows of a file are told of one fault.
	toldOfFile = 3
)

// checkSet tells all that is wrong with the files, before the first is sent.
// Data sets that we made were checked when they were made; of others every
// value is read. With SkipBad the files that something is wrong with are left
// out.
func (l *Load) checkSet(ctx context.Context) error {
	bad := map[string][]error{}
	for _, f := range l.Set.Files {
		switch {
		case f.Err != nil:
			bad[f.Name] = append(bad[f.Name], f.Err)
		case f.Rows == 0:
			bad[f.Name] = append(bad[f.Name], noRows(f))
		default:
			bad[f.Name] = append(bad[f.Name], Fits(l.Server.Version, l.Set.Schema, f, l.sent)...)
		}
	}
	var whole []error
	for _, f := range l.Set.Findings {
		if f.Severity != dataset.Error {
			continue
		}
		problem := core.Errorf(core.InvalidData, "%s", f).WithHint("%s", f.Hint)
		if f.File == "" || f.Rule == dataset.RuleMixed {
			whole = append(whole, problem)
		} else if len(bad[f.File]) == 0 {
			bad[f.File] = append(bad[f.File], problem)
		}
	}
	nulls, err := l.read(ctx, bad)
	if err != nil {
		return err
	}
	whole = append(whole, l.unfilled(nulls)...)
	return errors.Join(errors.Join(whole...), l.leaveOut(bad))
}

// sent tells whether a column of the data set is sent.
func (l *Load) sent(name string) bool {
	if f := l.Set.Schema.Field(name); f != nil && f.AutoID {
		return false
	}
	if len(l.Prepare.Fields) > 0 {
		return slices.Contains(l.Prepare.Fields, name) || l.Set.Schema.Field(name).IsPrimary
	}
	return !slices.Contains(l.Prepare.Exclude, name)
}

// read looks at every value of data sets that are not ours, but for files that
// are bad already. It returns how many nulls each column has.
func (l *Load) read(ctx context.Context, bad map[string][]error) (nulls map[string]int64, err error) {
	nulls = map[string]int64{}
	if l.Set.Ours() && !l.Thorough {
		for _, c := range l.Set.Meta.Columns {
			nulls[c.Name] = c.Nulls
		}
		return nulls, nil
	}
	for {
		report, err := l.look(ctx, bad)
		if err != nil {
			return nil, err
		}
		for _, f := range report.Fields {
			nulls[f.Name] = f.Nulls
		}
		more := l.judge(report, bad)
		if !more || !l.SkipBad {
			return nulls, nil
		}
		// What is left out has no share in the keys of the others.
	}
}

// look reads the files that are not bad, and tells of those without rows.
func (l *Load) look(ctx context.Context, bad map[string][]error) (*check.Report, error) {
	units := slices.DeleteFunc(l.Set.Units(), func(u dataset.Unit) bool { return len(bad[u.File.Name]) > 0 })
	var mu sync.Mutex
	rows := map[string]int64{}
	report, err := check.Run(ctx, l.Set, check.Options{
		Limit: manyFindings, DropAutoID: true, Units: units,
		See: func(_ int, b *dataset.Batch) {
			mu.Lock()
			defer mu.Unlock()
			rows[b.File.Name] += b.NumRows()
		},
	})
	if err != nil {
		return nil, fmt.Errorf("check the data set: %w", err)
	}
	for _, u := range units {
		if u.File.Rows = rows[u.File.Name]; u.File.Rows == 0 && !found(report, u.File.Name) {
			bad[u.File.Name] = append(bad[u.File.Name], noRows(u.File))
		}
	}
	return report, nil
}

// found tells whether a report says something of a file.
func found(report *check.Report, file string) bool {
	return slices.ContainsFunc(report.Problems, func(p check.Problem) bool {
		return slices.ContainsFunc(p.Findings, func(f dataset.Finding) bool { return f.File == file })
	})
}

func noRows(f *dataset.DataFile) error {
	return core.Errorf(core.InvalidData, "%s: the file has no rows", f.Name).WithHint("move it away: an import of it loads nothing")
}

// judge notes which files are bad by a report; more tells whether there are
// any that were not. With SkipBad a key that is there twice counts only among
// files that are good otherwise.
func (l *Load) judge(report *check.Report, bad map[string][]error) (more bool) {
	problems := slices.DeleteFunc(slices.Clone(report.Problems), func(p check.Problem) bool {
		return p.Severity != dataset.Error || p.Field != "" && !l.sentField(p.Field)
	})
	isKey := func(p check.Problem) bool { return p.Rule == keyRule }
	if l.SkipBad && slices.ContainsFunc(problems, func(p check.Problem) bool { return !isKey(p) }) {
		problems = slices.DeleteFunc(problems, isKey)
	}
	for _, p := range problems {
		told := map[string]int{}
		for _, f := range p.Findings {
			if slices.Contains(l.Set.Findings, f) {
				continue // checkSet has told
			}
			if told[f.File]++; told[f.File] <= toldOfFile && f.File != "" {
				bad[f.File] = append(bad[f.File], core.Errorf(core.InvalidData, "%s", f).WithHint("%s", f.Hint))
				more = true
			}
		}
		for file, n := range told {
			if n > toldOfFile {
				bad[file] = append(bad[file], core.Errorf(core.InvalidData, "%s: the same of %d more rows", file, n-toldOfFile).
					WithHint("milvus-ingest check %s tells of all", l.Set.Path))
			}
		}
	}
	return more
}

// unfilled refuses nulls that stand for a default value where the server does
// not know that: it would load zeros.
func (l *Load) unfilled(nulls map[string]int64) []error {
	var problems []error
	for _, f := range l.Set.Schema.Fields {
		if l.Server.FillsDefaults() || f.Default == nil || nulls[f.Name] == 0 || !l.sent(f.Name) {
			continue
		}
		problems = append(problems, core.Errorf(core.InvalidData, "%d rows have null for the default value, and imports of Milvus %s make 0 or '' of it", nulls[f.Name], l.Server.Version).
			WithField(f.Name).WithHint("to-milvus insert puts the default value in; or leave the field out with --exclude-fields %s", f.Name))
	}
	return problems
}

func (l *Load) sentField(name string) bool { return l.Set.Schema.Field(name) == nil || l.sent(name) }

// leaveOut drops the bad files, or tells of all of them.
func (l *Load) leaveOut(bad map[string][]error) error {
	var problems []error
	var good []*dataset.DataFile
	l.result.Skipped = map[string]string{}
	for _, f := range l.Set.Files {
		if len(bad[f.Name]) == 0 {
			good = append(good, f)
			continue
		}
		l.result.Skipped[f.Name] = bad[f.Name][0].Error()
		problems = append(problems, bad[f.Name]...)
		delete(bad, f.Name)
	}
	for _, more := range bad { // of files that are not there
		problems = append(problems, more...)
	}
	switch {
	case len(problems) == 0:
		return nil
	case !l.SkipBad:
		return errors.Join(append(problems, core.Errorf(core.InvalidData, "nothing was sent").
			WithHint("mend these files, or leave them out with --skip-bad"))...)
	case len(good) == 0:
		return errors.Join(problems...)
	}
	for name, reason := range l.result.Skipped {
		l.note(fmt.Sprintf("%s is left out: %s", name, reason))
	}
	l.Set.Files, l.Set.Findings = good, slices.DeleteFunc(l.Set.Findings, func(f dataset.Finding) bool { return f.Severity == dataset.Error })
	return nil
}

func (l *Load) note(text string) {
	if l.Note != nil {
		l.Note(text)
	}
}
