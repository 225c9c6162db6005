package schema

// A Need is something that a collection has and servers before some version
// lack.
type Need struct {
	// Field is the one that has it. For a function it is the first one that
	// the function makes.
	Field string
	What  string // such as "nullable fields"
	Key   string // the key of the schema that asks for it, such as nullable
	Since Version
}

// Needs lists all that not every server has, in the order of the fields.
func (c *Collection) Needs() []Need {
	var needs []Need
	for i := range c.Fields {
		for _, feature := range features() {
			if feature.has(&c.Fields[i]) {
				needs = append(needs, Need{Field: c.Fields[i].Name, What: feature.what, Key: feature.key, Since: feature.since})
			}
		}
	}
	for _, f := range c.Functions {
		need := Need{What: f.Type + " functions", Key: "functions", Since: Version{2, 6, 0}}
		if f.Type == "BM25" {
			need.Since = Version{2, 5, 0}
		}
		if len(f.Outputs) > 0 {
			need.Field = f.Outputs[0]
		}
		needs = append(needs, need)
	}
	return needs
}
