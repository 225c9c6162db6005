package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// dated is how the time stands in the name of a backup: names sort as times do.
const dated = "20060102T150405Z"

// A place is where an export goes. Its methods are called in this order, once
// each.
type place struct {
	// base is what the user named; dir is the data set's folder on this
	// machine.
	base, dir string
}

func (c *exportCommand) place(_ *app) (*place, error) {
	return &place{base: c.Out}, nil
}

// choose settles the folder. An export that is resumed is the newest one.
func (p *place) choose(_ context.Context, c *exportCommand, name string, now time.Time) error {
	p.dir = p.base
	if !c.Dated {
		return nil
	}
	p.dir = filepath.Join(p.base, name+"-"+now.UTC().Format(dated))
	if !c.Resume {
		return nil
	}
	backups, err := backups(p.base, name)
	if err != nil {
		return err
	}
	for _, b := range slices.Backward(backups) {
		if state, err := dataset.Look(b.path); err == nil && state == dataset.Unfinished {
			p.dir = b.path
			return nil
		}
	}
	return core.Errorf(core.Conflict, "%s has no unfinished backup of %s", p.base, name).WithHint("leave --resume out")
}

// deliver brings the data set to its place and says where that is.
func (p *place) deliver(context.Context, *app, bool) (string, error) { return p.dir, nil }

// retire removes whole backups that are older than their retention, but never
// the one that was just made.
func (p *place) retire(_ context.Context, c *exportCommand, name string, now time.Time) ([]string, error) {
	if c.RetentionDays == 0 {
		return nil, nil
	}
	backups, err := backups(p.base, name)
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, b := range backups {
		if b.path == p.dir || now.Sub(b.made) <= time.Duration(c.RetentionDays)*24*time.Hour {
			continue
		}
		if err := dataset.Remove(b.path); err != nil {
			return removed, fmt.Errorf("remove the old backup %s: %w", b.path, err)
		}
		// What else lies there is the user's, and keeps the folder.
		if err := os.Remove(b.path); err != nil {
			return removed, fmt.Errorf("remove the old backup: %w", err)
		}
		removed = append(removed, b.path)
	}
	return removed, nil
}

// backup is a dated folder.
type backup struct {
	path string
	made time.Time
}

// backups are those of a collection, oldest first.
func backups(base, name string) ([]backup, error) {
	entries, err := os.ReadDir(base)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []backup
	for _, entry := range entries {
		if made, ok := backupTime(entry.Name(), name); ok && entry.IsDir() {
			found = append(found, backup{filepath.Join(base, entry.Name()), made})
		}
	}
	slices.SortFunc(found, func(a, b backup) int { return a.made.Compare(b.made) })
	return found, nil
}

// backupTime reads the time in the name of a backup of a collection.
func backupTime(folder, name string) (time.Time, bool) {
	stamp, ok := strings.CutPrefix(folder, name+"-")
	if !ok || !regexp.MustCompile(`^\d{8}T\d{6}Z$`).MatchString(stamp) {
		return time.Time{}, false
	}
	made, err := time.Parse(dated, stamp)
	return made, err == nil
}
