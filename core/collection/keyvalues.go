package collection

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
)

// keyValues are words in Milvus's form, in the order of their keys.
func keyValues(words map[string]string) []*commonpb.KeyValuePair {
	made := make([]*commonpb.KeyValuePair, 0, len(words))
	for _, key := range slices.Sorted(maps.Keys(words)) {
		made = append(made, &commonpb.KeyValuePair{Key: key, Value: words[key]})
	}
	return made
}

// wordsOf is the way back; nil where there are none.
func wordsOf(pairs []*commonpb.KeyValuePair) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	words := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		words[pair.GetKey()] = pair.GetValue()
	}
	return words
}

// rawWord is a value that Milvus keeps as text as JSON: numbers, flags,
// objects and lists as what they are, all else as text.
func rawWord(value string) json.RawMessage {
	var read any
	if json.Unmarshal([]byte(value), &read) == nil {
		switch read.(type) {
		case float64, bool, map[string]any, []any:
			return json.RawMessage(value)
		}
	}
	return text(value)
}
