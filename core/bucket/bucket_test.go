package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/zilliz/milvus-ingest/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open opens the bucket data of a fake.
func (f *fake) open(t *testing.T, change func(*Options)) *Bucket {
	t.Helper()
	b, err := Open(t.Context(), f.options(change), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func (f *fake) options(change func(*Options)) Options {
	o := Options{Endpoint: f.URL, Bucket: "data", AccessKey: "key", SecretKey: "secret", Insecure: true, PartBytes: leastPartBytes}
	if change != nil {
		change(&o)
	}
	return o
}

// random makes bytes that differ everywhere.
func random(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Over https the SDK would add trailers and framing that many stores refuse,
// or store as content.
func TestStoresThatKnowNoTrailersHoldWhatWasSent(t *testing.T) {
	f := startFake(t, true)
	f.fault = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.Header.Get("X-Amz-Trailer") != "":
			refuse(w, http.StatusNotImplemented, "NotImplemented", "trailers")
		case strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked"):
			refuse(w, http.StatusBadRequest, "InvalidRequest", "framing")
		default:
			return false
		}
		return true
	}
	b := f.open(t, nil)
	for _, size := range []int{0, 1 << 10, 20 << 20} {
		data := random(size)
		var sent atomic.Int64
		o, err := b.Put(t.Context(), "a/x.parquet", bytes.NewReader(data), PutOptions{Progress: func(n int64) { sent.Add(n) }})
		if err != nil {
			t.Fatalf("%d bytes: %v", size, err)
		}
		if !bytes.Equal(f.objects["a/x.parquet"].data, data) || o.Compared != "size and MD5" || o.SHA256 != hexSHA256(data) || sent.Load() != int64(size) {
			t.Errorf("%d bytes were stored as %d, %+v, %d sent", size, len(f.objects["a/x.parquet"].data), o, sent.Load())
		}
	}
	if f.open(t, func(o *Options) { o.Checksums = "supported" }); f.requests("PUT", "partNumber") != 4 {
		t.Errorf("20 MB went in %d parts of 5 MiB", f.requests("PUT", "partNumber"))
	}
}

// Where the store is known to take it, or the user says so, the proof is a
// CRC32C in a header; no framing goes with it.
func TestChecksumsCanBeAskedFor(t *testing.T) {
	for name, change := range map[string]func(*fake, *Options){
		"asked for": func(_ *fake, o *Options) { o.Checksums = "supported" },
		"MinIO":     func(f *fake, _ *Options) { f.server = "MinIO" },
	} {
		f := startFake(t, true)
		b := f.open(t, func(o *Options) { change(f, o) })
		var framed, proofs atomic.Int32
		f.fault = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("X-Amz-Trailer") != "" {
				framed.Add(1)
			}
			if r.Header.Get("X-Amz-Checksum-Crc32c") != "" {
				proofs.Add(1)
			}
			return false
		}
		data := random(6 << 20)
		o, err := b.Put(t.Context(), "x", bytes.NewReader(data), PutOptions{})
		// The fake tells no CRC32C of what it holds.
		if err != nil || framed.Load() > 0 || proofs.Load() != 2 || o.Compared != "size" || !bytes.Equal(f.objects["x"].data, data) {
			t.Errorf("%s: %d framed, %d proofs, %+v, %v", name, framed.Load(), proofs.Load(), o, err)
		}
	}
}

func TestPartsAreSentAgainFromTheirBeginning(t *testing.T) {
	data := random(12 << 20)
	for name, fault := range map[string]func(http.ResponseWriter){
		"the store is busy": func(w http.ResponseWriter) {
			refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "busy")
		},
		"the connection is cut after a megabyte": func(w http.ResponseWriter) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.CopyN(io.Discard, conn, 1<<20)
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, false)
			var times atomic.Int32
			f.fault = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("partNumber") != "2" || times.Add(1) > 2 {
					return false
				}
				fault(w)
				return true
			}
			var sent atomic.Int64
			o, err := f.open(t, nil).Put(t.Context(), "x", bytes.NewReader(data), PutOptions{Progress: func(n int64) { sent.Add(n) }})
			if err != nil || !bytes.Equal(f.objects["x"].data, data) {
				t.Fatalf("%+v, %v", o, err)
			}
			if times.Load() != 3 || sent.Load() != int64(len(data)) || len(f.left()) > 0 {
				t.Errorf("%d times, %d bytes told, left %v", times.Load(), sent.Load(), f.left())
			}
		})
	}
}

