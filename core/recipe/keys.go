package recipe

import (
	"slices"
	"strings"
)

// A key is one row of the rule table: a key of a pipeline file, and what it
// may hold. The table drives parsing, the check of unknown keys, the JSON
// Schema for editors and the table of the documentation.
type key struct {
	name    string
	aliases []string
	holds   holding
	// least and most bound a whole number; most 0: no bound.
	least, most int64
	words       []string // the only texts
	needed      bool
	help        string
	def         string // what holds where the key is left out
	example     string // a value as JSON
}

// holding is what a key may hold, in the words of messages.
type holding string

const (
	holdsText         holding = "a text"
	holdsName         holding = "a name"
	holdsNames        holding = "a list of names"
	holdsWhole        holding = "a whole number"
	holdsSize         holding = "a size such as 256MB or 10GB"
	holdsFiles        holding = "an object with file_size, rows_per_file, file_count"
	holdsSinks        holding = "an object with a sink for each name"
	holdsProfiles     holding = "an object with a profile for each name"
	holdsEnvironments holding = "an object with an environment for each name"
	holdsDeploy       holding = "an object with the steps of a deployment"
	holdsOptions      holding = "an object with options of a command"
)

// expected says what the key may hold, with its bounds.
func (k *key) expected() string {
	switch {
	case len(k.words) > 0:
		return "one of " + strings.Join(k.words, ", ")
	case k.holds == holdsWhole && k.least > 0:
		return "a whole number above 0"
	case k.holds == holdsWhole:
		return "a whole number, 0 or more"
	default:
		return string(k.holds)
	}
}

func find(keys []key, word string) *key {
	for i := range keys {
		if keys[i].name == word || slices.Contains(keys[i].aliases, word) {
			return &keys[i]
		}
	}
	return nil
}

// recipeKeys are the keys of a whole file.
func recipeKeys() []key {
	return slices.Concat([]key{
		descriptionKey("What the pipeline is for."),
		{name: "schema", holds: holdsText, needed: true, help: "Schema file, or the name of a schema of the library (see schema list).", example: `"articles.yaml"`},
	}, settingKeys(), []key{
		{name: "sinks", holds: holdsSinks, needed: true, help: "Where rows can go, each under a name of its own.", example: `{"lake": {"sink": "parquet", "compression": "zstd"}, "rows": {"sink": "json"}}`},
		{name: "profiles", holds: holdsProfiles, help: "Options that environments give to sinks, by the names of the sinks.", example: `{"small": {"lake": {"compression": "none"}}}`},
		{name: "environments", holds: holdsEnvironments, help: "What is other in each environment, and which sinks its rows go to.", example: `{"dev": {"rows": 1000, "sinks": ["rows"]}}`},
		deployKey(),
	})
}

func deployKey() key {
	return key{name: "deploy", holds: holdsDeploy, help: "How a data set goes live (see deploy).", example: `{"alias": "docs", "data": "data/prod/lake", "insert": {}}`}
}

func descriptionKey(help string) key {
	return key{name: "description", holds: holdsText, help: help, example: `"Questions and answers"`}
}

// settingKeys are the keys that say what is made: of the file and, over those,
// of an environment.
func settingKeys() []key {
	return []key{
		{name: "rows", aliases: []string{"total_rows"}, holds: holdsWhole, least: 1, help: "Rows to make.", def: "1000", example: `100000`},
		{name: "first_row", holds: holdsWhole, help: "Row to begin with: continues a data set of the same seed elsewhere.", def: "0", example: `100000`},
		{name: "seed", holds: holdsWhole, help: "Seed of all randomness.", def: "drawn, and recorded in meta.json", example: `42`},
		{name: "hooks", holds: holdsText, help: "JavaScript or TypeScript file with hooks.", def: "those of the schema", example: `"hooks.js"`},
		{name: "on_invalid", holds: holdsText, words: []string{"fail", "drop", "regenerate"}, help: "What to do with a row that the validate hook does not accept.", def: "fail", example: `"drop"`},
		{name: "max_invalid", holds: holdsWhole, least: 1, help: "End the run when more rows than that are not accepted.", def: "any number", example: `100`},
		{name: "workers", holds: holdsWhole, least: 1, most: 1024, help: "Processes that make rows.", def: "one a core", example: `4`},
		{name: "batch_size", holds: holdsWhole, least: 1, help: "Most rows of a batch.", def: "as many as take 16 MB", example: `10000`},
		{name: "files", holds: holdsFiles, help: "How rows are cut into files, alike in all sinks.", example: `{"file_size": "256MB"}`},
		{name: "out", holds: holdsText, help: "Folder with a folder for each sink.", def: "data/ENVIRONMENT", example: `"data/staging"`},
	}
}

// fileKeys are the keys of files.
func fileKeys() []key {
	return []key{
		{name: "file_size", holds: holdsSize, help: "Largest size of a file, in the sink that takes most room.", def: "8GB", example: `"256MB"`},
		{name: "rows_per_file", holds: holdsWhole, least: 1, help: "Most rows of a file.", example: `100000`},
		{name: "file_count", holds: holdsWhole, least: 1, help: "Number of files; with file_size it sets the number of rows, too.", example: `4`},
	}
}

// sinkKeys are the keys of a sink that are no options of its component.
func sinkKeys() []key {
	return []key{
		{name: "sink", holds: holdsName, needed: true, help: "What stores the rows.", example: `"parquet"`},
		{name: "out", holds: holdsText, help: "Folder of the sink's data set.", def: "OUT/NAME", example: `"lake"`},
	}
}

// environmentKeys are the keys of an environment.
func environmentKeys() []key {
	return slices.Concat([]key{descriptionKey("What the environment is for.")}, settingKeys(), []key{
		{name: "sinks", holds: holdsNames, help: "The sinks that rows go to, all in one run.", def: "all sinks", example: `["lake", "rows"]`},
		{name: "profile", holds: holdsName, help: "Profile with options for the sinks.", example: `"small"`},
		deployKey(),
	})
}
