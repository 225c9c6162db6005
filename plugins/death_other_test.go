//go:build !linux

package plugins_test

// victim is for the tests that look at processes in /proc.
func victim() {}
