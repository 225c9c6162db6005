package infer

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// look notes what a text looks like.
func (s *stats) look(v string) {
	switch text := strings.TrimSpace(v); {
	case strings.HasPrefix(text, "{"):
		if members, ok := object(text); ok {
			s.jsonTexts++
			if isSparse(members) {
				s.sparseTexts++
			}
		}
	case isWKT(text):
		s.wktTexts++
	case isTime(text):
		s.timeTexts++
	default:
		if l, ok := languageOf(text); ok {
			s.languages[l]++
		}
	}
}

// object decodes the members of a JSON object.
func object(text string) (map[string]json.RawMessage, bool) {
	var members map[string]json.RawMessage
	err := json.Unmarshal([]byte(text), &members)
	return members, err == nil && members != nil
}

// isSparse tells whether an object is a sparse vector: {"25": 0.1} or
// {"indices": [25], "values": [0.1]}.
func isSparse(members map[string]json.RawMessage) bool {
	if indices, ok := members["indices"]; ok && len(members) == 2 {
		values, ok := members["values"]
		return ok && bytes.HasPrefix(indices, []byte("[")) && bytes.HasPrefix(values, []byte("["))
	}
	for key, value := range members {
		if _, err := strconv.ParseUint(key, 10, 32); err != nil {
			return false
		}
		if _, err := strconv.ParseFloat(string(value), 64); err != nil {
			return false
		}
	}
	return len(members) > 0
}

func isWKT(text string) bool {
	word, rest, ok := strings.Cut(text, "(")
	if !ok || !strings.HasSuffix(rest, ")") {
		return false
	}
	switch strings.ToUpper(strings.TrimSpace(word)) {
	case "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION":
		return true
	}
	return false
}

func isTime(text string) bool {
	if len(text) < len("2006-01-02") || len(text) > 40 {
		return false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}

// language is one that text can be told to be in.
type language int

const (
	chinese language = iota
	japanese
	korean
	russian
	arabic
	english
	german
	french
	spanish
	languageCount
)

// code is the language's code in schemas.
func (l language) code() string {
	return [...]string{"zh", "ja", "ko", "ru", "ar", "en", "de", "fr", "es"}[l]
}

// languageOf guesses the language of a text by its script or, in Latin script,
// by its most common small words.
func languageOf(text string) (language, bool) {
	var han, kana, hangul, cyrillic, arab, latin int
	for _, r := range firstBytes(text, 2000) {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Arabic, r):
			arab++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	// A character of these scripts says about as much as three Latin letters.
	switch most := max(3*(han+kana), 3*hangul, cyrillic, arab, latin); {
	case most == 0:
		return 0, false
	case most == 3*(han+kana) && 4*kana > han:
		return japanese, true
	case most == 3*(han+kana):
		return chinese, true
	case most == 3*hangul:
		return korean, true
	case most == cyrillic:
		return russian, true
	case most == arab:
		return arabic, true
	}
	return latinLanguage(text)
}

func firstBytes(text string, n int) string { return text[:min(n, len(text))] }

func latinLanguage(text string) (language, bool) {
	words := strings.Fields(strings.ToLower(firstBytes(text, 2000)))
	best, most := language(0), 0
	for _, l := range []struct {
		language
		words string
	}{
		{english, " the and of to is a in for with that on are how can "},
		{german, " der die das und ist nicht mit ein eine für auf von zu den "},
		{french, " le la les et est des une un pour dans avec du que sur "},
		{spanish, " el los las y es una un para con del que en por se "},
	} {
		hits := 0
		for _, w := range words {
			if strings.Contains(l.words, " "+w+" ") {
				hits++
			}
		}
		if hits > most {
			best, most = l.language, hits
		}
	}
	return best, most > 0 && (most >= 2 || len(words) < 8)
}
