package collection

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Window is the most rows that one query of Milvus returns.
const Window = 16384

// Query reads the rows that a filter finds as one batch in the Arrow form of
// the schema (schema.Collection.Arrow), exact at stored width, null apart from
// empty. The caller releases it.
func (c *Collection) Query(ctx context.Context, r Read) (arrow.Record, error) {
	fields, err := c.readable(r.Fields)
	if err != nil {
		return nil, err
	}
	limit := r.Limit
	if limit == 0 {
		limit = Window
	}
	return c.query(ctx, fields, r, map[string]string{"limit": strconv.Itoa(limit)})
}

// query sends one query and decodes its answer.
func (c *Collection) query(ctx context.Context, fields []*schema.Field, r Read, params map[string]string) (arrow.Record, error) {
	if r.Timestamp != 0 {
		params["iterator"] = "True" // others are told what is there now
	}
	request := &milvuspb.QueryRequest{
		DbName: c.Server.Database(), CollectionName: c.Name, Expr: r.Filter, QueryParams: keyValues(params),
		ConsistencyLevel: commonpb.ConsistencyLevel_Strong, GuaranteeTimestamp: cmp.Or(r.Timestamp, r.Fresh),
	}
	for _, f := range fields {
		request.OutputFields = append(request.OutputFields, f.Name)
	}
	answer, err := c.Server.Service().Query(ctx, request)
	if err := Explain(err, answer.GetStatus()); err != nil {
		return nil, err
	}
	return decode(fields, answer.GetFieldsData())
}

// How long a page that many others follow is asked for again.
const (
	readPause    = 200 * time.Millisecond
	readPatience = 10 * time.Second
)

// page is query for one page of many: a limit of the server, or a connection
// that is lost for a moment, does not end the reading of all of them.
func (c *Collection) page(ctx context.Context, fields []*schema.Field, r Read, params map[string]string) (arrow.Record, error) {
	begin := time.Now()
	for wait := readPause; ; wait *= 2 {
		batch, err := c.query(ctx, fields, r, params)
		if err == nil || !mayPass(err) || time.Since(begin)+wait > readPatience || pause(ctx, wait) != nil {
			return batch, err
		}
	}
}

// readable are the fields of these names; none: all that rows have, $meta
// last.
func (c *Collection) readable(names []string) ([]*schema.Field, error) {
	stored := c.Schema.Stored()
	if c.Schema.EnableDynamic {
		stored = append(stored, metaField())
	}
	if len(names) == 0 {
		return stored, nil
	}
	byName := make(map[string]*schema.Field, len(stored))
	for _, f := range stored {
		byName[f.Name] = f
	}
	fields := make([]*schema.Field, len(names))
	for i, name := range names {
		if fields[i] = byName[name]; fields[i] == nil {
			return nil, core.Errorf(core.InvalidConfig, "the collection %s keeps no such field to read", c.Name).WithField(name)
		}
	}
	return fields, nil
}

// rowBytes guesses how large a row is in an answer.
func rowBytes(fields []*schema.Field) int {
	const text, list = 256, 128
	total := 0
	for _, f := range fields {
		switch {
		case f.Type == schema.FloatVector:
			total += 4 * f.Dim
		case f.Type == schema.Float16, f.Type == schema.BFloat16:
			total += 2 * f.Dim
		case f.Type.IsDense():
			total += f.Dim
		case f.Type.IsText():
			total += min(text, max(f.MaxLength, 1))
		case f.Type == schema.JSON, f.Type == schema.Geometry, f.Type == schema.Sparse:
			total += text
		case f.Type == schema.Array:
			total += list
		default:
			total += 8
		}
	}
	return max(total, 1)
}

// recordBytes is the size of a batch that was read.
func recordBytes(r arrow.Record) int {
	total := 0
	for _, column := range r.Columns() {
		total += int(column.Data().SizeInBytes())
	}
	return total
}

// answerBytes is about how large an answer is asked for: far below what
// servers send, large enough that calls cost nothing beside it.
const answerBytes = 16 << 20

// pace holds how many rows are asked for at once.
type pace struct{ rows, most int }

func newPace(fields []*schema.Field, most int) *pace {
	if most <= 0 || most > Window {
		most = Window
	}
	return &pace{rows: min(most, max(1, answerBytes/rowBytes(fields))), most: most}
}

// saw learns from an answer.
func (p *pace) saw(r arrow.Record) {
	if r.NumRows() == 0 {
		return
	}
	each := max(1, recordBytes(r)/int(r.NumRows()))
	p.rows = min(p.most, max(1, answerBytes/each))
}

// smaller halves what is asked for after an answer that was too large; false
// where it is one row already.
func (p *pace) smaller() bool {
	if p.rows == 1 {
		return false
	}
	p.rows /= 2
	p.most = p.rows
	return true
}
