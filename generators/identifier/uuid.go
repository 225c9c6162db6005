package identifier

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
)

// UUID configures identifier.uuid.
type UUID struct {
	Prefix string `json:"prefix" help:"What stands before the UUID."`
	Dashes bool   `json:"dashes" help:"Whether the groups are set off by dashes." default:"true"`
}

func openUUID(spec core.ColumnSpec, c UUID) (core.Column, error) {
	size := 36
	if !c.Dashes {
		size = 32
	}
	if err := fit(spec, "a UUID", len(c.Prefix)+size); err != nil {
		return nil, err
	}
	key := keyOf(spec)
	// 63 bits are those of the row in another order, so that no two rows
	// share them; the other 59 are random.
	order := rng.NewPermutation(key.Sub(1), 1<<63)
	return column.Texts(spec, func(dst []byte, row int64) []byte {
		s := key.At(row)
		unique, random := order.At(uint64(row)), s.Uint64()
		var id [16]byte
		binary.BigEndian.PutUint64(id[:8], unique>>15<<16|unique>>3&0x0fff|0x4000)
		binary.BigEndian.PutUint64(id[8:], 1<<63|unique&7<<59|random>>5)
		return appendUUID(append(dst, c.Prefix...), &id, c.Dashes)
	})
}

// appendUUID appends the 32 digits of an id in their groups.
func appendUUID(dst []byte, id *[16]byte, dashes bool) []byte {
	if !dashes {
		return hex.AppendEncode(dst, id[:])
	}
	from := 0
	for _, to := range [...]int{4, 6, 8, 10} {
		dst = append(hex.AppendEncode(dst, id[from:to]), '-')
		from = to
	}
	return hex.AppendEncode(dst, id[from:])
}
