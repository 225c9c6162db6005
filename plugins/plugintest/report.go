package plugintest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

// WriteText tells the results to people: a line a check, and how many passed.
func WriteText(out io.Writer, results []Result) error {
	var b strings.Builder
	var passed, skipped, failed int
	for _, r := range results {
		name := r.Check
		if r.Case != "" {
			name += " (" + r.Case + ")"
		}
		switch {
		case r.Err != nil:
			failed++
			fmt.Fprintf(&b, "FAIL  %s\n      %s\n", name, strings.ReplaceAll(r.Err.Error(), "\n", "\n      "))
			if hint := hintOf(r.Err); hint != "" {
				fmt.Fprintf(&b, "      hint: %s\n", hint)
			}
		case r.Skipped != "":
			skipped++
			fmt.Fprintf(&b, "skip  %s: %s\n", name, r.Skipped)
		default:
			passed++
			fmt.Fprintf(&b, "ok    %s\n", name)
		}
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	_, err := io.WriteString(out, b.String())
	return err
}

func hintOf(err error) string {
	var e *core.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

// MarshalJSON implements json.Marshaler.
func (r Result) MarshalJSON() ([]byte, error) {
	out := struct {
		Check   string  `json:"check"`
		Case    string  `json:"case,omitempty"`
		Status  string  `json:"status"`
		Reason  string  `json:"reason,omitempty"`
		Error   string  `json:"error,omitempty"`
		Hint    string  `json:"hint,omitempty"`
		Seconds float64 `json:"seconds"`
	}{Check: r.Check, Case: r.Case, Status: "passed", Reason: r.Skipped, Seconds: r.Took.Round(time.Millisecond).Seconds()}
	switch {
	case r.Err != nil:
		out.Status, out.Error, out.Hint = "failed", r.Err.Error(), hintOf(r.Err)
	case r.Skipped != "":
		out.Status = "skipped"
	}
	return json.Marshal(out)
}
