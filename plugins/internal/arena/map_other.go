//go:build !unix

package arena

import (
	"errors"
	"os"
)

func anonymous(int64) (*os.File, error) { return nil, errors.ErrUnsupported }

func mapFile(*os.File, int64, bool) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmap([]byte) error { return errors.ErrUnsupported }

func duplicate(int) (*os.File, error) { return nil, errors.ErrUnsupported }
