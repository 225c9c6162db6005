package page

import (
	"fmt"
	"strconv"
	"strings"
)

// thousands writes a count for people: 1,234,567.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, text = "-", text[1:]
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return sign + text
}

// bytesOf writes a size for people.
func bytesOf(n int64) string {
	value := float64(n)
	for _, unit := range []string{"B", "KB", "MB", "GB", "TB"} {
		if value < 1000 || unit == "TB" {
			if unit == "B" {
				return fmt.Sprintf("%d B", n)
			}
			return fmt.Sprintf("%.3g %s", value, unit)
		}
		value /= 1000
	}
	return ""
}

// percent writes a share of 1.
func percent(share float64) string {
	switch {
	case share == 0 || share == 1:
		return fmt.Sprintf("%.0f %%", 100*share)
	case share < 0.001:
		return "< 0.1 %"
	case share > 0.999:
		return "> 99.9 %"
	default:
		return fmt.Sprintf("%.1f %%", 100*share)
	}
}

// count writes a number of things: "1 file", "3 files".
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// list joins words that are there.
func list(words ...string) string {
	var there []string
	for _, w := range words {
		if w != "" {
			there = append(there, w)
		}
	}
	return strings.Join(there, " · ")
}

// scriptWords are those that the page's script shows.
func scriptWords() []string {
	return []string{"other", "null", "Dark", "Light", "Colour by", "share", "row"}
}
