package live

import (
	"os/exec"
	"syscall"
)

// endWithUs has the system end the process when the thread that starts it is
// gone, which it is when this process was killed.
func endWithUs(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
