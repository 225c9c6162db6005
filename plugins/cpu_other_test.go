//go:build !unix

package plugins_test

import "time"

func cpu() time.Duration { return 0 }
