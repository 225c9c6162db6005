package parquet

import "encoding/binary"

// The page headers of vectors, in Thrift's compact protocol: a field is a byte
// (steps to its number, type) and its value; numbers are zigzag varints.
const (
	thriftInt    = 5
	thriftStruct = 12
	thriftStop   = 0
)

// Numbers of Parquet's format.
const (
	dataPage       = 0
	dictionaryPage = 2
	encodingPlain  = 0
	encodingRLE    = 3
	encodingIndex  = 8
)

func appendInt(dst []byte, steps, v int) []byte {
	return binary.AppendVarint(append(dst, byte(steps<<4|thriftInt)), int64(v))
}

// appendPageHeader adds the header of a data page.
func appendPageHeader(dst []byte, plain, stored, values int, indexed bool) []byte {
	encoding := encodingPlain
	if indexed {
		encoding = encodingIndex
	}
	dst = appendInt(dst, 1, dataPage)
	dst = appendInt(dst, 1, plain)
	dst = appendInt(dst, 1, stored)
	dst = append(dst, 2<<4|thriftStruct) // field 5
	dst = appendInt(dst, 1, values)
	dst = appendInt(dst, 1, encoding)
	dst = appendInt(dst, 1, encodingRLE)
	dst = appendInt(dst, 1, encodingRLE)
	return append(dst, thriftStop, thriftStop)
}

// appendDictionaryHeader adds the header of a dictionary page.
func appendDictionaryHeader(dst []byte, plain, stored, values int) []byte {
	dst = appendInt(dst, 1, dictionaryPage)
	dst = appendInt(dst, 1, plain)
	dst = appendInt(dst, 1, stored)
	dst = append(dst, 4<<4|thriftStruct) // field 7
	dst = appendInt(dst, 1, values)
	dst = appendInt(dst, 1, encodingPlain)
	return append(dst, thriftStop, thriftStop)
}
