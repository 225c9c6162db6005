// Package plugingo holds plugins in Go, each in a folder with the name of its
// executable. Its test makes a data set with both.
package plugingo
