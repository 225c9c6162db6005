package arena

import (
	"runtime"
	"testing"
	"unsafe"
)

func TestSlabAllocatesUpwardsAndGrowsTheLastInPlace(t *testing.T) {
	s := &Slab{}
	bytes := make([]byte, 1024)
	for i := range bytes {
		bytes[i] = 0xff
	}
	s.Reset(bytes)
	first := s.Allocate(10)
	second := s.Allocate(100)
	if at := offset(bytes, second); at != Align || offset(bytes, first) != 0 {
		t.Errorf("the second begins at %d", at)
	}
	grown := s.Reallocate(300, second)
	if offset(bytes, grown) != Align || grown[299] != 0 {
		t.Error("the last did not grow in place, or not with zeros")
	}
	first[3] = 7
	moved := s.Reallocate(20, first)
	if offset(bytes, moved) <= Align || moved[3] != 7 || moved[19] != 0 {
		t.Error("the first did not move with its content")
	}
	if large := s.Allocate(4096); len(large) != 4096 || offset(bytes, large) < int64(len(bytes)) && offset(bytes, large) >= 0 {
		t.Error("what does not fit does not come from the heap")
	}
	if s.Take(4096) != nil || s.Take(0) != nil {
		t.Error("Take gave what there is not")
	}
	s.Reset(bytes)
	if offset(bytes, s.Allocate(1)) != 0 {
		t.Error("Reset did not empty the slab")
	}
}

func offset(base, b []byte) int64 {
	return int64(uintptr(unsafe.Pointer(&b[0]))) - int64(uintptr(unsafe.Pointer(&base[0])))
}

func TestWhoMapsTheDescriptorSeesTheSame(t *testing.T) {
	a, err := New(1 << 20)
	if err != nil {
		t.Skip(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	seen, err := Map(int(a.File().Fd()), 1<<20, false)
	if err != nil {
		t.Fatal(err)
	}
	a.Bytes[12345] = 42
	if seen[12345] != 42 {
		t.Error("the other map sees something else")
	}
	if err := a.File().Truncate(1); err == nil && runtime.GOOS == "linux" {
		t.Error("the memory could be taken away")
	}
	for _, size := range []int64{0, -1, 2 << 20} {
		if _, err := Map(int(a.File().Fd()), size, false); err == nil {
			t.Errorf("mapped %d bytes of 1 MiB", size)
		}
	}
}
