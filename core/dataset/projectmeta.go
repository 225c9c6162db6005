package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// Projected says what a data set lacks of the one that it was made of.
type Projected struct {
	// LeftOut are the columns that its files do not have.
	LeftOut []string `json:"left_out"`
}

// ProjectMeta is the meta.json of the set's projection: what is in it stays but
// for the schema, the columns and the files. files are those of the
// projection, in the order of the set's. Where nothing differs it is
// meta.json as it is.
func (s *Set) ProjectMeta(projected *schema.Collection, leftOut []string, files []File) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Join(s.Path, MetaName))
	if err != nil {
		return nil, core.Errorf(core.InvalidData, "%w", err)
	}
	if projected == s.Meta.Schema && len(leftOut) == 0 && (len(s.Meta.Files) == 0 || slices.Equal(files, s.Meta.Files)) {
		return raw, nil
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, core.Errorf(core.InvalidData, "%s: %w", MetaName, err)
	}
	put := func(key string, value any) {
		if err == nil {
			all[key], err = json.Marshal(value)
		}
	}
	if projected != s.Meta.Schema {
		put("schema", projected)
	}
	if len(s.Meta.Files) > 0 {
		put("files", files)
	}
	if len(s.Meta.Columns) > 0 {
		put("columns", slices.DeleteFunc(slices.Clone(s.Meta.Columns), func(c Column) bool { return slices.Contains(leftOut, c.Name) }))
	}
	if len(leftOut) > 0 {
		put("projection", Projected{leftOut})
	}
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", MetaName, err)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(all)
	return out.Bytes(), err
}
