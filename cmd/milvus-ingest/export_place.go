package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/upload"
	"github.com/zilliz/milvus-ingest/core/userdir"
)

// dated is how the time stands in the name of a backup: names sort as times do.
const dated = "20060102T150405Z"

// A place is where an export goes: a folder, or a bucket by way of one.
type place struct {
	// base is the folder that the user named, or the one on the way to the
	// bucket; dir is the data set's folder in it.
	base, dir string
	// store is nil where the export stays on this machine.
	store  *bucket.Bucket
	prefix string
	dated  bool
}

// isBucket tells whether a user names a bucket.
func isBucket(name string) bool { return strings.Contains(name, "://") }

func (c *exportCommand) place(ctx context.Context, a *app) (*place, error) {
	if !isBucket(c.Out) {
		return &place{base: c.Out, dated: c.Dated}, nil
	}
	at, err := bucket.ParseLocation(c.Out)
	if err != nil {
		return nil, err
	}
	o, err := c.storeFlags.options(a, at.Bucket)
	if err != nil {
		return nil, err
	}
	p := &place{prefix: at.Key, dated: c.Dated}
	if p.store, err = bucket.Open(ctx, o, true); err != nil {
		return nil, err
	}
	p.base, err = staging(c.Staging, "export", p.store.Store, c.Out, c.Collection)
	return p, err
}

// staging is a folder for files on their way to or from a bucket: the same one
// for the same work, so that it can go on.
func staging(given string, work ...string) (string, error) {
	if given != "" {
		return given, nil
	}
	if userdir.Path() == "" {
		return "", core.Errorf(core.InvalidConfig, "you have no data folder for files on their way").WithHint("name a folder with --staging")
	}
	return filepath.Join(userdir.Path(), "staging", fmt.Sprintf("%016x", xxh3.HashString(strings.Join(work, "\x00")))), nil
}

// choose settles the folder. An export that is resumed is the newest one.
func (p *place) choose(c *exportCommand, name string, now time.Time) error {
	if !p.dated {
		p.dir = p.base
		if p.store != nil {
			p.dir = filepath.Join(p.base, name)
		}
		return nil
	}
	p.dir = filepath.Join(p.base, name+"-"+now.UTC().Format(dated))
	if !c.Resume {
		return nil
	}
	there, err := foldersIn(p.base)
	if err != nil {
		return err
	}
	for _, b := range slices.Backward(backups(there, name)) {
		// On the way to a bucket a whole one is not done, either.
		dir := filepath.Join(p.base, b.folder)
		if state, err := dataset.Look(dir); err == nil && (state == dataset.Unfinished || p.store != nil && state == dataset.Whole) {
			p.dir = dir
			return nil
		}
	}
	return core.Errorf(core.Conflict, "%s has no unfinished backup of %s", c.Out, name).WithHint("leave --resume out")
}

// deliver brings the data set to its place and says where that is.
func (p *place) deliver(ctx context.Context) (string, error) {
	if p.store == nil {
		return p.dir, nil
	}
	prefix := p.prefix
	if p.dated {
		prefix = bucket.Join(prefix, filepath.Base(p.dir)) + "/"
	}
	set, err := dataset.Open(ctx, p.dir, dataset.OpenOptions{})
	if err != nil {
		return "", err
	}
	// A backup keeps the keys that Milvus made.
	if _, err := upload.Run(ctx, set, p.store, prefix, upload.Options{KeepAutoID: true}); err != nil {
		return "", err
	}
	if err := dataset.Remove(p.dir); err != nil {
		return "", err
	}
	// What else lies there keeps the folder, and does no harm.
	_ = os.Remove(p.dir)
	return bucket.Location{Bucket: p.store.Name, Key: prefix}.String(), nil
}

// retire removes whole backups that are older than their retention, but never
// the one that was just made.
func (p *place) retire(ctx context.Context, c *exportCommand, name string, now time.Time) ([]string, error) {
	if c.RetentionDays == 0 {
		return nil, nil
	}
	there, err := p.folders(ctx)
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, b := range backups(there, name) {
		if b.folder == filepath.Base(p.dir) || now.Sub(b.made) <= time.Duration(c.RetentionDays)*24*time.Hour {
			continue
		}
		gone, err := p.remove(ctx, b.folder)
		if err != nil {
			return removed, fmt.Errorf("remove the old backup %s: %w", b.folder, err)
		}
		removed = append(removed, gone)
	}
	return removed, nil
}

// folders are those in the place.
func (p *place) folders(ctx context.Context) ([]string, error) {
	if p.store == nil {
		return foldersIn(p.base)
	}
	found := map[string]bool{}
	for o, err := range p.store.List(ctx, p.prefix) {
		if err != nil {
			return nil, err
		}
		if folder, _, ok := strings.Cut(strings.TrimPrefix(o.Key, p.prefix), "/"); ok {
			found[folder] = true
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// remove takes a backup away. meta.json goes first: what is left of a broken
// removal is no data set.
func (p *place) remove(ctx context.Context, folder string) (string, error) {
	if p.store == nil {
		dir := filepath.Join(p.base, folder)
		return dir, errors.Join(dataset.Remove(dir), os.Remove(dir))
	}
	prefix := bucket.Join(p.prefix, folder) + "/"
	if err := p.store.Delete(ctx, bucket.Join(prefix, dataset.MetaName)); err != nil {
		return "", err
	}
	var keys []string
	for o, err := range p.store.List(ctx, prefix) {
		if err != nil {
			return "", err
		}
		keys = append(keys, o.Key)
	}
	return bucket.Location{Bucket: p.store.Name, Key: prefix}.String(), p.store.Delete(ctx, keys...)
}

func foldersIn(base string) ([]string, error) {
	entries, err := os.ReadDir(base)
	if os.IsNotExist(err) {
		return nil, nil
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// backup is a dated folder.
type backup struct {
	folder string
	made   time.Time
}

// backups are those of a collection, oldest first.
func backups(folders []string, name string) []backup {
	var found []backup
	for _, folder := range folders {
		stamp, ok := strings.CutPrefix(folder, name+"-")
		if !ok || !regexp.MustCompile(`^\d{8}T\d{6}Z$`).MatchString(stamp) {
			continue
		}
		if made, err := time.Parse(dated, stamp); err == nil {
			found = append(found, backup{folder, made})
		}
	}
	slices.SortFunc(found, func(a, b backup) int { return a.made.Compare(b.made) })
	return found
}
