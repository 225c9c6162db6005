package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/upload"
)

// uploadSummary is what upload tells at its end.
type uploadSummary struct {
	Local    string `json:"local"`
	Place    string `json:"place"`
	Store    string `json:"store"`
	DryRun   bool   `json:"dry_run,omitempty"`
	Sent     int    `json:"sent"`
	Skipped  int    `json:"skipped"`
	Bytes    int64  `json:"bytes"`
	BytesOut int64  `json:"bytes_sent"`
	*upload.Result
	Seconds float64 `json:"seconds"`
}

func (a *app) summarizeUpload(c *uploadCommand, b *bucket.Bucket, local string, place bucket.Location, r *upload.Result, took time.Duration) error {
	s := uploadSummary{Local: local, Place: place.String(), Store: b.Store, DryRun: c.DryRun, Result: r, Seconds: took.Seconds()}
	all := r.Objects
	if r.Meta != nil {
		all = append(all[:len(all):len(all)], *r.Meta)
	}
	for _, o := range all {
		s.Bytes += o.Bytes
		if o.State == upload.Skipped {
			s.Skipped++
			continue
		}
		s.Sent++
		s.BytesOut += o.Bytes
	}
	for _, key := range r.Others {
		a.say("warning: %s is below the prefix, too, and not of this data set", bucket.Location{Bucket: place.Bucket, Key: key})
	}
	if len(r.Others) > 0 {
		a.say("hint: an import of the whole prefix would load it; choose another prefix, or remove it")
	}
	if a.output == "json" {
		return a.printJSON(s)
	}
	return a.printUpload(s, all, place, c)
}

func (a *app) printUpload(s uploadSummary, all []upload.Object, place bucket.Location, c *uploadCommand) error {
	if a.verbose || s.DryRun {
		var rows [][]string
		for _, o := range all {
			rows = append(rows, []string{o.Key, inBytes(o.Bytes), o.State, fmt.Sprintf("%.12s…", o.SHA256), o.Compared})
		}
		writeTable(a.stdout, a.width, []string{"key", "size", "", "SHA-256", "compared"}, rows)
	}
	verb := "sent"
	if s.DryRun {
		verb = "would be sent"
	}
	fmt.Fprintf(a.stdout, "%s: %d objects %s (%s), %d were there already\n", s.Place, s.Sent, verb, inBytes(s.BytesOut), s.Skipped)
	if len(s.LeftOut) > 0 {
		fmt.Fprintf(a.stdout, "left out of the objects: %s\n", strings.Join(s.LeftOut, ", "))
	}
	if s.DryRun {
		return nil
	}
	if s.Sent > 0 {
		fmt.Fprintf(a.stdout, "%.1f s, %s/s\n", s.Seconds, inBytes(int64(float64(s.BytesOut)/s.Seconds)))
	}
	a.say("next: %s", c.importLine(s.Local, place))
	return nil
}

// importLine is the command that imports what was uploaded.
func (c *uploadCommand) importLine(local string, place bucket.Location) string {
	line := []string{"milvus-ingest to-milvus import --local-path", shellWord(local), "--bucket", place.Bucket}
	add := func(flag, value string) {
		if value != "" {
			line = append(line, flag, shellWord(value))
		}
	}
	add("--s3-path", place.Key)
	add("--endpoint-url", c.EndpointURL)
	add("--fields", strings.Join(c.fieldFlags.Fields, ","))
	add("--exclude-fields", strings.Join(c.ExcludeFields, ","))
	return strings.Join(append(line, "--wait"), " ")
}

// watchBytes shows how far an upload is until stop is called; stop returns once
// nothing more is printed.
func (a *app) watchBytes(p *upload.Progress, total int64, quiet bool) (stop func()) {
	return a.follow(quiet, func(elapsed time.Duration) string {
		return bytesLine(p.Sent.Load(), p.Skipped.Load(), p.Read.Load(), total, elapsed)
	})
}

func bytesLine(sent, skipped, read, total int64, elapsed time.Duration) string {
	const width = 24
	done := min(sent+skipped, total)
	share := float64(done) / float64(max(total, 1))
	filled := int(share * width)
	rate := float64(sent) / max(elapsed.Seconds(), 1e-3)
	left := "-:--"
	if rate > 0 {
		left = inClock(time.Duration(float64(total-done) / rate * float64(time.Second)))
	}
	line := fmt.Sprintf("[%s%s] %3.0f %%  %s of %s", strings.Repeat("#", filled), strings.Repeat("-", width-filled), 100*share, inBytes(done), inBytes(total))
	if sent == 0 {
		return line + fmt.Sprintf("  %s compared", inBytes(read))
	}
	return line + fmt.Sprintf("  %s/s  %s left", inBytes(int64(rate)), left)
}
