package recipe

import (
	"fmt"

	"github.com/zilliz/milvus-ingest/core/document"
)

// A Deploy says how a data set goes live: the steps of the deploy command, each
// with the options of the command that carries it out, by their names on the
// command line.
type Deploy struct {
	document.Pos
	// Alias is the name that searches use.
	Alias *string
	// Data is the folder of the data set.
	Data *string
	// Keep is how many versions before the new one stay; nil: all.
	Keep  *int64
	steps map[string][]document.Member
}

// Options are those of a command, by their names, as texts: a flag that is set
// is "true", a list has several.
type Options map[string][]string

// Deployment is a Deploy whose references are filled in. It holds secrets and
// must be kept nowhere.
type Deployment struct {
	Alias, Data string
	Keep        int64 // -1: all
	// Steps are the options by the name of the step; one that is not in the
	// file is absent.
	Steps map[string]Options
	// Shown is Steps with ${NAME} where a variable stands.
	Shown map[string]Options
}

// deployKeys are the keys of a deploy.
func deployKeys() []key {
	step := func(name, help, example string) key {
		return key{name: name, holds: holdsOptions, help: help, example: example}
	}
	return []key{
		{name: "alias", holds: holdsName, help: "Name that searches use; versions are ALIAS_TIME.", example: `"docs"`},
		{name: "data", holds: holdsText, help: "Folder of the data set.", example: `"data/prod/lake"`},
		step("server", "Options of all steps that speak to Milvus.", `{"uri": "${PROD_MILVUS_URI}", "token": "${PROD_MILVUS_TOKEN}"}`),
		step("store", "Options of all steps that speak to the store.", `{"endpoint-url": "${S3_ENDPOINT}", "region": "us-west-2"}`),
		step("backup", "Exports what the alias stands for now: the options of export, and out.", `{"out": "backups", "retention-days": 30}`),
		step("import", "Brings the data in through the store: the options of to-milvus import.", `{"bucket": "prod", "s3-path": "docs/"}`),
		step("insert", "Brings the data in row by row: the options of to-milvus insert.", `{"batch-size": 1000}`),
		step("verify", "Compares what arrived: the options of to-milvus verify.", `{"level": "full"}`),
		step("benchmark", "Searches, and holds back a version that is slow or finds too little: the options of benchmark.", `{"duration": "30s", "threshold": ["p99<50ms", "recall@10>=0.95"]}`),
		{name: "keep", holds: holdsWhole, help: "Versions before the new one that stay; the older ones are dropped.", def: "all", example: `2`},
	}
}

// DeploySteps are the steps that can have options, in the order of the file.
func DeploySteps() []string {
	var names []string
	for _, k := range deployKeys() {
		if k.holds == holdsOptions {
			names = append(names, k.name)
		}
	}
	return names
}

func (p *parser) deploy(target **Deploy) reading {
	return func(n *document.Node, _ *key, path string) {
		d := &Deploy{Pos: n.Pos, steps: map[string][]document.Member{}}
		into := map[string]reading{"alias": p.maybe(&d.Alias), "data": p.maybe(&d.Data), "keep": p.whole(&d.Keep)}
		for _, name := range DeploySteps() {
			into[name] = func(n *document.Node, k *key, path string) {
				if p.is(n, k, path, document.Object) {
					d.steps[name] = p.stepOptions(n, path)
				}
			}
		}
		before := len(p.problems)
		p.object(n, deployKeys(), path, into, nil)
		if d.steps["import"] != nil && d.steps["insert"] != nil && len(p.problems) == before {
			p.fault(n.Pos, path, "import and insert exclude each other").Mend("remove one of the two")
		}
		*target = d
	}
}

// stepOptions are those of a step: texts, numbers, flags, or lists of them.
func (p *parser) stepOptions(n *document.Node, path string) []document.Member {
	for _, m := range n.Members {
		at := join(path, m.Key)
		values := []*document.Node{m.Value}
		if m.Value.Kind == document.List {
			values = m.Value.Items
		}
		for _, v := range values {
			switch v.Kind {
			case document.Text:
				if _, err := references(v.Text); err != nil {
					p.fault(v.Pos, at, "%v", err).Expect("${NAME} or ${NAME:-default}")
				}
			case document.Number, document.Flag, document.Null:
			default:
				p.fault(v.Pos, at, "the option holds %s", v.Describe()).Expect("a text, a number, true or false, or a list of them")
			}
		}
	}
	return append([]document.Member{}, n.Members...)
}

// over is d with what o leaves out taken from it: steps key by key.
func (d *Deploy) over(o *Deploy) *Deploy {
	if d == nil || o == nil {
		if o == nil {
			return d
		}
		return o
	}
	all := *d
	lay(&all.Alias, o.Alias)
	lay(&all.Data, o.Data)
	lay(&all.Keep, o.Keep)
	all.steps = map[string][]document.Member{}
	for _, name := range DeploySteps() {
		under, upper := o.steps[name], d.steps[name]
		if under != nil || upper != nil {
			all.steps[name] = laid(append([]document.Member{}, under...), upper)
		}
	}
	return &all
}

// FillDeploy puts the values of environment variables into the options of the
// choice's deploy. All that are missing come back at once. It is nil where the
// file has none.
func (c *Choice) FillDeploy(lookup func(string) (string, bool)) (*Deployment, []Secret, document.Problems) {
	if c.Deploy == nil {
		return nil, nil, nil
	}
	f := &filler{lookup: lookup, parser: &parser{}}
	d := &Deployment{Keep: -1, Steps: map[string]Options{}, Shown: map[string]Options{}}
	if c.Deploy.Keep != nil {
		d.Keep = *c.Deploy.Keep
	}
	for name, members := range c.Deploy.steps {
		d.Steps[name], d.Shown[name] = Options{}, Options{}
		for _, m := range members {
			at := join(join("deploy", name), m.Key)
			d.Steps[name][m.Key] = texts(m.Value, func(n *document.Node) string { return f.text(n, at) })
			d.Shown[name][m.Key] = texts(m.Value, func(n *document.Node) string { return shown(n.Text) })
		}
	}
	for what, given := range map[string]*string{"alias": c.Deploy.Alias, "data": c.Deploy.Data} {
		if given == nil {
			f.parser.fault(c.Deploy.Pos, join("deploy", what), "deploy.%s is missing", what).Mend("add %s: %s", what, find(deployKeys(), what).example)
		}
	}
	problems := f.parser.problems
	for i := range problems {
		problems[i].File = c.file
	}
	problems.Sort()
	if len(problems) > 0 {
		return nil, nil, problems
	}
	d.Alias, d.Data = *c.Deploy.Alias, *c.Deploy.Data
	return d, f.secrets, nil
}

// texts are the values of an option as texts; none for null.
func texts(n *document.Node, text func(*document.Node) string) []string {
	switch n.Kind {
	case document.Null:
		return nil
	case document.List:
		var all []string
		for _, item := range n.Items {
			all = append(all, texts(item, text)...)
		}
		return all
	case document.Text:
		return []string{text(n)}
	default:
		return []string{fmt.Sprint(n.Text)}
	}
}
