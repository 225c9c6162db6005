package pluginpython

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

// locked is a plugin of this folder as `plugin add` would lock it.
func locked(t *testing.T, kind sdk.Kind, name string) trust.Plugin {
	t.Helper()
	dir := t.TempDir()
	for _, file := range []string{"milvus_ingest_plugin.py", "milvus-ingest-" + string(kind) + "-" + name} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(raw), "#!/usr/bin/env python3", "#!"+python(t), 1)
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o700); err != nil { //nolint:gosec // it is to be executed
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "milvus-ingest-"+string(kind)+"-"+name)
	file, sum, err := trust.Hash(path)
	if err != nil {
		t.Fatal(err)
	}
	host, err := plugins.NewHost(plugins.Options{})
	if err != nil {
		t.Fatal(err)
	}
	description, err := host.DescribeFile(t.Context(), file)
	if err := errors.Join(err, file.Close(), host.Close()); err != nil {
		t.Fatal(err)
	}
	p := trust.Plugin{Kind: kind, Name: name, Path: path, SHA256: sum, SharedMemory: description.SharedMemory}
	for _, d := range description.Components {
		p.Components = append(p.Components, trust.Component{Name: d.Name, Types: d.Types, ConfigSchema: d.ConfigSchema})
	}
	return p
}

// made is what the real host has a plugin make, on either data plane.
func made(t *testing.T, p trust.Plugin, spec core.ColumnSpec, plane string) arrow.Record {
	t.Helper()
	t.Setenv(plugins.EnvDataPlane, plane)
	host, err := plugins.NewHost(plugins.Options{Plugins: []trust.Plugin{p}})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := host.Columns(t.Context(), 0, []core.ColumnSpec{spec}, nil)
	if err != nil {
		t.Fatal(err)
	}
	record, err := columns.Fill(t.Context(), core.Rows{Start: 100, N: 5000}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		record.Release()
		if err := errors.Join(columns.Close(), host.Close()); err != nil {
			t.Error(err)
		}
	})
	return record
}

func TestTheHostGetsTheSameRowsOnBothDataPlanes(t *testing.T) {
	p := locked(t, sdk.KindGenerator, "noise")
	if !p.SharedMemory {
		t.Error("it takes no shared memory")
	}
	spec := core.ColumnSpec{Generator: "noise", Field: vectors("v", 100), Seed: 3, Config: json.RawMessage(`{"width": 0.5}`)}
	shared, messages := made(t, p, spec, ""), made(t, p, spec, "ipc")
	if !array.RecordEqual(shared, messages) {
		t.Error("the rows differ")
	}
}

func TestTheHostStoresInASinkInPython(t *testing.T) {
	p := locked(t, sdk.KindSink, "sqlite")
	host, err := plugins.NewHost(plugins.Options{Plugins: []trust.Plugin{p}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	}()
	sink, err := host.Sink("sqlite")
	if err != nil {
		t.Fatal(err)
	}
	rows := made(t, locked(t, sdk.KindGenerator, "noise"), core.ColumnSpec{Generator: "noise", Field: vectors("v", 100), Seed: 3}, "")
	path := filepath.Join(t.TempDir(), "rows.db")
	config, err := json.Marshal(map[string]string{"path": path})
	if err != nil {
		t.Fatal(err)
	}
	w, err := sink.Open(t.Context(), core.WriteSpec{Sink: "sqlite", Schema: rows.Schema(), Config: config, RunID: "run"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	artifacts, err := w.Commit(t.Context())
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || len(artifacts) != 1 || artifacts[0].Rows != rows.NumRows() || artifacts[0].Bytes != info.Size() || artifacts[0].URI != path {
		t.Errorf("stored is %v (%v)", artifacts, err)
	}
}
