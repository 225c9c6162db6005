package check

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Write prints the report for people, in at most width cells.
func (r *Report) Write(w io.Writer, width int) error {
	p := &printer{width: max(width, 40)}
	p.head(r)
	for _, problem := range r.Problems {
		p.problem(problem)
	}
	p.fields(r.Fields)
	p.files(r.Files)
	_, err := io.WriteString(w, p.out.String())
	return err
}

type printer struct {
	out   strings.Builder
	width int
}

// line prints one line, cut to the width.
func (p *printer) line(indent int, format string, args ...any) {
	text := flat(fmt.Sprintf(format, args...))
	text = runewidth.Truncate(text, p.width-indent, "…")
	p.out.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+text, " ") + "\n")
}

// wrapped prints a text in as many lines as it takes; later ones are indented
// further.
func (p *printer) wrapped(indent int, text string) {
	room, further := p.width-indent, 0
	var line string
	for _, word := range strings.Fields(flat(text)) {
		switch {
		case line == "":
			line = word
		case runewidth.StringWidth(line)+1+runewidth.StringWidth(word) <= room-further:
			line += " " + word
		default:
			p.line(indent+further, "%s", line)
			line, further = word, 2
		}
		for runewidth.StringWidth(line) > room-further {
			cut := runewidth.Truncate(line, room-further, "")
			if cut == "" {
				break
			}
			p.line(indent+further, "%s", cut)
			line, further = line[len(cut):], 2
		}
	}
	if line != "" {
		p.line(indent+further, "%s", line)
	}
}

