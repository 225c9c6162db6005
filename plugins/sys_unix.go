//go:build unix

package plugins

import (
	"errors"
	"os/exec"
	"syscall"
)

// detach puts a plugin in a process group of its own: Ctrl-C is for the host.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// alive tells whether there is a process of this id.
func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
