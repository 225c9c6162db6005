// Package wire is what host and plugin agree on: the handshake, the forms of
// Arrow batches (IPC bytes, and places in shared memory), of errors and of
// log lines. It starts no process and opens no connection.
package wire

import goplugin "github.com/hashicorp/go-plugin"

const (
	// Version is the version of the protocol.
	Version = 1
	// MaxMessage is the limit of a gRPC message, on both ends.
	MaxMessage = 64 << 20
	// MaxIPC is what a batch may take of a message; the rest is for the frame.
	MaxIPC = MaxMessage - 64<<10
	// Window lets a whole batch be on its way on the portable data plane.
	Window = 16 << 20

	cookieKey, cookieValue = "MILVUS_INGEST_PLUGIN", "v1"

	// EnvLifeline tells a plugin that its standard input is a pipe that the
	// host holds open for as long as it lives.
	EnvLifeline = "MILVUS_INGEST_LIFELINE"
	// SocketPrefix begins the name of a host's folder of sockets; the host's
	// process id follows.
	SocketPrefix = "mi-"
)

// Handshake is go-plugin's part of the agreement.
func Handshake() goplugin.HandshakeConfig {
	return goplugin.HandshakeConfig{ProtocolVersion: Version, MagicCookieKey: cookieKey, MagicCookieValue: cookieValue}
}
