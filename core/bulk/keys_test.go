package bulk

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core"
)

func TestKeysOfFilesThatUsersGive(t *testing.T) {
	here := filepath.Join(t.TempDir(), "a.parquet")
	if err := os.WriteFile(here, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		bucket, given string // several are joined by spaces
		keys, in      string
		wrong         string // what the error tells
	}{
		{"", "s3://data/p/a.parquet", "p/a.parquet", "data", ""},
		{"data", "s3a://data/p/a.parquet", "p/a.parquet", "data", ""},
		{"data", "p/a.parquet p/b.parquet", "p/a.parquet p/b.parquet", "data", ""},
		{"data", "/p/a.parquet", "p/a.parquet", "data", ""},
		{"data", "p//a.parquet", "p/a.parquet", "data", ""},
		{"data", "s3://other/p/a.parquet", "", "data", "lies in the bucket other, and not in data"},
		{"", "s3://data/a.parquet s3://other/b.parquet", "", "", "lies in the bucket other, and not in data"},
		{"data", "./d/a.parquet", "", "", "path of this machine"},
		{"data", "../a.parquet", "", "", "path of this machine"},
		{"data", "~/a.parquet", "", "", "path of this machine"},
		{"data", here, "", "", "path of this machine"},
		{"data", `p\a.parquet`, "", "", "backslash"},
		{"data", "p/../a.parquet", "", "", "leads elsewhere"},
		{"data", "https://data/p/a.parquet", "", "", "not from https://"},
		{"data", "s3:///p/a.parquet", "", "", "names no bucket"},
		{"data", "s3://data/p/", "", "", "no data file"},
		{"data", "p/meta.txt", "", "", "no data file"},
		{"data", "p/a.parquet /p/a.parquet", "", "", "given twice"},
		{"data", "p/a.parquet p/b.json", "", "", "different formats"},
	} {
		keys, in, err := Keys(c.bucket, strings.Fields(c.given))
		switch {
		case c.wrong != "":
			if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q: %v, want %q", c.given, err, c.wrong)
			}
		case err != nil || !slices.Equal(keys, strings.Fields(c.keys)) || in != c.in:
			t.Errorf("%q: keys %v in %q, %v; want %s in %q", c.given, keys, in, err, c.keys, c.in)
		}
	}
}

// FuzzKeys makes sure that no key leaves its bucket.
func FuzzKeys(f *testing.F) {
	for _, s := range []string{"s3://b/p/a.parquet", "/p//a.json", "./a.parquet", `p\a.parquet`, "s3://b/../x.parquet", "..//a.parquet"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		keys, _, err := Keys("b", []string{given})
		if err != nil {
			return
		}
		for _, key := range keys {
			if strings.HasPrefix(key, "/") || strings.Contains(key, "//") || strings.Contains(key, `\`) || slices.Contains(strings.Split(key, "/"), "..") {
				t.Errorf("%q gives the key %q", given, key)
			}
		}
	})
}

func TestFilesThatAreTooLargeAreAllTold(t *testing.T) {
	files := []File{{Key: "a.parquet", Bytes: 17 << 30}, {Key: "b.parquet", Bytes: 1}, {Key: "c.parquet", Bytes: 16<<30 + 1}}
	problems := Oversized(files)
	if len(problems) != 2 || !strings.Contains(problems[0].Error(), "a.parquet") || !strings.Contains(problems[1].Error(), "c.parquet") {
		t.Errorf("told %v", problems)
	}
}

func TestReasonsOfServersAreExplained(t *testing.T) {
	for _, c := range []struct {
		reason string
		mend   string
		every  bool
	}{
		{"the specified key does not exist", "are in the bucket mine", true},
		{"Access Denied", "the server's own keys", true},
		{"the primary key 'id' is auto-generated, no need to provide", "leave its column out", true},
		{"float vector is irregular", "check DIR", false},
		{"something new", "check DIR", false},
	} {
		err, every := failure(Status{ID: "7", Reason: c.reason}, someFiles(3), "mine")
		if !strings.Contains(err.Error(), c.reason) || !strings.Contains(err.Error(), "part-00000.parquet and 2 more files") ||
			!strings.Contains(hintsOf(err), c.mend) || every != c.every {
			t.Errorf("%s: %v (hint %s), every %v", c.reason, err, hintsOf(err), every)
		}
	}
}

func TestZillizCloudIsReachedByItsControlPlane(t *testing.T) {
	for _, c := range []struct {
		address, token, cluster string
		base, id                string
		wrong                   string
	}{
		{"https://in05-abc.serverless.aws-us-west-2.cloud.zilliz.com", "key", "", "https://api.cloud.zilliz.com", "in05-abc", ""},
		{"https://in01-abc.ali-cn.vectordb.zilliz.com.cn:19530", "key", "", "https://api.cloud.zilliz.com.cn", "in01-abc", ""},
		{"https://proxy.zilliz.com", "key", "in07-x", "https://api.cloud.zilliz.com", "in07-x", ""},
		{"https://proxy.zilliz.com", "key", "", "", "", "--cluster-id"},
		{"https://in05-abc.cloud.zilliz.com", "db_admin:password", "", "", "", "API key"},
		{"https://in05-abc.cloud.zilliz.com", "", "", "", "", "API key"},
	} {
		r := &rest{token: c.token}
		err := r.toCloud(Source{Bucket: "b", Cluster: c.cluster}, c.address)
		switch {
		case c.wrong != "":
			if core.CodeOf(err) != core.InvalidConfig || !strings.Contains(hintsOf(err), c.wrong) {
				t.Errorf("%s: %v", c.address, err)
			}
		case err != nil || r.base != c.base || r.cloud.cluster != c.id:
			t.Errorf("%s: %+v, %v", c.address, r, err)
		}
	}
	if got := (Source{Endpoint: "https://oss.example.com", Bucket: "b"}).url("p/数据.parquet"); got != "https://oss.example.com/b/p/%E6%95%B0%E6%8D%AE.parquet" {
		t.Errorf("an object of another store is at %s", got)
	}
	if err := (&rest{token: "key"}).toCloud(Source{Endpoint: "http://127.0.0.1:9000"}, "https://in05-abc.cloud.zilliz.com"); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("a store of this machine was taken: %v", err)
	}
}
