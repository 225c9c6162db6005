package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// ReadOptions say what to read of a data set.
type ReadOptions struct {
	// Fields are the columns to read, in this order; empty: all of Arrow.
	Fields []string
	// Report takes what is wrong with values; such values are null in the
	// batch. Where it is nil the first of them ends the reading.
	Report func(Finding)
	// BatchBytes is about how large a batch is in memory; 0: 16 MiB.
	BatchBytes int64
}

// Batch is a piece of a file in the data set's Arrow form.
type Batch struct {
	arrow.Record
	File *DataFile
	// Row is the first row's number in its file.
	Row int64
	// Broken are, for each column, the rows of the batch (rising) whose
	// values were reported: they are null in the record, whatever is in the
	// file.
	Broken [][]int
}

// A Unit is a piece of a set that can be read by itself: a row group of a
// Parquet file, or a whole JSON file.
type Unit struct {
	File  *DataFile
	Group int
	// Row is the first row's number in its file.
	Row int64
	// Rows is the number of rows, -1 where only reading tells.
	Rows int64
}

// Units are the pieces of the set, in order. Files that cannot be read have
// none.
func (s *Set) Units() []Unit {
	var units []Unit
	for _, f := range s.Files {
		switch {
		case f.Err != nil:
		case f.Format == "json":
			units = append(units, Unit{File: f, Rows: -1})
		default:
			row := int64(0)
			for i, g := range f.Groups {
				units = append(units, Unit{f, i, row, g.Rows})
				row += g.Rows
			}
		}
	}
	return units
}

// Arrow is the schema of the set's rows: the stored fields, and $meta where
// the collection has dynamic fields.
func (s *Set) Arrow() *arrow.Schema {
	a := s.Schema.Arrow()
	if s.Schema.EnableDynamic && !s.Schema.HasMeta() {
		a = arrow.NewSchema(append(slices.Clone(a.Fields()), schema.MetaField()), nil)
	}
	return a
}

// Reader reads units of a set, one after another. One goroutine uses it;
// several readers can read a set side by side.
type Reader struct {
	set    *Set
	o      ReadOptions
	schema *arrow.Schema
	fields []*schema.Field
	mem    *recycler
	open   *parquetFile
	of     *DataFile
	first  error
}

// Reader makes a reader.
func (s *Set) Reader(o ReadOptions) (*Reader, error) {
	r := &Reader{set: s, o: o, schema: s.Arrow(), mem: &recycler{}}
	if len(o.Fields) > 0 {
		var fields []arrow.Field
		for _, name := range o.Fields {
			found, ok := r.schema.FieldsByName(name)
			if !ok {
				return nil, core.Errorf(core.InvalidConfig, "the data set has no such column").WithField(name)
			}
			fields = append(fields, found...)
		}
		r.schema = arrow.NewSchema(fields, nil)
	}
	for _, f := range r.schema.Fields() {
		field := s.Schema.Field(f.Name)
		if field == nil {
			field = &schema.Field{Name: f.Name, Type: schema.JSON, Nullable: true}
		}
		r.fields = append(r.fields, field)
	}
	if r.o.BatchBytes <= 0 {
		r.o.BatchBytes = 16 << 20
	}
	return r, nil
}

// Schema is the schema of the batches.
func (r *Reader) Schema() *arrow.Schema { return r.schema }

// Close closes the file that is open.
func (r *Reader) Close() error {
	if r.open == nil {
		return nil
	}
	err := r.open.Close()
	r.open, r.of = nil, nil
	return err
}

// Read reads a unit batch by batch; yield must not keep a batch, which is
// released after it returns. A file that turns out to be damaged is an
// InvalidData error that names it.
func (r *Reader) Read(ctx context.Context, u Unit, yield func(*Batch) error) error {
	r.first = nil
	each := func(b *Batch) error {
		defer b.Release()
		if r.first != nil {
			return r.first
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := yield(b); err != nil {
			return yielded{err}
		}
		return nil
	}
	var err error
	if u.File.Format == "json" {
		err = r.readJSON(ctx, u, each)
	} else {
		err = r.readParquet(ctx, u, each)
	}
	var theirs yielded
	switch {
	case errors.As(err, &theirs):
		return theirs.error
	case r.first != nil:
		return r.first
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	}
	return atFile(u.File, err)
}

// yielded marks an error of whoever takes the batches.
type yielded struct{ error }

func (r *Reader) report(f Finding) {
	switch {
	case r.o.Report != nil:
		r.o.Report(f)
	case f.Severity == Error && r.first == nil:
		r.first = core.Errorf(core.InvalidData, "%s", f).WithHint("milvus-ingest check %s tells of all problems", r.set.Path)
	}
}

// Rows reads the whole set in order. A batch is valid until the next one is
// asked for.
func (s *Set) Rows(ctx context.Context, o ReadOptions) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		if err := s.Err(); err != nil {
			yield(nil, err)
			return
		}
		r, err := s.Reader(o)
		if err != nil {
			yield(nil, err)
			return
		}
		stop := errors.New("no more is wanted")
		for _, u := range s.Units() {
			err := r.Read(ctx, u, func(b *Batch) error {
				if !yield(b, nil) {
					return stop
				}
				return nil
			})
			if errors.Is(err, stop) {
				break
			}
			if err != nil {
				yield(nil, errors.Join(err, r.Close()))
				return
			}
		}
		if err := r.Close(); err != nil {
			yield(nil, fmt.Errorf("close %s: %w", s.Path, err))
		}
	}
}
