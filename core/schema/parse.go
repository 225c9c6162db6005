package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
)

// source is the file that a schema was parsed from.
type source struct {
	file string
	// at has the place of each value and object by its path, such as
	// fields[3].dim.
	at map[string]document.Pos
}

// ParseFile reads a schema file; see Parse.
func ParseFile(path string) (*Collection, error) {
	data, err := document.ReadFile(path, "schema")
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads a schema, JSON or YAML as the extension of name tells, or else
// the content. A bare list of fields is a schema, too; what has no name is
// named after the file. All that is wrong whatever the server comes back at
// once, as Problems; Check adds what depends on the server.
func Parse(name string, data []byte) (*Collection, error) {
	c, d := decode(name, data, strict)
	if c == nil {
		return nil, d.finish(nil)
	}
	if c.Name == "" && !d.said["collection_name"] {
		c.Name = nameOf(name)
	}
	found := d.finish(c)
	for _, p := range Check(c, Version{}).Errors() {
		if !d.saidOf(p.Path) {
			found = append(found, p)
		}
	}
	if found.Sort(); len(found) > 0 {
		return nil, found
	}
	return c, nil
}

// UnmarshalJSON reads a collection that a program wrote, maybe another or a
// later one: in all spellings that Parse knows, without the keys that it does
// not know, and leaving the rules to Check.
func (c *Collection) UnmarshalJSON(data []byte) error {
	read, d := decode(".json", data, lenient)
	if problems := d.finish(read); len(problems) > 0 {
		for i := range problems {
			problems[i].File = ""
		}
		return problems
	}
	*c = *read
	c.from = nil
	return nil
}

// Equal tells whether both are the same schema, wherever they came from.
func (c *Collection) Equal(other *Collection) bool {
	a, errA := json.Marshal(c)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// decode reads what it can; the decoder has the problems of the form.
func decode(name string, data []byte, passOver bool) (*Collection, *decoder) {
	d := &decoder{lenient: passOver, source: &source{file: name, at: map[string]document.Pos{}}, said: map[string]bool{}}
	root, problems := document.Read(name, data)
	d.problems = problems
	if root == nil {
		return nil, d
	}
	c := &Collection{from: d.source}
	switch root.Kind {
	case document.List:
		d.at[""], d.at["fields"] = root.Pos, root.Pos
		d.fields(&c.Fields, root, fieldKeys(), "fields")
	case document.Object:
		d.object(root, collectionKeys(), "", c)
	default:
		d.fault(root.Pos, "", "the file holds %s", root.Describe()).Expect("an object with \"fields\", or a list of fields")
		return nil, d
	}
	d.complete(c)
	return c, d
}

// nameOf makes a collection's name of a file's.
func nameOf(file string) string {
	base := filepath.Base(file)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	name := strings.Map(func(c rune) rune {
		if c < 128 && document.IsWordByte(byte(c)) {
			return c
		}
		return '_'
	}, base)
	switch {
	case strings.Trim(name, "_") == "":
		return "collection"
	case name[0] >= '0' && name[0] <= '9':
		name = "_" + name
	}
	return name[:min(len(name), maxNameBytes)]
}

// finish gives the problems their file and the names of their fields.
func (d *decoder) finish(c *Collection) Problems {
	for i := range d.problems {
		p := &d.problems[i]
		p.File = d.file
		if p.Field == "" && c != nil {
			p.Field = c.fieldAt(p.Path)
		}
	}
	d.problems.Sort()
	return d.problems
}

// fieldAt is the name of the field that a path leads through.
func (c *Collection) fieldAt(path string) string {
	var i int
	if n, err := fmt.Sscanf(path, "fields[%d]", &i); n == 1 && err == nil && i < len(c.Fields) {
		return c.Fields[i].Name
	}
	return ""
}

// saidOf tells whether something was said already of the place or of one
// around it: what the rules find there is only a consequence.
func (d *decoder) saidOf(path string) bool {
	for path != "" {
		if d.said[path] {
			return true
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return false
}
