package schema

import "github.com/zilliz/milvus-ingest/core/document"

// A Problem is one thing that is wrong with a schema, with the mend.
type Problem = document.Problem

// Problems are all problems of a schema, in the order of its lines. As an
// error it has the code InvalidConfig.
type Problems = document.Problems

// Severity tells whether a problem stops a schema from being used.
type Severity = document.Severity

// The severities.
const (
	// Error is a problem that every server refuses, or that we cannot
	// serve.
	Error = document.Error
	// Warning is a problem that depends on the server's version or
	// settings, or a key without effect.
	Warning = document.Warning
)
