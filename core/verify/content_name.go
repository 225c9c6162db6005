package verify

import (
	"context"
	"errors"
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// errEnough ends a pass that has found what it was for.
var errEnough = errors.New("enough")

// name goes through the sides once more and notes the first rows that one of
// them has alone.
func (s *sides) name(ctx context.Context, b *balance, missing, extra int64) error {
	pass := func(side func(context.Context, func(hit) error) error, sign, n int64, kind string) error {
		n = min(n, int64(s.r.o.MaxDifferences))
		if n == 0 {
			return nil
		}
		err := side(ctx, func(h hit) error {
			if !b.claim(h.hash, sign) {
				return nil
			}
			s.r.found.add(h.unit, s.difference(h, kind))
			b.mu.Lock()
			defer b.mu.Unlock()
			if n--; n <= 0 {
				return errEnough
			}
			return nil
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}
	if s.extraOnly {
		missing = 0
	}
	if s.r.o.AllowExtra {
		extra = 0
	}
	return errors.Join(
		pass(s.ofSet, 1, missing, Missing),
		pass(s.ofCollection, -1, extra, Extra),
	)
}

// difference tells of a row that one side has alone: by its key, and by its
// content where the key says nothing.
func (s *sides) difference(h hit, kind string) Difference {
	d := Difference{Kind: kind, File: h.file, Row: h.at}
	if at := h.batch.Schema().FieldIndices(s.r.key.Name); len(at) > 0 {
		d.Key = h.batch.Column(at[0]).ValueStr(h.row)
	}
	if !s.r.report.ByContent {
		return d
	}
	if kind == Missing {
		d.Want = s.content(h)
	} else {
		d.Got = s.content(h)
	}
	return d
}

// content is a row for people: its short fields.
func (s *sides) content(h hit) string {
	var parts []string
	for i, f := range s.fields {
		if f.Type.IsVector() || f.Type == schema.JSON {
			continue
		}
		column := h.batch.Column(i)
		text := "null"
		if column.IsValid(h.row) {
			text = column.ValueStr(h.row)
		}
		parts = append(parts, f.Name+"="+text)
	}
	return shortened(strings.Join(parts, " "))
}
