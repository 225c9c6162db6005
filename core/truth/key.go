package truth

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Key is the key of a row.
type Key struct {
	Int    int64
	Text   string
	IsText bool
}

// TextKey is a key that is a text.
func TextKey(text string) Key { return Key{Text: text, IsText: true} }

// KeyOf makes a key of an int64 or a string.
func KeyOf(value any) (Key, error) {
	switch v := value.(type) {
	case int64:
		return Key{Int: v}, nil
	case string:
		return TextKey(v), nil
	}
	return Key{}, fmt.Errorf("a key is an int64 or a text, not %T", value)
}

// MarshalJSON implements json.Marshaler.
func (k Key) MarshalJSON() ([]byte, error) {
	if k.IsText {
		return json.Marshal(k.Text)
	}
	return strconv.AppendInt(nil, k.Int, 10), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (k *Key) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*k = Key{IsText: true}
		return json.Unmarshal(data, &k.Text)
	}
	*k = Key{}
	return json.Unmarshal(data, &k.Int)
}
