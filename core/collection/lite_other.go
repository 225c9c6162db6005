//go:build !unix

package collection

import "os/exec"

// apart does nothing: there are no process groups here.
func apart(*exec.Cmd) {}
