package bulk

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
)

// Keys reads what a user gives as --files: keys of objects in a bucket, also
// as s3://bucket/key. Each comes out relative to its bucket, with single
// slashes. known is the bucket that was named elsewhere, or ""; in is the one that
// all of them lie in, "" where none was named.
func Keys(known string, given []string) (keys []string, in string, err error) {
	in = known
	var problems []error
	for _, text := range given {
		key, from, err := oneKey(text)
		switch {
		case err != nil:
			problems = append(problems, err)
			continue
		case from != "" && in == "":
			in = from
		case from != "" && from != in:
			problems = append(problems, core.Errorf(core.InvalidConfig, "--files %s: it lies in the bucket %s, and not in %s", text, from, in).
				WithHint("all files of an import lie in one bucket, that which the server reads from"))
			continue
		}
		if slices.Contains(keys, key) {
			problems = append(problems, core.Errorf(core.InvalidConfig, "--files %s: it is given twice, and would be loaded twice", text))
			continue
		}
		keys = append(keys, key)
	}
	return keys, in, errors.Join(append(problems, oneFormat(keys))...)
}

func oneKey(text string) (key, from string, err error) {
	wrong := func(hint, format string, args ...any) error {
		return core.Errorf(core.InvalidConfig, "--files "+text+": "+format, args...).WithHint("%s", hint)
	}
	const here = "--local-path uploads the files of a folder and imports them; --files names objects that are in the bucket"
	key = text
	scheme, rest, hasScheme := strings.Cut(text, "://")
	switch {
	case hasScheme && (scheme == "s3" || scheme == "s3a"):
		from, key, _ = strings.Cut(rest, "/")
		if from == "" {
			return "", "", wrong("write s3://bucket/path/file.parquet", "it names no bucket")
		}
	case hasScheme:
		return "", "", wrong("write s3://bucket/path/file.parquet, or the object's key", "a server reads from its own bucket, not from %s://", scheme)
	case isLocal(text):
		return "", "", wrong(here, "it is a path of this machine, and the server reads objects")
	}
	if key, err = bucket.CleanKey(key); err != nil {
		return "", "", fmt.Errorf("--files: %w", err)
	}
	if formatOf(key) == "" {
		return "", "", wrong("give each file by its whole key, with its ending", "it is no data file: those end in .parquet, .json, .jsonl or .ndjson")
	}
	return key, from, nil
}

// isLocal tells whether a text can only be meant as a path of this machine. A
// leading slash alone is how some write keys.
func isLocal(text string) bool {
	if strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasPrefix(text, "~") {
		return true
	}
	_, err := os.Stat(text)
	return path.IsAbs(text) && err == nil
}

// formatOf tells the format by the name, as servers do.
func formatOf(key string) string {
	switch path.Ext(key) {
	case ".parquet":
		return "parquet"
	case ".json", ".jsonl", ".ndjson":
		return "json"
	}
	return ""
}

// oneFormat refuses files of several formats.
func oneFormat(keys []string) error {
	for _, key := range keys {
		if formatOf(key) != formatOf(keys[0]) {
			return core.Errorf(core.InvalidConfig, "%s and %s are of different formats: an import takes one", keys[0], key).
				WithHint("import the files of each format by themselves")
		}
	}
	return nil
}
