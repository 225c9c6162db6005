package wire

import (
	"math/bits"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// Region is a piece of shared memory as this process has mapped it, and where
// it begins in the shared file.
type Region struct {
	Bytes  []byte
	Offset int64
}

// Place lays a record out in the region: a buffer that is already in it is
// described where it is; for each other one allocate gives room, 64-byte
// aligned, or nil when the region is full. ok tells whether all had room;
// types that have no place in shared memory count as no room.
func Place(record arrow.Record, region Region, allocate func(n int) []byte) (batch *pluginpb.Batch, ok bool) {
	p := placer{region: region, allocate: allocate, batch: &pluginpb.Batch{Rows: record.NumRows()}}
	for _, column := range record.Columns() {
		if !p.place(column.Data()) {
			return nil, false
		}
	}
	return p.batch, true
}

// Describe is Place for a record that lies in the region as a whole.
func Describe(record arrow.Record, region Region) (batch *pluginpb.Batch, ok bool) {
	return Place(record, region, func(int) []byte { return nil })
}

type placer struct {
	region   Region
	allocate func(n int) []byte
	batch    *pluginpb.Batch
}

func (p *placer) place(data arrow.ArrayData) bool {
	s, err := straightenOne(data)
	if err != nil {
		return false
	}
	defer s.release()
	node := &pluginpb.Node{Length: int64(s.length), Nulls: int64(s.nulls)}
	p.batch.Nodes = append(p.batch.Nodes, node)
	for i, buffer := range s.buffers {
		extent, ok := p.extent(buffer, s.align(i))
		if !ok {
			return false
		}
		node.Buffers = append(node.Buffers, extent)
	}
	for _, child := range s.children {
		if !p.place(child) {
			return false
		}
	}
	return true
}

func (p *placer) extent(buffer []byte, align int64) (*pluginpb.Extent, bool) {
	if len(buffer) == 0 {
		return &pluginpb.Extent{}, true
	}
	at, inside := offsetIn(p.region.Bytes, buffer)
	if !inside || (p.region.Offset+at)%align != 0 {
		room := p.allocate(len(buffer))
		if room == nil {
			return nil, false
		}
		copy(room, buffer)
		if at, inside = offsetIn(p.region.Bytes, room); !inside {
			return nil, false
		}
	}
	return &pluginpb.Extent{Offset: p.region.Offset + at, Length: int64(len(buffer))}, true
}

// offsetIn tells where in region the buffer begins, if all of it is there.
func offsetIn(region, buffer []byte) (int64, bool) {
	if len(region) == 0 {
		return 0, false
	}
	base, at := uintptr(unsafe.Pointer(&region[0])), uintptr(unsafe.Pointer(&buffer[0]))
	if at < base || at-base > uintptr(len(region)) || uintptr(len(region))-(at-base) < uintptr(len(buffer)) {
		return 0, false
	}
	return int64(at - base), true
}

// align is what the i-th buffer's place must be a multiple of, so that its
// values can be read where they are.
func (l layout) align(i int) int64 {
	switch {
	case i == 1 && (l.kind == variable || l.kind == lists):
		return 4
	case i == 1 && l.kind == fixedWidth && bits.OnesCount(uint(l.width)) == 1:
		return int64(min(l.width, 8))
	default:
		return 1
	}
}
