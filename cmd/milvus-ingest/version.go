package main

import "runtime/debug"

// release is set by the linker (-X main.release=v1.2.3).
var release string //nolint:gochecknoglobals // the linker can set nothing else

// version says which program this is; a data set that is resumed must be made
// by the same.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
