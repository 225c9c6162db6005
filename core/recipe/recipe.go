// Package recipe reads pipeline files: which data set is made, and in which
// environment (dev, staging, prod) it goes into which sinks.
//
//	r, err := recipe.Parse("pipeline.yaml", data, components)
//	choice, err := r.Choose("staging")
//	secrets, problems := choice.Fill(os.LookupEnv)
//
// It opens no file, looks at no environment variable and knows no sink but by
// the JSON Schema of its configuration.
package recipe

import (
	"encoding/json"

	"github.com/zilliz/milvus-ingest/core/document"
)

// Recipe is a pipeline file. Paths in it are as they stand there: relative to
// its folder.
type Recipe struct {
	File        string
	Description string
	// Schema is a schema file, or the name of one in the library.
	Schema string
	Settings
	Sinks        []Sink
	Profiles     []Profile
	Deploy       *Deploy
	Environments []Environment
}

// Settings say what is made; nil is what the file leaves out. Those of an
// environment are laid over those of the file.
type Settings struct {
	Rows       *int64
	FirstRow   *int64
	Seed       *uint64
	Hooks      *string
	OnInvalid  *string
	MaxInvalid *int64
	Workers    *int64
	BatchSize  *int64
	Out        *string
	Files      Files
}

// Files say how rows are cut into files.
type Files struct {
	Size    *int64
	PerFile *int64
	Count   *int64
}

// A Sink is one place that rows go to.
type Sink struct {
	document.Pos
	Name string
	// Component is the name of the sink's component, such as "parquet".
	Component Name
	Out       *string
	options   []document.Member
}

// A Profile gives sinks other options, by their names.
type Profile struct {
	document.Pos
	Name  string
	sinks []overlay
}

// overlay is the options that a profile gives to one sink.
type overlay struct {
	sink    Name
	options []document.Member
}

// An Environment is what is made in one place of use.
type Environment struct {
	document.Pos
	Name        string
	Description string
	Settings
	Sinks   []Name
	Profile Name
	Deploy  *Deploy
}

// A Name is a reference to something else in the file.
type Name struct {
	document.Pos
	Text string
}

// A Component is a kind of sink that pipeline files may use.
type Component struct {
	Name    string
	Summary string
	// Config is the JSON Schema of its configuration.
	Config json.RawMessage
}

// Over is s with what o leaves out taken from it.
func (s Settings) Over(o Settings) Settings {
	lay(&o.Rows, s.Rows)
	lay(&o.FirstRow, s.FirstRow)
	lay(&o.Seed, s.Seed)
	lay(&o.Hooks, s.Hooks)
	lay(&o.OnInvalid, s.OnInvalid)
	lay(&o.MaxInvalid, s.MaxInvalid)
	lay(&o.Workers, s.Workers)
	lay(&o.BatchSize, s.BatchSize)
	lay(&o.Out, s.Out)
	if s.Files.PerFile != nil { // they exclude each other
		o.Files.Count = nil
	}
	if s.Files.Count != nil {
		o.Files.PerFile = nil
	}
	lay(&o.Files.Size, s.Files.Size)
	lay(&o.Files.PerFile, s.Files.PerFile)
	lay(&o.Files.Count, s.Files.Count)
	return o
}

func lay[T any](under **T, over *T) {
	if over != nil {
		*under = over
	}
}

// reserved are options of sinks that the run itself decides.
func reserved() []string { return []string{"path", "overwrite"} }
