package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

const (
	maxProblems = 100     // problems that a status carries
	maxText     = 8 << 10 // bytes of one problem's message
)

// Status makes of an error what gRPC carries: a status with one Problem for
// each error that was joined.
func Status(err error) error {
	if err == nil {
		return nil
	}
	problems := Problems(err)
	s := status.New(grpcCode(err), shorten(err.Error()))
	for i, p := range problems {
		if i == maxProblems {
			p = &pluginpb.Problem{Code: p.Code, Message: fmt.Sprintf("and %d more", len(problems)-i)}
		}
		if detailed, err := s.WithDetails(p); err == nil {
			s = detailed
		}
		if i == maxProblems {
			break
		}
	}
	return s.Err()
}

// Error is the error that Status was given, as far as the wire carries it.
// What did not come from Status is left as it is.
func Error(err error) error {
	s, ok := status.FromError(err)
	if err == nil || !ok {
		return err
	}
	var problems []error
	for _, detail := range s.Details() {
		if p, ok := detail.(*pluginpb.Problem); ok {
			problems = append(problems, FromProblem(p))
		}
	}
	switch {
	case s.Code() == codes.Canceled:
		return fmt.Errorf("%s: %w", s.Message(), context.Canceled)
	case s.Code() == codes.DeadlineExceeded:
		return fmt.Errorf("%s: %w", s.Message(), context.DeadlineExceeded)
	case len(problems) == 1:
		return problems[0]
	case len(problems) > 1:
		return errors.Join(problems...)
	case s.Code() == codes.ResourceExhausted:
		return core.Errorf(core.Exhausted, "%s", s.Message())
	default:
		return err
	}
}

// FromStatus tells whether err came from Status, and not from the transport.
func FromStatus(err error) bool {
	return len(status.Convert(err).Details()) > 0
}

// Problems lists what is wrong, one for each error that was joined.
func Problems(err error) []*pluginpb.Problem {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*pluginpb.Problem
		for _, e := range joined.Unwrap() {
			all = append(all, Problems(e)...)
		}
		return all
	}
	p := &pluginpb.Problem{Code: string(core.CodeOf(err)), Message: err.Error()}
	var e *core.Error
	if errors.As(err, &e) {
		// Field and row travel by themselves: the message must not repeat them.
		p.Message = strings.Replace(p.Message, e.Error(), e.Err.Error(), 1)
		p.Field, p.Row, p.Hint, p.Retryable = e.Field, e.Row+1, e.Hint, e.Retry
	}
	p.Message = shorten(p.Message)
	return []*pluginpb.Problem{p}
}

// FromProblem is the error that a Problem tells of.
func FromProblem(p *pluginpb.Problem) error {
	return &core.Error{
		Code: core.Code(p.GetCode()), Field: p.GetField(), Row: p.GetRow() - 1, Hint: p.GetHint(), Retry: p.GetRetryable(),
		Err: errors.New(p.GetMessage()),
	}
}

func grpcCode(err error) codes.Code {
	switch {
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	}
	switch core.CodeOf(err) {
	case core.InvalidConfig, core.InvalidData:
		return codes.InvalidArgument
	case core.Conflict:
		return codes.AlreadyExists
	case core.Unavailable:
		return codes.Unavailable
	case core.Exhausted:
		return codes.ResourceExhausted
	case core.PluginFailed:
		return codes.Aborted
	default:
		return codes.Internal
	}
}

func shorten(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + " …"
	}
	return text
}
