package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/userdir"
	"github.com/zilliz/milvus-ingest/core/whole"
)

// aliasHistory is what an alias stood for, oldest first, as far as this user
// has switched it. Servers do not keep that, and names do not tell: a version
// that failed its checks lies between those that were live.
type aliasHistory struct {
	file string
	// Live are the names of the collections.
	Live []string `json:"live"`
}

// historyLimit is how many names are kept of an alias.
const historyLimit = 100

// historyOf reads what is known of an alias.
func historyOf(s *collection.Server, alias string) (*aliasHistory, error) {
	dir := userdir.Path()
	if dir == "" {
		return &aliasHistory{}, nil
	}
	key := xxh3.HashString(s.Address + "\x00" + s.Database() + "\x00" + alias)
	h := &aliasHistory{file: filepath.Join(dir, "aliases", fmt.Sprintf("%016x.json", key))}
	data, err := os.ReadFile(h.file)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err == nil {
		err = json.Unmarshal(data, h)
	}
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "what %s stood for cannot be read: %w", alias, err).WithHint("remove %s", h.file)
	}
	return h, nil
}

// before is what stood before now and is still there; "" where nothing is
// known.
func (h *aliasHistory) before(now string, there []string) string {
	for i := slices.Index(h.Live, now) - 1; i >= 0; i-- {
		if slices.Contains(there, h.Live[i]) {
			return h.Live[i]
		}
	}
	return ""
}

// switched notes that now stands where before did. Going back forgets what
// came later: a second rollback goes further back.
func (h *aliasHistory) switched(before, now string) error {
	if h.file == "" {
		return nil
	}
	switch at := slices.Index(h.Live, now); {
	case at >= 0:
		h.Live = h.Live[:at+1]
	default:
		if at := slices.Index(h.Live, before); at >= 0 {
			h.Live = h.Live[:at+1]
		} else if h.Live = nil; before != "" {
			h.Live = []string{before} // somebody else has switched it meanwhile
		}
		h.Live = append(h.Live, now)
	}
	h.Live = h.Live[max(len(h.Live)-historyLimit, 0):]
	data, err := json.Marshal(h)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(h.file), 0o755)
	}
	if err == nil {
		err = whole.Write(h.file, data)
	}
	if err != nil {
		return fmt.Errorf("note what the alias stands for: %w", err)
	}
	return nil
}
