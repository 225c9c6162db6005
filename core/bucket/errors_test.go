package bucket

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
)

func TestRefusalsSayWhatMendsThem(t *testing.T) {
	for _, c := range []struct {
		code   string
		status int
		want   core.Code
		says   string
		hint   string
	}{
		{"NoSuchBucket", 404, core.InvalidConfig, "has no bucket data", "make it"},
		{"InvalidAccessKeyId", 403, core.InvalidConfig, "does not know the access key", "--access-key-id"},
		{"ExpiredToken", 400, core.InvalidConfig, "does not know the access key (ExpiredToken)", "temporary"},
		{"SignatureDoesNotMatch", 403, core.InvalidConfig, "secret key is not the one", "MINIO_SECRET_KEY"},
		{"RequestTimeTooSkewed", 403, core.InvalidConfig, "clocks", "set the clock"},
		{"AccessDenied", 403, core.InvalidConfig, "access denied", "ListBucket"},
		{"QuotaExceeded", 400, core.Exhausted, "the store is full", "free some space"},
		{"PreconditionFailed", 412, core.Conflict, "replaced while it was read", "run this again"},
		{"NotImplemented", 501, core.Unavailable, "cannot serve now", "later"},
		{"ServiceUnavailable", 503, core.Unavailable, "cannot serve now", "later"},
		{"MethodNotAllowed", 405, core.InvalidConfig, "refused: MethodNotAllowed", "--endpoint-url"},
		{"", 404, core.InvalidConfig, "none of an S3 store", "--endpoint-url"},
		{"", 200, core.InvalidConfig, "none of an S3 store", "--endpoint-url"},
	} {
		f := startFake(t, false)
		f.fault = func(w http.ResponseWriter, _ *http.Request) bool {
			if c.code == "" {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte("<!doctype html><p>hello"))
				return true
			}
			refuse(w, c.status, c.code, "")
			return true
		}
		_, err := Open(t.Context(), f.options(nil), false)
		checkError(t, c.code, err, c.want, c.says, c.hint)
	}
}

func checkError(t *testing.T, name string, err error, code core.Code, says, hint string) {
	t.Helper()
	var e *core.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: %v is no core.Error", name, err)
		return
	}
	if e.Code != code || !strings.Contains(err.Error(), says) || !strings.Contains(e.Hint, hint) {
		t.Errorf("%s: %s: %v (hint: %s)", name, e.Code, err, e.Hint)
	}
	if strings.Contains(err.Error()+e.Hint, "topsecret") {
		t.Errorf("%s tells the secret: %v", name, err)
	}
}

func TestRegionsAreFoundOutOrExplained(t *testing.T) {
	f := startFake(t, false)
	f.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/s3/") {
			return false
		}
		refuse(w, http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'")
		return true
	}
	if b := f.open(t, nil); b.o.Region != "eu-west-1" {
		t.Errorf("the region is %q", b.o.Region)
	}
	_, err := Open(t.Context(), f.options(func(o *Options) { o.Region = "ap-south-1" }), false)
	checkError(t, "given", err, core.InvalidConfig, "in the region eu-west-1, not in ap-south-1", "--region eu-west-1")
}

func TestAddressesThatAreNoneAreRefused(t *testing.T) {
	for address, says := range map[string]string{
		"aa": "neither a scheme nor a port", "ftp://x": "scheme ftp", "http://": "names no host", "http://user:topsecret@x:9000": "name or password",
		"http://x:9000/?a=b": "more than host", "http://[::1": "is none",
	} {
		_, err := Open(t.Context(), Options{Endpoint: address, Bucket: "data", AccessKey: "k", SecretKey: "topsecret"}, false)
		checkError(t, address, err, core.InvalidConfig, says, "--endpoint-url")
	}
}

func TestSilencesAreToldApart(t *testing.T) {
	plain, secure := startFake(t, false), startFake(t, true)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		endpoint string
		code     core.Code
		says     string
		hint     string
	}{
		{"http://" + closed.Addr().String(), core.Unavailable, "refuses connections", "start the store"},
		{"http://nowhere.invalid:9000", core.Unavailable, "the host nowhere.invalid", "--endpoint-url"},
		{strings.Replace(plain.URL, "http:", "https:", 1), core.InvalidConfig, "speaks no TLS", "http://"},
		{secure.URL, core.Unavailable, "its certificate is not trusted here", "--no-verify-ssl"},
		{strings.Replace(secure.URL, "https:", "http:", 1), core.InvalidConfig, "an answer that is none of an S3 store", "https://"},
	} {
		_, err := Open(t.Context(), Options{Endpoint: c.endpoint, Bucket: "data", AccessKey: "k", SecretKey: "topsecret"}, false)
		checkError(t, c.endpoint, err, c.code, c.says, c.hint)
	}
}

func TestEndedContextsAreNoFaultOfTheStore(t *testing.T) {
	f := startFake(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, f.options(nil), false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCredentialsAreLookedForWhereAWSLooks(t *testing.T) {
	f := startFake(t, false)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	none := func(o *Options) { o.AccessKey, o.SecretKey = "", "" }
	_, err := Open(t.Context(), f.options(none), false)
	checkError(t, "none", err, core.InvalidConfig, "no credentials were found", "--access-key-id")
	t.Setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "topsecret")
	var seen string
	f.fault = func(_ http.ResponseWriter, r *http.Request) bool { seen = r.Header.Get("Authorization"); return false }
	if f.open(t, none); !strings.Contains(seen, "Credential=of-the-environment/") {
		t.Errorf("signed as %q", seen)
	}
}

func TestBucketsCanStandInTheHost(t *testing.T) {
	f := startFake(t, false)
	var hosts, paths []string
	f.fault = func(_ http.ResponseWriter, r *http.Request) bool {
		hosts, paths = append(hosts, r.Host), append(paths, r.URL.Path)
		return false
	}
	f.open(t, nil)
	b := &Bucket{Name: "my-data", o: f.options(func(o *Options) { o.Endpoint, o.Addressing, o.Timeout = "http://store.example", "virtual", time.Minute })}
	if err := b.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.web.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(f.URL, "http://"))
	}
	if err := b.reach(t.Context()); err != nil {
		t.Fatal(err)
	}
	if hosts[1] != "my-data.store.example" || strings.Join(paths, " ") != "/data /" {
		t.Errorf("hosts %q, paths %q", hosts, paths)
	}
}

func TestAWSIsToldApart(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"": true, "https://s3.eu-west-1.amazonaws.com": true, "https://s3.cn-north-1.amazonaws.com.cn": true,
		"http://localhost:9000": false, "https://amazonaws.com.example.org": false, "https://oss-cn-hangzhou.aliyuncs.com": false,
	} {
		if isAWS(endpoint) != want {
			t.Errorf("%q: %v", endpoint, !want)
		}
	}
}

func TestOptionsAreCompleted(t *testing.T) {
	o := Options{Bucket: "data", Endpoint: "minio.local:9000/"}
	if err := o.complete(); err != nil || o.Endpoint != "http://minio.local:9000" || o.Timeout != 30*time.Second || o.PartBytes != 16<<20 || o.Concurrency != 4 {
		t.Errorf("%+v, %v", o, err)
	}
	o = Options{Bucket: "data", PartBytes: 1 << 20}
	if err := o.complete(); core.CodeOf(err) != core.InvalidConfig {
		t.Error(err)
	}
}
