package plugintest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func generatorChecks() []Check {
	checks := []Check{
		{Name: "refuses fields of types that it does not name", Once: true, Run: refusesTypes},
		{Name: "makes exactly the rows that are asked for", Run: makesExactly},
		{Name: "makes the same rows twice", Run: makesTheSameTwice},
		{Name: "makes of two halves what it makes of the whole", Run: makesHalves},
		{Name: "makes the same in another order and another process", Run: makesAnywhere},
		{Name: "makes other rows of another seed", Run: dependsOnSeed},
		{Name: "makes null only where a field may be null", Run: makesNullWhereAllowed},
		{Name: "keeps the limits of the field", Run: keepsLimits},
		{Name: "refuses inputs of another length", Run: refusesShortInputs},
		{Name: "lays in shared memory what it would send", Run: laysInMemory},
		{Name: "stops within a second when it is cancelled", Once: true, Run: stopsWhenCancelled},
	}
	for i := range checks {
		checks[i].Kind = sdk.KindGenerator
	}
	return checks
}

// some is a span that begins nowhere in particular.
func some() core.Rows { return core.Rows{Start: 1003, N: 300} }

// make opens a column in a process, fills spans one after another and closes it.
func (t *Trial) make(ctx context.Context, process int, o opening, spans ...core.Rows) ([]arrow.Array, error) {
	p, err := t.processes.get(ctx, process)
	if err != nil {
		return nil, err
	}
	c, err := t.open(ctx, p, o)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	defer c.cancel()
	var all []arrow.Array
	for _, rows := range spans {
		values, err := c.fill(rows, t.Case.given(rows))
		if err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, c.close()
}

func refusesTypes(ctx context.Context, t *Trial) error {
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return err
	}
	tried := false
	for _, kind := range schema.Types() {
		if slices.Contains(t.Component.GetFieldTypes(), string(kind)) {
			continue
		}
		tried = true
		o := t.opening(1)
		field := FieldOf(kind, schema.Int8)
		o.field = field.Arrow()
		c, err := t.open(ctx, p, o)
		if err == nil {
			err = c.close()
		}
		if err := refused(err, core.InvalidConfig); err != nil {
			return fmt.Errorf("a field of type %s: %w", kind, err)
		}
	}
	if !tried {
		return Skip("it names all types")
	}
	return nil
}

func makesExactly(ctx context.Context, t *Trial) error {
	spans := []core.Rows{{Start: 0, N: 1}, {Start: 1, N: 0}, {Start: 7, N: 2}, some(), {Start: 1 << 31, N: 63}}
	if _, err := t.make(ctx, 0, t.opening(1), spans...); err != nil { // fill compares the answer with the question
		return err
	}
	// Rows that stand in for others lie far beyond; keys may run out there.
	_, err := t.make(ctx, 0, t.opening(1), core.Rows{Start: core.AttemptRows + 7, N: 5})
	switch core.CodeOf(err) {
	case core.InvalidData, core.InvalidConfig, core.Exhausted:
		return nil
	}
	return err
}

func makesTheSameTwice(ctx context.Context, t *Trial) error {
	made, err := t.make(ctx, 0, t.opening(1), some(), some())
	if err != nil {
		return err
	}
	if at := where(made[0], made[1], some().Start); at != "" {
		return wrong("asked twice, %s", at)
	}
	return nil
}

func makesHalves(ctx context.Context, t *Trial) error {
	whole, first := some(), some()
	first.N = 61
	second := core.Rows{Start: first.End(), N: whole.N - first.N}
	made, err := t.make(ctx, 0, t.opening(1), whole, first, second)
	if err != nil {
		return err
	}
	joined, err := array.Concatenate(made[1:], memory.DefaultAllocator)
	if err != nil {
		return err
	}
	if at := where(made[0], joined, whole.Start); at != "" {
		return wrong("made whole and in two parts, %s", at)
	}
	return nil
}

