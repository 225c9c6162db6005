package jsontext

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func FuzzAppendEscaped(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\"b\\c", "\n\r\t\x00\x1f\x7f", "人工智能 naïve 🙂", "\u2028</script>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("it gives no JSON")
		}
		text := append(AppendEscaped([]byte{'"'}, s), '"')
		var back string
		if err := json.Unmarshal(text, &back); err != nil || back != s {
			t.Errorf("%q became %s, read as %q, %v", s, text, back, err)
		}
	})
}
