package main

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// printFacts prints labelled texts below each other, wrapped to the width;
// empty ones are left out.
func (a *app) printFacts(indent string, facts [][2]string) {
	widest := 0
	for _, fact := range facts {
		if fact[1] != "" {
			widest = max(widest, runewidth.StringWidth(fact[0]))
		}
	}
	for _, fact := range facts {
		if fact[1] == "" {
			continue
		}
		label := indent + runewidth.FillRight(fact[0], widest) + "  "
		for i, line := range wrapWords(oneLine(fact[1]), a.width-runewidth.StringWidth(label)) {
			if i > 0 {
				label = strings.Repeat(" ", runewidth.StringWidth(label))
			}
			fmt.Fprintln(a.stdout, label+line)
		}
	}
}

// wrapWords breaks a text into lines of at most width cells, between words; a
// longer word has a line of its own.
func wrapWords(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case runewidth.StringWidth(line)+1+runewidth.StringWidth(word) <= max(width, 20):
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// typeText is a field's type with its sizes: VarChar(500), Array<VarChar(50)>[10].
func typeText(f *schema.Field) string {
	sized := func(t schema.Type, n int) string {
		if n == 0 {
			return string(t)
		}
		return fmt.Sprintf("%s(%d)", t, n)
	}
	switch {
	case f.Type == schema.Array && f.ElementType == schema.Struct:
		parts := make([]string, len(f.StructFields))
		for i := range f.StructFields {
			parts[i] = f.StructFields[i].Name + " " + typeText(&f.StructFields[i])
		}
		return fmt.Sprintf("Array<Struct{%s}>[%d]", strings.Join(parts, ", "), f.MaxCapacity)
	case f.Type == schema.Array:
		return fmt.Sprintf("Array<%s>[%d]", sized(f.ElementType, f.MaxLength), f.MaxCapacity)
	case f.Type.IsDense():
		return sized(f.Type, f.Dim)
	}
	return sized(f.Type, f.MaxLength)
}

// factsText lists what else is said of a field, shortly.
func factsText(c *schema.Collection, f *schema.Field) string {
	var facts []string
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"primary key", f.IsPrimary},
		{"auto_id", f.AutoID},
		{"partition key", f.IsPartitionKey},
		{"clustering key", f.IsClusterKey},
		{"nullable", f.Nullable},
		{"analyzer", f.EnableAnalyzer},
	} {
		if flag.set {
			facts = append(facts, flag.name)
		}
	}
	if function := c.FunctionOf(f.Name); function != nil {
		facts = append(facts, fmt.Sprintf("made by %s of %s", function.Type, strings.Join(function.Inputs, ", ")))
	}
	return strings.Join(append(facts, valueFacts(f)...), ", ")
}

func valueFacts(f *schema.Field) []string {
	var facts []string
	switch {
	case f.Min != "" && f.Max != "":
		facts = append(facts, fmt.Sprintf("%s to %s", f.Min, f.Max))
	case f.Min != "":
		facts = append(facts, "at least "+f.Min.String())
	case f.Max != "":
		facts = append(facts, "at most "+f.Max.String())
	}
	if len(f.Enum) > 0 {
		var values []string
		for _, v := range f.Enum {
			values = append(values, strings.Trim(string(v), `"`))
		}
		facts = append(facts, "one of "+strings.Join(values, " | "))
	}
	if f.CardinalityRatio != nil {
		facts = append(facts, fmt.Sprintf("%g %% different", 100**f.CardinalityRatio))
	}
	if f.Default != nil {
		facts = append(facts, "default "+string(f.Default))
	}
	if f.Index != nil {
		facts = append(facts, strings.TrimSpace("index "+f.Index.Type+" "+f.Index.Metric))
	}
	return facts
}
