package dataset

import (
	"encoding/binary"
	"errors"
	"math"
)

var errLevels = errors.New("levels of a page are damaged")

// runs reads numbers that are packed as Parquet's hybrid of run lengths and
// bit fields: the levels of a page, or indexes into its dictionary.
type runs struct {
	data  []byte
	width int
	// value repeats count times; where packed is not 0 a run of bit fields
	// is being read, from bit on.
	value  uint32
	count  int
	packed int
	bit    int
}

func newRuns(data []byte, width int) runs { return runs{data: data, width: width} }

// peek gives the next value and how often it surely follows; count 0 is the
// end of the data.
func (r *runs) peek() (value uint32, count int, err error) {
	for r.count == 0 {
		switch {
		case r.packed > 0:
			r.unpack()
		case len(r.data) == 0:
			return 0, 0, nil
		default:
			if err := r.header(); err != nil {
				return 0, 0, err
			}
		}
	}
	return r.value, r.count, nil
}

func (r *runs) skip(n int) { r.count -= n }

func (r *runs) header() error {
	head, n := binary.Uvarint(r.data)
	if n <= 0 || head>>1 > 1<<31 {
		return errLevels
	}
	r.data = r.data[n:]
	if head&1 == 1 {
		// The last group may be cut short where its fields are not needed.
		r.packed = min(8*int(head>>1), fieldsIn(len(r.data), r.width))
		r.bit = 0
		if r.packed == 0 && head>>1 > 0 {
			return errLevels
		}
		return nil
	}
	size := (r.width + 7) / 8
	if len(r.data) < size {
		return errLevels
	}
	r.value = 0
	for i := range size {
		r.value |= uint32(r.data[i]) << (8 * i)
	}
	r.data, r.count = r.data[size:], int(head>>1)
	return nil
}

func fieldsIn(size, width int) int {
	if width == 0 {
		return math.MaxInt
	}
	return 8 * size / width
}

// unpack reads one bit field and the equal ones that follow it.
func (r *runs) unpack() {
	r.value = r.at(r.bit)
	for r.packed > 0 && r.at(r.bit) == r.value {
		r.bit += r.width
		r.packed--
		r.count++
		if r.width == 0 {
			r.count += r.packed
			r.packed = 0
		}
	}
	if r.packed == 0 {
		// Groups hold eight fields, so a run ends at a whole byte.
		r.data = r.data[min((r.bit+7)/8, len(r.data)):]
	}
}

func (r *runs) at(bit int) uint32 {
	var word uint64
	rest := r.data[bit/8:]
	if len(rest) >= 8 {
		word = binary.LittleEndian.Uint64(rest)
	} else {
		for i, b := range rest {
			word |= uint64(b) << (8 * i)
		}
	}
	return uint32(word >> (bit % 8) & (1<<r.width - 1))
}
