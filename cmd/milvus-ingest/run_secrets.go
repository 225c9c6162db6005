package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core/document"
	"github.com/zilliz/milvus-ingest/core/recipe"
)

// hide makes all that is printed from here on show ${NAME} where the value of
// a secret would stand: whatever a sink, a plugin or a library says of its
// configuration. Secrets that were hidden before stay so.
func (a *app) hide(secrets []recipe.Secret) {
	a.secrets = append(a.secrets, secrets...)
	a.hidden = masks(a.secrets)
	if a.hidden == nil {
		return
	}
	a.stdout, a.stderr = masked{a.stdout, a.hidden}, masked{a.stderr, a.hidden}
	level := slog.LevelWarn
	if a.log.Enabled(context.Background(), slog.LevelDebug) {
		level = slog.LevelDebug
	}
	a.log = slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// masks replaces the values of secrets, as they are and as they are written in
// JSON, in Go, and in URLs. It is nil where there are none.
func masks(secrets []recipe.Secret) *strings.Replacer {
	shown := map[string]string{}
	for _, secret := range secrets {
		if !isSecret(secret.Value) {
			continue
		}
		for _, form := range []string{
			secret.Value, inJSON(secret.Value, true), inJSON(secret.Value, false), unquoted(strconv.Quote(secret.Value)),
			url.QueryEscape(secret.Value), url.PathEscape(secret.Value), url.UserPassword("", secret.Value).String()[1:],
			(&url.URL{Path: secret.Value}).EscapedPath(),
		} {
			shown[form] = "${" + secret.Name + "}"
		}
	}
	forms := make([]string, 0, len(shown))
	for form := range shown {
		forms = append(forms, form)
	}
	// A value may begin as another: the longer one goes first.
	slices.SortFunc(forms, func(x, y string) int {
		if len(x) != len(y) {
			return len(y) - len(x)
		}
		return strings.Compare(x, y)
	})
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, shown[form])
	}
	if pairs == nil {
		return nil
	}
	return strings.NewReplacer(pairs...)
}

// isSecret tells whether a value can be one. Hiding a few characters or a
// small number wherever they stand would only spoil what is printed.
func isSecret(value string) bool {
	return len(value) >= 4 && (len(value) >= 8 || !document.IsNumber(value))
}

func inJSON(text string, escapeHTML bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(text); err != nil {
		panic(err) // it is a text
	}
	return unquoted(strings.TrimSuffix(b.String(), "\n"))
}

func unquoted(s string) string { return s[1 : len(s)-1] }

// masked is a writer in which secrets are hidden. What is printed comes line by
// line or whole, so that no value is cut in two.
type masked struct {
	io.Writer
	masks *strings.Replacer
}

// Write implements io.Writer.
func (m masked) Write(p []byte) (int, error) {
	if _, err := m.masks.WriteString(m.Writer, string(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
