package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/zilliz/milvus-ingest/core"
)

// Rewrite writes a JSON file without the named keys of its rows; all else
// stays as it is written, in the form that the file has. Where $meta is left
// out keys that are no fields are, too.
func (s *Set) Rewrite(ctx context.Context, f *DataFile, leaveOut []string, w io.Writer) error {
	in, err := os.Open(f.Path)
	if err != nil {
		return core.Errorf(core.InvalidData, "%w", err)
	}
	defer func() { _ = in.Close() }() // it was only read
	rows, err := openSplitter(in)
	if err != nil {
		return atFile(f, err)
	}
	p := &rewriter{rows: rows, out: w, leaves: s.leaves(leaveOut)}
	err = p.run(ctx)
	var theirs yielded
	if errors.As(err, &theirs) {
		return theirs.error
	}
	return atFile(f, err)
}

// leaves tells whether a key of a row is left out.
func (s *Set) leaves(names []string) func(key string) bool {
	noMeta := slices.Contains(names, core.DynamicField)
	return func(key string) bool {
		return slices.Contains(names, key) || noMeta && s.Schema.Field(key) == nil
	}
}

type rewriter struct {
	rows   *splitter
	out    io.Writer
	leaves func(key string) bool
	text   []byte
}

// writeBytes is about how much is written at once.
const writeBytes = 256 << 10

func (p *rewriter) run(ctx context.Context) error {
	opening, between, closing := "[\n", ",\n", "\n]\n"
	switch p.rows.shape {
	case "rows":
		opening, closing = `{"rows":[`+"\n", "\n]}\n"
	case "lines":
		opening, between, closing = "", "\n", "\n"
	}
	p.text = append(p.text, opening...)
	for n := 0; ; n++ {
		row, err := p.rows.next()
		if err == io.EOF { //nolint:errorlint // the splitter gives it as it is
			p.text = append(p.text, closing...)
			return p.flush()
		}
		if err != nil {
			return err
		}
		if n > 0 {
			p.text = append(p.text, between...)
		}
		if err := p.row(row); err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
		if len(p.text) >= writeBytes {
			if err := p.flush(); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return yielded{err}
			}
		}
	}
}

func (p *rewriter) row(row []byte) error {
	s := &scanner{data: row}
	p.text = append(p.text, '{')
	first := true
	err := s.object(func(key string) error {
		value, err := s.raw()
		if err != nil || p.leaves(key) {
			return err
		}
		if !first {
			p.text = append(p.text, ',')
		}
		first = false
		p.text = append(append(appendQuoted(p.text, key), ':'), value...)
		return nil
	})
	p.text = append(p.text, '}')
	return err
}

func (p *rewriter) flush() error {
	_, err := p.out.Write(p.text)
	p.text = p.text[:0]
	if err != nil {
		return yielded{err}
	}
	return nil
}
