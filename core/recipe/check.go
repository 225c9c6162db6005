package recipe

import (
	"fmt"
	"path"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
)

// check finds what does not fit together.
func (p *parser) check(r *Recipe) {
	shapes := map[string]shape{}
	folded := map[string]string{}
	for _, sink := range r.Sinks {
		at := join("sinks", sink.Name)
		s, known := p.component(sink.Component, at+".sink")
		if known {
			shapes[sink.Name] = s
			p.sinkOptions(sink.options, s, at)
		}
		fold := strings.ToLower(sink.Name)
		if before, twice := folded[fold]; twice {
			p.fault(sink.Pos, at, "%s and %s differ in their case alone", before, sink.Name).Mend("rename one: folders are named after them")
		}
		folded[fold] = sink.Name
	}
	for _, profile := range r.Profiles {
		p.checkProfile(r, profile, shapes)
	}
	for i := range r.Environments {
		p.checkEnvironment(r, &r.Environments[i])
	}
	if len(r.Environments) == 0 && len(r.Sinks) > 0 {
		p.checkFolders("sinks", r.Sinks[0].Pos, r.Sinks)
	}
}

func (p *parser) checkProfile(r *Recipe, profile Profile, shapes map[string]shape) {
	at := join("profiles", profile.Name)
	if len(profile.sinks) > maxNamed {
		p.fault(profile.Pos, at, "the profile speaks of %d sinks", len(profile.sinks)).Expect("at most %d", maxNamed)
		return
	}
	for _, o := range profile.sinks {
		if p.sinkNamed(r, o.sink, join(at, o.sink.Text)) == nil {
			continue
		}
		for _, m := range o.options {
			if find(sinkKeys(), m.Key) != nil {
				p.fault(m.Pos, join(at, m.Key), "a profile cannot change %q", m.Key).Mend("add another sink under a name of its own")
			}
		}
		if s, ok := shapes[o.sink.Text]; ok {
			p.sinkOptions(withoutKeys(o.options), s, join(at, o.sink.Text))
		}
	}
}

func withoutKeys(options []document.Member) []document.Member {
	var rest []document.Member
	for _, m := range options {
		if find(sinkKeys(), m.Key) == nil {
			rest = append(rest, m)
		}
	}
	return rest
}

func (p *parser) sinkNamed(r *Recipe, name Name, path string) *Sink {
	var names []string
	for i := range r.Sinks {
		if r.Sinks[i].Name == name.Text {
			return &r.Sinks[i]
		}
		names = append(names, r.Sinks[i].Name)
	}
	p.nameless(name.Pos, path, "sink of this file", name.Text, names)
	return nil
}

func (p *parser) checkEnvironment(r *Recipe, e *Environment) {
	at := join("environments", e.Name)
	seen := map[string]bool{}
	var sinks []Sink
	for i, name := range e.Sinks {
		place := fmt.Sprintf("%s.sinks[%d]", at, i)
		if seen[name.Text] {
			p.fault(name.Pos, place, "the sink %s is given twice", name.Text).Mend("remove one of the two")
			continue
		}
		seen[name.Text] = true
		if sink := p.sinkNamed(r, name, place); sink != nil {
			sinks = append(sinks, *sink)
		}
	}
	if e.Sinks == nil {
		sinks = r.Sinks
	}
	p.checkFolders(at, e.Pos, sinks)
	if e.Profile.Text == "" {
		return
	}
	var names []string
	for _, profile := range r.Profiles {
		names = append(names, profile.Name)
	}
	if !contains(names, e.Profile.Text) {
		p.nameless(e.Profile.Pos, at+".profile", "profile", e.Profile.Text, names)
	}
}

// checkFolders refuses sinks of one environment that share a folder.
func (p *parser) checkFolders(at string, pos document.Pos, sinks []Sink) {
	owner := map[string]string{}
	for _, sink := range sinks {
		if sink.Out == nil {
			continue
		}
		folder := path.Clean(strings.ReplaceAll(*sink.Out, `\`, "/"))
		if before, taken := owner[folder]; taken {
			p.fault(pos, at, "the sinks %s and %s write to the same folder, %s", before, sink.Name, folder).Mend("give each an \"out\" of its own")
		}
		owner[folder] = sink.Name
	}
}
