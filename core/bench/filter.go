package bench

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/schema"
)

const (
	halvings   = 24  // steps in which a limit of numbers is looked for
	mostValues = 40  // values of a field whose rows are counted
	closeTo    = 0.1 // a share of 10 % is met by 9 to 11 %
)

// counter counts the rows that a filter finds.
type counter func(ctx context.Context, filter string) (int64, error)

// selector finds filters that take a share of the rows. It asks the server how
// many rows a filter finds, so that the shares are true, whatever the rows are.
type selector struct {
	count counter
	rows  int64
	// sample holds some rows of the scalar fields.
	sample arrow.Record
}

func newSelector(ctx context.Context, c *collection.Collection, rows int64) (*selector, error) {
	var names []string
	for _, f := range c.Schema.Stored() {
		if !f.IsPrimary && (f.Type.IsNumber() || f.Type.IsText() || f.Type == schema.Bool) {
			names = append(names, f.Name)
		}
	}
	// The key comes last: a share of it is a piece of the data as it was
	// inserted.
	if key := c.Schema.Primary(); key != nil && key.Type.IsNumber() {
		names = append(names, key.Name)
	}
	if len(names) == 0 {
		return nil, core.Errorf(core.InvalidConfig, "the collection %s has no field for a filter", c.Name).
			WithHint("leave --selectivity out")
	}
	sample, err := c.Query(ctx, collection.Read{Fields: names, Limit: 1000})
	if err != nil {
		return nil, err
	}
	return &selector{count: c.Count, rows: rows, sample: sample}, nil
}

// choice is a filter and the share of the rows that it finds.
type choice struct {
	filter string
	share  float64
}

// filter is the one that comes nearest to a share.
func (s *selector) filter(ctx context.Context, share float64) (choice, error) {
	best := choice{share: math.Inf(1)}
	for i, f := range s.sample.Schema().Fields() {
		var c choice
		var err error
		if numbers := numbersOf(s.sample.Column(i)); numbers != nil {
			c, err = s.below(ctx, f, numbers, share)
		} else {
			c, err = s.among(ctx, f.Name, s.sample.Column(i), share)
		}
		if err != nil {
			return best, err
		}
		if off(c.share, share) < off(best.share, share) {
			best = c
		}
		if off(best.share, share) <= closeTo {
			break
		}
	}
	if best.filter == "" {
		return best, core.Errorf(core.InvalidData, "no filter finds %g %% of the rows", 100*share).
			WithHint("write one with --filter")
	}
	return best, nil
}

// off is how far a share is from the one that is wanted, as a factor.
func off(share, wanted float64) float64 {
	if share <= 0 || math.IsInf(share, 1) {
		return math.Inf(1)
	}
	return math.Abs(math.Log(share / wanted))
}

// below looks for a limit of a number field by halving.
func (s *selector) below(ctx context.Context, f arrow.Field, numbers []float64, share float64) (choice, error) {
	best := choice{share: math.Inf(1)}
	try := func(limit float64) (float64, error) {
		c := choice{filter: f.Name + " <= " + literal(f.Type, limit)}
		n, err := s.count(ctx, c.filter)
		c.share = float64(n) / float64(max(s.rows, 1))
		if off(c.share, share) < off(best.share, share) {
			best = c
		}
		return c.share, err
	}
	low, high := slices.Min(numbers), slices.Max(numbers)
	// The sample need not hold the largest value.
	for range 8 {
		got, err := try(high)
		if err != nil {
			return best, err
		}
		if got >= share {
			break
		}
		high += 4*(high-low) + 1
	}
	for range halvings {
		middle := low + (high-low)/2
		got, err := try(middle)
		if err != nil {
			return best, err
		}
		if off(best.share, share) <= closeTo || high-low <= math.Abs(high)*1e-12 {
			break
		}
		if got < share {
			low = middle
		} else {
			high = middle
		}
	}
	return best, nil
}

// literal writes a limit as Milvus reads it.
func literal(t arrow.DataType, limit float64) string {
	if arrow.IsInteger(t.ID()) {
		return strconv.FormatInt(int64(math.Floor(limit)), 10)
	}
	text := strconv.FormatFloat(limit, 'g', 7, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// among looks for values of a field that together have the share: the most
// frequent ones that fit into it.
func (s *selector) among(ctx context.Context, name string, column arrow.Array, share float64) (choice, error) {
	type value struct {
		text string
		rows int64
	}
	var values []value
	for _, text := range literals(column) {
		n, err := s.count(ctx, name+" == "+text)
		if err != nil {
			return choice{}, err
		}
		values = append(values, value{text, n})
	}
	slices.SortFunc(values, func(a, b value) int { return int(b.rows - a.rows) })
	wanted := share * float64(s.rows)
	var chosen []string
	var sum int64
	for _, v := range values {
		if with := float64(sum + v.rows); with <= wanted*(1+closeTo) {
			chosen, sum = append(chosen, v.text), sum+v.rows
		}
	}
	if n := len(values); len(chosen) == 0 && n > 0 {
		chosen, sum = []string{values[n-1].text}, values[n-1].rows
	}
	c := choice{share: float64(sum) / float64(max(s.rows, 1))}
	switch len(chosen) {
	case 0:
	case 1:
		c.filter = name + " == " + chosen[0]
	default:
		c.filter = name + " in [" + strings.Join(chosen, ", ") + "]"
	}
	return c, nil
}

// literals are the different values of a column, as Milvus reads them; none
// where there are too many.
func literals(column arrow.Array) []string {
	seen := map[string]bool{}
	var all []string
	for i := range column.Len() {
		text := ""
		switch c := column.(type) {
		case *array.String:
			text = collection.Quote(c.Value(i))
		case *array.Boolean:
			text = strconv.FormatBool(c.Value(i))
		}
		if text == "" || column.IsNull(i) || seen[text] {
			continue
		}
		if seen[text] = true; len(seen) > mostValues {
			return nil
		}
		all = append(all, text)
	}
	return all
}

// numbersOf are the numbers of a column; nil where it holds none.
func numbersOf(column arrow.Array) []float64 {
	var all []float64
	for i := range column.Len() {
		if column.IsNull(i) {
			continue
		}
		switch c := column.(type) {
		case *array.Int8:
			all = append(all, float64(c.Value(i)))
		case *array.Int16:
			all = append(all, float64(c.Value(i)))
		case *array.Int32:
			all = append(all, float64(c.Value(i)))
		case *array.Int64:
			all = append(all, float64(c.Value(i)))
		case *array.Float32:
			all = append(all, float64(c.Value(i)))
		case *array.Float64:
			all = append(all, c.Value(i))
		}
	}
	return all
}
