package bulk

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// calls are the gRPC calls of Milvus 2.2 and 2.3.
type calls struct {
	service  milvuspb.MilvusServiceClient
	database string
}

func (c *calls) create(ctx context.Context, job Job) (string, error) {
	request := &milvuspb.ImportRequest{DbName: c.database, CollectionName: job.Collection, PartitionName: job.Partition, RowBased: true}
	for _, f := range job.Files {
		request.Files = append(request.Files, f.Key)
	}
	made, err := c.service.Import(ctx, request)
	if err := mark(ctx, collection.Explain(err, made.GetStatus())); err != nil {
		return "", err
	}
	if len(made.GetTasks()) != 1 {
		return "", unclear{core.Errorf(core.Internal, "the server made %d tasks of one job", len(made.GetTasks()))}
	}
	return strconv.FormatInt(made.GetTasks()[0], 10), nil
}

// mark says of an error of Import whether the job may be sent again.
func mark(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return unclear{err}
	case collection.IsUnsupported(err):
		return core.Errorf(core.InvalidConfig, "the server imports no files: %w", err).
			WithHint("milvus-ingest to-milvus insert DIR sends the same rows")
	case queueFull(err.Error()) || collection.IsRateLimit(err):
		return full{err}
	case collection.IsUnclear(err):
		return unclear{err}
	case collection.IsUnavailable(err):
		return unsent{err}
	}
	return err
}

func (c *calls) describe(ctx context.Context, id string) (Status, error) {
	task, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Status{}, core.Errorf(core.InvalidConfig, "%q is no id of a job: they are numbers", id).
			WithHint("milvus-ingest import list shows them")
	}
	told, err := c.service.GetImportState(ctx, &milvuspb.GetImportStateRequest{Task: task})
	if err := collection.Explain(err, told.GetStatus()); err != nil {
		if strings.Contains(err.Error(), "key not found") {
			return Status{}, notRemembered(id)
		}
		return Status{}, fmt.Errorf("ask for job %s: %w", id, err)
	}
	s := statusOf(told)
	if s.Collection == "" && s.CollectionID != 0 {
		s.Collection = c.nameOf(ctx, s.CollectionID)
	}
	return s, nil
}

// nameOf is the name of a collection, "" where it is not there any more: of
// collections with a partition key 2.3 tells only the number.
func (c *calls) nameOf(ctx context.Context, id int64) string {
	told, err := c.service.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{DbName: c.database, CollectionID: id})
	if collection.Explain(err, told.GetStatus()) != nil {
		return ""
	}
	return cmp.Or(told.GetCollectionName(), told.GetSchema().GetName())
}

func notRemembered(id string) error {
	return core.Errorf(core.InvalidConfig, "the server remembers no job %s", id).
		WithHint("milvus-ingest import list shows those that it remembers; servers forget finished ones after a time")
}

func (c *calls) list(ctx context.Context, name string) ([]Status, error) {
	listed, err := c.service.ListImportTasks(ctx, &milvuspb.ListImportTasksRequest{DbName: c.database, CollectionName: name})
	if err := collection.Explain(err, listed.GetStatus()); err != nil {
		return nil, fmt.Errorf("list the import jobs: %w", err)
	}
	all, names := make([]Status, len(listed.GetTasks())), map[int64]string{}
	for i, task := range listed.GetTasks() {
		all[i] = statusOf(task)
		switch s := &all[i]; {
		case s.Collection != "":
		case name != "":
			s.Collection = name
		default:
			known, asked := names[s.CollectionID]
			if !asked {
				known = c.nameOf(ctx, s.CollectionID)
				names[s.CollectionID] = known
			}
			s.Collection = known
		}
	}
	return all, nil
}

func statusOf(t *milvuspb.GetImportStateResponse) Status {
	s := Status{
		ID: strconv.FormatInt(t.GetId(), 10), CollectionID: t.GetCollectionId(),
		Says: strings.TrimPrefix(t.GetState().String(), "Import"), Rows: t.GetRowCount(), Started: time.Unix(t.GetCreateTs(), 0).UTC(),
	}
	switch t.GetState() {
	case commonpb.ImportState_ImportPending:
		s.State = Pending
	case commonpb.ImportState_ImportCompleted:
		s.State, s.Percent, s.Total = Completed, 100, t.GetRowCount()
	case commonpb.ImportState_ImportFailed, commonpb.ImportState_ImportFailedAndCleaned:
		s.State = Failed
	default: // Started, Persisted, Flushed
		s.State = Importing
	}
	for _, info := range t.GetInfos() {
		switch info.GetKey() {
		case "files":
			s.Files = []string{info.GetValue()} // several are joined by commas, and keys may hold some
		case "collection":
			s.Collection = info.GetValue()
		case "failed_reason":
			s.Reason = info.GetValue()
		case "progress_percent":
			if percent, err := strconv.ParseInt(info.GetValue(), 10, 64); err == nil {
				s.Percent = percent
			}
		}
	}
	return s
}
