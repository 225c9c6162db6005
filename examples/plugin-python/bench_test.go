package pluginpython

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

const (
	planeRows = 5461
	planeDim  = 768
	planeSize = planeRows * planeDim * 4
)

// BenchmarkPlanes sends batches of 16 MiB from Python to Go: as Arrow's own
// stream over a socket, and by the protocol in messages, with mutual TLS, and
// in shared memory.
func BenchmarkPlanes(b *testing.B) {
	b.Run("pyarrow over a socket", func(b *testing.B) {
		path := filepath.Join(sockets(b), "raw")
		cmd := exec.Command(python(b), "testdata/plane.py", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			b.Fatal(err)
		}
		conn, err := net.Dial("unix", path)
		if err != nil {
			b.Fatal(err)
		}
		r, err := ipc.NewReader(bufio.NewReaderSize(conn, 256<<10))
		if err != nil || !r.Next() {
			b.Fatal(err)
		}
		b.SetBytes(planeSize)
		for b.Loop() {
			if !r.Next() {
				b.Fatal(r.Err())
			}
			look(b, r.Record())
		}
		r.Release()
		_ = conn.Close()
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("plugin in messages", func(b *testing.B) {
		h := start(b, "testdata/plane.py", nil)
		s, err := h.generate(b, []core.ColumnSpec{{Generator: "ready", Field: vectors("v", planeDim)}}, nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(planeSize)
		for b.Loop() {
			batch, err := s.span(b, &pluginpb.Span{Rows: planeRows})
			if err != nil {
				b.Fatal(err)
			}
			r, err := ipc.NewReader(bytes.NewReader(batch.GetIpc()))
			if err != nil || !r.Next() {
				b.Fatal(err)
			}
			look(b, r.Record())
			r.Release()
		}
	})
	b.Run("plugin in shared memory", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "memory"))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		const size = 2 * planeSize
		if err := file.Truncate(size); err != nil {
			b.Fatal(err)
		}
		h := start(b, "testdata/plane.py", file)
		s, err := h.generate(b, []core.ColumnSpec{{Generator: "ready", Field: vectors("v", planeDim)}}, nil,
			&pluginpb.Memory{Descriptor_: 3, Bytes: size})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(planeSize)
		for b.Loop() {
			batch, err := s.span(b, &pluginpb.Span{Rows: planeRows, Slab: &pluginpb.Extent{Length: size}})
			if err != nil {
				b.Fatal(err)
			}
			if n := batch.GetNodes(); len(n) != 2 || n[1].GetBuffers()[1].GetLength() != planeSize {
				b.Fatalf("not in the slab: %v", n)
			}
		}
	})
}

// look reads a value, so that nobody can leave the batch out.
func look(b *testing.B, record arrow.Record) {
	b.Helper()
	values := record.Column(0).(*array.FixedSizeList).ListValues().(*array.Float32)
	if record.NumRows() != planeRows || values.Value(values.Len()-1) < 0 {
		b.Fatalf("%d rows", record.NumRows())
	}
}