func TestCancelledUploadsLeaveNothing(t *testing.T) {
	f := startFake(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	f.fault = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "3" {
			cancel()
		}
		return false
	}
	_, err := f.open(t, nil).Put(ctx, "x", bytes.NewReader(random(20<<20)), PutOptions{})
	if !errors.Is(err, context.Canceled) || len(f.left()) > 0 || len(f.objects) > 0 || f.requests("DELETE", "uploadId") != 1 {
		t.Errorf("%v, left %v, objects %d", err, f.left(), len(f.objects))
	}
}

func TestWhatEarlierUploadsLeftIsRemoved(t *testing.T) {
	f := startFake(t, false)
	f.uploads["old"] = &unfinished{key: "x"}
	f.uploads["other"] = &unfinished{key: "xyz"}
	if _, err := f.open(t, nil).Put(t.Context(), "x", bytes.NewReader(random(6<<20)), PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if left := f.left(); len(left) != 1 || left[0] != "xyz" {
		t.Errorf("left are %v", left)
	}
}

// changing is a body that somebody writes to once it was read through.
type changing struct {
	*bytes.Reader
	reads int
}

func (c *changing) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.Reader.ReadAt(p, at)
	if c.reads++; c.reads > 6 && n > 0 {
		p[n/2] ^= 1
	}
	return n, err
}

func TestBodiesThatChangeAreRefused(t *testing.T) {
	f := startFake(t, false)
	b := f.open(t, func(o *Options) { o.Concurrency = 1 })
	_, err := b.Put(t.Context(), "x", &changing{Reader: bytes.NewReader(random(6 << 20))}, PutOptions{})
	if core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), "changed") || len(f.objects) > 0 || len(f.left()) > 0 {
		t.Errorf("%v, objects %d, left %v", err, len(f.objects), f.left())
	}
}

func TestStoredContentIsCompared(t *testing.T) {
	data := random(1000)
	for name, change := range map[string]func(*fake){
		"one byte less":   func(f *fake) { f.spoil = func(d []byte) []byte { return d[:len(d)-1] } },
		"another content": func(f *fake) { f.etag = hex.EncodeToString(md5Sum([]byte("x"))) },
	} {
		f := startFake(t, false)
		change(f)
		if _, err := f.open(t, nil).Put(t.Context(), "x", bytes.NewReader(data), PutOptions{}); core.CodeOf(err) != core.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := startFake(t, false)
	f.etag = "opaque"
	if o, err := f.open(t, nil).Put(t.Context(), "x", bytes.NewReader(data), PutOptions{}); err != nil || o.Compared != "size" {
		t.Errorf("an ETag that is no MD5: %+v, %v", o, err)
	}
}

func TestBrokenDownloadsGoOn(t *testing.T) {
	f := startFake(t, false)
	data := random(3 << 20)
	f.store("x", data, "e1", "")
	var gets atomic.Int32
	f.fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || r.URL.Path != "/data/x" || gets.Add(1) > 1 {
			return false
		}
		w.Header().Set("Content-Length", "3145728")
		w.Header().Set("ETag", `"e1"`)
		_, _ = w.Write(data[:1<<20])
		panic(http.ErrAbortHandler)
	}
	in, err := f.open(t, nil).Get(t.Context(), "x", 0)
	if err != nil {
		t.Fatal(err)
	}
	back, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil || !bytes.Equal(back, data) || gets.Load() != 2 {
		t.Errorf("%d bytes, %v, %d requests", len(back), err, gets.Load())
	}
}

func TestSilentStoresAreGivenUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, err = Open(t.Context(), Options{
		Endpoint: "http://" + silent.Addr().String(), Bucket: "data", AccessKey: "k", SecretKey: "s", Timeout: 100 * time.Millisecond,
	}, false)
	if core.CodeOf(err) != core.Unavailable || !strings.Contains(err.Error(), "no answer within 100ms") {
		t.Error(err)
	}
}
