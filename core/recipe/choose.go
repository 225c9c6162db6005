package recipe

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/document"
	"github.com/zilliz/milvus-ingest/core/spell"
)

// Choice is what a recipe makes in one environment.
type Choice struct {
	// Environment is its name; "" where the file has none.
	Environment string
	Schema      string
	Settings
	Outlets []Outlet
	// Deploy is nil where the file says nothing of it.
	Deploy *Deploy
	file   string
}

// An Outlet is a sink of an environment, with its options.
type Outlet struct {
	Name      string
	Component string
	// Out is its folder as the file names it; "" where it does not.
	Out string
	// Shown is the options with ${NAME} where a variable stands: for
	// everything that people or files get to see.
	Shown json.RawMessage
	// Options is the options with the values of all variables. Fill sets it;
	// it must be given to the sink alone.
	Options json.RawMessage
	pos     document.Pos
	members []document.Member
	shape   shape
}

// Choose is what the recipe makes in the environment of that name; "" is for a
// file without environments.
func (r *Recipe) Choose(environment string, components []Component) (*Choice, error) {
	c := &Choice{Environment: environment, Schema: r.Schema, Settings: r.Settings, Deploy: r.Deploy, file: r.File}
	names, profile := r.allSinks(), ""
	if environment != "" || len(r.Environments) > 0 {
		e, err := r.environment(environment)
		if err != nil {
			return nil, err
		}
		c.Settings, profile = e.Settings.Over(r.Settings), e.Profile.Text
		c.Deploy = e.Deploy.over(r.Deploy)
		if e.Sinks != nil {
			names = e.Sinks
		}
	}
	for _, name := range names {
		c.Outlets = append(c.Outlets, r.outlet(name.Text, profile, components))
	}
	return c, nil
}

func (r *Recipe) allSinks() []Name {
	var all []Name
	for _, sink := range r.Sinks {
		all = append(all, Name{sink.Pos, sink.Name})
	}
	return all
}

func (r *Recipe) environment(name string) (*Environment, error) {
	var names []string
	for i := range r.Environments {
		if r.Environments[i].Name == name {
			return &r.Environments[i], nil
		}
		names = append(names, r.Environments[i].Name)
	}
	switch near, ok := spell.Nearest(name, names); {
	case len(names) == 0:
		return nil, core.Errorf(core.InvalidConfig, "%s has no environments, and none %q", r.File, name).WithHint("leave --env out")
	case name == "":
		return nil, core.Errorf(core.InvalidConfig, "%s has several environments, and none was chosen", r.File).
			WithHint("choose one: --env %s", strings.Join(names, ", --env "))
	case ok:
		return nil, core.Errorf(core.InvalidConfig, "%s has no environment %q", r.File, name).WithHint("did you mean --env %s?", near)
	default:
		return nil, core.Errorf(core.InvalidConfig, "%s has no environment %q", r.File, name).
			WithHint("choose one: --env %s", strings.Join(names, ", --env "))
	}
}

// outlet is a sink with the options that the profile gives it.
func (r *Recipe) outlet(name, profile string, components []Component) Outlet {
	i := slices.IndexFunc(r.Sinks, func(s Sink) bool { return s.Name == name })
	sink := r.Sinks[i] // Parse has seen to it
	o := Outlet{pos: sink.Pos, Name: name, Component: sink.Component.Text, members: slices.Clone(sink.options)}
	if sink.Out != nil {
		o.Out = *sink.Out
	}
	for _, c := range components {
		if c.Name == o.Component {
			o.shape = shapeOf(c)
		}
	}
	for _, p := range r.Profiles {
		for _, over := range p.sinks {
			if p.Name == profile && over.sink.Text == name {
				o.members = laid(o.members, over.options)
			}
		}
	}
	o.Shown = hidden(objectOf(o.members)).Raw()
	return o
}

// laid is options with others over them.
func laid(under, over []document.Member) []document.Member {
	for _, m := range over {
		i := slices.IndexFunc(under, func(u document.Member) bool { return u.Key == m.Key })
		if i < 0 {
			under = append(under, m)
		} else {
			under[i] = m
		}
	}
	return under
}

func objectOf(members []document.Member) *document.Node {
	// null is the same as leaving the option out.
	members = slices.DeleteFunc(slices.Clone(members), func(m document.Member) bool { return m.Value.Kind == document.Null })
	return &document.Node{Kind: document.Object, Members: members}
}

// Fill puts the values of environment variables into the options of all
// outlets. All that are missing or do not fit come back at once, and then no
// outlet has Options. What it tells never holds a value.
func (c *Choice) Fill(lookup func(string) (string, bool)) ([]Secret, document.Problems) {
	f := &filler{lookup: lookup, parser: &parser{}}
	for i := range c.Outlets {
		o := &c.Outlets[i]
		at := join("sinks", o.Name)
		o.Options = objectOf(f.members(o.members, o.shape, at)).Raw()
		f.require(o, at)
	}
	problems := f.parser.problems
	for i := range problems {
		problems[i].File = c.file
	}
	problems.Sort()
	if len(problems) > 0 {
		for i := range c.Outlets {
			c.Outlets[i].Options = nil
		}
		return nil, problems
	}
	return f.secrets, nil
}

// require tells of options that the sink cannot do without.
func (f *filler) require(o *Outlet, at string) {
	required, _ := o.shape["required"].([]any)
	for _, option := range required {
		name, _ := option.(string)
		if !slices.ContainsFunc(o.members, func(m document.Member) bool { return m.Key == name && m.Value.Kind != document.Null }) {
			f.parser.fault(o.pos, at, "sink %s: the option %s is missing", o.Name, name).
				Mend("give it with the sink, or in the profile of the environment")
		}
	}
}
