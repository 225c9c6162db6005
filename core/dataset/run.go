package dataset

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// stateName is the folder in which an unfinished run keeps what a resumed one
// needs. It is gone once meta.json is there.
const stateName = ".milvus-ingest"

// Plan is all that decides the bytes of a data set. A run that resumes has to
// have the same.
type Plan struct {
	Version   string             `json:"version"`
	Schema    *schema.Collection `json:"schema"`
	Columns   []Column           `json:"columns"`
	Seed      uint64             `json:"seed"`
	Rows      core.Rows          `json:"rows"`
	Format    string             `json:"format"`
	PartRows  int                `json:"part_rows"`
	GroupRows int                `json:"group_rows"`
	SpanRows  int                `json:"span_rows"`
	// Sink is the configuration of the sink, without secrets.
	Sink json.RawMessage `json:"sink"`
	// Elsewhere tells that the sink stores its parts in no files of the
	// folder, but where its configuration says.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// FileFormat is the format of what such a sink stores as files, which it
	// is told the names of; "" where it stores none.
	FileFormat string `json:"file_format,omitempty"`
	// Pipeline names the environment and the sink of the pipeline file that
	// the run belongs to; "" where it stands alone.
	Pipeline string `json:"pipeline,omitempty"`
	// Hooks are those of the user's that take part; nil where there are none.
	Hooks *PlannedHooks `json:"hooks,omitempty"`
	// Plugins are those that make columns.
	Plugins []Plugin `json:"plugins,omitempty"`
}

// PlannedHooks is all of the user's hooks that a resumed run needs.
type PlannedHooks struct {
	HookFile
	Path      string `json:"path"` // as the user named it, for messages
	Bundle    string `json:"bundle"`
	TimeoutMS int    `json:"timeout_ms"`
	MemoryMB  int    `json:"memory_mb"`
}

// Parts are the data files of the plan.
func (p *Plan) Parts() []Part {
	format := p.Format
	if p.FileFormat != "" {
		format = p.FileFormat
	}
	return Parts(format, p.Rows, p.PartRows)
}

// Run is a data set that is being made: its folder, its plan and the parts
// that are done. One goroutine uses it.
type Run struct {
	Dir  string
	Plan Plan
	done map[int]doneLine
	log  *os.File
}

type doneLine struct {
	Part      int             `json:"part"`
	Artifacts []core.Artifact `json:"artifacts"`
	// Verdicts are those on the rows of the part; nil where all are accepted.
	Verdicts *core.Verdicts `json:"verdicts,omitempty"`
}

// rows is how many rows the part must have.
func (d doneLine) rows(part Part) int64 {
	if d.Verdicts == nil {
		return int64(part.Rows.N)
	}
	return int64(part.Rows.N) - d.Verdicts.Dropped
}

// Begin starts a run in dir: it keeps the plan, so that a killed run can be
// resumed. The folder must hold no data set and no unfinished run (see State
// and Remove).
func Begin(dir string, plan Plan) (*Run, error) {
	state := filepath.Join(dir, stateName)
	if err := os.MkdirAll(state, 0o755); err != nil {
		return nil, err
	}
	if err := writeJSON(filepath.Join(state, "plan.json"), plan); err != nil {
		return nil, err
	}
	return openRun(context.Background(), dir, plan) // nothing is done that had to be read
}

// Resume takes up the run that was begun in dir. It reads the files of the
// parts that are done: one that does not hold what was noted is made again.
func Resume(ctx context.Context, dir string) (*Run, error) {
	data, err := os.ReadFile(filepath.Join(dir, stateName, "plan.json"))
	if err != nil {
		return nil, err
	}
	var plan Plan
	if err = json.Unmarshal(data, &plan); err == nil {
		err = plan.sane()
	}
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "%s: the plan of the unfinished run: %w", dir, err).
			WithHint("start anew with --force")
	}
	if err := sweep(dir, plan); err != nil {
		return nil, err
	}
	return openRun(ctx, dir, plan)
}

