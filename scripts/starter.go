package scripts

import _ "embed" // the starters

//go:embed starter/hooks.js
var starterJS string

//go:embed starter/hooks.ts
var starterTS string

//go:embed hooks.d.ts
var types string

// StarterSchema is the built-in schema that Starter's hooks are for.
const StarterSchema = "knowledge_base"

// Starter is a first hook file with comments.
func Starter(typescript bool) string {
	if typescript {
		return starterTS
	}
	return starterJS
}

// Types is hooks.d.ts: what hooks get, for editors.
func Types() string { return types }
