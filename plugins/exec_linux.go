package plugins

import (
	"fmt"
	"os"
)

// startable is the path by which an open executable is started. A program is
// started by its descriptor: it is the very file that was looked at. A script
// is opened again by its interpreter, which wants to know where it lies; that
// nobody can exchange it there was checked.
func startable(file *os.File) string {
	path := fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	head := make([]byte, 2)
	if _, err := file.ReadAt(head, 0); err != nil || string(head) == "#!" {
		return file.Name()
	}
	if _, err := os.Stat(path); err != nil {
		return file.Name()
	}
	return path
}
