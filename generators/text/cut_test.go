package text

import (
	"context"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
)

func TestCutEndsWhereAReaderWould(t *testing.T) {
	tests := []struct {
		name, text string
		limit      int
		want       string
	}{
		{"a text that fits", "Short.", 6, "Short."},
		{"after a sentence", "One thing. Another thing.", 15, "One thing."},
		{"after a Chinese sentence", "您好。请稍候再试一次", 20, "您好。"},
		{"between words", "several words without an end", 18, "several words"},
		{"not inside a character", "数据库", 8, "数据"},
		{"not after the point of a number", "It costs 4.90 euros today", 13, "It costs 4.90"},
		{"not after the number of a step", "Do this: 1. first, 2. second", 22, "Do this: 1. first, 2."},
		{"without the comma before the cut", "one, two", 4, "one"},
		{"nothing fits", "数", 2, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(cut([]byte(test.text), test.limit)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCutKeepsTheLimitAndTheCharacters(t *testing.T) {
	params := `{"topic": {"language": "zh"}}`
	a, err := open(t, "text.answer", params, 0).Fill(context.Background(), core.Rows{N: 300}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	for i := range a.Len() {
		text := []byte(a.(*array.String).Value(i))
		for limit := 1; limit <= 60; limit++ {
			if got := cut(text, limit); len(got) > limit || !utf8.Valid(got) {
				t.Fatalf("cut to %d bytes gave %q", limit, got)
			}
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("您好。Hello there. x", 7)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 1 || !utf8.ValidString(text) {
			return
		}
		if got := cut([]byte(text), limit); len(got) > limit || !utf8.Valid(got) {
			t.Errorf("cut of %q to %d gave %q", text, limit, got)
		}
	})
}
