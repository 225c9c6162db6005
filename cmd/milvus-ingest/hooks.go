package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/pipeline"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins"
	"github.com/zilliz/milvus-ingest/scripts"
)

// hookFlags are the flags of commands that run hooks.
type hookFlags struct {
	Hooks       string        `placeholder:"FILE" help:"JavaScript or TypeScript file with hooks: make values of fields, validate rows (see docs/hooks.md)."`
	HookTimeout time.Duration `default:"2s" placeholder:"TIME" help:"Time that one call of a hook may take."`
	HookMemory  byteSize      `default:"1GB" placeholder:"SIZE" help:"Memory of a process at which a call of a hook is ended."`
}

// verdictFlags say what happens to rows that are not accepted.
type verdictFlags struct {
	OnInvalid  string `enum:"fail,drop,regenerate" default:"fail" help:"What to do with a row that the validate hook does not accept: end the run, leave it out, or make another in its place: ${enum}."`
	MaxInvalid int64  `placeholder:"N" help:"End the run when more rows than that are not accepted (default: any number)."`
}

// hooksPath is the hook file that the flag names, or else the schema. A path
// in a schema is relative to the schema's file, for one of the library to the
// file that it was added from.
func hooksPath(flag, schemaFile, id string, c *schema.Collection) (string, error) {
	if flag != "" || c.Hooks == "" || filepath.IsAbs(c.Hooks) {
		return firstOf(flag, c.Hooks), nil
	}
	if schemaFile == "" {
		found, err := openLibrary().Get(id)
		if err != nil {
			return "", err
		}
		schemaFile = firstOf(found.Origin, found.Path)
	}
	return filepath.Join(filepath.Dir(schemaFile), c.Hooks), nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// load bundles a hook file, and asks a process of its own what it offers: code
// of the user's never runs in this one.
func (f *hookFlags) load(ctx context.Context, a *app, path string, plan *dataset.Plan) (*scripts.Exports, error) {
	bundle, err := scripts.Load(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(bundle.Code))
	plan.Hooks = &dataset.PlannedHooks{
		HookFile: dataset.HookFile{File: filepath.Base(path), SHA256: hex.EncodeToString(sum[:])},
		Path:     path, Bundle: bundle.Code,
		TimeoutMS: int(max(f.HookTimeout.Milliseconds(), 1)), MemoryMB: int(max(f.HookMemory>>20, 16)),
	}
	exports, err := inspectHooks(ctx, a, plan)
	if err != nil {
		return nil, err
	}
	for _, field := range exports.Fields {
		plan.Hooks.Fields = append(plan.Hooks.Fields, field.Name)
	}
	plan.Hooks.Validate = exports.Validate
	return exports, exports.Check(path, storedNames(plan.Schema), outputNames(plan.Schema))
}

func storedNames(c *schema.Collection) []string {
	var names []string
	for _, field := range c.Arrow().Fields() {
		names = append(names, field.Name)
	}
	return names
}

func outputNames(c *schema.Collection) []string {
	var names []string
	for _, function := range c.Functions {
		names = append(names, function.Outputs...)
	}
	return names
}

// inspectHooks asks what the hooks of a plan offer.
func inspectHooks(ctx context.Context, a *app, plan *dataset.Plan) (_ *scripts.Exports, err error) {
	host, err := newHost(a, 1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, host.Close()) }()
	columns, err := host.Columns(ctx, 0, []core.ColumnSpec{{
		Generator: scripts.InspectGenerator, Field: arrow.Field{Name: "exports", Type: arrow.BinaryTypes.String},
		Config: hookConfig(plan), Seed: plan.Seed,
	}}, nil)
	if err != nil {
		return nil, unnamed(err)
	}
	defer func() { err = errors.Join(err, columns.Close()) }()
	batch, err := columns.Fill(ctx, core.Rows{N: 1}, nil)
	if err != nil {
		return nil, unnamed(err)
	}
	defer batch.Release()
	var exports scripts.Exports
	return &exports, json.Unmarshal([]byte(batch.Column(0).(*array.String).Value(0)), &exports)
}

// unnamed is an error without the name of a column that users do not know.
func unnamed(err error) error {
	var e *core.Error
	if errors.As(err, &e) {
		e.Field = ""
	}
	return err
}

func newHost(a *app, workers int) (*plugins.Host, error) {
	lock, err := a.lock()
	if err != nil {
		return nil, err
	}
	return plugins.NewHost(plugins.Options{
		Components: components(), Workers: workers, Logger: a.log,
		Plugins: lock.Plugins(), CallTimeout: a.pluginTimeout,
		InProcess: os.Getenv("MILVUS_INGEST_INPROC") == "1",
	})
}