func makesAnywhere(ctx context.Context, t *Trial) error {
	before := core.Rows{Start: 11, N: 40}
	here, err := t.make(ctx, 0, t.opening(1), before, some())
	if err != nil {
		return err
	}
	there, err := t.make(ctx, 1, t.opening(1), some(), before)
	if err != nil {
		return err
	}
	for i, rows := range []core.Rows{before, some()} {
		if at := where(here[i], there[1-i], rows.Start); at != "" {
			return wrong("made in another order by another process, %s", at)
		}
	}
	return nil
}

func dependsOnSeed(ctx context.Context, t *Trial) error {
	if t.Case.Seedless {
		return Skip("the case is declared to be seedless: %s", seedless(t.Case))
	}
	one, err := t.make(ctx, 0, t.opening(1), some())
	if err != nil {
		return err
	}
	for _, seed := range []uint64{2, 1 << 63} {
		other, err := t.make(ctx, 0, t.opening(seed), some())
		if err != nil {
			return err
		}
		if where(one[0], other[0], 0) != "" {
			return nil
		}
	}
	return wrong("the rows of the seeds 1, 2 and %d are the same: take randomness from the seed, or declare the case seedless", uint64(1)<<63)
}

func seedless(c Case) string {
	if len(c.Uses) > 0 {
		return "it may depend on the fields that it reads alone"
	}
	return "it may depend on the row alone"
}

func makesNullWhereAllowed(ctx context.Context, t *Trial) error {
	for _, nullable := range []bool{false, true} {
		o := t.opening(1)
		if !nullable && o.field.Nullable {
			continue // its configuration may ask for nulls
		}
		o.field.Nullable = nullable
		made, err := t.make(ctx, 0, o, core.Rows{N: 300})
		if err != nil {
			return fmt.Errorf("nullable %v: %w", nullable, err)
		}
		if n := made[0].NullN(); n > 0 && !nullable {
			return wrong("%d of 300 values are null, in a field that is not nullable", n)
		}
		if list, ok := made[0].(array.ListLike); ok && list.ListValues().NullN() > 0 {
			return wrong("elements are null, which no field allows")
		}
	}
	return nil
}

// keepsLimits makes values in fields that are narrow; a generator may refuse
// one that is too narrow for it.
func keepsLimits(ctx context.Context, t *Trial) error {
	widths := []int{sdk.MaxLength(t.Case.Field), 40, 12, 3}
	if o := t.Case.Field; !schema.Type(sdk.TypeOf(o)).IsText() && o.Type.ID() != arrow.LIST {
		widths = widths[:1]
	}
	for _, most := range widths {
		o := t.opening(1)
		if most < sdk.MaxLength(o.field) {
			o.field = narrowed(o.field, most)
		}
		made, err := t.make(ctx, 0, o, core.Rows{Start: 5, N: 200})
		if code := core.CodeOf(err); err != nil && most != widths[0] && (code == core.InvalidConfig || code == core.InvalidData) {
			continue // it has refused the field
		}
		if err == nil {
			err = limits(o.field, made[0], 5)
		}
		if err != nil {
			return fmt.Errorf("with a max_length of %d: %w", sdk.MaxLength(o.field), err)
		}
	}
	return nil
}

func narrowed(field arrow.Field, most int) arrow.Field {
	facts := field.Metadata.ToMap()
	facts[core.MetaMaxLength] = strconv.Itoa(most)
	if _, ok := facts[core.MetaMaxCapacity]; ok {
		facts[core.MetaMaxCapacity] = strconv.Itoa(max(1, most/4))
	}
	field.Metadata = arrow.MetadataFrom(facts)
	return field
}

func limits(field arrow.Field, values arrow.Array, first int64) error {
	for i := range values.Len() {
		if values.IsNull(i) {
			continue
		}
		if err := limitsOf(field, values, i); err != nil {
			return fmt.Errorf("row %d is %s: %w", first+int64(i), short(values.ValueStr(i)), err)
		}
	}
	return nil
}

