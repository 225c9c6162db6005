package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/zilliz/milvus-ingest/core"
)

// Body is what Put sends. It is read again when a request is repeated, parts
// of it at once.
type Body interface {
	io.ReaderAt
	Size() int64
}

// Digest is what Sum learned of a body.
type Digest struct {
	SHA256 string
	Bytes  int64
	// blocks has a check sum for each block, by which Put notices that the
	// body was changed since.
	blocks []uint32
}

const blockBytes = 1 << 20

// Sum reads a body through. progress, which may be nil, is called with the
// bytes that were read since the last call.
func Sum(ctx context.Context, body Body, progress func(int64)) (*Digest, error) {
	d := &Digest{Bytes: body.Size()}
	sum := sha256.New()
	block := make([]byte, blockBytes)
	for at := int64(0); at < d.Bytes; at += blockBytes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		piece := block[:min(blockBytes, d.Bytes-at)]
		if err := readAt(body, piece, at); err != nil {
			return nil, err
		}
		sum.Write(piece)
		d.blocks = append(d.blocks, checkSum(piece))
		if progress != nil {
			progress(int64(len(piece)))
		}
	}
	d.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

func checkSum(block []byte) uint32 {
	return crc32.Checksum(block, crc32.MakeTable(crc32.Castagnoli))
}

// same tells whether a piece of the body, which begins with a block, is what
// Sum read.
func (d *Digest) same(piece []byte, at int64) bool {
	for i := at / blockBytes; len(piece) > 0; i++ {
		n := min(blockBytes, len(piece))
		if checkSum(piece[:n]) != d.blocks[i] {
			return false
		}
		piece = piece[n:]
	}
	return true
}

// readAt fills p; a body that ends before is one that was changed.
func readAt(body Body, p []byte, at int64) error {
	n, err := body.ReadAt(p, at)
	switch {
	case n == len(p):
		return nil
	case err == nil || err == io.EOF: //nolint:errorlint // io.ReaderAt returns it as it is
		return changed()
	}
	return fmt.Errorf("read it: %w", err)
}

func changed() error {
	return core.Errorf(core.Conflict, "it was changed while it was read").WithHint("see that nobody writes to it, and run this again")
}
