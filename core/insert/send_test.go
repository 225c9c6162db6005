package insert

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// fake is a collection whose answers a test chooses. It keeps the keys that it
// was given.
type fake struct {
	mu      sync.Mutex
	stored  []int64
	calls   int
	upserts int
	// answer is asked before the rows are stored; an error refuses them.
	answer func(call int, keys []int64) error
	// lost is asked after they are stored.
	lost func(call int) error
}

func (f *fake) Encode(batch arrow.Record) ([]*schemapb.FieldData, error) {
	keys := slices.Clone(batch.Column(0).(*array.Int64).Int64Values())
	return []*schemapb.FieldData{{Field: &schemapb.FieldData_Scalars{Scalars: &schemapb.ScalarField{
		Data: &schemapb.ScalarField_LongData{LongData: &schemapb.LongArray{Data: keys}},
	}}}}, nil
}

func (f *fake) Insert(_ context.Context, columns []*schemapb.FieldData, rows int) (*schemapb.IDs, error) {
	return f.take(columns, rows, false)
}

func (f *fake) Upsert(_ context.Context, columns []*schemapb.FieldData, rows int) (*schemapb.IDs, error) {
	return f.take(columns, rows, true)
}

func (f *fake) take(columns []*schemapb.FieldData, rows int, upsert bool) (*schemapb.IDs, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	keys := columns[0].GetScalars().GetLongData().GetData()
	if len(keys) != rows {
		return nil, core.Errorf(core.Internal, "%d keys for %d rows", len(keys), rows)
	}
	if f.answer != nil {
		if err := f.answer(f.calls, keys); err != nil {
			return nil, err
		}
	}
	if upsert {
		f.upserts++
		f.stored = slices.DeleteFunc(f.stored, func(k int64) bool { return slices.Contains(keys, k) })
	}
	f.stored = append(f.stored, keys...)
	if f.lost != nil {
		if err := f.lost(f.calls); err != nil {
			return nil, err
		}
	}
	return numbersOf(keys...), nil
}

// rows makes a batch with the keys first, first+1 …
func rows(t *testing.T, first, n int64) Batch {
	t.Helper()
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for i := range n {
		b.Append(first + i)
	}
	key := arrow.Field{Name: "id", Type: arrow.PrimitiveTypes.Int64, Metadata: arrow.MetadataFrom(map[string]string{core.MetaPrimaryKey: "true"})}
	return Batch{
		Record: array.NewRecord(arrow.NewSchema([]arrow.Field{key}, nil), []arrow.Array{b.NewArray()}, n),
		Name:   "data.parquet", Row: first,
	}
}

func (f *fake) has(t *testing.T, n int64, except ...int64) {
	t.Helper()
	slices.Sort(f.stored)
	var want []int64
	for i := range n {
		if !slices.Contains(except, i) {
			want = append(want, i)
		}
	}
	if !slices.Equal(f.stored, want) {
		t.Errorf("stored are %v, expected %d rows without %v", f.stored, n, except)
	}
}

func refusal(code int32, reason string) error {
	return collection.Explain(nil, &commonpb.Status{Code: code, Reason: reason})
}

func TestRateLimitsSlowAllWorkersDownAndLoseNothing(t *testing.T) {
	f := &fake{answer: func(call int, _ []int64) error {
		if call <= 5 {
			return refusal(8, "rate limit exceeded")
		}
		return nil
	}}
	in := New(f, nil, Options{BatchRows: 10, InFlight: 8})
	must(t, in.Write(t.Context(), rows(t, 0, 100)))
	f.has(t, 100)
	p := in.Progress()
	if p.Rows != 100 || p.Calls != 15 || p.Held == 0 || f.upserts != 0 || p.Throttled != "" {
		t.Errorf("%+v after %d upserts", p, f.upserts)
	}
}