// mostParts bounds the parts of a run.
const mostParts = 1 << 24

// sane says what a plan that was read from a file must not tell.
func (p *Plan) sane() error {
	switch {
	case !isFormat(p.Format) || p.FileFormat != "" && !isFormat(p.FileFormat):
		return fmt.Errorf("the formats %q, %q", p.Format, p.FileFormat)
	case p.Rows.N <= 0 || p.Rows.Start < 0 || p.Rows.Start > math.MaxInt64-int64(p.Rows.N):
		return fmt.Errorf("%d rows from row %d", p.Rows.N, p.Rows.Start)
	case p.PartRows < 0 || p.PartRows > 0 && p.Rows.N/p.PartRows >= mostParts:
		return fmt.Errorf("%d rows in parts of %d", p.Rows.N, p.PartRows)
	case p.SpanRows <= 0 || p.GroupRows < 0:
		return fmt.Errorf("batches of %d rows in groups of %d", p.SpanRows, p.GroupRows)
	}
	return nil
}

// sweep removes what a killed run was writing.
func sweep(dir string, plan Plan) error {
	for _, part := range plan.Parts() {
		folder, name := filepath.Split(filepath.Join(dir, filepath.FromSlash(part.Path)))
		leftovers, err := filepath.Glob(filepath.Join(escape(folder), "."+name+".tmp-*"))
		if err != nil {
			return err
		}
		for _, path := range leftovers {
			if err := ignoreMissing(os.Remove(path)); err != nil {
				return err
			}
		}
	}
	return nil
}

// escape makes a path that a pattern of Glob takes literally.
func escape(path string) string {
	if runtime.GOOS == "windows" {
		return path // the backslash is a separator there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func openRun(ctx context.Context, dir string, plan Plan) (*Run, error) {
	r := &Run{Dir: dir, Plan: plan, done: map[int]doneLine{}}
	path := filepath.Join(dir, stateName, "done.jsonl")
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	parts := plan.Parts()
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		var line doneLine
		// A line that a kill cut off is a part that is not done.
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Part < 0 || line.Part >= len(parts) {
			continue
		}
		whole, err := r.whole(ctx, parts[line.Part], line.Artifacts)
		if err != nil {
			return nil, err
		}
		if whole {
			r.done[line.Part] = line
		}
	}
	r.log, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		_, err = r.log.WriteString("\n")
	}
	return r, err
}

// whole tells whether the file that a part left is there as it was noted.
func (r *Run) whole(ctx context.Context, part Part, artifacts []core.Artifact) (bool, error) {
	if r.Plan.Elsewhere {
		return true, nil // it can only be believed
	}
	path := filepath.Join(r.Dir, filepath.FromSlash(part.Path))
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || len(artifacts) != 1 || info.Size() != artifacts[0].Bytes {
		return false, nil //nolint:nilerr // it is made again, and that tells what is wrong with the disk
	}
	if artifacts[0].SHA256 == "" {
		return true, nil
	}
	sum, err := SHA256(ctx, path)
	return sum == artifacts[0].SHA256, err
}

// IsDone tells whether the part was finished before.
func (r *Run) IsDone(part Part) bool {
	_, ok := r.done[part.Index]
	return ok
}

// Forget takes a part that was done for one that is to be made again.
func (r *Run) Forget(part Part) { delete(r.done, part.Index) }

// Verdicts are those on the rows of all parts that are done.
func (r *Run) Verdicts() core.Verdicts {
	var all core.Verdicts
	for _, line := range r.done {
		if line.Verdicts != nil {
			all.Add(*line.Verdicts)
		}
	}
	return all
}

// Done notes that a part is finished, with the verdicts on its rows.
func (r *Run) Done(part Part, artifacts []core.Artifact, verdicts core.Verdicts) error {
	done := doneLine{Part: part.Index, Artifacts: artifacts}
	if verdicts.Invalid > 0 {
		done.Verdicts = &verdicts
	}
	line, err := json.Marshal(done)
	if err != nil {
		return err
	}
	if _, err := r.log.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("note that %s is done: %w", part.Path, err)
	}
	r.done[part.Index] = done
	return nil
}

