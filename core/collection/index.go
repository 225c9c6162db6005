package collection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// The keys of an index's parameters.
const (
	paramIndexType  = "index_type"
	paramMetricType = "metric_type"
	paramParams     = "params"
)

// Indexes lists the indexes with their progress.
func (c *Collection) Indexes(ctx context.Context) ([]IndexState, error) {
	answer, err := c.Server.Service().DescribeIndex(ctx, &milvuspb.DescribeIndexRequest{CollectionName: c.Name})
	if err := Explain(err, answer.GetStatus()); err != nil {
		if IsNotFound(err) { // there is none, or no collection, which the next call tells
			return nil, nil
		}
		return nil, told(err, "looking at the indexes of %s", c.Name)
	}
	states := make([]IndexState, 0, len(answer.GetIndexDescriptions()))
	for _, d := range answer.GetIndexDescriptions() {
		states = append(states, IndexState{
			Field: d.GetFieldName(), Name: d.GetIndexName(), Index: indexOf(d), State: d.GetState().String(),
			Indexed: d.GetIndexedRows(), Total: d.GetTotalRows(), Pending: d.GetPendingIndexRows(), Reason: d.GetIndexStateFailReason(),
		})
	}
	return states, nil
}

// indexOf is the index as a schema has it. Servers tell its parameters as they
// were given: as one object, or each for itself.
func indexOf(d *milvuspb.IndexDescription) schema.Index {
	words := wordsOf(d.GetParams())
	made := schema.Index{Type: words[paramIndexType], Metric: words[paramMetricType]}
	params := map[string]json.RawMessage{}
	if raw := words[paramParams]; raw != "" && json.Unmarshal([]byte(raw), &params) != nil {
		params = map[string]json.RawMessage{paramParams: rawWord(raw)}
	}
	for key, value := range words {
		if key != paramIndexType && key != paramMetricType && key != paramParams {
			params[key] = rawWord(value)
		}
	}
	if made.Metric == NoIndex { // Milvus Lite says so of what is no vector
		made.Metric = ""
	}
	if len(params) > 0 {
		made.Params = params
	}
	return made
}

// Index makes the indexes that are missing by the policy; it does not wait.
func (c *Collection) Index(ctx context.Context, p Policy) error {
	if p.None {
		return nil
	}
	if err := p.Check(c.Server, c.Schema); err != nil {
		return err
	}
	there, err := c.Indexes(ctx)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, state := range there {
		has[state.Field] = true
	}
	var problems []error
	for i := range c.Schema.Fields {
		f := &c.Schema.Fields[i]
		chosen, ok := p.Choose(c.Server, c.Schema, f)
		if !ok || has[f.Name] {
			continue
		}
		problems = append(problems, c.createIndex(ctx, f, chosen))
	}
	return join(problems)
}

func (c *Collection) createIndex(ctx context.Context, f *schema.Field, index schema.Index) error {
	params := map[string]string{paramIndexType: index.Type}
	if index.Metric != "" {
		params[paramMetricType] = index.Metric
	}
	if len(index.Params) > 0 {
		raw, err := json.Marshal(index.Params)
		if err != nil {
			return core.Errorf(core.InvalidConfig, "the parameters of the index: %w", err).WithField(f.Name)
		}
		params[paramParams] = string(raw)
	}
	answer, err := c.Server.Service().CreateIndex(Patient(ctx), &milvuspb.CreateIndexRequest{
		CollectionName: c.Name, FieldName: f.Name, IndexName: f.Name, ExtraParams: keyValues(params),
	})
	if err := Explain(err, answer); err != nil {
		return core.OfField(told(err, "making the index %s", describeIndex(index)), f.Name)
	}
	kept := index
	f.Index = &kept
	return nil
}

// describeIndex is an index in one word for messages.
func describeIndex(index schema.Index) string {
	if index.Metric == "" {
		return index.Type
	}
	return index.Type + " (" + index.Metric + ")"
}

// WaitIndexes waits until all indexes cover all rows. progress may be nil.
func (c *Collection) WaitIndexes(ctx context.Context, progress func(done, total int64)) error {
	done, total := int64(0), int64(0)
	doing := func() string {
		return fmt.Sprintf("waiting for the indexes of %s (%d of %d rows)", c.Name, done, total)
	}
	return await(ctx, doing, func(ctx context.Context) (bool, error) {
		states, err := c.Indexes(ctx)
		if err != nil {
			return false, err
		}
		ready := true
		done, total = 0, 0
		for _, state := range states {
			if state.State == commonpb.IndexState_Failed.String() {
				return false, core.Errorf(core.Internal, "the index %s failed: %s", describeIndex(state.Index), orUnknown(state.Reason)).
					WithField(state.Field).WithHint("see the log of Milvus; another index: --index %s=FLAT", state.Field)
			}
			// Rows that are pending beside those are of segments that a
			// compaction made: until they are indexed searches use the ones
			// that they were made of. That can take longer than all the rest.
			ready = ready && state.State == commonpb.IndexState_Finished.String() && state.Indexed >= state.Total
			done, total = done+min(state.Indexed, state.Total), total+state.Total
		}
		if progress != nil {
			progress(done, total)
		}
		return ready, nil
	})
}

func orUnknown(reason string) string {
	if strings.TrimSpace(reason) == "" {
		return "the server gives no reason"
	}
	return reason
}

// join is errors.Join that gives a single error as it is.
func join(problems []error) error {
	var some []error
	for _, err := range problems {
		if err != nil {
			some = append(some, err)
		}
	}
	if len(some) == 1 {
		return some[0]
	}
	return errors.Join(some...)
}
