// Package live gives tests real servers: Milvus, Milvus Lite and MinIO, as
// `make servers` installs them. Those that all tests share are found by the
// environment; a test that kills its server starts one of its own.
//
// Where `make servers` has not run the tests that need it are skipped;
// `make test` runs it.
package live

import "testing"

// Env names the folder in which `make servers` keeps what it installed, and
// the file servers.env with the addresses of those that run.
const Env = "MILVUS_INGEST_TEST_SERVERS"

// Store is a running MinIO.
type Store struct {
	Endpoint, AccessKey, SecretKey string
	// Bucket is the one that the shared Milvus reads its imports from.
	Bucket string
}

// Milvus is the URI of the shared Milvus 2.3.5, which stores in Minio(t).
func Milvus(t testing.TB) string { t.Helper(); return "" }

// Lite is the URI of the shared Milvus Lite.
func Lite(t testing.TB) string { t.Helper(); return "" }

// Minio is the shared store.
func Minio(t testing.TB) Store { t.Helper(); return Store{} }

// Name is a name for a collection, bucket or prefix that no other test has; a
// collection of that name is dropped from both servers when the test ends.
func Name(t testing.TB) string { t.Helper(); return "" }

// Server is a server of a test's own. It ends with the test.
type Server struct {
	URI  string
	Dir  string // its data
	stop func() error
}

// StartMilvus starts a Milvus of the test's own; store nil: local files.
func StartMilvus(t testing.TB, store *Store) *Server { t.Helper(); return nil }

// StartLite starts a Milvus Lite of the test's own.
func StartLite(t testing.TB) *Server { t.Helper(); return nil }

// StartMinio starts a MinIO of the test's own.
func StartMinio(t testing.TB) (*Server, Store) { t.Helper(); return nil, Store{} }

// Kill ends the server as kill -9 does.
func (s *Server) Kill(t testing.TB) { t.Helper() }

// Restart starts it again on the same port with the same data, after Kill.
func (s *Server) Restart(t testing.TB) { t.Helper() }
