// Package document makes JSON documents by a template, and the dynamic fields
// of a collection.
package document

import (
	"context"
	"encoding/json"
	"math"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family; lookup finds those of the
// values in documents.
func Components(lookup func(name string) (core.Generator, error)) []sdk.Component {
	types := []string{string(schema.JSON), string(schema.VarChar), string(schema.String)}
	return []sdk.Component{
		sdk.Generator[Template]{
			Info: sdk.Info{Name: "document.template", Summary: "JSON documents by a template, or by one that suits the field's name.", Types: types},
			Open: func(ctx context.Context, spec core.ColumnSpec, c Template) (core.Column, error) {
				return openTemplate(ctx, spec, c, lookup)
			},
		},
		sdk.Generator[Dynamic]{
			Info: sdk.Info{Name: "document.dynamic", Summary: "Objects with the dynamic fields of a schema, each in its share of the rows.", Types: types[:1]},
			Open: func(ctx context.Context, spec core.ColumnSpec, c Dynamic) (core.Column, error) {
				return openDynamic(ctx, spec, c, lookup)
			},
		},
	}
}

// Template configures document.template.
type Template struct {
	Template json.RawMessage `json:"template" help:"The document, any JSON value; see below for what may stand in it. None: that of kind."`
	Kind     string          `json:"kind" help:"What the document tells of; auto: what the field's name suggests." default:"auto" enum:"auto,metadata,product,file,camera,audio,settings,article,section"`
	Language string          `json:"language" help:"Language of names in the documents of kind: en, zh, ja, de, fr or es." default:"en"`
}

// maxBytes is the most that Milvus keeps of a document.
const maxBytes = 65536

// documents is a column of documents.
type documents struct {
	spec core.ColumnSpec
	root node
	most int // bytes of a document
	text []byte
	rows []int64 // the rows of the last span, kept for their memory
}

func newDocuments(spec core.ColumnSpec, root node) (core.Column, error) {
	d := &documents{spec: spec, root: root, most: maxBytes}
	if column.Kind(spec.Field) != string(schema.JSON) {
		d.most = column.MaxLength(spec.Field)
	}
	if spec.Field.Type.ID() != arrow.STRING {
		return nil, column.Unfit(spec, "documents")
	}
	return d, nil
}

// Fill implements core.Column.
func (d *documents) Fill(ctx context.Context, rows core.Rows, _ arrow.Record) (arrow.Array, error) {
	d.rows = column.Span(d.rows, rows)
	return d.Make(ctx, d.rows)
}

// Make implements column.Maker.
func (d *documents) Make(ctx context.Context, rows []int64) (arrow.Array, error) {
	if err := d.root.fill(ctx, rows); err != nil {
		return nil, err
	}
	ends := make([]int32, len(rows)+1)
	d.text = d.text[:0]
	for i, row := range rows {
		from := len(d.text)
		d.text = d.root.add(d.text, i)
		if size := len(d.text) - from; size > d.most {
			return nil, core.Errorf(core.InvalidConfig, "the document has %d bytes, at most %d fit", size, d.most).
				WithRow(row).WithHint("shorten the template, or its texts and lists")
		}
		if len(d.text) > math.MaxInt32 {
			return nil, core.Errorf(core.Exhausted, "the documents of %d rows are too large for a batch", len(rows)).
				WithHint("use a smaller --batch-size")
		}
		ends[i+1] = int32(len(d.text))
	}
	return column.Strings(ends, d.text, d.spec.Mem), nil
}

// Close implements core.Column.
func (d *documents) Close() error { return d.root.close() }
