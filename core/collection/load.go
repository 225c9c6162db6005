package collection

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
)

// flushPause is how long to wait when a flush was refused: servers allow one
// in ten seconds for a collection.
const flushPause = 2 * time.Second

// Load loads the collection, or brings what was imported into a loaded one,
// and waits. progress (in percent) may be nil.
func (c *Collection) Load(ctx context.Context, progress func(percent int64)) error {
	state, _, err := c.Loaded(ctx)
	if err != nil {
		return err
	}
	refresh := state == Loaded
	if refresh && c.Server.Kind == Lite {
		// It has every row at once, and a refresh never ends there.
		return nil
	}
	// Milvus Lite builds its indexes within the call.
	answer, err := c.Server.Service().LoadCollection(Patient(ctx), &milvuspb.LoadCollectionRequest{CollectionName: c.Name, Refresh: refresh})
	if err := Explain(err, answer); err != nil {
		return told(err, "loading %s", c.Name)
	}
	return c.waitLoaded(ctx, refresh, progress)
}

func (c *Collection) waitLoaded(ctx context.Context, refresh bool, progress func(percent int64)) error {
	percent := int64(0)
	doing := func() string { return fmt.Sprintf("loading %s (%d %%)", c.Name, percent) }
	return await(ctx, doing, func(ctx context.Context) (bool, error) {
		answer, err := c.Server.Service().GetLoadingProgress(ctx, &milvuspb.GetLoadingProgressRequest{CollectionName: c.Name})
		if err := Explain(err, answer.GetStatus()); err != nil {
			return false, err
		}
		percent = answer.GetProgress()
		if refresh {
			percent = answer.GetRefreshProgress()
		}
		if progress != nil {
			progress(percent)
		}
		return percent >= 100, nil
	})
}

// The load states of a collection.
const (
	NotExist = "NotExist"
	NotLoad  = "NotLoad"
	Loading  = "Loading"
	Loaded   = "Loaded"
)

// Loaded is the load state as Milvus names it: NotExist, NotLoad, Loading or
// Loaded, with the progress in percent.
func (c *Collection) Loaded(ctx context.Context) (state string, percent int64, err error) {
	answer, err := c.Server.Service().GetLoadState(ctx, &milvuspb.GetLoadStateRequest{CollectionName: c.Name})
	if err := Explain(err, answer.GetStatus()); err != nil {
		return "", 0, told(err, "looking whether %s is loaded", c.Name)
	}
	switch answer.GetState() {
	case commonpb.LoadState_LoadStateNotExist:
		return NotExist, 0, nil
	case commonpb.LoadState_LoadStateNotLoad:
		return NotLoad, 0, nil
	case commonpb.LoadState_LoadStateLoaded:
		return Loaded, 100, nil
	}
	progress, err := c.Server.Service().GetLoadingProgress(ctx, &milvuspb.GetLoadingProgressRequest{CollectionName: c.Name})
	if err := Explain(err, progress.GetStatus()); err != nil {
		return "", 0, told(err, "looking how far %s is loaded", c.Name)
	}
	return Loading, progress.GetProgress(), nil
}

// Flush seals what was inserted and waits until it is stored. Where the server
// allows no flush yet it waits for that, too.
func (c *Collection) Flush(ctx context.Context) error {
	answer, err := c.flush(ctx)
	if err != nil {
		return err
	}
	segments := append([]int64{}, answer.GetCollSegIDs()[c.Name].GetData()...)
	segments = append(segments, answer.GetFlushCollSegIDs()[c.Name].GetData()...)
	doing := func() string { return "flushing " + c.Name }
	return await(ctx, doing, func(ctx context.Context) (bool, error) {
		state, err := c.Server.Service().GetFlushState(ctx, &milvuspb.GetFlushStateRequest{
			CollectionName: c.Name, SegmentIDs: segments, FlushTs: answer.GetCollFlushTs()[c.Name],
		})
		return state.GetFlushed(), Explain(err, state.GetStatus())
	})
}

func (c *Collection) flush(ctx context.Context) (*milvuspb.FlushResponse, error) {
	for {
		// Milvus Lite writes within the call.
		answer, err := c.Server.Service().Flush(Patient(ctx), &milvuspb.FlushRequest{CollectionNames: []string{c.Name}})
		problem := Explain(err, answer.GetStatus())
		switch {
		case problem == nil:
			return answer, nil
		case !IsRateLimit(problem):
			return nil, told(problem, "flushing %s", c.Name)
		}
		if pause(ctx, flushPause) != nil {
			return nil, told(problem, "flushing %s", c.Name)
		}
	}
}

// Count is the number of rows that a filter ("" for all) finds, by count(*) at
// Strong consistency. The collection must be loaded.
func (c *Collection) Count(ctx context.Context, filter string) (int64, error) {
	const count = "count(*)"
	answer, err := c.Server.Service().Query(Patient(ctx), &milvuspb.QueryRequest{
		CollectionName: c.Name, Expr: filter, OutputFields: []string{count}, ConsistencyLevel: commonpb.ConsistencyLevel_Strong,
	})
	if err := Explain(err, answer.GetStatus()); err != nil {
		return 0, told(err, "counting the rows of %s", c.Name)
	}
	for _, column := range answer.GetFieldsData() {
		if data := column.GetScalars().GetLongData().GetData(); len(data) == 1 {
			return data[0], nil
		}
	}
	return 0, core.Errorf(core.Internal, "counting the rows of %s: the server answered without a count", c.Name)
}

// Estimate is the row count of the statistics: an estimate.
func (c *Collection) Estimate(ctx context.Context) (int64, error) {
	answer, err := c.Server.Service().GetCollectionStatistics(ctx, &milvuspb.GetCollectionStatisticsRequest{CollectionName: c.Name})
	if err := Explain(err, answer.GetStatus()); err != nil {
		return 0, told(err, "asking for the statistics of %s", c.Name)
	}
	rows, err := strconv.ParseInt(wordsOf(answer.GetStats())["row_count"], 10, 64)
	if err != nil {
		return 0, core.Errorf(core.Internal, "the statistics of %s have no row count: %w", c.Name, err)
	}
	return rows, nil
}
