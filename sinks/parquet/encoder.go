package parquet

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/pqarrow"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/sinks/internal/file"
	"github.com/zilliz/milvus-ingest/sinks/internal/text"
)

// encoder writes row groups and the footer of one file.
type encoder struct {
	file    file.Target
	columns []column
	schema  *schema.Schema
	plain   *parquet.WriterProperties
	indexed *parquet.WriterProperties // with a dictionary
	arrow   pqarrow.ArrowWriterProperties
	builder *metadata.FileMetaDataBuilder
	floats  *text.Floats
	groups  []groupFact
}

// groupFact is what was written of a row group: the check compares it with
// what the file tells.
type groupFact struct {
	rows   int64
	chunks []chunkFact
}

type chunkFact struct{ offset, end int64 }

// column is one column of the batches.
type column struct {
	arrow.Field
	as     arrow.DataType // its type in the file
	leaves []leaf
	stat   core.ColumnStat
}

const magic = "PAR1"

// pageBytes is about what a page holds.
const pageBytes = 1 << 20

func newEncoder(f file.Target, batches *arrow.Schema, config Config) (*encoder, error) {
	e := &encoder{file: f, floats: text.NewFloats(), arrow: pqarrow.NewArrowWriterProperties()}
	fields := make([]arrow.Field, batches.NumFields())
	for i, field := range batches.Fields() {
		as, err := typeInFile(field)
		if err != nil {
			return nil, core.OfField(err, field.Name)
		}
		fields[i] = arrow.Field{Name: field.Name, Type: as, Nullable: field.Nullable}
		e.columns = append(e.columns, column{
			Field: field, as: as, leaves: leavesOf(fields[i]), stat: core.ColumnStat{Name: field.Name},
		})
	}
	options := []parquet.WriterProperty{
		parquet.WithCreatedBy("milvus-ingest"), parquet.WithDictionaryDefault(false),
		parquet.WithStats(false), parquet.WithDataPageSize(pageBytes),
	}
	var err error
	e.schema, err = pqarrow.ToParquet(arrow.NewSchema(fields, nil), parquet.NewWriterProperties(options...), e.arrow)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "no Parquet file can hold these columns: %w", err)
	}
	options = append(options, e.options(config)...)
	e.plain = parquet.NewWriterProperties(options...)
	e.indexed = parquet.NewWriterProperties(append(options, parquet.WithDictionaryDefault(true))...)
	e.builder = metadata.NewFileMetadataBuilder(e.schema, e.plain, nil)
	_, err = e.file.Write([]byte(magic))
	return e, err
}

// options are those of single columns: vectors are compressed only if asked
// for, and single values have statistics.
func (e *encoder) options(config Config) []parquet.WriterProperty {
	codec := codecOf(config.Compression)
	options := []parquet.WriterProperty{parquet.WithCompression(codec)}
	at := 0
	for i := range e.columns {
		c := &e.columns[i]
		path := e.schema.Column(at).Path()
		switch {
		case c.isVector() && !config.CompressVectors:
			options = append(options, parquet.WithCompressionFor(path, compress.Codecs.Uncompressed))
		case c.hasStatistics():
			options = append(options, parquet.WithStatsFor(path, true))
		}
		at += len(c.leaves)
	}
	return options
}

func codecOf(name string) compress.Compression {
	switch name {
	case "snappy":
		return compress.Codecs.Snappy
	case "zstd":
		return compress.Codecs.Zstd
	default:
		return compress.Codecs.Uncompressed
	}
}

// group writes rows as one row group. first is the number of the first row in
// the data set.
func (e *encoder) group(ctx context.Context, rows arrow.Record, first int64) error {
	ordinal := len(e.groups)
	if ordinal == maxGroups {
		return core.Errorf(core.Exhausted, "the file has %d row groups, more cannot be numbered", maxGroups).
			WithRow(first).WithHint("make the row groups larger (--row-group-size)")
	}
	n := int(rows.NumRows())
	meta := e.builder.AppendRowGroup()
	meta.SetNumRows(n)
	g := &group{encoder: e, meta: meta, ordinal: int16(ordinal), fact: groupFact{rows: int64(n)}}
	start := e.file.Tell()
	for i := range e.columns {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := g.column(ctx, &e.columns[i], rows.Column(i), first); err != nil {
			return core.OfField(err, e.columns[i].Name)
		}
	}
	if err := meta.Finish(e.file.Tell()-start, int16(ordinal)); err != nil {
		return fmt.Errorf("finish row group %d: %w", ordinal, err)
	}
	e.groups = append(e.groups, g.fact)
	return e.file.Err()
}

// footer ends the file.
func (e *encoder) footer() error {
	meta, err := e.builder.Finish()
	if err != nil {
		return fmt.Errorf("build the footer: %w", err)
	}
	start := e.file.Tell()
	if _, err := meta.WriteTo(e.file, nil); err != nil {
		return fmt.Errorf("write the footer: %w", err)
	}
	end := binary.LittleEndian.AppendUint32(nil, uint32(e.file.Tell()-start))
	_, err = e.file.Write(append(end, magic...))
	return err
}

func (e *encoder) stats() []core.ColumnStat {
	stats := make([]core.ColumnStat, len(e.columns))
	for i := range e.columns {
		stats[i] = e.columns[i].stat
	}
	return stats
}
