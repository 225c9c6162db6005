package topic

import (
	"math"
	"testing"
)

func TestARowDependsOnSeedConfigurationAndRowAlone(t *testing.T) {
	open := func(seed uint64) *Model {
		m, err := New(seed, Config{Theme: "support", Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	a, b, other := open(7), open(7), open(8)
	same := 0
	for row := int64(999); row >= 0; row-- {
		if a.At(row) != b.At(row) {
			t.Fatalf("row %d differs between two models of one seed", row)
		}
		if a.At(row).Variant == other.At(row).Variant {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d rows of two seeds have the same variant", same)
	}
}

func TestCategoriesAndTopicsAreSkewedAndComplete(t *testing.T) {
	m, err := New(1, Config{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 50_000
	categories, topics := make([]float64, len(m.Categories())), make([]float64, m.Topics())
	for row := range int64(n) {
		r := m.At(row)
		categories[r.Category]++
		topics[r.Topic]++
		if c := m.Category(r.Category); r.Topic < c.First || r.Topic >= c.First+c.Count {
			t.Fatalf("topic %d is not of category %d", r.Topic, r.Category)
		}
	}
	for i := range categories {
		if i > 0 && categories[i] > categories[i-1]*1.05 {
			t.Errorf("category %d has more rows than the one before it: %v", i, categories)
		}
	}
	if categories[0] < 2*categories[len(categories)-1] {
		t.Errorf("shares are hardly skewed: %v", categories)
	}
	for i, c := range topics {
		if c < 100 {
			t.Errorf("topic %d has %v of %d rows", i, c, n)
		}
	}
}

func TestNamedLanguagesAndCategories(t *testing.T) {
	m, err := New(1, Config{Languages: []string{"en", "xx"}, Categories: []string{"refund", "Astronomy"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Category(0).ID; got != "return" {
		t.Errorf("refund is the category %q", got)
	}
	counts := map[int]int{}
	for row := range int64(5000) {
		r := m.At(row)
		counts[r.Category]++
		if r.Language != 0 {
			t.Fatal("a row has a language without texts")
		}
	}
	if share := float64(counts[0]) / 5000; math.Abs(share-0.62) > 0.05 {
		t.Errorf("first of two categories has share %.2f", share)
	}
}

func TestWrongConfigurationsAreRefused(t *testing.T) {
	for name, c := range map[string]Config{
		"an unknown theme":            {Theme: "suport"},
		"no language that has a text": {Languages: []string{"xx"}},
	} {
		if _, err := New(1, c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func BenchmarkAt(b *testing.B) {
	m, err := New(1, Config{})
	if err != nil {
		b.Fatal(err)
	}
	var sum int
	for row := range int64(b.N) {
		sum += m.At(row).Topic
	}
	_ = sum
}
