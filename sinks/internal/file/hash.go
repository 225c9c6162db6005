package file

import (
	"crypto/sha256"
	"hash"
)

// hasher computes SHA-256 in a goroutine of its own, beside the writes. It
// lags behind by a few pieces at most.
type hasher struct {
	work  chan piece
	store chan []byte
	done  chan struct{}
	hash  hash.Hash
}

// piece is bytes to hash, or a question whether all before it are hashed.
type piece struct {
	bytes   []byte
	isChunk bool
	reached chan<- struct{}
}

// ahead is how many pieces may wait to be hashed.
const ahead = 4

func startHash() *hasher {
	h := &hasher{
		work: make(chan piece, ahead), store: make(chan []byte, ahead+2),
		done: make(chan struct{}), hash: sha256.New(),
	}
	go h.run()
	return h
}

func (h *hasher) run() {
	defer close(h.done)
	for p := range h.work {
		if p.reached != nil {
			close(p.reached)
			continue
		}
		h.hash.Write(p.bytes)
		if p.isChunk {
			select {
			case h.store <- p.bytes[:0]:
			default:
			}
		}
	}
}

// chunk gives an empty buffer, a used one where there is one.
func (h *hasher) chunk() []byte {
	select {
	case c := <-h.store:
		return c
	default:
		return make([]byte, 0, chunkBytes)
	}
}

func (h *hasher) add(p []byte, isChunk bool) { h.work <- piece{bytes: p, isChunk: isChunk} }

// wait returns when all that was added is hashed.
func (h *hasher) wait() {
	reached := make(chan struct{})
	h.work <- piece{reached: reached}
	<-reached
}

// sum is the hash of all that was added before the last wait.
func (h *hasher) sum() []byte { return h.hash.Sum(nil) }

// stop ends the goroutine and waits for it.
func (h *hasher) stop() {
	close(h.work)
	<-h.done
}