func limitsOf(field arrow.Field, values arrow.Array, i int) error {
	kind := schema.Type(sdk.TypeOf(field))
	switch a := values.(type) {
	case *array.String:
		text := a.Value(i)
		switch {
		case !utf8.ValidString(text):
			return wrong("it is not UTF-8")
		case kind == schema.JSON && !json.Valid([]byte(text)):
			return wrong("it is not JSON")
		case kind != schema.JSON && kind != schema.Geometry && len(text) > sdk.MaxLength(field):
			return wrong("it has %d bytes", len(text))
		}
	case *array.Float32:
		return finite(float64(a.Value(i)))
	case *array.Float64:
		return finite(a.Value(i))
	case *array.FixedSizeList:
		return elements(field, a, i)
	case *array.List:
		if from, to := a.ValueOffsets(i); kind == schema.Array && int(to-from) > sdk.MaxCapacity(field) {
			return wrong("it has %d elements, over a max_capacity of %d", to-from, sdk.MaxCapacity(field))
		}
		return elements(field, a, i)
	}
	return nil
}

func elements(field arrow.Field, a array.ListLike, i int) error {
	if a.ListValues().DataType().ID() == arrow.STRUCT {
		return nil
	}
	from, to := a.ValueOffsets(i)
	for j := from; j < to; j++ {
		if err := limitsOf(field, a.ListValues(), int(j)); err != nil {
			return fmt.Errorf("element %d: %w", j-from, err)
		}
	}
	return nil
}

func finite(v float64) error {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return wrong("%v is no number that Milvus stores", v)
	}
	return nil
}

func refusesShortInputs(ctx context.Context, t *Trial) error {
	if len(t.Case.Uses) == 0 {
		return Skip("it reads no other fields")
	}
	for _, given := range []int{some().N - 1, some().N + 1} {
		p, err := t.processes.get(ctx, 0)
		if err != nil {
			return err
		}
		c, err := t.open(ctx, p, t.opening(1))
		if err != nil {
			return fmt.Errorf("open: %w", err)
		}
		_, err = c.fill(some(), t.Case.given(core.Rows{Start: some().Start, N: given}))
		c.cancel()
		if p.Ended(0) {
			return wrong("it died of %d rows of inputs for %d rows", given, some().N)
		}
		if err := refused(err, core.PluginFailed, core.InvalidData, core.InvalidConfig, core.Internal); err != nil {
			return fmt.Errorf("%d rows of inputs for %d rows: %w", given, some().N, err)
		}
	}
	return nil
}

// stopsWhenCancelled gives a column work for seconds, takes it away, and looks
// when the process can end: it waits for its open columns.
func stopsWhenCancelled(ctx context.Context, t *Trial) error {
	p, err := t.Start(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	c, err := t.open(ctx, p, t.opening(1))
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	rows := core.Rows{N: 8 << 20 / sizeOf(t.Case.Field)}
	request, err := spanOf(rows, t.Case.given(rows))
	if err != nil {
		return err
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = c.ask(request) // given up below
	}()
	select {
	case <-answered:
		return nil
	case <-time.After(100 * time.Millisecond):
	}
	c.cancel()
	<-answered
	began := time.Now()
	if err := p.Shutdown(ctx); err != nil {
		return err
	}
	if !p.Ended(time.Until(began.Add(1500 * time.Millisecond))) {
		return wrong("1.5 s after it was cancelled it is still making rows: look at ctx at least every few hundred rows")
	}
	return nil
}

// sizeOf is about how many bytes a value has.
func sizeOf(field arrow.Field) int {
	switch kind := schema.Type(sdk.TypeOf(field)); {
	case kind.IsDense():
		return max(16, 4*sdk.Dim(field))
	case kind.IsText():
		return max(64, sdk.MaxLength(field))
	default:
		return 256
	}
}
