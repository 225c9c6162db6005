//go:build unix

package arena

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapFile(file *os.File, size int64, write bool) ([]byte, error) {
	protection := unix.PROT_READ
	if write {
		protection |= unix.PROT_WRITE
	}
	return unix.Mmap(int(file.Fd()), 0, int(size), protection, unix.MAP_SHARED)
}

func unmap(b []byte) error { return unix.Munmap(b) }

func duplicate(fd int) (*os.File, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl F_DUPFD_CLOEXEC", err)
	}
	return os.NewFile(uintptr(own), "shared memory"), nil
}
