package sdk

import (
	"encoding/json"
	"strings"
	"testing"
)

type sample struct {
	Low   float64         `json:"low" help:"Smallest value." default:"1.5"`
	Shape string          `json:"shape" default:"normal" enum:"normal,uniform"`
	Names []string        `json:"names"`
	Any   json.RawMessage `json:"any"`
	inner int
}

func TestDecodeConfig(t *testing.T) {
	tests := []struct{ name, raw, low, wrong string }{
		{"nothing gives the defaults", ``, "1.5", ""},
		{"a given value wins", `{"low": 2}`, "2", ""},
		{"an unknown key names the nearest", `{"lwo": 2}`, "", `unknown configuration key "lwo"`},
		{"all unknown keys at once", `{"a": 1, "b": 2}`, "", `"b"`},
		{"a value outside the enum", `{"shape": "round"}`, "", `"shape" is "round"`},
		{"a wrong type", `{"low": "x"}`, "", `"low": expected number, found string`},
		{"no object", `[1]`, "", "expected an object"},
		{"two values", `{} {}`, "", "configuration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := DecodeConfig[sample](json.RawMessage(test.raw))
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Fatalf("error is %v, want %q in it", err, test.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if low, _ := json.Marshal(got.Low); string(low) != test.low || got.Shape != "normal" || got.inner != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestConfigSchemaTellsTags(t *testing.T) {
	got := string(ConfigSchema[sample]())
	for _, want := range []string{`"additionalProperties":false`, `"description":"Smallest value."`, `"default":1.5`, `"enum":["normal","uniform"]`, `"items":{"type":"string"}`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}
