package gateway

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"
)

// preface is how every connection of HTTP/2 begins.
const preface = "PRI * HTTP/2"

// queue is a listener of connections that were looked at already.
type queue struct {
	address net.Addr
	conns   chan net.Conn
	done    chan struct{}
	once    sync.Once
}

// Accept implements net.Listener.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (q *queue) Close() error { q.once.Do(func() { close(q.done) }); return nil }

// Addr implements net.Listener.
func (q *queue) Addr() net.Addr { return q.address }

// sort looks at how each connection begins: HTTP/2 is gRPC and goes on to
// Milvus, all else is REST.
func (g *Gateway) sort(listener net.Listener, rest *queue, wg *sync.WaitGroup) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		g.hold(conn)
		wg.Go(func() {
			reader := bufio.NewReader(conn)
			begin, err := reader.Peek(len(preface))
			switch {
			case err != nil:
				_ = conn.Close() // nobody spoke
			case string(begin) == preface:
				g.through(conn, reader)
			default:
				select {
				case rest.conns <- peeked{conn, reader}:
				case <-rest.done:
					_ = conn.Close()
				}
			}
		})
	}
}

// peeked is a connection whose beginning was looked at.
type peeked struct {
	net.Conn
	from io.Reader
}

// Read implements io.Reader.
func (p peeked) Read(b []byte) (int, error) { return p.from.Read(b) }

// through copies both ways until one side ends.
func (g *Gateway) through(conn net.Conn, from io.Reader) {
	to, err := new(net.Dialer).DialContext(context.Background(), "tcp", g.behind)
	if err != nil {
		_ = conn.Close()
		return
	}
	g.hold(to)
	var wg sync.WaitGroup
	one := func(w io.Writer, r io.Reader) {
		_, _ = io.Copy(w, r) // either side may end it
		_, _ = conn.Close(), to.Close()
	}
	wg.Go(func() { one(to, from) })
	wg.Go(func() { one(conn, to) })
	wg.Wait()
}

// hold notes a connection that has to be closed at the end.
func (g *Gateway) hold(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open[conn] = true
}

// hangUp closes all connections.
func (g *Gateway) hangUp() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for conn := range g.open {
		_ = conn.Close() // most are closed already
	}
}
