//go:build unix

package collection

import (
	"os/exec"
	"syscall"
)

// apart keeps a process out of our group: a signal to all of it, such as that
// of timeout -s KILL, must not end Milvus Lite before it has written what it
// acknowledged.
func apart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
