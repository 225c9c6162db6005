package dataset

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// saneSchema tells whether the Arrow schema that a writer stored in a file can
// be given to the library, which takes the sizes in it for true and would ask
// for all the memory of the machine.
func saneSchema(stored string) (err error) {
	data, err := base64.StdEncoding.DecodeString(stored)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the stored schema is damaged: %v", p)
		}
	}()
	if len(data) >= 8 && binary.LittleEndian.Uint32(data) == 0xffffffff {
		data = data[4:]
	}
	size := int64(int32(binary.LittleEndian.Uint32(data)))
	if size < 0 || size > int64(len(data)-4) {
		return errStored
	}
	w := schemaWalk{data: data[4 : 4+size]}
	return w.message()
}

var errStored = errors.New("the stored schema is damaged")

// schemaWalk walks the flat buffer of a schema. Reading outside of it panics.
type schemaWalk struct {
	data   []byte
	fields int
}

// Places of members in the tables of Arrow's format.
const (
	messageHeader, messageBody, messageFacts = 2, 3, 4
	schemaFields, schemaFacts                = 1, 2
	fieldChildren, fieldFacts                = 5, 6

	mostFields     = 100_000
	mostFieldDepth = 32
)

func (w *schemaWalk) message() error {
	root := w.follow(0)
	if body := w.member(root, messageBody); body != 0 && binary.LittleEndian.Uint64(w.data[body:]) != 0 {
		return errStored
	}
	header := w.member(root, messageHeader)
	if header == 0 {
		return errStored
	}
	schema := w.follow(header)
	if w.vector(root, messageFacts) < 0 || w.vector(schema, schemaFacts) < 0 {
		return errStored
	}
	return w.list(schema, schemaFields, 0)
}

// list walks the fields of a vector.
func (w *schemaWalk) list(table, member, depth int) error {
	n := w.vector(table, member)
	if n < 0 || depth > mostFieldDepth {
		return errStored
	}
	if n == 0 {
		return nil
	}
	first := w.follow(w.member(table, member)) + 4
	for i := range n {
		if w.fields++; w.fields > mostFields {
			return errStored
		}
		field := w.follow(first + 4*i)
		if w.vector(field, fieldFacts) < 0 {
			return errStored
		}
		if err := w.list(field, fieldChildren, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// follow gives the place that the offset at a place leads to.
func (w *schemaWalk) follow(at int) int {
	return at + int(binary.LittleEndian.Uint32(w.data[at:]))
}

// member gives the place of a table's member, 0 where it has none.
func (w *schemaWalk) member(table, i int) int {
	members := table - int(int32(binary.LittleEndian.Uint32(w.data[table:])))
	place := 4 + 2*i
	if place >= int(binary.LittleEndian.Uint16(w.data[members:])) {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(w.data[members+place:]))
	if offset == 0 {
		return 0
	}
	return table + offset
}

// vector gives the length of a member that is a vector of tables; -1 where the
// buffer does not hold as many.
func (w *schemaWalk) vector(table, i int) int {
	at := w.member(table, i)
	if at == 0 {
		return 0
	}
	at = w.follow(at)
	n := int(binary.LittleEndian.Uint32(w.data[at:]))
	if n > (len(w.data)-at-4)/4 {
		return -1
	}
	return n
}
