package check

import (
	"context"
	"fmt"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// mostFile is how large a file an import takes.
const mostFile = 16 << 30

// about is a finding of a whole file or set.
func about(rule string, severity dataset.Severity, file, format string, args ...any) dataset.Finding {
	return dataset.Finding{Rule: rule, Severity: severity, File: file, Row: core.NoRow, Message: sprintf(format, args...)}
}

// schemaRules says what the target version does not know.
func (r *run) schemaRules() {
	for _, p := range schema.Check(r.set.Schema, r.o.Target) {
		f := about(ruleSchema, dataset.Warning, "", "%s", p.Message)
		if p.Severity == schema.Error {
			f.Severity = dataset.Error
		}
		f.Field, f.Hint = p.Field, p.Hint
		r.find(f)
	}
}

// fileRules looks at what is known of a file without reading its rows.
func (r *run) fileRules(f *dataset.DataFile) {
	if f.Bytes > mostFile {
		finding := about(ruleFileSize, dataset.Error, f.Name, "%d bytes; an import takes files of at most %d", f.Bytes, int64(mostFile))
		finding.Hint = "make the data set with --file-size"
		r.find(finding)
	}
	if f.Err == nil && f.Rows == 0 {
		r.noRows(f)
	}
	listed := r.listed(f)
	if listed == nil {
		return
	}
	if listed.Bytes > 0 && listed.Bytes != f.Bytes {
		r.differs(f, "%d bytes, %s tells of %d", f.Bytes, dataset.MetaName, listed.Bytes)
	}
	if f.Err == nil && f.Rows >= 0 && listed.Rows != f.Rows {
		r.differs(f, "%d rows, %s tells of %d", f.Rows, dataset.MetaName, listed.Rows)
	}
}

func (r *run) noRows(f *dataset.DataFile) {
	finding := about(ruleFileRows, dataset.Error, f.Name, "the file has no rows")
	finding.Hint = "leave the file out"
	r.find(finding)
}

func (r *run) differs(f *dataset.DataFile, format string, args ...any) {
	finding := about(ruleFileMeta, dataset.Error, f.Name, format, args...)
	finding.Hint = "the file was changed or is not whole: copy it again, or make the data set anew"
	r.find(finding)
}

// listed is what meta.json tells of the file; nil where it tells nothing.
func (r *run) listed(f *dataset.DataFile) *dataset.File {
	return r.told[f.Name]
}

// told are the files of which meta.json tells, by their names.
func told(meta *dataset.Meta) map[string]*dataset.File {
	files := map[string]*dataset.File{}
	if meta == nil {
		return files
	}
	for i := range meta.Files {
		files[meta.Files[i].Path] = &meta.Files[i]
	}
	return files
}

// setRules looks at what is known when all rows are read.
func (r *run) setRules() {
	var rows int64
	read := map[string]int64{}
	for i, unit := range r.units {
		rows += r.rows[i]
		read[unit.File.Name] += r.rows[i]
	}
	for _, f := range r.set.Files {
		if f.Err != nil || f.Format != "json" {
			continue
		}
		f.Rows = read[f.Name]
		if f.Rows == 0 {
			r.noRows(f)
		}
		if listed := r.listed(f); listed != nil && listed.Rows != f.Rows {
			r.differs(f, "%d rows, %s tells of %d", f.Rows, dataset.MetaName, listed.Rows)
		}
	}
	meta := r.set.Meta
	if meta == nil || r.set.IsFile() || meta.Generation.TotalRows == rows {
		return
	}
	finding := about(ruleSetRows, dataset.Error, "", "%d rows could be read, %s tells of %d", rows, dataset.MetaName, meta.Generation.TotalRows)
	finding.Hint = "a file is missing or not whole: copy the data set again, or make it anew"
	r.find(finding)
}

// hashJobs are the files whose SHA-256 meta.json tells.
func (r *run) hashJobs() []*dataset.DataFile {
	var jobs []*dataset.DataFile
	for _, f := range r.set.Files {
		if listed := r.listed(f); listed != nil && listed.SHA256 != "" && listed.Bytes == f.Bytes {
			jobs = append(jobs, f)
		}
	}
	return jobs
}

// hash compares a file with the SHA-256 of meta.json.
func (r *run) hash(ctx context.Context, f *dataset.DataFile) error {
	found, err := dataset.SHA256(ctx, f.Path)
	if err != nil {
		return fmt.Errorf("hash %s: %w", f.Name, err)
	}
	if found != r.listed(f).SHA256 {
		r.differs(f, "its SHA-256 is %.12s…, %s tells of %.12s…", found, dataset.MetaName, r.listed(f).SHA256)
	}
	return nil
}
