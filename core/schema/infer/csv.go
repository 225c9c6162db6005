package infer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
)

// fromCSV reads a table whose first line names the columns. An empty cell is a
// null; cells that hold JSON arrays or objects are taken as such.
func fromCSV(r io.Reader) (*sample, error) {
	limited := &io.LimitedReader{R: r, N: sampleBytes}
	buffered := bufio.NewReaderSize(limited, 64<<10)
	if head, err := buffered.Peek(len(bom)); err == nil && string(head) == bom {
		_, _ = buffered.Discard(len(bom)) // it is in the buffer
	}
	reader := csv.NewReader(buffered)
	reader.Comma = separator(buffered)
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, core.Errorf(core.InvalidData, "it is empty")
	}
	if err != nil {
		return nil, notCSV(err)
	}
	s := &sample{}
	if len(header) > 1 && slices.IndexFunc(header, isName) < 0 {
		s.note("the first line holds no names: the columns are numbered and it is taken for a row")
		err = s.addHeader(make([]string, len(header)))
		s.addCells(header)
	} else {
		err = s.addHeader(header)
	}
	if err != nil {
		return nil, err
	}
	if err := s.readCSV(reader, limited); err != nil {
		return nil, err
	}
	if s.rows == 0 {
		return nil, core.Errorf(core.InvalidData, "it has a header and no rows")
	}
	return s, nil
}

func (s *sample) readCSV(reader *csv.Reader, limited *io.LimitedReader) error {
	uneven := 0
	for s.rows < sampleRows {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			s.whole = limited.N > 0
			break
		}
		if limited.N == 0 {
			break // the sample may end within this row
		}
		if err != nil {
			return notCSV(err)
		}
		if len(cells) != len(s.columns) {
			uneven++
		}
		s.addCells(cells)
	}
	if uneven > 0 {
		s.note("%d of %d rows have not %d cells: missing cells are taken for nulls, more are left out",
			uneven, s.rows, len(s.columns))
	}
	return nil
}

func notCSV(err error) error {
	return core.Errorf(core.InvalidData, "no valid CSV: %w", err)
}

// separator is the character that splits the first line into most cells.
func separator(r *bufio.Reader) rune {
	line, _ := r.Peek(64 << 10) // what there is
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range ";\t|" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

func isName(cell string) bool {
	cell = strings.TrimSpace(cell)
	_, err := strconv.ParseFloat(cell, 64)
	return cell != "" && err != nil && cell[0] != '[' && cell[0] != '{'
}

func (s *sample) addHeader(names []string) error {
	for i, name := range names {
		name = strings.TrimSpace(name)
		if name == "" {
			name = fmt.Sprintf("column_%d", i+1)
		}
		first := name
		for n := 2; s.column(name) != nil; n++ {
			name = fmt.Sprintf("%s_%d", first, n)
		}
		if name != first {
			s.note("there are two columns %s: one is named %s", printable(first), printable(name))
		}
		c, err := s.add(name)
		if err != nil {
			return err
		}
		c.cells = true
	}
	return nil
}

func (s *sample) addCells(cells []string) {
	for i, c := range s.columns {
		if i < len(cells) {
			c.addCell(cells[i])
		} else {
			c.addNull()
		}
	}
	s.rows++
}

// addCell notes a cell of a table of text.
func (c *column) addCell(cell string) {
	text := strings.TrimSpace(cell)
	c.maxBytes = max(c.maxBytes, len(cell))
	switch {
	case text == "":
		c.addNull()
	case strings.EqualFold(text, "true") || strings.EqualFold(text, "false"):
		c.addBool(strings.EqualFold(text, "true"))
	case text[0] == '[' || text[0] == '{':
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil && !d.More() {
			c.addJSON(v, c.name == core.DynamicField)
			return
		}
		c.addText(cell)
	case isNumber(text):
		c.addNumber(text)
	default:
		c.addText(cell)
	}
}

// isNumber tells whether a cell is a number. 007 and +49 are not: they are
// codes whose digits matter.
func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		return false
	}
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return false
	}
	if strings.ContainsAny(digits, "xXpP_") {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}
