package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

const (
	columnGap   = 2
	columnLeast = 18 // a column is not made narrower than this
	columnMost  = 60
)

// writeTable prints rows below their headers in at most width cells. Columns
// shrink, the widest first; where that is not enough the rest of the columns
// follow in a table of their own below.
func writeTable(w io.Writer, width int, headers []string, rows [][]string) {
	for first := 0; first < len(headers); {
		widths := naturalWidths(headers[first:], rows, first)
		widths = fitWidths(widths, width)
		writeBand(w, headers, rows, first, widths)
		first += len(widths)
		if first < len(headers) {
			fmt.Fprintln(w)
		}
	}
}

func naturalWidths(headers []string, rows [][]string, first int) []int {
	widths := make([]int, len(headers))
	for i := range headers {
		widths[i] = runewidth.StringWidth(headers[i])
		for _, row := range rows {
			widths[i] = max(widths[i], runewidth.StringWidth(oneLine(row[first+i])))
		}
		widths[i] = min(widths[i], columnMost)
	}
	return widths
}

// fitWidths gives the widths of as many columns as can be shown side by side.
func fitWidths(widths []int, width int) []int {
	n, least := 0, 0
	for n < len(widths) {
		least += min(widths[n], columnLeast) + columnGap
		if n > 0 && least-columnGap > width {
			break
		}
		n++
	}
	widths = widths[:n]
	for total(widths) > width {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 1 {
			break
		}
		widths[widest]--
	}
	return widths
}

func total(widths []int) int {
	sum := -columnGap
	for _, w := range widths {
		sum += w + columnGap
	}
	return sum
}

func writeBand(w io.Writer, headers []string, rows [][]string, first int, widths []int) {
	line := func(cell func(i int) string) {
		var b strings.Builder
		for i, width := range widths {
			text := runewidth.Truncate(oneLine(cell(i)), width, "…")
			b.WriteString(runewidth.FillRight(text, width+columnGap))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	line(func(i int) string { return headers[first+i] })
	line(func(i int) string { return strings.Repeat("─", widths[i]) })
	for _, row := range rows {
		line(func(i int) string { return row[first+i] })
	}
}

// oneLine keeps a cell on its line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
