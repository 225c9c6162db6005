package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
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

func (d *decoder) fault(at pos, path, format string, args ...any) *Problem {
	d.said[path] = true
	p := newProblem(at, Error, format, args...)
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
func (d *decoder) object(n *node, keys []key, path string, into any) {
	d.at[path] = n.pos
	if n.kind != objectKind {
		d.fault(n.pos, path, "here stands %s", n.describe()).expect("an object in braces")
		return
	}
	targets := targetsOf(into)
	given := map[string]string{}
	for _, m := range n.members {
		if k := find(keys, m.key); k != nil {
			given[k.name] = ""
		}
	}
	for _, m := range n.members {
		k := find(keys, m.key)
		if k == nil && (d.lenient || path == "" && m.key == "$schema") {
			continue // $schema says where editors find the JSON Schema
		}
		if k == nil {
			k = d.unknown(m, keys, path, given)
		}
		if k == nil {
			continue
		}
		if before := given[k.name]; before != "" {
			d.fault(m.pos, join(path, m.key), "%q is given twice, as %q, too", m.key, before).mend("remove one of the two")
			continue
		}
		given[k.name] = m.key
		at := join(path, k.name)
		if m.value.kind != nullKind {
			d.at[at] = m.value.pos
		}
		d.value(targets[k.name], m.value, k, at)
	}
}

func (d *decoder) unknown(m member, keys []key, path string, given map[string]string) *key {
	var words []string
	for _, k := range keys {
		words = append(append(words, k.name), k.aliases...)
	}
	fault := d.fault(m.pos, join(path, m.key), "unknown key %q", clip(m.key))
	near, ok := "", false
	if len(d.problems) <= maxNames { // a guess costs time
		near, ok = nearest(m.key, words)
	}
	if !ok {
		fault.mend("remove it, or move it into \"params\"; \"milvus-ingest schema help\" lists the known keys")
		return nil
	}
	fault.mend("did you mean %q?", near)
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
func (d *decoder) value(v reflect.Value, n *node, k *key, path string) {
	if n.kind == nullKind {
		if k.name == "default_value" && !d.lenient {
			d.fault(n.pos, path, "default_value is null").expect("%s", k.holds).
				mend("leave default_value out; write \"nullable\": true for a field that may be null")
		}
		return
	}
	switch target := v.Addr().Interface().(type) {
	case *string:
		if d.is(n, k, path, textKind) {
			*target = n.text
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
		if d.is(n, k, path, numberKind) {
			number, err := strconv.ParseFloat(n.text, 64)
			if err != nil {
				d.fault(n.pos, path, "%s is %s", k.name, clip(n.text)).expect("%s that is not so large", k.holds)
			}
			*target = &number
		}
	case *json.Number:
		if d.is(n, k, path, numberKind) {
			*target = json.Number(n.text)
		}
	default:
		d.compound(target, n, k, path)
	}
}

// compound reads a list, an object or a value of several kinds.
func (d *decoder) compound(target any, n *node, k *key, path string) {
	switch target := target.(type) {
	case *json.RawMessage:
		kinds := []kind{objectKind}
		if k.holds == holdsScalar {
			kinds = []kind{textKind, numberKind, boolKind}
		}
		if d.is(n, k, path, kinds...) {
			*target = n.raw()
		}
	case *[]json.RawMessage:
		*target = make([]json.RawMessage, 0, len(n.items))
		d.each(n, k, path, func(value *node) { *target = append(*target, value.raw()) }, textKind, numberKind, boolKind)
	case *[]string:
		*target = make([]string, 0, len(n.items))
		d.each(n, k, path, func(value *node) { *target = append(*target, value.text) }, textKind)
	case *map[string]string:
		*target = map[string]string{}
		d.entries(n, k, path, func(key string, value *node) {
			if d.is(value, k, join(path, key), textKind, numberKind, boolKind) {
				(*target)[key] = value.text
			}
		})
	case *map[string]json.RawMessage:
		*target = map[string]json.RawMessage{}
		d.entries(n, k, path, func(key string, value *node) { (*target)[key] = value.raw() })
	case **Index:
		*target = &Index{}
		if n.kind == textKind { // "index": "HNSW"
			(*target).Type = n.text
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

func (d *decoder) fields(target *[]Field, n *node, keys []key, path string) {
	readObjects(d, target, n, keys, &key{name: "fields", holds: holdsFields}, path)
}

func readObjects[T any](d *decoder, target *[]T, n *node, keys []key, k *key, path string) {
	if !d.is(n, k, path, listKind) {
		return
	}
	*target = make([]T, len(n.items))
	for i, value := range n.items {
		d.object(value, keys, item(path, i), &(*target)[i])
	}
}

func (d *decoder) each(n *node, k *key, path string, take func(*node), kinds ...kind) {
	if !d.is(n, k, path, listKind) {
		return
	}
	for i, value := range n.items {
		d.at[item(path, i)] = value.pos
		if d.is(value, k, item(path, i), kinds...) {
			take(value)
		}
	}
}

func (d *decoder) entries(n *node, k *key, path string, take func(string, *node)) {
	if !d.is(n, k, path, objectKind) {
		return
	}
	for _, m := range n.members {
		take(m.key, m.value)
	}
}

// is tells whether a value is of one of the kinds, and says so where it is
// not.
func (d *decoder) is(n *node, k *key, path string, kinds ...kind) bool {
	for _, kind := range kinds {
		if n.kind == kind {
			return true
		}
	}
	fault := d.fault(n.pos, path, "%s holds %s", k.name, n.describe()).expect("%s", k.holds)
	switch {
	case kinds[0] == numberKind && n.kind == textKind && isNumber(n.text):
		fault.mend("write %s without quotes", n.text)
	case kinds[0] == boolKind && n.kind == textKind:
		fault.mend("write true or false without quotes")
	case kinds[0] == textKind && len(kinds) == 1 && n.kind <= numberKind:
		fault.mend("put it in double quotes")
	case kinds[0] == listKind && n.kind != objectKind:
		fault.mend("put it in brackets: [%s]", clip(string(n.raw())))
	}
	return false
}

// flag reads true or false. What was surely meant is taken, with a problem.
func (d *decoder) flag(n *node, k *key, path string) bool {
	d.is(n, k, path, boolKind)
	switch strings.ToLower(n.text) {
	case "true", "1", "yes", "on":
		return true
	}
	return false
}

func (d *decoder) whole(n *node, k *key, path string) int {
	if !d.is(n, k, path, numberKind) {
		return 0
	}
	text, ok := wholeText(n.text)
	if !ok {
		d.fault(n.pos, path, "%s is %s", k.name, clip(n.text)).expect("%s", k.holds)
		return 0
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		d.fault(n.pos, path, "%s is %s", k.name, clip(n.text)).expect("%s that is not so large", k.holds)
		return 0
	}
	return value
}
