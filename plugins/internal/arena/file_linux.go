package arena

import (
	"os"

	"golang.org/x/sys/unix"
)

// anonymous makes a memory file that nobody can shorten under a reader's feet.
func anonymous(size int64) (*os.File, error) {
	fd, err := unix.MemfdCreate("milvus-ingest", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	file := os.NewFile(uintptr(fd), "memfd")
	if err := file.Truncate(size); err != nil {
		_ = file.Close() // the error to tell is the other
		return nil, err
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW); err != nil {
		_ = file.Close() // as above
		return nil, os.NewSyscallError("fcntl F_ADD_SEALS", err)
	}
	return file, nil
}
