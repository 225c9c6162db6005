package parquet

import (
	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// leaf is the way from a column to one of its columns of values in the file.
type leaf struct{ steps []step }

// step is one array on that way: a list, a struct, or the values.
type step struct {
	kind     stepKind
	nullable bool
	child    int   // which field of a struct comes next
	repeated int16 // repetition level of a list's further elements
}

type stepKind int

const (
	stepValues stepKind = iota
	stepList
	stepStruct
)

func (l *leaf) nullable() bool { return l.steps[len(l.steps)-1].nullable }

// leavesOf lists the leaves of a field of the file, in the file's order.
func leavesOf(field arrow.Field) []leaf { return walkField(nil, field, 0) }

func walkField(way []step, field arrow.Field, lists int16) []leaf {
	way = way[:len(way):len(way)]
	switch t := field.Type.(type) {
	case *arrow.ListType:
		return walkField(append(way, step{kind: stepList, nullable: field.Nullable, repeated: lists + 1}), t.ElemField(), lists+1)
	case *arrow.StructType:
		var leaves []leaf
		for i, f := range t.Fields() {
			leaves = append(leaves, walkField(append(way, step{kind: stepStruct, nullable: field.Nullable, child: i}), f, lists)...)
		}
		return leaves
	default:
		return []leaf{{append(way, step{kind: stepValues, nullable: field.Nullable})}}
	}
}

// shredded is a leaf's values with their levels, as Parquet stores them.
type shredded struct {
	values                 arrow.Array
	definition, repetition []int16
}

// shred cuts a column to one of its leaves.
func shred(l *leaf, a arrow.Array) (shredded, error) {
	if len(l.steps) == 1 {
		a.Retain()
		return shredded{values: a, definition: definitions(l.steps[0], a)}, nil
	}
	s := shredder{leaf: l, arrays: make([]arrow.Array, len(l.steps))}
	for k := range l.steps {
		s.arrays[k] = a
		switch l.steps[k].kind {
		case stepStruct:
			a = a.(*array.Struct).Field(l.steps[k].child)
		case stepList:
			if bytes, ok := a.(*array.FixedSizeBinary); ok {
				list := bytesAsList(bytes)
				defer list.Release()
				s.arrays[k], a = list, list
			}
			a = a.(array.ListLike).ListValues()
		}
	}
	for i := range s.arrays[0].Len() {
		s.visit(0, i, 0, 0)
	}
	values, err := s.gather()
	return shredded{values, s.definition, s.repetition}, err
}

// definitions are the levels of a column of single values; nil where none are
// stored.
func definitions(s step, a arrow.Array) []int16 {
	if !s.nullable {
		return nil
	}
	levels := make([]int16, a.Len())
	if a.NullN() == 0 {
		for i := range levels {
			levels[i] = 1
		}
		return levels
	}
	for i := range levels {
		if a.IsValid(i) {
			levels[i] = 1
		}
	}
	return levels
}

// shredder walks the rows of a nested column. kept are the spans of the leaf's
// array that the file holds: not what lies below a null.
type shredder struct {
	leaf                   *leaf
	arrays                 []arrow.Array
	definition, repetition []int16
	kept                   []span
}

type span struct{ from, to int }

func (s *shredder) visit(k, i int, definition, repetition int16) {
	st := &s.leaf.steps[k]
	a := s.arrays[k]
	if st.nullable {
		if a.IsNull(i) {
			s.emit(definition, repetition)
			if st.kind != stepList {
				s.keep(i)
			}
			return
		}
		definition++
	}
	switch st.kind {
	case stepValues:
		s.emit(definition, repetition)
		s.keep(i)
	case stepStruct:
		s.visit(k+1, i, definition, repetition)
	case stepList:
		from, to := a.(array.ListLike).ValueOffsets(i)
		if from == to {
			s.emit(definition, repetition)
			return
		}
		for j := int(from); j < int(to); j++ {
			s.visit(k+1, j, definition+1, repetition)
			repetition = st.repeated
		}
	}
}

func (s *shredder) emit(definition, repetition int16) {
	s.definition = append(s.definition, definition)
	s.repetition = append(s.repetition, repetition)
}

func (s *shredder) keep(i int) {
	if n := len(s.kept); n > 0 && s.kept[n-1].to == i {
		s.kept[n-1].to++
		return
	}
	s.kept = append(s.kept, span{i, i + 1})
}

// gather is the leaf's array with the kept values alone.
func (s *shredder) gather() (arrow.Array, error) {
	values := s.arrays[len(s.arrays)-1]
	switch len(s.kept) {
	case 0:
		return array.NewSlice(values, 0, 0), nil
	case 1:
		return array.NewSlice(values, int64(s.kept[0].from), int64(s.kept[0].to)), nil
	}
	pieces := make([]arrow.Array, len(s.kept))
	for i, kept := range s.kept {
		pieces[i] = array.NewSlice(values, int64(kept.from), int64(kept.to))
		defer pieces[i].Release()
	}
	joined, err := array.Concatenate(pieces, memory.DefaultAllocator)
	if err != nil {
		return nil, core.Errorf(core.Exhausted, "gather the values of a list: %w", err)
	}
	return joined, nil
}
