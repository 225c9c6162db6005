package wire

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/zilliz/milvus-ingest/core"
)

// EncodeSchema writes a schema as an Arrow IPC stream without batches; nil
// gives nil.
func EncodeSchema(schema *arrow.Schema) ([]byte, error) {
	if schema == nil {
		return nil, nil
	}
	var out bytes.Buffer
	if err := ipc.NewWriter(&out, ipc.WithSchema(schema)).Close(); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return out.Bytes(), nil
}

// DecodeSchema reads what EncodeSchema wrote.
func DecodeSchema(raw []byte) (schema *arrow.Schema, err error) {
	if len(raw) == 0 {
		return nil, nil
	}
	defer refuse(&err, "decode schema")
	reader, err := ipc.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("decode schema: %w", err)
	}
	defer reader.Release()
	return reader.Schema(), nil
}

// EncodeIPC writes a record as an Arrow IPC stream with one batch.
func EncodeIPC(record arrow.Record) ([]byte, error) {
	record = straighten(record)
	defer record.Release()
	var out bytes.Buffer
	writer := ipc.NewWriter(&out, ipc.WithSchema(record.Schema()))
	if err := writer.Write(record); err != nil {
		return nil, fmt.Errorf("encode batch: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("encode batch: %w", err)
	}
	return out.Bytes(), nil
}

// DecodeIPC reads what EncodeIPC wrote. The peer may be hostile: a batch that
// is not of the schema, or that points outside itself, is an error.
func DecodeIPC(raw []byte, schema *arrow.Schema) (record arrow.Record, err error) {
	defer refuse(&err, "decode batch")
	reader, err := ipc.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("decode batch: %w", err)
	}
	defer reader.Release()
	if !sameTypes(reader.Schema(), schema) {
		return nil, core.Errorf(core.PluginFailed, "batch has the schema %s, not %s", reader.Schema(), schema)
	}
	if !reader.Next() {
		return nil, core.Errorf(core.PluginFailed, "message without a batch (%v)", reader.Err())
	}
	record = reader.Record()
	for i, column := range record.Columns() {
		if err := validate(column.Data()); err != nil {
			return nil, core.Errorf(core.PluginFailed, "batch: %w", err).WithField(schema.Field(i).Name)
		}
	}
	record.Retain()
	return record, nil
}

func sameTypes(a, b *arrow.Schema) bool {
	if a.NumFields() != b.NumFields() {
		return false
	}
	for i := range a.NumFields() {
		if a.Field(i).Name != b.Field(i).Name || !arrow.TypeEqual(a.Field(i).Type, b.Field(i).Type) {
			return false
		}
	}
	return true
}

// refuse turns a panic of the Arrow library over malformed input into an error.
func refuse(err *error, what string) {
	if r := recover(); r != nil {
		*err = core.Errorf(core.PluginFailed, "%s: malformed: %v", what, r)
	}
}
