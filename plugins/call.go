package plugins

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
)

// call is a stream to a plugin on which each request has one response. It
// lives until it is closed, whatever becomes of the context of one request;
// but a request that is given up breaks it.
type call[Request, Response any] struct {
	plugin *plugin
	stream grpc.BidiStreamingClient[Request, Response]
	cancel context.CancelFunc
	broken error
}

// open opens a stream with open, and sends the first request.
func (c *call[Request, Response]) open(ctx context.Context, p *plugin,
	dial func(context.Context, ...grpc.CallOption) (grpc.BidiStreamingClient[Request, Response], error), first *Request, when string,
) error {
	streamCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.plugin, c.cancel = p, cancel
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	stream, err := dial(streamCtx)
	if err != nil {
		cancel()
		return p.explain(ctx, err, when)
	}
	c.stream = stream
	_, err = c.ask(ctx, first, when)
	return err
}

// ask sends a request and waits for its response, for the end of the process,
// or for ctx.
func (c *call[Request, Response]) ask(ctx context.Context, request *Request, when string) (*Response, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	ctx, done := c.plugin.limited(ctx, c.plugin.answer, when)
	defer done()
	stop := context.AfterFunc(ctx, c.cancel)
	defer stop()
	if err := ctx.Err(); err != nil {
		return nil, c.breaks(context.Cause(ctx))
	}
	err := c.stream.Send(request)
	if err != nil && !errors.Is(err, io.EOF) { // io.EOF: Recv tells why
		return nil, c.breaks(c.plugin.explain(ctx, err, when))
	}
	response, err := c.stream.Recv()
	if errors.Is(err, io.EOF) {
		err = core.Errorf(core.PluginFailed, "%s ended the stream%s", c.plugin.process.name, when)
	} else if err != nil {
		err = c.plugin.explain(ctx, err, when)
	}
	if err != nil {
		return nil, c.breaks(err)
	}
	return response, nil
}

func (c *call[Request, Response]) breaks(err error) error {
	c.broken = err
	c.cancel()
	return err
}

// close ends the stream and waits until the plugin has closed what it opened.
func (c *call[Request, Response]) close() error {
	if c.broken != nil || c.stream == nil {
		c.cancel()
		return nil // whoever broke it has been told
	}
	defer c.cancel()
	timer := time.AfterFunc(closeTime, c.cancel)
	defer timer.Stop()
	c.broken = core.Errorf(core.Internal, "used after Close")
	if err := c.stream.CloseSend(); err != nil {
		return c.plugin.explain(context.Background(), err, " while it closed")
	}
	for {
		_, err := c.stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return c.plugin.explain(context.Background(), err, " while it closed")
		}
	}
}

// atRow adds the row to errors that name none.
func atRow(err error, row int64) error {
	var e *core.Error
	if errors.As(err, &e) && e.Row == core.NoRow && e.Code == core.PluginFailed {
		e.Row = row
	}
	return err
}

// withSchema is the same record under a schema of the same types, whose
// metadata and nullability are the host's.
func withSchema(record arrow.Record, schema *arrow.Schema) arrow.Record {
	return array.NewRecord(schema, record.Columns(), record.NumRows())
}
