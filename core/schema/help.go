package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// TypeHelp is what a user needs to know to write a field of a type.
type TypeHelp struct {
	Type    Type   `json:"type"`
	Summary string `json:"summary"`
	// Required and Optional are the keys that apply, besides name and type.
	Required []KeyHelp `json:"required,omitempty"`
	Optional []KeyHelp `json:"optional,omitempty"`
	// Limits are the bounds of the type, one in a sentence.
	Limits []string `json:"limits,omitempty"`
	// Example is a field that can be copied into a schema.
	Example json.RawMessage `json:"example"`
}

// KeyHelp is what a user needs to know of a key.
type KeyHelp struct {
	Key     string          `json:"key"`
	Aliases []string        `json:"aliases,omitempty"`
	Value   string          `json:"value"`
	Default string          `json:"default,omitempty"`
	Help    string          `json:"help"`
	Example json.RawMessage `json:"example,omitempty"`
}

// Help tells how to write a field of the type.
func Help(t Type) TypeHelp {
	help := TypeHelp{Type: t, Summary: summaryOf(t), Limits: limitsOf(t), Example: exampleOf(t)}
	required := requiredBy(t)
	for _, k := range fieldKeys() {
		switch {
		case k.name == "name" || k.name == "type" || !k.applies(t):
		case slices.Contains(required, k.name):
			help.Required = append(help.Required, k.helpFor(t))
		default:
			help.Optional = append(help.Optional, k.helpFor(t))
		}
	}
	return help
}

// CollectionHelp lists the keys of a whole schema.
func CollectionHelp() []KeyHelp {
	var all []KeyHelp
	for _, k := range collectionKeys() {
		all = append(all, k.helpFor(""))
	}
	return all
}

// helpFor is the help of a key for fields of a type.
func (k *key) helpFor(t Type) KeyHelp {
	help := KeyHelp{
		Key: k.name, Aliases: k.aliases, Value: k.valueText(t), Default: k.def, Help: k.help, Example: json.RawMessage(k.example),
	}
	if k.name == "element_type" {
		help.Value = "one of " + words(ElementTypes())
	}
	return help
}

// valueText says what a key may hold, with its bounds.
func (k *key) valueText(t Type) string {
	if k.name == "dim" {
		least, most, step := dimBounds(t)
		if step > 1 {
			return fmt.Sprintf("a multiple of %d from %d to %d", step, least, most)
		}
		return fmt.Sprintf("%s from %d to %d", k.holds, least, most)
	}
	if k.holds == holdsWhole && k.most > 0 {
		return fmt.Sprintf("%s from %d to %d", k.holds, k.least, k.most)
	}
	return string(k.holds)
}

// Brief is the help in a few lines.
func (h TypeHelp) Brief() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", h.Type, h.Summary)
	line := func(word string, keys []KeyHelp) {
		var names []string
		for _, k := range keys {
			names = append(names, k.Key)
		}
		if names != nil {
			fmt.Fprintf(&b, "  %s %s\n", word, strings.Join(names, ", "))
		}
	}
	line("required:", h.Required)
	line("optional:", h.Optional)
	fmt.Fprintf(&b, "  example:  %s\n", h.Example)
	return b.String()
}

// Detailed is the help with every key, the limits and an example.
func (h TypeHelp) Detailed() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s\n", h.Type, h.Summary)
	section := func(title string, keys []KeyHelp) {
		if len(keys) == 0 {
			return
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		for _, k := range keys {
			fmt.Fprintf(&b, "  %-22s %s\n", k.Key, k.Value)
			fmt.Fprintf(&b, "  %-22s %s\n", "", k.Help)
			if k.Default != "" {
				fmt.Fprintf(&b, "  %-22s Default: %s.\n", "", k.Default)
			}
		}
	}
	section("Required keys, besides name and type", h.Required)
	section("Optional keys", h.Optional)
	if len(h.Limits) > 0 {
		fmt.Fprintf(&b, "\nLimits\n")
		for _, limit := range h.Limits {
			fmt.Fprintf(&b, "  %s\n", limit)
		}
	}
	fmt.Fprintf(&b, "\nExample\n  %s\n", indent(h.Example, "  "))
	return b.String()
}

func indent(raw json.RawMessage, prefix string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, prefix, "  "); err != nil {
		return string(raw)
	}
	return b.String()
}
