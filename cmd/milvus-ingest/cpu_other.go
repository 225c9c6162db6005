//go:build !unix

package main

// cpuSeconds is the CPU time that this process has taken, 0 where the system
// is not asked.
func cpuSeconds() float64 { return 0 }
