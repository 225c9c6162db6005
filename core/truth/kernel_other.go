//go:build !amd64

package truth

// fastest is the best kernel of this machine.
func fastest() kernel { return plain() }
