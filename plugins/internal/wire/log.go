package wire

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Keys of go-hclog's JSON lines, which go-plugin's hosts read.
const (
	keyLevel, keyMessage, keyTime = "@level", "@message", "@timestamp"
	timeForm                      = "2006-01-02T15:04:05.000000Z07:00"
)

// LogHandler writes records as JSON lines in go-hclog's form.
func LogHandler(out io.Writer, level slog.Leveler) slog.Handler {
	return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) > 0 {
			return a
		}
		switch a.Key {
		case slog.LevelKey:
			return slog.String(keyLevel, strings.ToLower(a.Value.String()))
		case slog.MessageKey:
			a.Key = keyMessage
		case slog.TimeKey:
			return slog.String(keyTime, a.Value.Time().Format(timeForm))
		}
		return a
	}})
}

// Relog shows a line of a plugin's stderr as a record of the host's: what is
// no JSON line of go-hclog's form is a warning as it stands.
func Relog(ctx context.Context, log *slog.Logger, line string) {
	var keys map[string]any
	if json.Unmarshal([]byte(line), &keys) != nil || keys[keyMessage] == nil {
		log.WarnContext(ctx, line)
		return
	}
	message, _ := keys[keyMessage].(string)
	level := levelOf(keys[keyLevel])
	if !log.Enabled(ctx, level) {
		return
	}
	when, _ := keys[keyTime].(string)
	at, err := time.Parse(timeForm, when)
	if err != nil {
		at = time.Time{}
	}
	record := slog.NewRecord(at, level, message, 0)
	for key, value := range keys {
		if !strings.HasPrefix(key, "@") {
			record.AddAttrs(slog.Any(key, value))
		}
	}
	_ = log.Handler().Handle(ctx, record) // a log line that cannot be written has nowhere to be told
}

func levelOf(v any) slog.Level {
	switch v {
	case "trace", "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}
