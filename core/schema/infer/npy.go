package infer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// npyMagic begins every NPY file.
const npyMagic = "\x93NUMPY"

// fromNPY reads the header of an array: its rows are vectors or single values.
func fromNPY(r io.Reader, name string) (*sample, error) {
	header, err := npyHeader(r)
	if err != nil {
		return nil, err
	}
	descr, shape, err := npyFacts(header)
	if err != nil {
		return nil, err
	}
	if shape[0] == 0 {
		return nil, core.Errorf(core.InvalidData, "it has no rows")
	}
	c := &column{name: name}
	s := &sample{columns: []*column{c}, rows: shape[0], whole: true}
	kind, size := descr[0], 0
	if size, err = strconv.Atoi(descr[1:]); err != nil || size < 1 || size > 1<<16 {
		return nil, badNPY("its type %q cannot be read", descr)
	}
	c.values = shape[0]
	if len(shape) == 2 && shape[1] > 1 {
		return s, c.npyVector(s, kind, size, shape[1])
	}
	if len(shape) > 2 || len(shape) == 2 && shape[1] == 0 {
		return nil, badNPY("its shape has %d dimensions, expected rows, or rows of vectors", len(shape))
	}
	return s, c.npyScalar(kind, size)
}

func badNPY(format string, args ...any) error {
	return core.Errorf(core.InvalidData, format, args...).
		WithHint("save it as float32 with one row a vector: numpy.save(path, a.astype('float32').reshape(len(a), -1))")
}

func npyHeader(r io.Reader) (string, error) {
	prefix := make([]byte, 12)
	if _, err := io.ReadFull(r, prefix[:10]); err != nil {
		return "", cutShort(err)
	}
	n := int(binary.LittleEndian.Uint16(prefix[8:10]))
	if prefix[6] > 1 {
		if _, err := io.ReadFull(r, prefix[10:12]); err != nil {
			return "", cutShort(err)
		}
		n = int(binary.LittleEndian.Uint32(prefix[8:12]))
	}
	if n > 1<<20 {
		return "", core.Errorf(core.InvalidData, "its header takes %d bytes, more than an array needs", n)
	}
	header := make([]byte, n)
	if _, err := io.ReadFull(r, header); err != nil {
		return "", cutShort(err)
	}
	return string(header), nil
}

func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return core.Errorf(core.InvalidData, "its header is cut short")
	}
	return fmt.Errorf("read the header: %w", err)
}

// npyFacts takes the type, without its byte order, and the shape out of a
// header such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func npyFacts(header string) (descr string, shape []int, err error) {
	found := regexp.MustCompile(`'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d*)'`).FindStringSubmatch(header)
	if found == nil || len(found[2]) < 2 {
		return "", nil, badNPY("it is no array of numbers or text")
	}
	dims := regexp.MustCompile(`'shape'\s*:\s*\(([\d\s,]*)\)`).FindStringSubmatch(header)
	if dims == nil {
		return "", nil, core.Errorf(core.InvalidData, "its header names no shape")
	}
	for _, text := range strings.Split(dims[1], ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return "", nil, core.Errorf(core.InvalidData, "its shape (%s) cannot be read", dims[1])
		}
		shape = append(shape, n)
	}
	if len(shape) == 0 {
		return "", nil, badNPY("it holds a single value")
	}
	return found[2], shape, nil
}

func (c *column) npyVector(s *sample, kind byte, size, n int) error {
	c.dim = n
	switch {
	case kind == 'f' && size == 2:
		c.fixed = schema.Float16
	case kind == 'f' && (size == 4 || size == 8):
		c.fixed = schema.FloatVector
	case kind == 'i' && size == 1:
		c.fixed = schema.Int8Vector
	case kind == 'u' && size == 1:
		c.fixed, c.dim = schema.BinaryVector, 8*n
		s.note("%s: bytes are taken for a binary vector, 8 bits each", c.name)
	default:
		return badNPY("its rows are of type %c%d, expected f2, f4, f8, i1 or u1", kind, size)
	}
	if limit := maxDim(c.fixed); c.dim > limit {
		return badNPY("its rows make vectors of dim %d, at most %d can be stored", c.dim, limit)
	}
	return nil
}

func (c *column) npyScalar(kind byte, size int) error {
	types := map[string]schema.Type{
		"b1": schema.Bool, "i1": schema.Int8, "i2": schema.Int16, "i4": schema.Int32, "i8": schema.Int64,
		"u1": schema.Int16, "u2": schema.Int32, "u4": schema.Int64, "u8": schema.Int64,
		"f2": schema.Float, "f4": schema.Float, "f8": schema.Double,
	}
	if t, ok := types[string(kind)+strconv.Itoa(size)]; ok {
		c.fixed = t
		return nil
	}
	switch kind {
	case 'U':
		c.fixed, c.maxBytes = schema.VarChar, 4*size
	case 'S':
		c.fixed, c.maxBytes = schema.VarChar, size
	default:
		return badNPY("its values are of type %c%d", kind, size)
	}
	return nil
}
