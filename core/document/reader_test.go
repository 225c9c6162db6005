package document

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheJSONReaderKeepsValuesAsTheyAre(t *testing.T) {
	tests := []struct{ data, want string }{
		{`{"b": 1, "a": [true, false, null]}`, `{"b":1,"a":[true,false,null]}`},
		{"\t[ 9007199254740993 ,-0.10, 1E+5 ]\r\n", `[9007199254740993,-0.10,1E+5]`},
		{`"a\"\\\/\b\f\n\r\t\u4e2d\ud83d\ude00é<>&"`, `"a\"\\/` + `\u0008\u000c\u000a\u000d\u0009` + `中😀é<>&"`},
		{`""`, `""`},
		{`{}`, `{}`},
		{`[]`, `[]`},
		{"\xef\xbb\xbf[]", `[]`},
	}
	for _, test := range tests {
		n, problems := readJSON([]byte(test.data))
		if len(problems) > 0 {
			t.Errorf("%q: %v", test.data, problems)
			continue
		}
		if got := string(n.Raw()); got != test.want {
			t.Errorf("%q is %s, want %s", test.data, got, test.want)
		}
	}
}

func TestFaultsOfJSONAreNamedWithTheirPlace(t *testing.T) {
	tests := []struct{ data, want string }{
		{"", `1:1: expected a value, found the end of the file`},
		{"{\n  \"a\": 1,\n}", "2:9: a comma stands before }; mend: remove the comma"},
		{"[1 2]", "1:4: expected a comma or ], found 2; mend: add a comma"},
		{`{"a" 1}`, `1:6: expected : after the key "a"`},
		{`{a: 1}`, "1:2: expected a key in double quotes, found a"},
		{"{ // note\n}", "1:3: expected a key in double quotes, found \"/\"; mend: JSON has no comments; a .yaml file has"},
		{`['a']`, "1:2: expected a value, found \"'\"; mend: use double quotes"},
		{`[True]`, "1:2: True is no JSON value; mend: write true, false or null in small letters"},
		{`[NaN]`, "1:2: NaN is no JSON value"},
		{`[-Infinity]`, "1:2: this is not a number"},
		{`[01]`, "1:2: this is not a number"},
		{`[1.]`, "1:2: this is not a number"},
		{`[1e]`, "1:2: this is not a number"},
		{`[12ab]`, "1:2: this is not a number"},
		{`["中文`, "1:2: this text is not closed"},
		{"[\"中文\n\"]", "1:5: a text goes over the end of its line"},
		{`["\x"]`, "1:3: a backslash before x is no escape of JSON; mend: write \\\\ for a backslash"},
		{`["\ud800"]`, "1:3: this escape is no character"},
		{`["\udc00\ud800"]`, "1:3: this escape is no character"},
		{`["\u12g4"]`, "1:3: this escape is no character"},
		{"[\"\xff\"]", "1:3: the byte 0xff is no UTF-8"},
		{`[1] [2]`, "1:5: something follows the end of the value"},
		{`{"a": 1, "b": 2, "a": 3}`, `1:18: the key "a" is given twice; mend: remove one of the two; the other is on line 1`},
		{`{"a": [`, "1:8: expected a value, found the end of the file"},
		{`{"a": [1`, "1:9: the file ends within brackets; mend: add the missing ]"},
		{strings.Repeat("[", 1000), "1:66: brackets are nested too deeply"},
	}
	for _, test := range tests {
		_, problems := readJSON([]byte(test.data))
		if len(problems) != 1 || !strings.HasPrefix(strings.TrimSpace(problems[0].String()), test.want) {
			t.Errorf("%q: %v, want %s", test.data, problems, test.want)
		}
	}
}

func TestTheYAMLReaderGivesTheSameTree(t *testing.T) {
	tests := []struct{ data, want string }{
		{"a: 1\nb: [x, 2.50, true, ~]\n", `{"a":1,"b":["x",2.50,true,null]}`},
		{"n: 9007199254740993\nh: 0x1f\nu: 1_000\nf: .5\np: +3\n", `{"n":9007199254740993,"h":31,"u":1000,"f":0.5,"p":3}`},
		{"big: 99999999999999999999\n", `{"big":99999999999999999999}`},
		{"d: 2024-01-31\ncountry: no\non: off\n", `{"d":"2024-01-31","country":"no","on":"off"}`},
		{"q: '1'\nt: \"a\\tb\"\n", `{"q":"1","t":"a\u0009b"}`},
		{"text: |\n  两行\n  文本\n", `{"text":"两行\u000a文本\u000a"}`},
		{"base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nagain: *b\n", `{"base":{"x":1,"y":2},"use":{"y":3,"x":1},"again":{"x":1,"y":2}}`},
		{"a: &a {x: 1}\nb: &b {y: 2}\nc: {<<: [*a, *b]}\n", `{"a":{"x":1},"b":{"y":2},"c":{"x":1,"y":2}}`},
		{"1: x\ntrue: y\n", `{"1":"x","true":"y"}`},
	}
	for _, test := range tests {
		n, problems := readYAML([]byte(test.data))
		if len(problems) > 0 {
			t.Errorf("%q: %v", test.data, problems)
			continue
		}
		if got := string(n.Raw()); got != test.want {
			t.Errorf("%q is %s, want %s", test.data, got, test.want)
		}
	}
}

func TestFaultsOfYAMLAreNamedWithTheirPlace(t *testing.T) {
	tests := []struct{ data, want string }{
		{"", "1:1: the file is empty"},
		{"# nothing\n", "1:1: the file is empty"},
		{"a: 1\nb: [\n", "3:1: this is not YAML: did not find expected node content"},
		{"a: 1\nb: {c: 1\nd: 2\n", "2:1: this is not YAML: did not find expected ',' or '}'"},
		{"a: 1\nb: 2\n- c\n", "3:1: this is not YAML: did not find expected key"},
		{"a: 1\nb: \"x\n", "this is not YAML: found unexpected end of stream"},
		{"a: 1\na: 2\n", `2:1: the key "a" is given twice; mend: remove one of the two; the other is on line 1`},
		{"a: .inf\n", `1:4: ".inf" is no number; expected a finite number`},
		{"[a]: 1\n", "1:1: a key is no text"},
		{"a: \xff\n", "1:4: the byte 0xff is no UTF-8"},
		{"a: 1\n---\nb: 2\n", "2:1: the file holds a second document"},
		{"a: &a [*a]\n", "an alias leads back to itself"},
		{"a: {<<: 3}\n", "1:9: << merges 3"},
		{strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested too deeply"},
	}
	for _, test := range tests {
		_, problems := readYAML([]byte(test.data))
		if len(problems) != 1 || !strings.Contains(problems[0].String(), test.want) {
			t.Errorf("%q: %v, want %s", test.data, problems, test.want)
		}
	}
}

func TestABombOfAliasesIsRefusedSoon(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 20; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	_, problems := readYAML([]byte(bomb.String()))
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "too many values") {
		t.Errorf("the bomb gives %v", problems)
	}
}

func TestATooLargeFileIsRefusedUnread(t *testing.T) {
	_, problems := Read("x.json", make([]byte, MaxBytes+1))
	if len(problems) != 1 || !strings.Contains(problems.Error(), "too large; expected at most 8 MiB") {
		t.Errorf("the problems are %v", problems)
	}
}
