package bulk

import (
	"fmt"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
)

// meaning is what a reason of a server means to somebody who reads it.
type meaning struct {
	words []string
	// every tells that every other job will fail for the same reason.
	every bool
	code  core.Code
	mend  string
}

// meanings are the reasons that are known, with their mends; %[1]s is the
// bucket of the files.
func meanings() []meaning {
	return []meaning{
		{
			[]string{"key does not exist", "nosuchkey", "no such key", "nosuchbucket"},
			true, core.InvalidConfig,
			"the server reads imports from the bucket of its own configuration (minio.bucketName, or its local files), never from one that is named to it; the files were looked for there and are in %[1]s: ask whoever runs the server which bucket it has, and give that with --bucket",
		},
		{
			[]string{"access denied", "accessdenied", "signaturedoesnotmatch", "invalidaccesskeyid", "status code: 403"},
			true, core.InvalidConfig,
			"the server's own keys do not open the bucket (minio.accessKeyID of its configuration; for Zilliz Cloud, --access-key-id)",
		},
		{
			[]string{"please remove it from file", "no need to provide", "auto-generated"},
			true, core.InvalidData,
			"the key is made by the server: upload and import leave its column out of what they send; files that were uploaded otherwise must be written anew",
		},
		{
			[]string{"dim", "irregular"},
			false, core.InvalidData,
			"a vector has another dim than its field: milvus-ingest check DIR names the row",
		},
		{
			[]string{"number of jobs has reached", "quota"},
			true, core.Exhausted,
			"wait until other imports are done: milvus-ingest import list shows them",
		},
		{
			[]string{"unsupported file type", "unexpected file type"},
			true, core.InvalidData,
			"this server takes .parquet, .json and .npy",
		},
	}
}

// failure makes an error of a job that failed: what the server said, and what
// mends it. every tells that other jobs will fail as well.
func failure(s Status, files []File, bucket string) (problem error, every bool) {
	what := files[0].Key
	if len(files) > 1 {
		what = fmt.Sprintf("%s and %d more files", what, len(files)-1)
	}
	reason := s.Reason
	if reason == "" {
		reason = "the server gave no reason; its log has one"
	}
	e := core.Errorf(core.InvalidData, "import job %s of %s failed: %s", s.ID, what, reason)
	said := strings.ToLower(s.Reason)
	for _, m := range meanings() {
		for _, words := range m.words {
			if strings.Contains(said, words) {
				e.Code = m.code
				return e.WithHint("%s", strings.ReplaceAll(m.mend, "%[1]s", place(bucket))), m.every
			}
		}
	}
	return e.WithHint("milvus-ingest check DIR tells what is wrong with the files"), false
}

func place(bucket string) string {
	if bucket == "" {
		return "another one"
	}
	return "the bucket " + bucket
}
