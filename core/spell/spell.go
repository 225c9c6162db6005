// Package spell finds the word that somebody meant.
package spell

import "strings"

// Nearest gives the candidate that is closest to word, and whether it is close
// enough to be worth a "did you mean".
func Nearest(word string, candidates []string) (string, bool) {
	best, least := "", len(word)/3+2
	for _, c := range candidates {
		if d := distance(fold(word), fold(c)); d < least {
			best, least = c, d
		}
	}
	return best, best != ""
}

// fold makes spellings equal that people mix up.
func fold(s string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		next[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			next[j+1] = min(last[j+1]+1, next[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(y)]
}
