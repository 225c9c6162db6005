package sparse

import (
	"maps"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// record has a text column for each argument; "-" is null.
func record(columns ...[]string) arrow.Record {
	fields := make([]arrow.Field, len(columns))
	arrays := make([]arrow.Array, len(columns))
	for i, texts := range columns {
		fields[i] = arrow.Field{Name: strconv.Itoa(i), Type: arrow.BinaryTypes.String, Nullable: true}
		b := array.NewStringBuilder(memory.DefaultAllocator)
		for _, s := range texts {
			if s == "-" {
				b.AppendNull()
			} else {
				b.Append(s)
			}
		}
		arrays[i] = b.NewArray()
	}
	return array.NewRecord(arrow.NewSchema(fields, nil), arrays, int64(len(columns[0])))
}

func textVector(t *testing.T, config string, texts ...string) map[uint32]float32 {
	t.Helper()
	columns, names := make([][]string, len(texts)), make([]string, len(texts))
	for i, s := range texts {
		columns[i], names[i] = []string{s}, strconv.Itoa(i)
	}
	return vectors(t, fill(t, open(t, "sparse.text", specOf(config, names...)), 0, 1, record(columns...)))[0]
}

func TestWordsOfText(t *testing.T) {
	tests := []struct {
		name, text string
		words      []string // each a text of one word
	}{
		{"words without regard to case", "Reset my PASSWORD", []string{"reset", "my", "password"}},
		{"signs divide", "e-mail,phone/2fa", []string{"e", "mail", "phone", "2fa"}},
		{"accents and other scripts are letters", "Überfällig счёт", []string{"überfällig", "счёт"}},
		{"repeated words are one place", "yes yes yes", []string{"yes"}},
		{"a word before Chinese", "GPU加", []string{"gpu", "加"}},
		{"a sign between two characters", "重。置", []string{"重", "置"}},
		{"a space between two characters", "重 置", []string{"重", "置"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, want := textVector(t, "", test.text), map[uint32]bool{}
			for _, w := range test.words {
				for index := range textVector(t, "", w) {
					want[index] = true
				}
			}
			if len(got) != len(test.words) || len(want) != len(test.words) {
				t.Fatalf("%d places, want %d", len(got), len(test.words))
			}
			for index := range got {
				if !want[index] {
					t.Errorf("place %d is none of the words'", index)
				}
			}
		})
	}
}

func TestChineseIsReadByCharactersAndPairs(t *testing.T) {
	if got := len(textVector(t, "", "重置密码")); got != 4+3 {
		t.Errorf("%d places for four characters, want 7", got)
	}
	question, answer, other := textVector(t, "", "如何重置密码"), textVector(t, "", "重置密码的步骤"), textVector(t, "", "请告诉发票地址")
	if dot(question, answer) < 7 || dot(question, other) > 1 {
		t.Errorf("products are %g and %g", dot(question, answer), dot(question, other))
	}
}

func TestWeightsGrowWithRepetition(t *testing.T) {
	value := func(config, text string) float32 {
		for _, v := range textVector(t, config, text) {
			return v
		}
		return 0
	}
	once, twice, often := value("", "a"), value("", "a a"), value("", "a a a a a a a a a")
	if once != 1 || twice <= once || often <= twice || often >= 2.2 {
		t.Errorf("weights are %g, %g, %g", once, twice, often)
	}
	if v := value(`{"saturation": 0}`, "a a a"); v != 1 {
		t.Errorf("without saturation the weight is %g", v)
	}
}

func TestSeveralFieldsNullsAndTextsWithoutWords(t *testing.T) {
	if !maps.Equal(textVector(t, "", "red", "car"), textVector(t, "", "red car")) {
		t.Error("two fields differ from one text")
	}
	if !maps.Equal(textVector(t, "", "-", "car"), textVector(t, "", "car")) {
		t.Error("a null field counts")
	}
	nothing := textVector(t, "", "")
	if !maps.Equal(nothing, textVector(t, "", "…")) || !maps.Equal(nothing, textVector(t, "", "-")) || len(nothing) != 1 {
		t.Errorf("texts without words differ, or have not one place: %v", nothing)
	}
}

func TestPlacesStayBelowTheirNumber(t *testing.T) {
	for index := range textVector(t, `{"buckets": 3}`, "a b c d e f g h i j k l m n o p") {
		if index > 2 {
			t.Errorf("place %d of 3", index)
		}
	}
}

func FuzzTextKeepsTheRules(f *testing.F) {
	f.Add("Reset my password", "重置 密码")
	f.Add("\xff\xfea\xffb", "\u0301")
	f.Fuzz(func(t *testing.T, a, b string) {
		textVector(t, "", a, b)
	})
}
