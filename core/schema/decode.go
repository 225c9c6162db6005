package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
)

// A decoder makes a Collection of a tree and collects all that does not fit
// the rule table.
type decoder struct {
	*source
	problems Problems
	said     map[string]bool // the paths of the problems
	lenient  bool            // whether unknown keys are passed over
}

const (
	strict  = false
	lenient = true
)

func (d *decoder) fault(at document.Pos, path, format string, args ...any) *Problem {
	d.said[path] = true
	p := document.NewProblem(at, Error, format, args...)
	p.Path = path
	d.problems = append(d.problems, *p)
	return &d.problems[len(d.problems)-1]
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// object reads an object into the struct that into points to; keys are those
// that it may have. A key that is nearly one of them is read as that one, so
// that its value is checked as well.
func (d *decoder) object(n *document.Node, keys []key, path string, into any) {
	d.at[path] = n.Pos
	if n.Kind != document.Object {
		d.fault(n.Pos, path, "here stands %s", n.Describe()).Expect("an object in braces")
		return
	}
	targets := targetsOf(into)
	given := map[string]string{}
	for _, m := range n.Members {
		if k := find(keys, m.Key); k != nil {
			given[k.name] = ""
		}
	}
	for _, m := range n.Members {
		k := find(keys, m.Key)
		if k == nil && (d.lenient || path == "" && m.Key == "$schema") {
			continue // $schema says where editors find the JSON Schema
		}
		if k == nil {
			k = d.unknown(m, keys, path, given)
		}
		if k == nil {
			continue
		}
		if before := given[k.name]; before != "" {
			d.fault(m.Pos, join(path, m.Key), "%q is given twice, as %q, too", m.Key, before).Mend("remove one of the two")
			continue
		}
		given[k.name] = m.Key
		at := join(path, k.name)
		if m.Value.Kind != document.Null {
			d.at[at] = m.Value.Pos
		}
		d.value(targets[k.name], m.Value, k, at)
	}
}

func (d *decoder) unknown(m document.Member, keys []key, path string, given map[string]string) *key {
	var words []string
	for _, k := range keys {
		words = append(append(words, k.name), k.aliases...)
	}
	fault := d.fault(m.Pos, join(path, m.Key), "unknown key %q", document.Clip(m.Key))
	near, ok := "", false
	if len(d.problems) <= maxNames { // a guess costs time
		near, ok = nearest(m.Key, words)
	}
	if !ok {
		fault.Mend("remove it, or move it into \"params\"; \"milvus-ingest schema help\" lists the known keys")
		return nil
	}
	fault.Mend("did you mean %q?", near)
	k := find(keys, near)
	if _, taken := given[k.name]; taken {
		return nil
	}
	return k
}

// targetsOf are the fields of a struct by their names in a file.
func targetsOf(into any) map[string]reflect.Value {
	v := reflect.ValueOf(into).Elem()
	targets := map[string]reflect.Value{}
	for i := range v.NumField() {
		if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); name != "" {
			targets[name] = v.Field(i)
		}
	}
	return targets
}

// value reads one value. null is the same as leaving the key out, but as a
// default_value it looks like a wish that Milvus does not know.
func (d *decoder) value(v reflect.Value, n *document.Node, k *key, path string) {
	if n.Kind == document.Null {
		if k.name == "default_value" && !d.lenient {
			d.fault(n.Pos, path, "default_value is null").Expect("%s", k.holds).
				Mend("leave default_value out; write \"nullable\": true for a field that may be null")
		}
		return
	}
	switch target := v.Addr().Interface().(type) {
	case *string:
		if d.is(n, k, path, document.Text) {
			*target = n.Text
		}
	case *Type:
		d.typeName(target, n, k, path)
	case *bool:
		*target = d.flag(n, k, path)
	case **bool:
		flag := d.flag(n, k, path)
		*target = &flag
	case *int:
		*target = d.whole(n, k, path)
	case **int:
		whole := d.whole(n, k, path)
		*target = &whole
	case **float64:
		if d.is(n, k, path, document.Number) {
			number, err := strconv.ParseFloat(n.Text, 64)
			if err != nil {
				d.fault(n.Pos, path, "%s is %s", k.name, document.Clip(n.Text)).Expect("%s that is not so large", k.holds)
			}
			*target = &number
		}
	case *json.Number:
		if d.is(n, k, path, document.Number) {
			*target = json.Number(n.Text)
		}
	default:
		d.compound(target, n, k, path)
	}
}

