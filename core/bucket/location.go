package bucket

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zilliz/milvus-ingest/core"
)

// Location is a bucket with a prefix or key: s3://bucket/a/b/.
type Location struct{ Bucket, Key string }

// String writes the location as a URL.
func (l Location) String() string { return "s3://" + l.Bucket + "/" + l.Key }

// longestKey is how many bytes a key may have.
const longestKey = 1024

// ParseLocation reads s3://bucket/prefix/ (also s3a://). It tells all that is
// wrong: another scheme, a bucket name that no store takes, "..", backslashes;
// empty segments are dropped.
func ParseLocation(s string) (Location, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme != "s3" && scheme != "s3a" {
		return Location{}, core.Errorf(core.InvalidConfig, "%q is no place in a bucket", s).
			WithHint("write it as s3://bucket/prefix/")
	}
	name, key, _ := strings.Cut(rest, "/")
	if name == "" {
		return Location{}, core.Errorf(core.InvalidConfig, "%q names no bucket", s).
			WithHint("write it as s3://bucket/prefix/; if the name comes from a variable, the variable is empty")
	}
	key, err := CleanKey(key)
	return Location{name, key}, errors.Join(checkName(name), err)
}

// CleanKey checks a key or prefix: empty segments, and with them a slash at
// the beginning, are dropped; a slash at the end stays.
func CleanKey(key string) (string, error) {
	var kept []string
	var problems []error
	for _, segment := range strings.Split(key, "/") {
		switch segment {
		case "":
			continue
		case ".", "..":
			problems = append(problems, core.Errorf(core.InvalidConfig, "the path %q has a segment %q, which leads elsewhere", key, segment).
				WithHint("write the path without it"))
		}
		kept = append(kept, segment)
	}
	if strings.Contains(key, `\`) {
		problems = append(problems, core.Errorf(core.InvalidConfig, "the path %q has a backslash", key).
			WithHint("paths in a bucket have slashes, on Windows, too"))
	}
	if !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) {
		problems = append(problems, core.Errorf(core.InvalidConfig, "the path %q has characters that no key may have", key))
	}
	clean := strings.Join(kept, "/")
	if len(clean) > longestKey {
		problems = append(problems, core.Errorf(core.InvalidConfig, "the path has %d bytes, stores take %d", len(clean), longestKey))
	}
	if clean != "" && strings.HasSuffix(key, "/") {
		clean += "/"
	}
	return clean, errors.Join(problems...)
}

// Join is the key of a name below a prefix, with or without a slash at its
// end.
func Join(prefix, name string) string {
	if prefix = strings.TrimSuffix(prefix, "/"); prefix == "" {
		return name
	}
	return prefix + "/" + name
}

// checkName refuses names that no store takes for a bucket.
func checkName(name string) error {
	shaped := regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`).MatchString(name)
	_, notIP := netip.ParseAddr(name)
	if shaped && notIP != nil && !strings.Contains(name, "..") {
		return nil
	}
	hint := "3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends"
	if strings.HasPrefix(name, "$") {
		hint = "the shell did not replace the variable: write it in double quotes, not in single ones"
	}
	return core.Errorf(core.InvalidConfig, "%q is no name of a bucket", name).WithHint("%s", hint)
}
