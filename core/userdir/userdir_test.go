package userdir

import (
	"path/filepath"
	"testing"
)

func TestTheDataFolder(t *testing.T) {
	t.Setenv("MILVUS_INGEST_DATA_DIR", "")
	t.Setenv("XDG_DATA_HOME", "/srv/data")
	if got := Path(); got != filepath.Join("/srv/data", "milvus-ingest") {
		t.Errorf("with XDG_DATA_HOME: %s", got)
	}
	t.Setenv("MILVUS_INGEST_DATA_DIR", "/srv/mine")
	if got := Path(); got != "/srv/mine" {
		t.Errorf("with MILVUS_INGEST_DATA_DIR: %s", got)
	}
}