// Finish writes meta.json and removes the run's state. All parts must be done.
func (r *Run) Finish() (*Meta, error) {
	metas, err := Finish(r)
	if err != nil {
		return nil, err
	}
	return metas[0], nil
}

// Finish finishes runs that belong together, all or none: where one cannot be,
// all stay unfinished. What a kill interrupts a resumed run completes.
func Finish(runs ...*Run) (metas []*Meta, err error) {
	for _, r := range runs {
		meta, err := r.Meta()
		if err != nil {
			return nil, err
		}
		metas = append(metas, meta)
	}
	for i, r := range runs {
		if err := WriteMeta(r.Dir, metas[i]); err != nil {
			problems := []error{err}
			for _, written := range runs[:i] {
				problems = append(problems, ignoreMissing(os.Remove(filepath.Join(written.Dir, MetaName))))
			}
			return nil, errors.Join(problems...)
		}
	}
	// From here on they are whole: the state is of no use any more.
	var problems []error
	for _, r := range runs {
		problems = append(problems, r.Close(), os.RemoveAll(filepath.Join(r.Dir, stateName)))
	}
	return metas, errors.Join(problems...)
}

// Close frees the run; what is not finished can be resumed.
func (r *Run) Close() error {
	if r.log == nil {
		return nil
	}
	err := r.log.Close()
	r.log = nil
	return err
}

// Meta is what meta.json will tell. All parts must be done.
func (r *Run) Meta() (*Meta, error) {
	p := &r.Plan
	meta := &Meta{
		Schema: p.Schema, Seed: p.Seed, Version: p.Version, Columns: append([]Column(nil), p.Columns...),
		Plugins:    p.Plugins,
		Generation: Generation{TotalRows: int64(p.Rows.N), FirstRow: p.Rows.Start, Format: p.Format, Seed: p.Seed},
	}
	var rows int64
	for _, part := range p.Parts() {
		n, err := r.addPart(meta, part)
		if err != nil {
			return nil, err
		}
		rows += n
	}
	meta.Generation.FileCount = len(meta.Files)
	verdicts := r.Verdicts()
	if rows+verdicts.Dropped != int64(p.Rows.N) {
		return nil, core.Errorf(core.Internal, "%d rows were asked for, %d were written and %d dropped", p.Rows.N, rows, verdicts.Dropped)
	}
	meta.Generation.TotalRows = rows
	if p.Hooks != nil {
		meta.Hooks = &Hooks{HookFile: p.Hooks.HookFile, Verdicts: verdicts, Share: float64(verdicts.Invalid) / float64(p.Rows.N)}
	}
	return meta, nil
}

// addPart puts what a part stored into the meta data; it returns its rows.
func (r *Run) addPart(meta *Meta, part Part) (rows int64, err error) {
	done, known := r.done[part.Index]
	for _, a := range done.Artifacts {
		name := part.Path
		if r.Plan.Elsewhere {
			name = a.URI
		}
		meta.Files = append(meta.Files, File{name, a.Rows, a.Bytes, a.SHA256, part.Rows.Start + rows})
		meta.Generation.DataFiles = append(meta.Generation.DataFiles, name)
		rows += a.Rows
		for _, stat := range a.Columns {
			for i := range meta.Columns {
				if meta.Columns[i].Name == stat.Name {
					meta.Columns[i].Nulls += stat.Nulls
					meta.Columns[i].Bytes += stat.Bytes
				}
			}
		}
	}
	if !known || rows != done.rows(part) || len(done.Artifacts) != 1 && !r.Plan.Elsewhere {
		return 0, core.Errorf(core.Internal, "%s is not whole: %d rows should be in it, the sink tells of %+v", part.Path, done.rows(part), done.Artifacts)
	}
	return rows, nil
}
