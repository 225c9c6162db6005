package pluginpython

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// faults starts testdata/faults.py.
func faults(t *testing.T) *host {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("testdata", "faults.py"))
	if err != nil {
		t.Fatal(err)
	}
	// What is printed before the helper is imported would break the handshake.
	text := strings.Replace(string(code), `print("printed before anything")`, "", 1)
	return start(t, script(t, text), nil)
}

func number(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64, Metadata: arrow.NewMetadata([]string{core.MetaType}, []string{"Int64"})}
}

// TestFaults asks one process for everything, as runs do.
func TestFaults(t *testing.T) {
	h := faults(t)
	for _, test := range []struct {
		name string
		run  func(t *testing.T, h *host)
	}{
		{"faults of a generator keep their meaning", keepsMeaning},
		{"many problems come within bounds", boundsProblems},
		{"columns read each other and what is given", readsColumns},
		{"what is printed or logged is log", logsAll},
		{"a message over the limit is refused with a hint", boundsMessages},
		{"many streams are open at once", opensMany},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, h) })
	}
}

func keepsMeaning(t *testing.T, h *host) {
	tests := []struct {
		generator string
		code      codes.Code
		want      *pluginpb.Problem
		words     string
	}{
		{"raises", codes.Aborted, &pluginpb.Problem{Code: "plugin_failed", Row: 501}, "in rows 500 to 999, the generator raised KeyError: 'seven'\nTraceback"},
		{"refuses", codes.Unavailable, &pluginpb.Problem{Code: "unavailable", Row: 504, Hint: "try later", Retryable: true}, "no such drug"},
		{"short", codes.Aborted, &pluginpb.Problem{Code: "plugin_failed", Row: 501}, "the generator returned 499 values for 500 rows"},
		{"text", codes.Aborted, &pluginpb.Problem{Code: "plugin_failed", Row: 501}, "the generator returned string, not int64"},
		{"null", codes.Aborted, &pluginpb.Problem{Code: "plugin_failed", Row: 501}, "null for a field that is not nullable"},
	}
	for _, test := range tests {
		t.Run(test.generator, func(t *testing.T) {
			s, err := h.generate(t, []core.ColumnSpec{{Generator: test.generator, Field: number("drug")}}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.span(t, &pluginpb.Span{Start: 500, Rows: 500})
			got := problems(t, err)
			if status.Code(err) != test.code || len(got) != 1 {
				t.Fatalf("status %v with %v", err, got)
			}
			p := got[0]
			if p.GetCode() != test.want.GetCode() || p.GetField() != "drug" || p.GetRow() != test.want.GetRow() ||
				p.GetHint() != test.want.GetHint() || p.GetRetryable() != test.want.GetRetryable() || !strings.Contains(p.GetMessage(), test.words) {
				t.Errorf("got %v, want %v with %q", p, test.want, test.words)
			}
		})
	}
	if s, err := h.generate(t, []core.ColumnSpec{{Generator: "good", Field: number("n")}}, nil, nil); err != nil {
		t.Errorf("after that the process is of no use: %v", err)
	} else {
		s.rows(t, 0, 10, nil)
	}
}

func boundsProblems(t *testing.T, h *host) {
	s, err := h.generate(t, []core.ColumnSpec{{Generator: "many", Field: number("n")}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.span(t, &pluginpb.Span{Rows: 300})
	got := problems(t, err)
	if len(got) != 101 || got[99].GetMessage() != "problem 99" || got[99].GetRow() != 100 || got[100].GetMessage() != "and 200 more" {
		t.Errorf("%d problems, the last %v", len(got), got[len(got)-1])
	}
}

func readsColumns(t *testing.T, h *host) {
	given := arrow.NewSchema([]arrow.Field{number("other"), number("base")}, nil)
	s, err := h.generate(t, []core.ColumnSpec{
		{Generator: "double", Field: number("eight"), Uses: []string{"four"}},
		{Generator: "double", Field: number("two"), Uses: []string{"base"}},
		{Generator: "double", Field: number("four"), Uses: []string{"two"}},
	}, given, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, given)
	defer b.Release()
	b.Field(0).(*array.Int64Builder).AppendValues([]int64{-1, -1}, nil)
	b.Field(1).(*array.Int64Builder).AppendValues([]int64{10, 20}, nil)
	record := s.rows(t, 0, 2, b.NewRecord())
	for i, want := range [][]int64{{80, 160}, {20, 40}, {40, 80}} {
		if got := record.Column(i).(*array.Int64).Int64Values(); !slices.Equal(got, want) {
			t.Errorf("column %s is %v, want %v", record.ColumnName(i), got, want)
		}
	}
	_, err = h.generate(t, []core.ColumnSpec{
		{Generator: "double", Field: number("a"), Uses: []string{"b"}}, {Generator: "double", Field: number("b"), Uses: []string{"a"}},
	}, nil, nil)
	match(t, problems(t, err), "a", []string{"it uses itself", ""})
}

func logsAll(t *testing.T, h *host) {
	for _, name := range []string{"good", "logs"} {
		s, err := h.generate(t, []core.ColumnSpec{{Generator: name, Field: number("n")}}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.rows(t, 5, 10, nil)
	}
	for _, words := range []string{
		"printed before the handshake", "printed in a call", "printed by a child",
		`"@level": "warn", "@message": "beware", "@timestamp": "20`, `"row": 5}`,
	} {
		h.said(t, words)
	}
}

func boundsMessages(t *testing.T, h *host) {
	text := arrow.Field{Name: "t", Type: arrow.BinaryTypes.String}
	s, err := h.generate(t, []core.ColumnSpec{{Generator: "huge", Field: text}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if record := s.rows(t, 0, 50, nil); record.Column(0).(*array.String).ValueLen(49) != 1<<20 {
		t.Error("50 MiB came wrong")
	}
	_, err = s.span(t, &pluginpb.Span{Rows: 64})
	got := problems(t, err)
	if len(got) != 1 || got[0].GetCode() != "exhausted" || !strings.Contains(got[0].GetMessage(), "64 rows take 64 MiB") || got[0].GetHint() == "" {
		t.Errorf("got %v", got)
	}
}

func opensMany(t *testing.T, h *host) {
	var streams []*stream
	for range 100 {
		s, err := h.generate(t, []core.ColumnSpec{{Generator: "double", Field: number("n"), Uses: []string{"n0"}}},
			arrow.NewSchema([]arrow.Field{number("n0")}, nil), nil)
		if err != nil {
			t.Fatal(err)
		}
		streams = append(streams, s)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{number("n0")}, nil))
	defer b.Release()
	b.Field(0).(*array.Int64Builder).Append(21)
	inputs := b.NewRecord()
	for _, s := range streams {
		s.rows(t, 0, 1, inputs)
	}
}

func TestNobodyElseMayCall(t *testing.T) {
	h := start(t, "milvus-ingest-generator-noise", nil)
	stranger, _ := mutualTLS(t)
	stranger.InsecureSkipVerify = true                                                                                                  //nolint:gosec // a stranger does not care
	for name, config := range map[string]*tls.Config{"with another certificate": stranger, "without one": {InsecureSkipVerify: true}} { //nolint:gosec // as above
		conn, err := grpc.NewClient("unix:"+h.client.ReattachConfig().Addr.String(), grpc.WithTransportCredentials(credentials.NewTLS(config)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = pluginpb.NewPluginClient(conn).Describe(context.Background(), &pluginpb.DescribeRequest{})
		if status.Code(err) != codes.Unavailable {
			t.Errorf("a caller %s got %v", name, err)
		}
		_ = conn.Close()
	}
}
