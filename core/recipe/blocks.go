package recipe

import (
	"slices"

	"github.com/zilliz/milvus-ingest/core/document"
)

func contains(words []string, word string) bool { return slices.Contains(words, word) }

// recipe reads a whole file.
func (p *parser) recipe(r *Recipe, root *document.Node) {
	into := p.settings(&r.Settings)
	into["description"] = p.text(&r.Description)
	into["schema"] = p.text(&r.Schema)
	into["sinks"] = func(n *document.Node, k *key, path string) {
		p.each(n, k, path, func(m document.Member, path string) { r.Sinks = append(r.Sinks, p.sink(m, path)) })
	}
	into["profiles"] = func(n *document.Node, k *key, path string) {
		p.each(n, k, path, func(m document.Member, path string) { r.Profiles = append(r.Profiles, p.profile(m, path)) })
	}
	into["environments"] = func(n *document.Node, k *key, path string) {
		p.each(n, k, path, func(m document.Member, path string) { r.Environments = append(r.Environments, p.environment(m, path)) })
	}
	into["deploy"] = p.deploy(&r.Deploy)
	p.object(root, recipeKeys(), "", into, nil)
}

func (p *parser) settings(s *Settings) map[string]reading {
	return map[string]reading{
		"rows": p.whole(&s.Rows), "first_row": p.whole(&s.FirstRow), "seed": p.seed(&s.Seed),
		"hooks": p.maybe(&s.Hooks), "on_invalid": p.maybe(&s.OnInvalid), "max_invalid": p.whole(&s.MaxInvalid),
		"workers": p.whole(&s.Workers), "batch_size": p.whole(&s.BatchSize), "out": p.maybe(&s.Out),
		"files": func(n *document.Node, _ *key, path string) {
			before := len(p.problems)
			p.object(n, fileKeys(), path, map[string]reading{
				"file_size": p.size(&s.Files.Size), "rows_per_file": p.whole(&s.Files.PerFile), "file_count": p.whole(&s.Files.Count),
			}, nil)
			if s.Files.PerFile != nil && s.Files.Count != nil && len(p.problems) == before {
				p.fault(n.Pos, path, "rows_per_file and file_count exclude each other").Mend("remove one of the two")
			}
		},
	}
}

// each reads an object whose keys are names of the user's.
func (p *parser) each(n *document.Node, k *key, path string, read func(m document.Member, path string)) {
	if !p.is(n, k, path, document.Object) {
		return
	}
	if len(n.Members) == 0 {
		p.fault(n.Pos, path, "%s is empty", k.name).Expect("%s", k.expected())
	}
	if len(n.Members) > maxNamed {
		p.fault(n.Pos, path, "%s has %d entries", k.name, len(n.Members)).Expect("at most %d", maxNamed)
		return
	}
	for _, m := range n.Members {
		at := join(path, m.Key)
		if !isName(m.Key) {
			p.fault(m.Pos, at, "%q is no name", document.Clip(m.Key)).Expect("letters, digits, _ and -, at most %d", maxName)
		}
		read(m, at)
	}
}

// Bounds of ours: what goes beyond these is no pipeline file.
const (
	maxName  = 64
	maxNamed = 256
)

// isName tells whether a name can be that of a folder anywhere.
func isName(s string) bool {
	for i := range len(s) {
		if !document.IsWordByte(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

func (p *parser) sink(m document.Member, path string) Sink {
	s := Sink{Pos: m.Pos, Name: m.Key}
	if m.Value.Kind == document.Text { // "rows": "json"
		p.name(&s.Component)(m.Value, find(sinkKeys(), "sink"), path)
		return s
	}
	p.object(m.Value, sinkKeys(), path, map[string]reading{
		"sink": p.name(&s.Component), "out": p.maybe(&s.Out),
	}, func(option document.Member) { s.options = append(s.options, option) })
	return s
}

func (p *parser) profile(m document.Member, path string) Profile {
	profile := Profile{Pos: m.Pos, Name: m.Key}
	if m.Value.Kind != document.Object {
		p.fault(m.Value.Pos, path, "the profile holds %s", m.Value.Describe()).Expect("an object with options for each sink")
		return profile
	}
	for _, sink := range m.Value.Members {
		if sink.Value.Kind != document.Object {
			p.fault(sink.Value.Pos, join(path, sink.Key), "here stands %s", sink.Value.Describe()).Expect("an object with options of the sink")
			continue
		}
		profile.sinks = append(profile.sinks, overlay{Name{sink.Pos, sink.Key}, sink.Value.Members})
	}
	return profile
}

func (p *parser) environment(m document.Member, path string) Environment {
	e := Environment{Pos: m.Pos, Name: m.Key}
	if m.Value.Kind == document.Null { // "dev:" alone: all as the file says
		return e
	}
	into := p.settings(&e.Settings)
	into["description"] = p.text(&e.Description)
	into["sinks"] = p.names(&e.Sinks)
	into["profile"] = p.name(&e.Profile)
	into["deploy"] = p.deploy(&e.Deploy)
	p.object(m.Value, environmentKeys(), path, into, nil)
	return e
}
