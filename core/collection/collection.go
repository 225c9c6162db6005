// Package collection is a live Milvus collection: it dials a server, asks what
// it is and can do, makes a collection from a schema, indexes and loads it,
// writes rows to it and reads them, exactly as stored.
//
// Milvus, Zilliz Cloud and Milvus Lite are served alike, through the client of
// Milvus; rows go past its columns, straight from Arrow to the message.
package collection

import (
	"log/slog"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v2/schemapb"
	"github.com/milvus-io/milvus/client/v2/milvusclient"

	"github.com/zilliz/milvus-ingest/core/schema"
)

// Options say where a server is and how to log in.
type Options struct {
	// URI is http://host:port, https://host:port, host:port, an endpoint of
	// Zilliz Cloud, or ./x.db: Milvus Lite is started for it (see Dial).
	URI string
	// Token is "user:password" or an API key; User and Password are the same
	// in two words.
	Token, User, Password string
	// Database is made where it is missing; "" is the default one.
	Database string
	TLS      TLS
	// Timeout bounds the connection and each call; 0: 30 seconds. Waiting for
	// an index, a load or an import has bounds of its own.
	Timeout time.Duration
	// Log takes what the client tells; nil: nothing.
	Log *slog.Logger
}

// TLS says how a server is trusted.
type TLS struct {
	CAFile, CertFile, KeyFile string
	ServerName                string
	// Insecure takes any certificate.
	Insecure bool
}

// Kind tells servers apart.
type Kind string

// The kinds of servers.
const (
	Milvus Kind = "Milvus"
	Lite   Kind = "Milvus Lite"
	Cloud  Kind = "Zilliz Cloud"
)

// Server is a server that answered. It is safe for concurrent use.
type Server struct {
	Kind Kind
	// Version is what the server says of itself.
	Version schema.Version
	// Address is the server's, without secrets, for messages.
	Address string

	options Options
	client  *milvusclient.Client
	local   *local // Milvus Lite that was started for a file; nil where there is none
}

// Service is the same connection as plain calls; they log in, too.
func (s *Server) Service() milvuspb.MilvusServiceClient { return s.client.GetService() }

// Database is the name of the database in use, "" for the default one.
func (s *Server) Database() string { return s.options.Database }

// Collection is one collection of a server. It is safe for concurrent use.
type Collection struct {
	Server *Server
	Name   string
	// Schema is what the server says of the collection, with the indexes of
	// its fields and its properties; generators and hooks are not in it.
	Schema *schema.Collection
	// Aliases are the other names of the collection.
	Aliases []string
	// Partition is where Insert and Upsert put rows; "" is the default one. A
	// collection with a partition key takes none.
	Partition string

	described *milvuspb.DescribeCollectionResponse
}

// PrepareOptions say what to do with a collection that is there already, and
// how a new one is made.
type PrepareOptions struct {
	// Drop removes a collection of this name first; the caller has asked the
	// user. It is refused for an alias, and for a collection with aliases,
	// unless MoveAlias is set, which points them at the new one.
	Drop, MoveAlias bool
	// Fields and Exclude leave fields out (see Project).
	Fields, Exclude []string
	// Index is laid over the index policy of the schema.
	Index Policy
	// Consistency is a level of Milvus by name; "" is Bounded.
	Consistency string
}

// Policy says which index a field gets, and may be laid over what a schema asks
// for; see Choose.
type Policy struct {
	// Auto uses AUTOINDEX for all vectors.
	Auto bool
	// None makes no index; the collection is not loaded then.
	None bool
	// Fields are indexes by field name; they come first.
	Fields map[string]schema.Index
}

// IndexState is an index and how far it is.
type IndexState struct {
	Field, Name string
	schema.Index
	State          string // Finished, InProgress, Failed …
	Indexed, Total int64  // rows
	Pending        int64
	Reason         string // why it failed
}

// Read says which rows to read.
type Read struct {
	// Fields are the columns, in this order; empty: all stored fields of the
	// schema, and $meta where it is dynamic.
	Fields []string
	// Filter is an expression of Milvus; "" for all rows.
	Filter string
	// Limit bounds the rows of Query; 0: what the server allows (16,384).
	Limit int
	// Timestamp reads the collection as it was then (see Now); 0: as it is.
	Timestamp uint64
	// Fresh is a time from which on nothing may be missing (see Fresh); 0: all
	// that was written before the call is seen, for which each call waits.
	Fresh uint64
	// BatchRows bounds the rows of a batch of Rows; 0: by bytes.
	BatchRows int
	// After starts Rows behind this key (an int64 or a string); nil: at the
	// first.
	After any
}

// Search is a search for nearest rows.
type Search struct {
	Field  string
	Metric string // "" is that of the field's index
	// Vectors holds the queries in the field's Arrow form, or text for a BM25
	// field.
	Vectors arrow.Array
	Limit   int
	Filter  string
	// Params are those of the index, such as {"ef": "64"}.
	Params map[string]any
	// Output are the fields that come with each hit.
	Output      []string
	Consistency string // "" is Bounded
	// Fresh is that of Read, for a Strong search.
	Fresh uint64
}

// Hits is what one query found, nearest first.
type Hits struct {
	Keys   []any // int64 or string
	Scores []float32

	answer []*schemapb.FieldData // the output fields of all queries of the call
	first  int                   // where those of this one begin
}
