//go:build unix && !linux

package arena

import "os"

// anonymous makes a temporary file that has no name any more.
func anonymous(size int64) (*os.File, error) {
	file, err := os.CreateTemp("", "milvus-ingest-")
	if err != nil {
		return nil, err
	}
	err = os.Remove(file.Name())
	if err == nil {
		err = file.Truncate(size)
	}
	if err != nil {
		_ = file.Close() // the error to tell is the other
		return nil, err
	}
	return file, nil
}
