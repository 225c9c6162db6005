package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/sinks/internal/text"
)

// column is one column of a batch, ready to be written.
type column struct {
	arrow.Field
	name  []byte
	array arrow.Array
	value appender // nil for $meta
	stat  *core.ColumnStat
}

func (w *writer) bind(batch arrow.Record) ([]column, error) {
	columns := make([]column, batch.NumCols())
	for i := range columns {
		c := &columns[i]
		*c = column{Field: w.spec.Schema.Field(i), name: w.names[i], array: batch.Column(i), stat: &w.columns[i]}
		if c.Name == core.DynamicField {
			if _, ok := c.array.(*array.String); !ok {
				return nil, core.Errorf(core.Internal, "it is %s, not text", c.array.DataType()).WithField(c.Name)
			}
			continue
		}
		var err error
		if c.value, err = w.appenderOf(c.Field, c.array); err != nil {
			return nil, core.OfField(err, c.Name)
		}
	}
	return columns, nil
}

// row adds row i of the batch to the text.
func (w *writer) row(columns []column, i int) error {
	w.text = append(w.text, '{')
	start := len(w.text)
	for j := range columns {
		c := &columns[j]
		before := len(w.text)
		if err := w.cell(c, i, start); err != nil {
			return w.place(err, c.Name)
		}
		c.stat.Bytes += int64(len(w.text) - before)
		if c.array.IsNull(i) {
			c.stat.Nulls++
		}
	}
	w.text = append(w.text, '}')
	return nil
}

func (w *writer) place(err error, name string) error {
	var e *core.Error
	if errors.As(err, &e) && e.Row == core.NoRow {
		e.Row = w.spec.Rows.Start + w.rows
	}
	return core.OfField(err, name)
}

// cell adds one name and value; start is where the row's first one begins.
func (w *writer) cell(c *column, i, start int) (err error) {
	switch {
	case c.value == nil:
		return w.dynamic(c, i, start)
	case c.array.IsNull(i) && !c.Nullable:
		return core.Errorf(core.InvalidData, "it is null, and the field is not nullable")
	}
	w.comma(start)
	w.text = append(w.text, c.name...)
	if c.array.IsNull(i) {
		w.text = append(w.text, "null"...)
		return nil
	}
	w.text, err = c.value(w.text, i)
	return err
}

func (w *writer) comma(start int) {
	if len(w.text) > start {
		w.text = append(w.text, ',')
	}
}

// dynamic adds the dynamic fields of a row as further keys of its object; as
// the object $meta, if a key is also the name of a column.
func (w *writer) dynamic(c *column, i, start int) error {
	if c.array.IsNull(i) {
		return nil
	}
	raw, err := compact(nil, c.array.(*array.String).Value(i))
	if err != nil {
		return err
	}
	keys, err := keysOf(raw)
	switch {
	case err != nil:
		return err
	case len(keys) == 0:
		return nil
	}
	w.comma(start)
	for _, key := range keys {
		if w.spec.Schema.HasField(key) {
			w.text = append(append(w.text, c.name...), raw...)
			return nil
		}
	}
	w.text = append(w.text, raw[1:len(raw)-1]...)
	return nil
}

// keysOf lists the keys of a JSON object.
func keysOf(raw []byte) ([]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return nil, core.Errorf(core.InvalidData, "the dynamic fields are no JSON object: %s", clip(raw))
	}
	var keys []string
	var value json.RawMessage
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, core.Errorf(core.InvalidData, "the dynamic fields are no JSON object: %w", err)
		}
		keys = append(keys, key.(string))
		if err := decoder.Decode(&value); err != nil {
			return nil, core.Errorf(core.InvalidData, "the dynamic fields are no JSON object: %w", err)
		}
	}
	return keys, nil
}

// compact adds a JSON document without its white space.
func compact(dst []byte, document string) ([]byte, error) {
	if !utf8.ValidString(document) {
		return dst, core.Errorf(core.InvalidData, "the text is not valid UTF-8")
	}
	buffer := bytes.NewBuffer(dst)
	if err := json.Compact(buffer, []byte(document)); err != nil {
		return dst, core.Errorf(core.InvalidData, "the value is no JSON: %w: %s", err, clip([]byte(document)))
	}
	return buffer.Bytes(), nil
}

// clip shortens what an error shows.
func clip(raw []byte) []byte {
	const most = 60
	if len(raw) <= most {
		return raw
	}
	n := most
	for n > 0 && !utf8.RuneStart(raw[n]) {
		n--
	}
	return append(raw[:n:n], "…"...)
}

func appendText(dst []byte, s string) ([]byte, error) {
	dst, valid := text.AppendString(dst, s)
	if !valid {
		return dst, core.Errorf(core.InvalidData, "the text is not valid UTF-8")
	}
	return dst, nil
}