// compound reads a list, an object or a value of several kinds.
func (d *decoder) compound(target any, n *document.Node, k *key, path string) {
	switch target := target.(type) {
	case *json.RawMessage:
		kinds := []document.Kind{document.Object}
		if k.holds == holdsScalar {
			kinds = []document.Kind{document.Text, document.Number, document.Flag}
		}
		if d.is(n, k, path, kinds...) {
			*target = n.Raw()
		}
	case *[]json.RawMessage:
		*target = make([]json.RawMessage, 0, len(n.Items))
		d.each(n, k, path, func(value *document.Node) { *target = append(*target, value.Raw()) }, document.Text, document.Number, document.Flag)
	case *[]string:
		*target = make([]string, 0, len(n.Items))
		d.each(n, k, path, func(value *document.Node) { *target = append(*target, value.Text) }, document.Text)
	case *map[string]string:
		*target = map[string]string{}
		d.entries(n, k, path, func(key string, value *document.Node) {
			if d.is(value, k, join(path, key), document.Text, document.Number, document.Flag) {
				(*target)[key] = value.Text
			}
		})
	case *map[string]json.RawMessage:
		*target = map[string]json.RawMessage{}
		d.entries(n, k, path, func(key string, value *document.Node) { (*target)[key] = value.Raw() })
	case **Index:
		*target = &Index{}
		if n.Kind == document.Text { // "index": "HNSW"
			(*target).Type = n.Text
			return
		}
		d.object(n, indexKeys(), path, *target)
	case *[]Field:
		keys := fieldKeys()
		if k.holds == holdsStruct {
			keys = structKeys()
		}
		d.fields(target, n, keys, path)
	case *[]Function:
		readObjects(d, target, n, functionKeys(), k, path)
	case *[]DynamicField:
		readObjects(d, target, n, dynamicKeys(), k, path)
	}
}

func (d *decoder) fields(target *[]Field, n *document.Node, keys []key, path string) {
	readObjects(d, target, n, keys, &key{name: "fields", holds: holdsFields}, path)
}

func readObjects[T any](d *decoder, target *[]T, n *document.Node, keys []key, k *key, path string) {
	if !d.is(n, k, path, document.List) {
		return
	}
	*target = make([]T, len(n.Items))
	for i, value := range n.Items {
		d.object(value, keys, item(path, i), &(*target)[i])
	}
}

func (d *decoder) each(n *document.Node, k *key, path string, take func(*document.Node), kinds ...document.Kind) {
	if !d.is(n, k, path, document.List) {
		return
	}
	for i, value := range n.Items {
		d.at[item(path, i)] = value.Pos
		if d.is(value, k, item(path, i), kinds...) {
			take(value)
		}
	}
}

func (d *decoder) entries(n *document.Node, k *key, path string, take func(string, *document.Node)) {
	if !d.is(n, k, path, document.Object) {
		return
	}
	for _, m := range n.Members {
		take(m.Key, m.Value)
	}
}

// is tells whether a value is of one of the kinds, and says so where it is
// not.
func (d *decoder) is(n *document.Node, k *key, path string, kinds ...document.Kind) bool {
	for _, kind := range kinds {
		if n.Kind == kind {
			return true
		}
	}
	fault := d.fault(n.Pos, path, "%s holds %s", k.name, n.Describe()).Expect("%s", k.holds)
	switch {
	case kinds[0] == document.Number && n.Kind == document.Text && document.IsNumber(n.Text):
		fault.Mend("write %s without quotes", n.Text)
	case kinds[0] == document.Flag && n.Kind == document.Text:
		fault.Mend("write true or false without quotes")
	case kinds[0] == document.Text && len(kinds) == 1 && n.Kind <= document.Number:
		fault.Mend("put it in double quotes")
	case kinds[0] == document.List && n.Kind != document.Object:
		fault.Mend("put it in brackets: [%s]", document.Clip(string(n.Raw())))
	}
	return false
}

// flag reads true or false. What was surely meant is taken, with a problem.
func (d *decoder) flag(n *document.Node, k *key, path string) bool {
	d.is(n, k, path, document.Flag)
	switch strings.ToLower(n.Text) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
}

func (d *decoder) whole(n *document.Node, k *key, path string) int {
	if !d.is(n, k, path, document.Number) {
		return 0
	}
	text, ok := document.Whole(n.Text)
	if !ok {
		d.fault(n.Pos, path, "%s is %s", k.name, document.Clip(n.Text)).Expect("%s", k.holds)
		return 0
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		d.fault(n.Pos, path, "%s is %s", k.name, document.Clip(n.Text)).Expect("%s that is not so large", k.holds)
		return 0
	}
	return value
}
