package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/portrait"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// printPortrait prints the chief figures of a data set: a line a field.
func (a *app) printPortrait(p *portrait.Portrait) {
	name := p.Collection
	if name == "" {
		name = p.Path
	}
	fmt.Fprintf(a.stdout, "%s: %s, %s in %s", name, countOf(int(p.Rows), "row"), inBytes(p.Bytes), countOf(len(p.Files), "file"))
	if p.Seed != nil {
		fmt.Fprintf(a.stdout, ", seed %d", *p.Seed)
	}
	fmt.Fprintln(a.stdout)
	if !p.Whole {
		fmt.Fprintf(a.stdout, "figures are of %s rows that lie evenly over the data set; --whole reads all\n", inThousands(p.Read))
	}
	if p.Errors+p.Warnings > 0 {
		fmt.Fprintf(a.stdout, "%s, %s: milvus-ingest check %s tells which\n",
			countOf(int(p.Errors), "error"), countOf(int(p.Warnings), "warning"), p.Path)
	}
	fmt.Fprintln(a.stdout)
	rows := make([][]string, len(p.Fields))
	for i := range p.Fields {
		f := &p.Fields[i]
		rows[i] = []string{f.Name, f.Type, nullsOf(f), differentOf(f), spark(f.Shape), valuesOf(f)}
	}
	writeTable(a.stdout, a.width, []string{"FIELD", "TYPE", "NULL", "DIFFERENT", "SHAPE", "VALUES"}, rows)
	a.printMaps(p)
}

// printMaps tells of the vectors what their map shows, and one neighbourhood.
func (a *app) printMaps(p *portrait.Portrait) {
	for _, v := range p.Vectors {
		fmt.Fprintf(a.stdout, "\n%s: two directions hold %.3g %% of the variance", v.Field, 100*(v.Explained[0]+v.Explained[1]))
		if len(p.Groups) > 0 {
			fmt.Fprintf(a.stdout, "; %s tells best where a row lies", p.Groups[0].Field)
		}
		if int64(v.Among) < p.Rows && len(v.Near) > 0 && v.About != "" {
			fmt.Fprintf(a.stdout, "; nearest among %s rows:", inThousands(int64(v.Among)))
		}
		fmt.Fprintln(a.stdout)
		if len(v.Near) == 0 || v.About == "" {
			continue
		}
		near := v.Near[0]
		fmt.Fprintf(a.stdout, "  %s\n", clipCells(near.Row.Text, a.width-2))
		for _, hit := range near.Hits[:min(len(near.Hits), 3)] {
			fmt.Fprintf(a.stdout, "    %-7.4g %s\n", hit.Score, clipCells(hit.Text, a.width-12))
		}
	}
}

func countOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return inThousands(int64(n)) + " " + thing + "s"
}

func nullsOf(f *portrait.Field) string {
	if f.Nulls == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g %%", 100*float64(f.Nulls)/float64(f.Nulls+f.Count))
}

func differentOf(f *portrait.Field) string {
	switch {
	case f.Distinct == 0:
		return ""
	case f.Distinct == f.Count:
		return "all"
	case f.Exact:
		return inThousands(f.Distinct)
	default:
		return "≈ " + inThousands(f.Distinct)
	}
}

// sparkWidth is how wide a shape is.
const sparkWidth = 12

// spark draws a histogram in a line.
func spark(h *portrait.Histogram) string {
	if h == nil || len(h.Counts) < 2 {
		return ""
	}
	width := min(sparkWidth, len(h.Counts))
	bars, of := make([]int64, width), make([]int64, width)
	for i, n := range h.Counts {
		bars[i*width/len(h.Counts)] += n
		of[i*width/len(h.Counts)]++
	}
	var most int64
	for i := range bars { // as high as the bars that it stands for are on average
		bars[i] = (bars[i] + of[i] - 1) / of[i]
	}
	for _, n := range bars {
		most = max(most, n)
	}
	var b strings.Builder
	for _, n := range bars {
		b.WriteRune([]rune(" ▁▂▃▄▅▆▇█")[(8*n+most-1)/most])
	}
	return b.String()
}

// valuesOf is what the values of a field are, in a few words.
func valuesOf(f *portrait.Field) string {
	switch {
	case len(f.Top) > 0:
		return shares(f.Top, f.Sampled)
	case f.Numbers != nil:
		return fmt.Sprintf("%s to %s, mean %s", f.Numbers.Min, f.Numbers.Max, strconv.FormatFloat(f.Numbers.Mean, 'g', 5, 64))
	case f.Type == string(schema.Sparse) && f.Elements != nil:
		return fmt.Sprintf("%d to %d entries, half up to %d", f.Elements.Min, f.Elements.Max, f.Elements.P50)
	case f.Type == string(schema.BinaryVector) && f.Vectors != nil:
		return fmt.Sprintf("dim %d, %.3g %% of bits are 1", f.Vectors.Dim, 100*f.Vectors.OneBits)
	case f.Vectors != nil:
		return fmt.Sprintf("dim %d, norms %.4g to %.4g", f.Vectors.Dim, f.Vectors.MinNorm, f.Vectors.MaxNorm)
	case len(f.Keys) > 0:
		return "keys: " + shares(f.Keys, false)
	case f.Elements != nil:
		return fmt.Sprintf("%d to %d elements, half up to %d", f.Elements.Min, f.Elements.Max, f.Elements.P50)
	case len(f.Examples) > 0:
		return "“" + f.Examples[0] + "”"
	case f.Lengths != nil:
		return fmt.Sprintf("%d to %d bytes, half up to %d", f.Lengths.Min, f.Lengths.Max, f.Lengths.P50)
	default:
		return ""
	}
}

func shares(tops []check.Top, sampled bool) string {
	about := ""
	if sampled {
		about = "≈"
	}
	words := make([]string, 0, 3)
	for _, t := range tops[:min(len(tops), 3)] {
		words = append(words, fmt.Sprintf("%s %s%.3g %%", t.Value, about, 100*t.Share))
	}
	if len(tops) > 3 {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}

// clipCells keeps a text on its line.
func clipCells(text string, width int) string {
	return runewidth.Truncate(oneLine(text), max(width, 20), "…")
}
