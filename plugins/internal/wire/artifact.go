package wire

import (
	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/pluginpb"
)

// FromArtifacts is the wire's form of what a sink has stored.
func FromArtifacts(artifacts []core.Artifact) []*pluginpb.Artifact {
	out := make([]*pluginpb.Artifact, len(artifacts))
	for i, a := range artifacts {
		out[i] = &pluginpb.Artifact{Uri: a.URI, Rows: a.Rows, Bytes: a.Bytes, Sha256: a.SHA256}
		for _, c := range a.Columns {
			out[i].Columns = append(out[i].Columns, &pluginpb.ColumnStat{Name: c.Name, Nulls: c.Nulls, Bytes: c.Bytes})
		}
	}
	return out
}

// Artifacts is what a sink has stored, of the wire's form.
func Artifacts(artifacts []*pluginpb.Artifact) []core.Artifact {
	out := make([]core.Artifact, len(artifacts))
	for i, a := range artifacts {
		out[i] = core.Artifact{URI: a.GetUri(), Rows: a.GetRows(), Bytes: a.GetBytes(), SHA256: a.GetSha256()}
		for _, c := range a.GetColumns() {
			out[i].Columns = append(out[i].Columns, core.ColumnStat{Name: c.GetName(), Nulls: c.GetNulls(), Bytes: c.GetBytes()})
		}
	}
	return out
}
