package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/collection/live"
)

func options(store live.Store, name string) bucket.Options {
	return bucket.Options{Endpoint: store.Endpoint, Bucket: name, AccessKey: store.AccessKey, SecretKey: store.SecretKey, PartBytes: 5 << 20}
}

func random(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{2}).Read(data)
	return data
}

func TestMinioTakesAndGivesBack(t *testing.T) {
	for checksums, word := range map[string]string{"auto": "CRC32C", "required": "MD5"} {
		t.Run(word, func(t *testing.T) { takesAndGivesBack(t, checksums, word) })
	}
}

func takesAndGivesBack(t *testing.T, checksums, word string) {
	t.Helper()
	store := live.Minio(t)
	o := options(store, live.Name(t))
	o.Checksums = checksums
	if _, err := bucket.Open(t.Context(), o, false); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("a bucket that is not there: %v", err)
	}
	wrong := o
	wrong.SecretKey = "mistyped"
	if _, err := bucket.Open(t.Context(), wrong, true); core.CodeOf(err) != core.InvalidConfig {
		t.Errorf("a wrong secret: %v", err)
	}
	b, err := bucket.Open(t.Context(), o, true)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var keys []string
	for key, size := range map[string]int{"empty": 0, "a b#?&+%.parquet": 1 << 10, "深/数据.parquet": 11<<20 + 7} {
		keys = append(keys, key)
		data := random(size)
		put, err := b.Put(t.Context(), key, bytes.NewReader(data), bucket.PutOptions{})
		if err != nil || put.Compared != "size and "+word {
			t.Fatalf("%s: %+v, %v", key, put, err)
		}
		for _, at := range []int{0, size / 2, size} {
			if back := read(t, b, key, int64(at)); !bytes.Equal(back, data[at:]) {
				t.Errorf("%s from %d on reads back as %d bytes", key, at, len(back))
			}
		}
		stat, ok, err := b.Stat(t.Context(), key)
		if err != nil || !ok || stat.SHA256 != put.SHA256 || stat.Bytes != int64(size) {
			t.Errorf("%s: %+v, %v, %v", key, stat, ok, err)
		}
		w := b.Create(t.Context(), "stream/"+key, bucket.PutOptions{})
		for chunk := range slices.Chunk(data, 1<<20+1) {
			if _, err := w.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
		stream, err := w.Commit(t.Context())
		if err = errors.Join(err, w.Close()); err != nil || stream.SHA256 != put.SHA256 || stream.ETag != put.ETag {
			t.Errorf("%s as a stream: %+v, %v", key, stream, err)
		}
		keys = append(keys, "stream/"+key)
	}
	slices.Sort(keys)
	if listed := list(t, b); !slices.Equal(listed, keys) {
		t.Errorf("listed are %q, not %q", listed, keys)
	}
	if err := b.Delete(t.Context(), append(keys, "not there")...); err != nil || len(list(t, b)) > 0 {
		t.Errorf("%v, %q stay", err, list(t, b))
	}
	if _, ok, err := b.Stat(t.Context(), "empty"); ok || err != nil {
		t.Errorf("what was removed: %v, %v", ok, err)
	}
}

func read(t *testing.T, b *bucket.Bucket, key string, at int64) []byte {
	t.Helper()
	in, err := b.Get(t.Context(), key, at)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		t.Fatal(err)
	}
	return data
}

func list(t *testing.T, b *bucket.Bucket) []string {
	t.Helper()
	var keys []string
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
	}
	return keys
}

func TestStreamsThatAreNotCommittedLeaveNothing(t *testing.T) {
	b, err := bucket.Open(t.Context(), options(live.Minio(t), live.Name(t)), true)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	w := b.Create(t.Context(), "x", bucket.PutOptions{})
	if _, err := w.Write(random(12 << 20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w = b.Create(ctx, "x", bucket.PutOptions{})
	_, err = w.Write(random(6 << 20))
	cancel()
	for err == nil {
		_, err = w.Write(random(6 << 20))
	}
	if err = errors.Join(err, w.Close()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if unfinished, err := b.Unfinished(t.Context(), ""); err != nil || len(unfinished) > 0 || len(list(t, b)) > 0 {
		t.Errorf("unfinished are %q, %v; objects %q", unfinished, err, list(t, b))
	}
}

// A store that dies in the middle is an error in time; when it is back the next
// upload completes and removes what the first one left.
func TestAKilledStoreIsFoundOutAndCleanedUpLater(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the store to start again")
	}
	server, store := live.StartMinio(t)
	o := options(store, "data")
	o.Concurrency, o.Timeout = 1, 5*time.Second
	b, err := bucket.Open(t.Context(), o, true)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	data := random(16 << 20)
	killed, sent := false, int64(0)
	_, err = b.Put(t.Context(), "x", bytes.NewReader(data), bucket.PutOptions{Progress: func(n int64) {
		if sent += n; sent > 8<<20 && !killed {
			killed = true
			server.Kill(t)
		}
	}})
	if core.CodeOf(err) != core.Unavailable {
		t.Fatalf("the store was killed: %v", err)
	}
	server.Restart(t)
	if left, err := b.Unfinished(t.Context(), "x"); err != nil || len(left) != 1 {
		t.Errorf("unfinished are %q, %v: this test should show that they are removed", left, err)
	}
	if _, err := b.Put(t.Context(), "x", bytes.NewReader(data), bucket.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	left, err := b.Unfinished(t.Context(), "x")
	if err != nil || len(left) > 0 || !bytes.Equal(read(t, b, "x", 0), data) {
		t.Errorf("unfinished are %q, %v", left, err)
	}
}
