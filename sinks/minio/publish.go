package minio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Vacant refuses the place of a configuration if it holds a data set. Nothing
// is made there.
func Vacant(ctx context.Context, raw json.RawMessage) error {
	config, err := sdk.DecodeConfig[Config](raw)
	if err != nil {
		return err
	}
	b, prefix, err := config.connect(ctx, false)
	if errors.Is(err, bucket.ErrNoBucket) {
		return nil
	}
	if err != nil {
		return err
	}
	defer b.Close()
	if _, there, err := b.Stat(ctx, bucket.Join(prefix, dataset.MetaName)); err != nil || !there {
		return err
	}
	return core.Errorf(core.Conflict, "%s holds a data set", bucket.Location{Bucket: b.Name, Key: prefix}).
		WithHint("replace it with --force, or choose another place")
}

// Publish stores meta.json beside the objects of a run, which makes them a data
// set: with names relative to the prefix, and without what was left out. A
// writer of the sink cannot do it, for it knows its own object alone. It is
// the last thing that is stored.
func Publish(ctx context.Context, raw json.RawMessage, meta *dataset.Meta) error {
	config, err := sdk.DecodeConfig[Config](raw)
	if err != nil {
		return err
	}
	b, prefix, err := config.connect(ctx, true)
	if err != nil {
		return err
	}
	defer b.Close()
	base := bucket.Location{Bucket: b.Name, Key: bucket.Join(prefix, "")}.String()
	data, err := json.MarshalIndent(config.published(*meta, base), "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", dataset.MetaName, err)
	}
	before, err := replaced(ctx, b, prefix, meta, base)
	if err != nil {
		return err
	}
	// Before the new one tells of them no more: a run that is resumed removes
	// them, too.
	if err := b.Delete(ctx, before...); err != nil {
		return err
	}
	_, err = b.Put(ctx, bucket.Join(prefix, dataset.MetaName), bytes.NewReader(append(data, '\n')), bucket.PutOptions{
		ContentType: "application/json", StorageClass: config.StorageClass,
	})
	return err
}

// replaced are the keys of objects that the meta.json before names, and the new
// one does not: an import of the whole prefix would load them, too.
func replaced(ctx context.Context, b *bucket.Bucket, prefix string, meta *dataset.Meta, base string) ([]string, error) {
	key := bucket.Join(prefix, dataset.MetaName)
	if _, there, err := b.Stat(ctx, key); err != nil || !there {
		return nil, err
	}
	in, err := b.Get(ctx, key, 0)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(in)
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	var old dataset.Meta
	if json.Unmarshal(data, &old) != nil {
		old.Files = nil // it is none of ours, and names nothing
	}
	var keys []string
	for _, f := range old.Files {
		ours := slices.ContainsFunc(meta.Files, func(now dataset.File) bool { return now.Path == base+f.Path })
		// What a file says must not lead out of the prefix.
		if _, err := bucket.CleanKey(f.Path); err == nil && !ours && dataset.FormatOf(f.Path) != "" {
			keys = append(keys, bucket.Join(prefix, f.Path))
		}
	}
	return keys, nil
}

// published is the meta.json of objects below base.
func (c *Config) published(meta dataset.Meta, base string) dataset.Meta {
	meta.Files = slices.Clone(meta.Files)
	for i := range meta.Files {
		meta.Files[i].Path = strings.TrimPrefix(meta.Files[i].Path, base)
	}
	g := &meta.Generation
	g.Format, g.DataFiles = c.Format, slices.Clone(g.DataFiles)
	for i := range g.DataFiles {
		g.DataFiles[i] = strings.TrimPrefix(g.DataFiles[i], base)
	}
	if key := meta.Schema.Primary(); key != nil && key.AutoID && c.AutoID != "keep" {
		meta.Projection = &dataset.Projected{LeftOut: []string{key.Name}}
		meta.Columns = slices.DeleteFunc(slices.Clone(meta.Columns), func(c dataset.Column) bool { return c.Name == key.Name })
	}
	return meta
}
