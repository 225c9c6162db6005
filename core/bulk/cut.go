package bulk

import (
	"github.com/zilliz/milvus-ingest/core"
)

const (
	// filesPerRequest is what servers take in one request, by default.
	filesPerRequest = 1024
	// maxFileBytes is the largest file that servers take, by default.
	maxFileBytes = 16 << 30
)

// Oversized tells of files that are larger than a server takes.
func Oversized(files []File) []error {
	var problems []error
	for _, f := range files {
		if f.Bytes > maxFileBytes {
			problems = append(problems, core.Errorf(core.InvalidData, "%s: the file has %.1f GiB, and an import takes files of at most 16 GiB", f.Key, float64(f.Bytes)/(1<<30)).
				WithHint("write smaller files: generate --file-size 1GB"))
		}
	}
	return problems
}

// cut makes jobs of files, as few as the server takes. A gRPC task takes one
// file.
func (i *Importer) cut(t Target, files []File) []Job {
	n := filesPerRequest
	if i.o.FilesPerJob > 0 {
		n = min(i.o.FilesPerJob, filesPerRequest)
	}
	if i.Over == GRPC {
		n = 1
	}
	var jobs []Job
	for len(files) > 0 {
		m := min(n, len(files))
		jobs = append(jobs, Job{Collection: t.Collection, Partition: t.Partition, Files: files[:m:m]})
		files = files[m:]
	}
	return jobs
}
