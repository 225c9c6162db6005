package health

import (
	"context"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// results is how many rows a search asks for.
const results = 5

func (r *run) rows(ctx context.Context) Check {
	n, err := r.collection.Count(ctx, "")
	if err != nil {
		return failed(err)
	}
	c := Check{Status: OK, Rows: &n, ExpectedMin: &r.Thresholds.MinRows}
	if n < r.Thresholds.MinRows {
		c.Status, c.Warning = Warn, "Row count below expected"
	}
	return c
}

func (r *run) query(ctx context.Context) Check {
	key := r.collection.Schema.Primary()
	if key == nil {
		return Check{Status: Unknown, Warning: "the collection has no key"}
	}
	return r.timed(r.Thresholds.Query, func() error {
		found, err := r.collection.Query(ctx, collection.Read{Fields: []string{key.Name}, Limit: 1})
		if err == nil {
			found.Release()
		}
		return err
	})
}

func (r *run) search(ctx context.Context) Check {
	field := r.searched()
	switch {
	case field == nil && r.Field != "":
		return Check{Status: Fail, Field: r.Field, Error: "the collection has no such field", Hint: "name one of its vector fields with --field"}
	case field == nil:
		return Check{Status: Unknown, Warning: "no vector field is there to be searched"}
	}
	vectors, err := probe(field)
	if err != nil {
		return failed(err)
	}
	defer vectors.Release()
	var found int
	c := r.timed(r.Thresholds.Search, func() error {
		hits, err := r.collection.Search(ctx, collection.Search{Field: field.Name, Vectors: vectors, Limit: results})
		for _, h := range hits {
			found += len(h.Scores)
		}
		return err
	})
	c.Field = field.Name
	if c.Status == Fail {
		return c
	}
	c.Results = ptr(int64(found))
	if rows := r.report.Checks["data_integrity"].Rows; found == 0 && rows != nil && *rows > 0 && field.Type.IsDense() {
		c.Status, c.Error = Fail, fmt.Sprintf("a search of %s finds nothing, though there are rows", field.Name)
	}
	return c
}

// searched is the field to search: the one that was asked for, or the first
// that a vector can be made for.
func (r *run) searched() *schema.Field {
	if r.Field != "" {
		return r.collection.Schema.Field(r.Field)
	}
	for i := range r.collection.Schema.Fields {
		f := &r.collection.Schema.Fields[i]
		if f.Type.IsDense() {
			return f
		}
	}
	return nil
}

// probe is a vector to search with: 0.1 in all places, as far as the type can
// hold it.
func probe(f *schema.Field) (arrow.Array, error) {
	builder := array.NewBuilder(memory.DefaultAllocator, f.Arrow().Type)
	defer builder.Release()
	switch b := builder.(type) {
	case *array.FixedSizeListBuilder:
		b.Append(true)
		for range f.Dim {
			switch values := b.ValueBuilder().(type) {
			case *array.Float32Builder:
				values.Append(0.1)
			case *array.Int8Builder:
				values.Append(1)
			default:
				return nil, core.Errorf(core.Internal, "no probe for elements of %s", values.Type())
			}
		}
	case *array.FixedSizeBinaryBuilder:
		b.Append(bytesOf(f, b.Type().(*arrow.FixedSizeBinaryType).ByteWidth))
	default:
		return nil, core.Errorf(core.InvalidConfig, "a search needs a dense vector, this is a %s", f.Type).
			WithField(f.Name).WithHint("name another field with --field")
	}
	return builder.NewArray(), nil
}

// bytesOf is 0.1 in a type of two bytes a place, or bits that alternate.
func bytesOf(f *schema.Field, width int) []byte {
	pattern := []byte{0xaa, 0xaa}
	switch f.Type {
	case schema.Float16:
		pattern = []byte{0x66, 0x2e}
	case schema.BFloat16:
		pattern = []byte{0xcd, 0x3d}
	}
	bytes := make([]byte, width)
	for i := range bytes {
		bytes[i] = pattern[i%2]
	}
	return bytes
}
