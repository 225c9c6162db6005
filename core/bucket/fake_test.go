package bucket

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a store in memory that can misbehave: MinIO shows the rest.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	objects map[string]stored
	uploads map[string]*unfinished
	seen    []string // method and query of each request
	// fault may answer a request instead of the store; it tells whether it
	// did.
	fault func(w http.ResponseWriter, r *http.Request) bool
	// spoil changes what is stored.
	spoil func(data []byte) []byte
	// etag replaces the ETags of objects, server is what the store calls itself.
	etag, server string
}

type stored struct {
	data  []byte
	etag  string
	noted string
}

type unfinished struct {
	key, noted string
	parts      map[int][]byte
}

// startFake starts a store that has the bucket data.
func startFake(t *testing.T, secure bool) *fake {
	t.Helper()
	f := &fake{objects: map[string]stored{}, uploads: map[string]*unfinished{}}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(f.serve))
	if f.Start(); secure {
		f.Close()
		f.Server = httptest.NewTLSServer(http.HandlerFunc(f.serve))
	}
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.seen = append(f.seen, r.Method+" "+r.URL.RawQuery)
	fault := f.fault
	f.mu.Unlock()
	w.Header().Set("Server", f.server)
	if fault != nil && fault(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if sum := r.Header.Get("Content-MD5"); sum != "" && sum != md5Base64(body) {
		refuse(w, http.StatusBadRequest, "BadDigest", "what arrived is something else")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/data"), "/")
	query := r.URL.Query()
	switch {
	case query.Has("uploadId") || query.Has("uploads"):
		f.multipart(w, r, key, body)
	case r.Method == http.MethodPut && key != "":
		f.store(key, body, hex.EncodeToString(md5Sum(body)), r.Header.Get("x-amz-meta-sha256"))
		w.Header().Set("ETag", `"`+f.objects[key].etag+`"`)
	case r.Method == http.MethodGet && key == "":
		fmt.Fprint(w, `<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`)
	default:
		f.read(w, r, key)
	}
}

func (f *fake) store(key string, data []byte, etag, noted string) {
	if f.spoil != nil {
		data = f.spoil(data)
	}
	if f.etag != "" {
		etag = f.etag
	}
	f.objects[key] = stored{data, etag, noted}
}

func (f *fake) read(w http.ResponseWriter, r *http.Request, key string) {
	o, ok := f.objects[key]
	if !ok {
		refuse(w, http.StatusNotFound, "NoSuchKey", "it is not there")
		return
	}
	w.Header().Set("ETag", `"`+o.etag+`"`)
	w.Header().Set("x-amz-meta-sha256", o.noted)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(o.data))
}

func (f *fake) multipart(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	query := r.URL.Query()
	id := query.Get("uploadId")
	u := f.uploads[id]
	switch {
	case r.Method == http.MethodGet:
		fmt.Fprint(w, `<ListMultipartUploadsResult>`)
		for id, u := range f.uploads {
			fmt.Fprintf(w, `<Upload><Key>%s</Key><UploadId>%s</UploadId></Upload>`, u.key, id)
		}
		fmt.Fprint(w, `<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`)
	case query.Has("uploads"):
		id = fmt.Sprintf("upload-%d", len(f.seen))
		f.uploads[id] = &unfinished{key, r.Header.Get("x-amz-meta-sha256"), map[int][]byte{}}
		fmt.Fprintf(w, `<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>`, id)
	case u == nil:
		refuse(w, http.StatusNotFound, "NoSuchUpload", "it is not there")
	case r.Method == http.MethodPut:
		number, _ := strconv.Atoi(query.Get("partNumber"))
		u.parts[number] = body
		w.Header().Set("ETag", `"`+hex.EncodeToString(md5Sum(body))+`"`)
	case r.Method == http.MethodDelete:
		delete(f.uploads, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		f.complete(u)
		delete(f.uploads, id)
		fmt.Fprintf(w, `<CompleteMultipartUploadResult><ETag>"%s"</ETag></CompleteMultipartUploadResult>`, f.objects[key].etag)
	}
}

func (f *fake) complete(u *unfinished) {
	var data, sums []byte
	for i := 1; i <= len(u.parts); i++ {
		data = append(data, u.parts[i]...)
		sums = append(sums, md5Sum(u.parts[i])...)
	}
	f.store(u.key, data, fmt.Sprintf("%x-%d", md5Sum(sums), len(u.parts)), u.noted)
}

// requests counts the requests that begin with a method and have a word in
// their query.
func (f *fake) requests(method, word string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.seen {
		if strings.HasPrefix(r, method+" ") && strings.Contains(r, word) {
			n++
		}
	}
	return n
}

// left are the keys of uploads that are not finished.
func (f *fake) left() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var keys []string
	for _, u := range f.uploads {
		keys = append(keys, u.key)
	}
	slices.Sort(keys)
	return keys
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	answer := struct {
		XMLName       xml.Name `xml:"Error"`
		Code, Message string
	}{Code: code, Message: message}
	if err := xml.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
}

func md5Sum(data []byte) []byte {
	sum := md5.Sum(data)
	return sum[:]
}

func md5Base64(data []byte) string { return base64.StdEncoding.EncodeToString(md5Sum(data)) }
