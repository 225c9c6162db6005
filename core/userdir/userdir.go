// Package userdir says where what belongs to the user is kept: schemas, the
// lock of plugins, Milvus Lite.
package userdir

import (
	"os"
	"path/filepath"
	"runtime"
)

// Path is the user's data folder; "" where there is none, as for a service
// without a home. It need not exist.
func Path() string {
	const name = "milvus-ingest"
	if dir := os.Getenv("MILVUS_INGEST_DATA_DIR"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, name)
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		if dir, err := os.UserConfigDir(); err == nil {
			return filepath.Join(dir, name)
		}
		return ""
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return ""
	}
	return filepath.Join(home, ".local", "share", name)
}