// flat keeps a text on one line.
func flat(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func (p *printer) head(r *Report) {
	verdict := "OK"
	if !r.OK {
		verdict = "REFUSED"
	}
	p.line(0, "%s: %s", r.Path, verdict)
	p.line(2, "%s rows, %s in %s; schema: %s", count(r.Rows), size(r.Bytes), many(int64(len(r.Files)), "file"), r.SchemaFrom)
	if r.Errors+r.Warnings > 0 {
		p.line(2, "%s, %s", many(r.Errors, "error"), many(r.Warnings, "warning"))
	}
}

func (p *printer) problem(problem Problem) {
	p.line(0, "")
	title := string(problem.Severity) + " " + problem.Rule
	if problem.Field != "" {
		title += " in " + problem.Field
	}
	if problem.Count > 1 {
		title += fmt.Sprintf(" (%s times)", count(problem.Count))
	}
	p.line(0, "%s", title)
	hint := ""
	for _, f := range problem.Findings {
		if problem.Field != "" {
			f.Field = "" // the title tells it
		}
		text := f.String()
		if f.File == "" && f.Row < 0 {
			text = f.Message
		}
		p.wrapped(2, text)
		hint = f.Hint
	}
	if rest := problem.Count - int64(len(problem.Findings)); rest > 0 {
		p.line(2, "and %s more", count(rest))
	}
	if hint != "" {
		p.wrapped(2, "hint: "+hint)
	}
}

func (p *printer) fields(fields []FieldStats) {
	for _, f := range fields {
		p.line(0, "")
		p.line(0, "%s  %s", f.Name, f.Type)
		p.wrapped(2, strings.Join(facts(f), ", "))
		if v := f.Vectors; v != nil && v.MaxNorm > 0 {
			p.wrapped(2, norms(v))
		}
		if f.Numbers != nil {
			p.line(2, "%s to %s, mean %s", f.Numbers.Min, f.Numbers.Max, short(f.Numbers.Mean))
			if bars := f.Numbers.Histogram; bars != nil {
				p.line(2, "%s", sparkline(bars))
			}
		}
		p.bars(f.Top, f.Sampled)
		p.bars(f.Keys, false)
		for _, example := range f.Examples {
			p.line(2, "“%s”", example)
		}
	}
}

func norms(v *Vectors) string {
	if v.Unit == 1 {
		return "all of unit length"
	}
	return fmt.Sprintf("norm %s to %s, mean %s; %s of unit length", short(v.MinNorm), short(v.MaxNorm), short(v.MeanNorm), percent(v.Unit))
}

// facts are the counts of a field.
func facts(f FieldStats) []string {
	all := []string{many(f.Count, "value")}
	if f.Nulls > 0 {
		all = append(all, fmt.Sprintf("%s null (%s)", count(f.Nulls), percent(float64(f.Nulls)/float64(f.Nulls+f.Count))))
	}
	if f.Empty > 0 {
		all = append(all, count(f.Empty)+" empty")
	}
	if f.Distinct > 0 {
		all = append(all, different(f))
	}
	if v := f.Vectors; v != nil {
		all = append(all, fmt.Sprintf("dim %d", v.Dim))
		if v.Zero > 0 {
			all = append(all, count(v.Zero)+" all zeros")
		}
		if v.OneBits > 0 {
			all = append(all, percent(v.OneBits)+" of bits set")
		}
	}
	if s := f.Elements; s != nil {
		all = append(all, sizes(s, "elements"))
	}
	if s := f.Lengths; s != nil {
		all = append(all, sizes(s, "bytes"))
	}
	return all
}

// sizes says how long values are.
func sizes(s *Spread, what string) string {
	if s.Min == s.Max {
		return fmt.Sprintf("each of %d %s", s.Min, what)
	}
	return fmt.Sprintf("%d to %d %s, half up to %d, 99 %% up to %d", s.Min, s.Max, what, s.P50, s.P99)
}

// different says how many values there are. An estimate is off by up to two
// percent; it may be larger than the number of rows.
func different(f FieldStats) string {
	switch {
	case f.Count > 1 && f.Exact && f.Distinct == f.Count:
		return "all different"
	case !f.Exact && float64(f.Distinct) > 0.98*float64(f.Count):
		return "nearly all different"
	case f.Exact:
		return count(f.Distinct) + " different"
	default:
		return "about " + count(f.Distinct) + " different"
	}
}

// bars prints frequent values, each with its share as a bar.
func (p *printer) bars(top []Top, sampled bool) {
	if len(top) == 0 {
		return
	}
	name := 4
	digits := 0
	for _, t := range top {
		name = max(name, runewidth.StringWidth(flat(t.Value)))
		digits = max(digits, len(count(t.Count)))
	}
	name = min(name, p.width/2)
	bar := min(p.width-name-24, 30)
	about := ""
	if sampled {
		about = "≈"
	}
	for _, t := range top {
		value := runewidth.FillRight(runewidth.Truncate(flat(t.Value), name, "…"), name)
		drawn := ""
		if bar > 4 {
			drawn = block(t.Share, bar)
		}
		number := count(t.Count)
		if sampled {
			number = ""
		}
		p.line(2, "%s %7s %s  %*s", value, about+percent(t.Share), drawn, digits, number)
	}
}

// block draws a share in eighths of a cell.
func block(share float64, cells int) string {
	eighths := int(math.Round(share * float64(8*cells)))
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return runewidth.FillRight(text, cells)
}

// sparkline draws a histogram in one line.
func sparkline(bars []float64) string {
	most := 0.0
	for _, b := range bars {
		most = max(most, b)
	}
	var out strings.Builder
	for _, b := range bars {
		level := 0
		if most > 0 && b > 0 {
			level = 1 + int(b/most*6.999)
		}
		out.WriteRune([]rune(" ▁▂▃▄▅▆▇█")[min(level+level/7, 8)])
	}
	return "│" + out.String() + "│"
}

// filesShown is how many files are listed.
const filesShown = 10

func (p *printer) files(files []FileStats) {
	p.line(0, "")
	for i, f := range files {
		if i == filesShown {
			p.line(0, "and %s", many(int64(len(files)-i), "more file"))
			break
		}
		text := fmt.Sprintf("%s  %s rows, %s", f.Name, rowsText(f.Rows), size(f.Bytes))
		if f.RowGroups > 0 {
			text += ", " + many(int64(f.RowGroups), "row group")
		}
		p.line(0, "%s", text)
	}
}

func rowsText(n int64) string {
	if n < 0 {
		return "?"
	}
	return count(n)
}

func short(v float64) string {
	if size := math.Abs(v); size >= 1000 && size < 1e15 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func many(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}

// count writes 1,234,567.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func size(n int64) string {
	value, units := float64(n), []string{"B", "KB", "MB", "GB", "TB"}
	i := 0
	for value >= 1000 && i < len(units)-1 {
		value, i = value/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.3g %s", value, units[i])
}