// hookConfig is the configuration of the columns of a plan's hooks.
func hookConfig(plan *dataset.Plan) json.RawMessage {
	raw, err := json.Marshal(scripts.Config{
		Bundle: plan.Hooks.Bundle, File: plan.Hooks.Path, Collection: plan.Schema.Name, Seed: plan.Seed,
		Fields: storedNames(plan.Schema), TimeoutMS: plan.Hooks.TimeoutMS, MemoryMB: plan.Hooks.MemoryMB,
	})
	if err != nil {
		panic(err) // text and numbers
	}
	return raw
}

// addHooks puts the hooks of the user's into a plan: fields that they make get
// no other generator.
func (c *generateCommand) addHooks(ctx context.Context, a *app, plan *dataset.Plan) error {
	path, err := hooksPath(c.Hooks, c.Schema, c.Builtin, plan.Schema)
	if err != nil {
		return err
	}
	judges := c.OnInvalid != string(pipeline.Fail) || c.MaxInvalid > 0
	if path == "" && judges {
		return core.Errorf(core.InvalidConfig, "--on-invalid and --max-invalid need hooks that validate").
			WithHint("name them: --hooks FILE, or the key hooks of the schema or the pipeline file")
	}
	if path == "" {
		return nil
	}
	if c.MaxInvalid > 0 && c.OnInvalid == string(pipeline.Fail) {
		return core.Errorf(core.InvalidConfig, "--max-invalid says nothing where the first such row ends the run").
			WithHint("add --on-invalid drop or --on-invalid regenerate")
	}
	if plan.Rows.End() > core.AttemptRows {
		return core.Errorf(core.InvalidConfig, "row %d is beyond the last one that hooks can be called for, %d", plan.Rows.End()-1, int64(core.AttemptRows)-1).
			WithHint("choose a smaller --first-row")
	}
	exports, err := c.load(ctx, a, path, plan)
	if err != nil {
		return err
	}
	if judges && !exports.Validate {
		return core.Errorf(core.InvalidConfig, "%s: --on-invalid and --max-invalid need a validate hook", path).
			WithHint("export function validate(record) { … }")
	}
	if exports.Validate {
		plan.Hooks.OnInvalid, plan.Hooks.MaxInvalid = c.OnInvalid, c.MaxInvalid
	}
	for i := range plan.Columns {
		column := &plan.Columns[i]
		if hook := exports.Field(column.Name); hook != nil {
			*column = dataset.Column{Name: column.Name, Generator: scripts.FieldGenerator, Uses: reads(plan.Schema, hook)}
		}
	}
	return nil
}

// reads are the fields that a hook reads: those that it names itself, and
// those that the schema names for its field.
func reads(c *schema.Collection, hook *scripts.FieldHook) []string {
	uses := slices.Clone(hook.Uses)
	if field := c.Field(hook.Name); field != nil {
		for _, name := range field.Uses {
			if !slices.Contains(uses, name) {
				uses = append(uses, name)
			}
		}
	}
	return uses
}

// verdictSpec is the column of verdicts of a plan whose hooks validate.
func verdictSpec(plan *dataset.Plan) core.ColumnSpec {
	return core.ColumnSpec{
		Generator: scripts.ValidateGenerator,
		Field: arrow.Field{
			Name: pipeline.VerdictColumn, Type: arrow.BinaryTypes.String, Nullable: true,
			Metadata: arrow.MetadataFrom(map[string]string{core.MetaType: string(schema.VarChar)}),
		},
		Config: hookConfig(plan), Seed: plan.Seed, Uses: storedNames(plan.Schema),
	}
}

// keeps are the columns that a row keeps when it is made again: keys, and
// numbers that count the rows.
func keeps(columns []core.ColumnSpec) (kept, made []core.ColumnSpec) {
	for _, column := range columns {
		if column.Field.Metadata.FindKey(core.MetaPrimaryKey) >= 0 || counts(column) {
			kept = append(kept, column)
		} else {
			made = append(made, column)
		}
	}
	return kept, made
}

func counts(column core.ColumnSpec) bool {
	return strings.HasPrefix(column.Generator, "identifier.") || column.Generator == "number.sequence"
}

// offers tells what hooks do.
func offers(h *dataset.PlannedHooks) string {
	var parts []string
	if len(h.Fields) > 0 {
		parts = append(parts, "they make "+strings.Join(h.Fields, ", "))
	}
	if h.Validate {
		parts = append(parts, "they validate rows")
	}
	return strings.Join(parts, "; ")
}

// sameHooks tells whether two plans have the same hooks, wherever they lie.
func sameHooks(a, b *dataset.PlannedHooks) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameJSON(a.HookFile, b.HookFile)
}

// describeHooks tells of hooks in a few words.
func describeHooks(h *dataset.PlannedHooks) string {
	if h == nil {
		return "none"
	}
	return strings.Join(slices.DeleteFunc([]string{h.File + " (SHA-256 " + h.SHA256[:8] + ")", h.OnInvalid}, func(s string) bool { return s == "" }), ", ")
}
