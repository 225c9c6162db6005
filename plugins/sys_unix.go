//go:build unix

package plugins

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// detach puts a plugin in a process group of its own: Ctrl-C is for the host.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a plugin's group: it, and those whom it has started.
func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL) // there may be nobody left
}

// alive tells whether there is a process of this id.
func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
