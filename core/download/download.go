// Package download brings a data set from a bucket into a folder.
package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

// filesAtOnce is how many objects are read at the same time.
const filesAtOnce = 4

// Run downloads the data files below a prefix, and then meta.json, so that a
// folder with it is whole. Files that are there already with the size and the
// hash of their object are kept. progress is called with the bytes that came,
// from several goroutines; it may be nil.
func Run(ctx context.Context, b *bucket.Bucket, prefix, dir string, progress func(int64)) error {
	objects, meta, err := list(ctx, b, prefix)
	if err != nil {
		return err
	}
	if meta.Key == "" {
		return core.Errorf(core.InvalidConfig, "%s holds no data set: there is no %s", bucket.Location{Bucket: b.Name, Key: prefix}, dataset.MetaName).
			WithHint("give the prefix below which %s lies", dataset.MetaName)
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(filesAtOnce)
	for _, o := range objects {
		group.Go(func() error { return fetch(inner, b, o, dir, progress) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := fetch(ctx, b, meta, dir, progress); err != nil {
		return err
	}
	return compare(ctx, dir)
}

// compare holds the files to what meta.json tells of them: an object may have
// been replaced since.
func compare(ctx context.Context, dir string) error {
	meta, err := dataset.ReadMeta(dir)
	if err != nil {
		return err
	}
	var problems []error
	for _, f := range meta.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			problems = append(problems, core.Errorf(core.InvalidData, "%s tells of %q, which lies outside of the folder", dataset.MetaName, f.Path))
			continue
		}
		sum, err := dataset.SHA256(ctx, filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		if f.SHA256 != "" && sum != f.SHA256 {
			problems = append(problems, core.Errorf(core.InvalidData, "%s has another hash than %s tells", f.Path, dataset.MetaName).
				WithHint("the object was changed or damaged: upload it again, or take another backup"))
		}
	}
	return errors.Join(problems...)
}

// file is an object with its name in the folder.
type file struct {
	bucket.Object
	name string
}

// list finds the data files and meta.json. Other objects are not ours.
func list(ctx context.Context, b *bucket.Bucket, prefix string) (files []file, meta file, err error) {
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	for o, err := range b.List(ctx, prefix) {
		if err != nil {
			return nil, meta, err
		}
		f := file{o, strings.TrimPrefix(o.Key, prefix)}
		switch {
		case f.name == dataset.MetaName:
			meta = f
		case dataset.FormatOf(f.name) == "":
		case !filepath.IsLocal(filepath.FromSlash(f.name)) || strings.Contains(f.name, `\`):
			return nil, meta, core.Errorf(core.InvalidData, "the object %q would lie outside of the folder", o.Key)
		default:
			files = append(files, f)
		}
	}
	return files, meta, nil
}

// fetch brings an object to its place, whole or not at all.
func fetch(ctx context.Context, b *bucket.Bucket, o file, dir string, progress func(int64)) (err error) {
	at := filepath.Join(dir, filepath.FromSlash(o.name))
	if stat, ok, err := b.Stat(ctx, o.Key); err != nil {
		return err
	} else if ok {
		o.Object = stat
	}
	if same, err := there(ctx, at, o.Object); same || err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	aside, err := os.CreateTemp(filepath.Dir(at), "."+filepath.Base(at)+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(aside.Name()))
		}
	}()
	if err := errors.Join(receive(ctx, b, o, aside, progress), aside.Close()); err != nil {
		return fmt.Errorf("download s3://%s/%s: %w", b.Name, o.Key, err)
	}
	if o.SHA256 != "" {
		sum, err := dataset.SHA256(ctx, aside.Name())
		if err != nil {
			return err
		}
		if sum != o.SHA256 {
			return core.Errorf(core.InvalidData, "s3://%s/%s has another hash than it was stored with", b.Name, o.Key).
				WithHint("the object was changed or damaged: upload it again, or take another backup")
		}
	}
	if err := os.Chmod(aside.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(aside.Name(), at)
}

func receive(ctx context.Context, b *bucket.Bucket, o file, to *os.File, progress func(int64)) error {
	body, err := b.Get(ctx, o.Key, 0)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.MultiWriter(to, counter(progress)), body)
	if err = errors.Join(err, body.Close()); err != nil {
		return err
	}
	if n != o.Bytes {
		return core.Errorf(core.InvalidData, "%d bytes came of %d", n, o.Bytes)
	}
	return to.Sync()
}

// counter is a writer that counts.
type counter func(int64)

// Write implements io.Writer.
func (c counter) Write(p []byte) (int, error) {
	if c != nil {
		c(int64(len(p)))
	}
	return len(p), nil
}

// there tells whether a file is what the object holds.
func there(ctx context.Context, path string, o bucket.Object) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || info.Size() != o.Bytes || o.SHA256 == "" {
		return false, err
	}
	sum, err := dataset.SHA256(ctx, path)
	return sum == o.SHA256, err
}
