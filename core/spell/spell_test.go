package spell

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"max_length", "max_capacity", "nullable", "dim", "is_primary"}
	tests := []struct{ word, want string }{
		{"max_lenght", "max_length"},
		{"maxLength", "max_length"},
		{"nulable", "nullable"},
		{"isprimary", "is_primary"},
		{"dmi", "dim"},
		{"colour", ""},
		{"", ""},
	}
	for _, test := range tests {
		got, ok := Nearest(test.word, words)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("Nearest(%q) is %q, %v, want %q", test.word, got, ok, test.want)
		}
	}
}
