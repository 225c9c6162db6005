package text

import (
	"bytes"
	"unicode/utf8"
)

// cut shortens text to at most limit bytes: after a sentence if one ends in
// its last two thirds, else between words, and never inside a character.
func cut(text []byte, limit int) []byte {
	if len(text) <= limit {
		return text
	}
	if end := sentenceEnd(text, limit); end > limit/3 {
		return text[:end]
	}
	end := limit
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	if text[end] != ' ' && isWord(text[end]) {
		if space := bytes.LastIndexByte(text[:end], ' '); space > limit/2 {
			end = space
		}
	}
	if short := bytes.TrimRight(text[:end], " ,;:-，、；："); len(short) > 0 {
		return short
	}
	return text[:end]
}

// isWord tells whether a byte is part of a word that spaces set apart.
func isWord(b byte) bool { return b < utf8.RuneSelf && b > ' ' }

// sentenceEnd is the last place at or before limit where a sentence ends; 0
// where there is none.
func sentenceEnd(text []byte, limit int) int {
	for end := limit; end > 0; end-- {
		if !utf8.RuneStart(text[end]) {
			continue
		}
		r, _ := utf8.DecodeLastRune(text[:end])
		switch r {
		case '。', '！', '？':
			return end
		case '.', '!', '?':
			// The point of a number or of an address ends nothing, nor does
			// the one of a step ("2.").
			if text[end] == ' ' && end > 1 && (text[end-2] < '0' || text[end-2] > '9') {
				return end
			}
		}
	}
	return 0
}

// firstSentence is the length of the first sentence of a text with the space
// before it; all of it where none ends earlier.
func firstSentence(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		switch r {
		case '。', '！', '？':
			return i
		case '.', '!', '?':
			if i > 1 && i < len(text) && text[i] == ' ' && (text[i-2] < '0' || text[i-2] > '9') {
				return i
			}
		}
	}
	return len(text)
}
