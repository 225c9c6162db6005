package scripts

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
)

func exports(t *testing.T, code string) (Exports, error) {
	t.Helper()
	var e Exports
	got, err := fill(t, code, InspectGenerator, field("JSON", arrow.BinaryTypes.String), nil, 1)
	if err != nil {
		return e, err
	}
	return e, json.Unmarshal([]byte(got[0]), &e)
}

func TestInspectTellsWhatAFileOffers(t *testing.T) {
	want := Exports{Fields: []FieldHook{{"a", []string{"b"}}, {"c", []string{}}}, Validate: true, Setup: true}
	for name, code := range map[string]string{
		"named exports": "export const fields = {a: {uses: ['b'], value() {}}, c() {}}; export function validate() {} export function setup() {}",
		"a default one": "export default {fields: {a: {uses: ['b'], value() {}}, c() {}}, validate() {}, setup() {}}",
		"CommonJS":      "module.exports = {fields: {a: {uses: ['b'], value() {}}, c() {}}, validate() {}, setup() {}}",
	} {
		if got, err := exports(t, code); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestInspectRefuses(t *testing.T) {
	tests := []struct{ name, code, want string }{
		{"a misspelt export", "export const feilds = {}; export const validate = () => true", "did you mean fields?"},
		{"a misspelt key", "export const fields = {a: {use: ['b'], value() {}}}", "did you mean uses?"},
		{"uses that is no list", "export const fields = {a: {uses: 'b', value() {}}}", "expected a list"},
		{"a hook without a function", "export const fields = {a: 7}", "fields.a has no function"},
		{"validate that is no function", "export const validate = 7", "no function as validate"},
		{"nothing to call", "export const helper = 7", "neither fields nor validate"},
		{"a setup that throws", "export function setup() { throw new Error('no') }; export const validate = () => true", "hooks.ts:1:"},
		{"a setup that changes what it is given", "'use strict'; export function setup(d) { d.name = 'x' }; export const validate = () => true", "TypeError"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := exports(t, test.code); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestHooksAreHeldToTheSchema(t *testing.T) {
	e := Exports{Fields: []FieldHook{
		{"titel", []string{}},
		{"title", []string{"categry", "price"}},
		{"bm25", []string{}},
	}}
	err := e.Check("hooks.js", []string{"id", "title", "category"}, []string{"bm25"})
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, want := range []string{"makes titel, which is no field", "uses categry, which is no field", "uses price", "makes bm25, whose values a function"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if err := (&Exports{Fields: []FieldHook{{"title", []string{"id"}}}}).Check("hooks.js", []string{"id", "title"}, nil); err != nil {
		t.Error(err)
	}
}
