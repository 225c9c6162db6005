package bulk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/zilliz/milvus-ingest/core"
)

const (
	importPath = "/v2/vectordb/jobs/import/"
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 32 << 20
	// listPage is how many jobs are asked for at once, where pages are known.
	listPage = 100
)

// rest is REST v2.
type rest struct {
	client      *http.Client
	base, token string
	database    string
	// cloud is set where jobs go through Zilliz Cloud's control plane.
	cloud *cloud
	// older tells that describe is called get_progress.
	older atomic.Bool
}

// answer is what every call returns.
type answer struct {
	Code    *int            `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// jobRequest is the body of every call; each fills a part of it.
type jobRequest struct {
	Database   string     `json:"dbName,omitempty"`
	Collection string     `json:"collectionName,omitempty"`
	Partition  string     `json:"partitionName,omitempty"`
	Files      [][]string `json:"files,omitempty"`
	ID         string     `json:"jobId,omitempty"`
	Page       int        `json:"currentPage,omitempty"`
	PageSize   int        `json:"pageSize,omitempty"`
	*cloudRequest
}

// progress is what a server tells of a job.
type progress struct {
	ID         identifier `json:"jobId"`
	Collection string     `json:"collectionName"`
	State      string     `json:"state"`
	Percent    int64      `json:"progress"`
	Imported   int64      `json:"importedRows"`
	Total      int64      `json:"totalRows"`
	Reason     string     `json:"reason"`
	Details    []struct {
		File  string `json:"fileName"`
		Total int64  `json:"totalRows"`
	} `json:"details"`
}

// identifier is a job's id; servers write it as text, some as a number.
type identifier string

// UnmarshalJSON implements json.Unmarshaler.
func (i *identifier) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*i = identifier(text)
		return nil
	}
	var number json.Number
	err := json.Unmarshal(data, &number)
	*i = identifier(number)
	return err
}

// probe tells whether the server answers REST v2.
func (r *rest) probe(ctx context.Context) (bool, error) {
	err := r.call(ctx, "list", jobRequest{Database: r.database}, nil)
	var said *refusal
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err == nil:
		return true, nil
	case errors.As(err, &said) && said.isLogin():
		return false, err
	case errors.As(err, &said):
		return said.Code != 0, nil // it speaks REST v2, and did not like this call
	default:
		return false, nil
	}
}

func (r *rest) create(ctx context.Context, job Job) (string, error) {
	body := jobRequest{Database: r.database, Collection: job.Collection, Partition: job.Partition}
	for _, f := range job.Files {
		body.Files = append(body.Files, []string{f.Key})
	}
	if r.cloud != nil {
		body.cloudRequest = r.cloud.request(job.Files)
		body.Files = nil
	}
	var made struct {
		ID identifier `json:"jobId"`
	}
	switch err := r.call(ctx, "create", body, &made); {
	case err != nil:
		return "", err
	case made.ID == "":
		return "", unclear{core.Errorf(core.Unavailable, "the server accepted the job and told no id")}
	}
	return string(made.ID), nil
}

func (r *rest) describe(ctx context.Context, id string) (Status, error) {
	body := jobRequest{Database: r.database, ID: id}
	if r.cloud != nil {
		body.cloudRequest = &cloudRequest{Cluster: r.cloud.cluster}
	}
	var p progress
	path := "describe"
	if r.older.Load() {
		path = "get_progress"
	}
	err := r.call(ctx, path, body, &p)
	if unknownPath(err) && !r.older.Swap(true) {
		err = r.call(ctx, "get_progress", body, &p)
	}
	if err != nil {
		return Status{}, fmt.Errorf("ask for job %s: %w", id, err)
	}
	s := p.status()
	s.ID = id
	return s, nil
}

// unknownPath tells whether the server does not know the call.
func unknownPath(err error) bool {
	var said *refusal
	return errors.As(err, &said) && said.HTTP == http.StatusNotFound && said.Code == 0
}

func (r *rest) list(ctx context.Context, collection string) ([]Status, error) {
	var all []Status
	known := map[string]bool{}
	for page := 1; ; page++ {
		body := jobRequest{Database: r.database, Collection: collection, Page: page, PageSize: listPage}
		if r.cloud != nil {
			body.cloudRequest = &cloudRequest{Cluster: r.cloud.cluster}
		}
		var listed struct {
			Records []progress `json:"records"`
		}
		if err := r.call(ctx, "list", body, &listed); err != nil {
			return nil, fmt.Errorf("list the import jobs: %w", err)
		}
		before := len(all)
		for _, p := range listed.Records {
			if !known[string(p.ID)] {
				known[string(p.ID)] = true
				all = append(all, p.status())
			}
		}
		// A server that knows no pages gives all, each time.
		if len(all) == before || len(listed.Records) != listPage {
			return all, nil
		}
	}
}

// status is the progress in our words.
func (p progress) status() Status {
	s := Status{
		ID: string(p.ID), Collection: p.Collection, Says: p.State, Percent: p.Percent, Rows: p.Imported, Total: p.Total, Reason: p.Reason,
	}
	switch p.State {
	case "Pending":
		s.State = Pending
	case "Completed":
		s.State = Completed
	case "Failed":
		s.State = Failed
	default: // PreImporting, Importing, IndexBuilding, Uncommitted, Committing and what is to come
		s.State = Importing
	}
	for _, d := range p.Details {
		s.Files = append(s.Files, d.File)
	}
	return s
}

// call makes one request. Its errors tell unsent, unclear and full apart.
func (r *rest) call(ctx context.Context, action string, body jobRequest, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+importPath+action, bytes.NewReader(data))
	if err != nil {
		return core.Errorf(core.InvalidConfig, "the address of Milvus: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if r.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.token)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return lost(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return lost(ctx, err)
	}
	return read(response, got, into)
}

// lost is a call without an answer.
func lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return unclear{fmt.Errorf("no answer yet: %w", ctx.Err())}
	}
	var address *net.OpError
	problem := core.Errorf(core.Unavailable, "no answer from the server: %w", err).WithHint("see whether Milvus still runs")
	problem.Retry = true
	if errors.As(err, &address) && address.Op == "dial" {
		return unsent{problem}
	}
	return unclear{problem}
}

// read takes an answer apart.
func read(response *http.Response, got []byte, into any) error {
	var a answer
	err := json.Unmarshal(got, &a)
	if err != nil || a.Code == nil {
		return noJSON(response, got)
	}
	// Documents of 2.4 show code 200 for success.
	if *a.Code != 0 && *a.Code != http.StatusOK {
		return refused(&refusal{HTTP: response.StatusCode, Code: *a.Code, Message: a.Message})
	}
	if response.StatusCode >= http.StatusBadRequest {
		return refused(&refusal{HTTP: response.StatusCode, Message: a.Message})
	}
	if into == nil || len(a.Data) == 0 {
		return nil
	}
	if err := json.Unmarshal(a.Data, into); err != nil {
		return unclear{core.Errorf(core.Unavailable, "the server's answer cannot be understood: %w", err)}
	}
	return nil
}

// noJSON is an answer that is not one of REST v2: that of a proxy, or of a
// server without it.
func noJSON(response *http.Response, got []byte) error {
	if response.StatusCode == http.StatusOK {
		return unclear{core.Errorf(core.Unavailable, "the answer is no JSON: %s", excerpt(got)).
			WithHint("something between here and Milvus answers in its place: check --uri, and HTTPS_PROXY and NO_PROXY")}
	}
	return refused(&refusal{HTTP: response.StatusCode, Message: excerpt(got)})
}

// excerpt is the beginning of an answer, on one line.
func excerpt(data []byte) string {
	text := strings.Join(strings.Fields(string(data[:min(len(data), 200)])), " ")
	return fmt.Sprintf("%q", text)
}

// refusal is what a server said instead of doing what it was asked for.
type refusal struct {
	HTTP, Code int
	Message    string
}

// Error implements error.
func (r *refusal) Error() string {
	if r.Code != 0 {
		return fmt.Sprintf("%s (code %d)", r.Message, r.Code)
	}
	return fmt.Sprintf("HTTP %d %s: %s", r.HTTP, http.StatusText(r.HTTP), r.Message)
}

// The codes of Milvus that mean nobody is logged in, or has no right to.
func (r *refusal) isLogin() bool {
	return r.HTTP == http.StatusUnauthorized || r.HTTP == http.StatusForbidden || r.Code == 1800 || r.Code == 1400 || r.Code == 1401
}

// refused makes an error of a refusal, with its mark and its mend.
func refused(r *refusal) error {
	switch {
	case r.isLogin():
		return core.Errorf(core.InvalidConfig, "not logged in, or not allowed: %w", r).
			WithHint("give the token in MILVUS_TOKEN or --token-file: user:password, or an API key")
	case queueFull(r.Message) || r.HTTP == http.StatusTooManyRequests:
		return full{core.Errorf(core.Exhausted, "%w", r)}
	case r.Code == 0 && r.HTTP >= http.StatusInternalServerError:
		return unclear{core.Errorf(core.Unavailable, "%w", r)}
	case r.Code == 100 || r.Code == 200 || r.Code == 800:
		return core.Errorf(core.InvalidConfig, "%w", r).WithHint("check --collection-name and --db-name")
	}
	return core.Errorf(core.Internal, "%w", r)
}

// queueFull tells by a server's words that it takes no more jobs for now:
// their code is that of every import that fails.
func queueFull(said string) bool {
	said = strings.ToLower(said)
	for _, words := range []string{"number of jobs has reached", "please try again later", "queue max size", "import task queue", "rate limit", "request limit exceeded"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}