func TestPaceFallsWithRefusalsAndRisesWithSuccess(t *testing.T) {
	var p pace
	for range 3 {
		began := time.Now()
		p.slower("the server limits the rate", began)
		p.slower("of a call that was on its way", began.Add(-time.Hour))
	}
	if p.gap != 4*firstGap || p.throttled() == "" {
		t.Errorf("after three refusals the gap is %s (%s)", p.gap, p.throttled())
	}
	for range 20 {
		p.slower("", time.Now())
	}
	if p.gap != mostGap {
		t.Errorf("the gap grows to %s", p.gap)
	}
	for range 100 {
		p.faster()
	}
	if p.gap != 0 {
		t.Errorf("after successes the gap is %s", p.gap)
	}
	for n := range 40 {
		if d := retreat(n, time.Second, time.Minute); d < time.Second/2 || d > time.Minute {
			t.Errorf("pause %d is %s", n, d)
		}
	}
}

func TestAQuotaThatStaysEndsTheRunAndIsNamed(t *testing.T) {
	f := &fake{answer: func(int, []int64) error { return refusal(9, "quota exceeded[reason=memory limit]") }}
	in := New(f, nil, Options{MaxWait: time.Millisecond})
	err := in.Write(t.Context(), rows(t, 0, 10))
	if core.CodeOf(err) != core.Exhausted || !strings.Contains(err.Error(), "protects its memory") {
		t.Errorf("%v (%s)", err, core.CodeOf(err))
	}
	if in.journal.Doubtful() != 0 {
		t.Error("rows that were refused are in doubt")
	}
}

func TestWhatIsTooLargeIsHalvedAndLaterMessagesAreSmaller(t *testing.T) {
	f := &fake{}
	f.answer = func(_ int, keys []int64) error {
		if len(keys) > 30 {
			return refusal(1102, "message larger than max")
		}
		return nil
	}
	in := New(f, nil, Options{})
	must(t, in.Write(t.Context(), rows(t, 0, 100)))
	calls := f.calls
	must(t, in.Write(t.Context(), rows(t, 100, 100)))
	f.has(t, 200)
	if calls != 7 || f.calls > calls+4 {
		t.Errorf("%d calls, then %d", calls, f.calls-calls)
	}
	f.answer = func(int, []int64) error { return refusal(1102, "message larger than max") }
	err := in.Write(t.Context(), rows(t, 205, 1))
	var e *core.Error
	if !errors.As(err, &e) || e.Row != 205 || core.CodeOf(err) != core.InvalidData || !strings.Contains(err.Error(), "key 205") {
		t.Errorf("one row that is too large: %v", err)
	}
}

func TestRefusedRowsAreFoundToldAndLeftOut(t *testing.T) {
	bad := []int64{0, 17, 63}
	f := &fake{answer: func(_ int, keys []int64) error {
		for _, k := range bad {
			if slices.Contains(keys, k) {
				return refusal(1100, "the length of title exceeds max length")
			}
		}
		return nil
	}}
	var told []Reject
	o := Options{MaxErrors: 3, Rejected: func(r Reject) error { told = append(told, r); return nil }}
	in := New(f, nil, o)
	must(t, in.Write(t.Context(), rows(t, 0, 64)))
	f.has(t, 64, bad...)
	if len(told) != 3 || told[1].Row != 17 || told[1].Key != int64(17) || told[1].File != "data.parquet" || !strings.Contains(told[1].Reason, "max length") {
		t.Errorf("told %+v", told)
	}
	if in.Progress().Rejected != 3 || !in.Has(0, 0, 64) || in.Has(0, 0, 65) {
		t.Errorf("%+v", in.Progress())
	}
	f.stored = nil
	err := New(f, nil, Options{MaxErrors: 2, Rejected: o.Rejected}).Write(t.Context(), rows(t, 0, 64))
	if core.CodeOf(err) != core.InvalidData || !strings.Contains(err.Error(), "row 63") {
		t.Errorf("one more than may be: %v", err)
	}
}

func TestALoginThatIsRefusedIsNoFaultOfTheRows(t *testing.T) {
	f := &fake{answer: func(int, []int64) error { return refusal(1401, "permission deny") }}
	err := New(f, nil, Options{MaxErrors: 1000}).Write(t.Context(), rows(t, 0, 64))
	if core.CodeOf(err) != core.InvalidConfig || f.calls != 1 {
		t.Errorf("%v after %d calls", err, f.calls)
	}
}
