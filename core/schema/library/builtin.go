package library

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed builtin.json builtin/*.json
var builtinFiles embed.FS

// builtins lists the built-in schemas in the order in which they are shown.
func builtins() []Entry {
	raw, err := builtinFiles.ReadFile("builtin.json")
	if err != nil {
		panic(err) // embedded
	}
	var entries []Entry
	if err := json.Unmarshal(raw, &entries); err != nil {
		panic(fmt.Sprintf("library: builtin.json: %v", err)) // embedded, tested
	}
	for i := range entries {
		entries[i].Source = Builtin
	}
	return entries
}

// builtin finds a built-in schema by its id or, failing that, by an alias.
func builtin(id string) (Entry, []byte, bool) {
	entries := builtins()
	at := slices.IndexFunc(entries, func(e Entry) bool { return e.ID == id })
	if at < 0 {
		at = slices.IndexFunc(entries, func(e Entry) bool { return slices.Contains(e.Aliases, id) })
	}
	if at < 0 {
		return Entry{}, nil, false
	}
	text, err := builtinFiles.ReadFile("builtin/" + entries[at].ID + ".json")
	if err != nil {
		panic(err) // embedded, tested
	}
	return entries[at], text, true
}
