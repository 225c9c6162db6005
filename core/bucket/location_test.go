package bucket

import (
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
)

func TestLocationsAreReadStrictly(t *testing.T) {
	for in, want := range map[string]string{
		"s3://data":                              "s3://data/",
		"s3://data/":                             "s3://data/",
		"s3a://data/x":                           "s3://data/x",
		"s3://data//x//y/":                       "s3://data/x/y/",
		"s3://my.data-1/a b#?/数据":                "s3://my.data-1/a b#?/数据",
		"s3://b/../c":                            `"b" is no name of a bucket; the path "../c" has a segment ".."`,
		"s3://data/a/./b":                        `has a segment "."`,
		"s3:///x":                                "names no bucket",
		"s3://":                                  "names no bucket",
		"s3://Bad_Bucket/x":                      `"Bad_Bucket" is no name of a bucket`,
		"s3://$BUCKET/x":                         `"$BUCKET" is no name of a bucket`,
		"s3://10.0.0.1/x":                        "is no name of a bucket",
		"s3://a..b/x":                            "is no name of a bucket",
		"http://b/x":                             "is no place in a bucket",
		"data/x":                                 "is no place in a bucket",
		`s3://data/a\b`:                          "has a backslash",
		"s3://data/a\x00b":                       "characters that no key may have",
		"s3://data/" + strings.Repeat("x", 1025): "1025 bytes",
	} {
		got, err := ParseLocation(in)
		if err == nil {
			if got.String() != want {
				t.Errorf("%q is read as %q, not %q", in, got, want)
			}
			continue
		}
		if text := strings.ReplaceAll(err.Error(), "\n", "; "); core.CodeOf(err) != core.InvalidConfig || !strings.Contains(text, want) {
			t.Errorf("%q: %v does not tell %q", in, err, want)
		}
	}
}

func FuzzKeysStayBelowTheirPrefix(f *testing.F) {
	for _, seed := range []string{"", "/", "a//b/", "..", "a/../b", `a\b`, "./x", "数据/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		clean, err := CleanKey(key)
		if err != nil {
			return
		}
		if strings.HasPrefix(clean, "/") || strings.Contains(clean, "//") || strings.Contains(clean, `\`) || len(clean) > longestKey {
			t.Errorf("%q became %q", key, clean)
		}
		for _, segment := range strings.Split(clean, "/") {
			if segment == "." || segment == ".." {
				t.Errorf("%q became %q", key, clean)
			}
		}
		if again, err := CleanKey(clean); err != nil || again != clean {
			t.Errorf("%q is not clean: %q, %v", clean, again, err)
		}
	})
}

func TestJoinedKeysHaveOneSlash(t *testing.T) {
	for want, parts := range map[string][2]string{"x": {"", "x"}, "a/x": {"a/", "x"}, "a/b/x": {"a/b", "x"}, "a/": {"a", ""}, "": {"", ""}} {
		if got := Join(parts[0], parts[1]); got != want {
			t.Errorf("%q is %q", parts, got)
		}
	}
}
