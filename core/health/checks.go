package health

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

var errUnsupported = errors.New("the server does not tell")

func hint(err error) string {
	var e *core.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}

func (r *run) connect(ctx context.Context) bool {
	var names []string
	c := r.timed(r.Thresholds.Connect, func() (err error) {
		if r.server, err = r.Dial(ctx); err != nil {
			return err
		}
		names, err = r.server.List(ctx)
		return err
	})
	if c.Status != Fail {
		c.Collections = ptr(int64(len(names)))
	}
	r.note("connection", c)
	if r.server == nil {
		return false
	}
	r.report.Server = fmt.Sprintf("%s %s at %s", r.server.Kind, r.server.Version, r.server.Address)
	return true
}

// serverState asks the server for its own view, and which quotas deny writes
// or reads.
func (r *run) serverState(ctx context.Context) Check {
	answer, err := r.server.Service().CheckHealth(ctx, &milvuspb.CheckHealthRequest{})
	if err := understood(err, answer.GetStatus()); err != nil {
		return untold(err)
	}
	if !answer.GetIsHealthy() {
		return Check{Status: Fail, Error: fmt.Sprintf("the server says that it is not healthy: %v", answer.GetReasons())}
	}
	for _, state := range answer.GetQuotaStates() {
		if state != milvuspb.QuotaState_Unknown {
			return Check{Status: Warn, Warning: "a quota of the server is in force: " + state.String(), State: state.String()}
		}
	}
	return Check{Status: OK}
}

// understood is nil where a call succeeded, errUnsupported where the server
// does not have it.
func understood(err error, answer *commonpb.Status) error {
	if status.Code(err) == codes.Unimplemented {
		return errUnsupported
	}
	return collection.Explain(err, answer)
}

func untold(err error) Check {
	if unsupported(err) {
		return Check{Status: Unknown, Warning: err.Error()}
	}
	return failed(err)
}

func (r *run) find(ctx context.Context) bool {
	found, err := r.server.Find(ctx, r.Collection)
	switch {
	case err != nil:
		r.note("collection_exists", failed(err))
	case found == nil:
		r.note("collection_exists", Check{Status: Fail, Error: "Collection not found"})
	default:
		r.note("collection_exists", Check{Status: OK})
	}
	r.collection = found
	return found != nil
}

func (r *run) loadState(ctx context.Context) Check {
	state, percent, err := r.collection.Loaded(ctx)
	switch {
	case err != nil:
		return failed(err)
	case state == "Loading":
		return Check{Status: Warn, State: state, Percent: &percent, Warning: "the collection is being loaded"}
	case state != "Loaded":
		return Check{
			Status: Fail, State: state, Percent: &percent, Error: "the collection is not loaded",
			Hint: "load it: it cannot be searched before",
		}
	}
	return Check{Status: OK, State: state, Percent: &percent}
}

// indexes looks at the indexes of all fields at once; each vector must have
// one.
func (r *run) indexes(ctx context.Context) Check {
	states, err := r.collection.Indexes(ctx)
	if err != nil {
		return failed(err)
	}
	c := Check{Status: OK, Indexed: new(int64), Pending: new(int64)}
	indexed := map[string]bool{}
	for _, s := range states {
		indexed[s.Field] = true
		*c.Indexed += s.Indexed
		*c.Pending += max(s.Pending, s.Total-s.Indexed)
		switch s.State {
		case "Failed":
			c.Status, c.Error = Fail, fmt.Sprintf("the index of %s failed: %s", s.Field, s.Reason)
		case "Finished":
		default:
			if c.Status == OK {
				c.Status, c.Warning = Warn, fmt.Sprintf("the index of %s is %s", s.Field, s.State)
			}
		}
	}
	for _, f := range r.collection.Schema.Fields {
		if f.Type.IsVector() && !indexed[f.Name] && c.Status != Fail {
			c.Status, c.Error = Fail, fmt.Sprintf("the vector field %s has no index", f.Name)
		}
	}
	return c
}

// smallSegment is the share of the largest sealed segment below which a
// segment waits for compaction.
const smallSegment = 0.1

// segments counts the segments by what is to be done with them: many small
// ones mean that compaction is behind.
func (r *run) segments(ctx context.Context) Check {
	answer, err := r.server.Service().GetPersistentSegmentInfo(ctx, &milvuspb.GetPersistentSegmentInfoRequest{
		DbName: r.server.Database(), CollectionName: r.collection.Name,
	})
	if err := understood(err, answer.GetStatus()); err != nil {
		return untold(err)
	}
	counts := map[string]int64{"sealed": 0, "growing": 0, "small": 0}
	var largest int64
	sealed := slices.DeleteFunc(slices.Clone(answer.GetInfos()), func(s *milvuspb.PersistentSegmentInfo) bool {
		if s.GetState() != commonpb.SegmentState_Flushed {
			counts["growing"]++
			return true
		}
		largest = max(largest, s.GetNumRows())
		return false
	})
	counts["sealed"] = int64(len(sealed))
	for _, s := range sealed {
		if float64(s.GetNumRows()) < smallSegment*float64(largest) {
			counts["small"]++
		}
	}
	c := Check{Status: OK, Segments: counts}
	if small := counts["small"]; small >= manySmall && 2*small > counts["sealed"] {
		c.Status, c.Warning = Warn, fmt.Sprintf("%d of %d segments are small: compaction is behind", small, len(sealed))
	}
	return c
}

// manySmall is how many small segments are usual after any load.
const manySmall = 16

func (r *run) jobs(ctx context.Context) Check {
	if r.Jobs == nil || r.server.Kind == collection.Lite {
		return Check{}
	}
	jobs, err := r.Jobs(ctx, r.collection)
	if collection.IsUnsupported(err) {
		err = errUnsupported
	}
	if err != nil {
		return untold(err)
	}
	c := Check{Status: OK, Jobs: jobs}
	var waiting, failed int64
	for state, n := range jobs {
		switch state {
		case "Completed":
		case "Failed":
			failed += n
		default:
			waiting += n
		}
	}
	switch {
	case failed > r.Thresholds.MaxFailedJobs:
		c.Status, c.Warning = Warn, fmt.Sprintf("%d imports failed", failed)
		c.Hint = "milvus-ingest import list tells which, and why"
	case waiting > r.Thresholds.MaxWaitingJobs:
		c.Status, c.Warning = Warn, fmt.Sprintf("%d imports are waiting or under way", waiting)
	}
	return c
}
