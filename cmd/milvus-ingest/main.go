// Command milvus-ingest makes data sets for Milvus and brings them into it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	"github.com/zilliz/milvus-ingest/core/recipe"
	"github.com/zilliz/milvus-ingest/generators"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/scripts"
	"github.com/zilliz/milvus-ingest/sinks"
)

// cli is the command line: one field a command, each in a file of its own.
type cli struct {
	Output  string           `enum:"text,json" default:"text" env:"MILVUS_INGEST_OUTPUT" help:"How results are printed: ${enum}."`
	Verbose bool             `short:"v" help:"Tell more: of results their details, and what the program and its plugins log."`
	Version kong.VersionFlag `help:"Print the version and exit."`

	Lock          string        `env:"MILVUS_INGEST_LOCK" placeholder:"FILE" help:"Plugins that may run (default: plugins.lock.json in your data folder)."`
	PluginTimeout time.Duration `env:"MILVUS_INGEST_PLUGIN_TIMEOUT" default:"5m" placeholder:"TIME" help:"Time that one answer of a plugin may take."`

	Generate   generateCommand   `cmd:"" help:"Make a data set from a schema."`
	Run        runCommand        `cmd:"" help:"Carry out a pipeline file: one data set, made into the sinks of an environment."`
	Check      checkCommand      `cmd:"" help:"Check a data set: its files, its values, its keys."`
	Report     reportCommand     `cmd:"" help:"Look at a data set: a page with distributions, texts and maps of its vectors; the chief figures here."`
	Upload     uploadCommand     `cmd:"" help:"Bring a data set into a bucket of an S3 store, as objects that Milvus imports."`
	ToMilvus   toMilvusCommand   `cmd:"" name:"to-milvus" help:"Bring data sets into Milvus."`
	Import     importCommand     `cmd:"" help:"Import jobs of a server: list, look at, wait for."`
	Script     scriptCommand     `cmd:"" help:"JavaScript hooks: write a first file, and try it."`
	Plugin     pluginCommand     `cmd:"" help:"Generators and sinks of others: list, add, test, write."`
	Schema     schemaCommand     `cmd:"" help:"The library of schemas: list, show, add, remove, write, infer."`
	Alias      aliasCommand      `cmd:"" help:"Names that stand for collections: list, switch, roll back."`
	Deploy     deployCommand     `cmd:"" help:"Bring a data set live: backup, upload, import, verify, benchmark, switch."`
	Export     exportCommand     `cmd:"" help:"Read a live collection into a data set: a backup that every command reads."`
	Restore    restoreCommand    `cmd:"" help:"Make a collection of a backup again."`
	Benchmark  benchmarkCommand  `cmd:"" help:"Search a live collection as its users would: how many searches a second, how fast, how right."`
	Health     healthCommand     `cmd:"" help:"Look at a live collection as its users do; exits with 0 healthy, 1 degraded, 2 unhealthy."`
	Clean      cleanCommand      `cmd:"" help:"Remove data sets, unfinished runs and what killed runs left behind."`
	Completion completionCommand `cmd:"" help:"Print the completion script of a shell."`
}

// components lists all that is built in.
func components() []sdk.Component {
	return slices.Concat(generators.Builtin(), scripts.Components(), sinks.Builtin())
}

func main() {
	// A data set is the same in every time zone, and the dates of hooks are
	// local ones.
	time.Local = time.UTC //nolint:gosmopolitan // see above
	// A plugin process is this program started again; it is told so by its
	// environment, before any argument is looked at.
	if sdk.Hosted() {
		sdk.Serve(components()...)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr})
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, a *app) int {
	var c cli
	exited := -1
	parser, err := newParser(ctx, &c, a, func(code int) { exited = code })
	if err != nil {
		fmt.Fprintln(a.stderr, "error:", err)
		return exitFailed
	}
	// A shell that asks for completions says so in its environment; it is
	// answered here, and the program ends.
	kongcompletion.Register(parser)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parse(parser, args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		return a.usage(err)
	}
	a.prepare(c)
	if err := command.Run(); err != nil {
		return a.fail(ctx, err)
	}
	return exitDone
}

// newParser makes the parser of the command line. exited is told the exit code
// when kong has printed help or the version; it may be nil.
func newParser(ctx context.Context, c *cli, a *app, exited func(code int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("milvus-ingest"),
		kong.Description("From a schema to production: make data sets for Milvus and bring them into it."),
		kong.UsageOnError(), kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(code int) {
			if exited != nil {
				exited(code)
			}
			panic(exit{})
		}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": "milvus-ingest " + version()},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(a),
	)
}

// exit unwinds kong when it has printed help or the version.
type exit struct{}

func parse(parser *kong.Kong, args []string) (command *kong.Context, err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(exit); !ok {
				panic(p)
			}
		}
	}()
	return parser.Parse(args)
}

// usage reports a command line that cannot be understood.
func (a *app) usage(err error) int {
	a.say("error: %v", err)
	for _, hint := range hints(err) {
		a.say("hint: %s", hint)
	}
	var wrong *kong.ParseError
	if errors.As(err, &wrong) {
		fmt.Fprintf(a.stderr, "hint: %s --help tells what it takes\n", commandPath(wrong.Context))
	}
	return exitUsage
}

func commandPath(c *kong.Context) string {
	path := "milvus-ingest"
	if c != nil && c.Selected() != nil {
		path = c.Selected().FullPath()
	}
	return path
}

// app is what every command gets: where to print, and how.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// output is "json" or "": text.
	output string
	// isTerminal tells whether messages go to somebody who watches.
	isTerminal bool
	// lockFile is the lock of plugins that the user names; "": the usual one.
	lockFile string
	// pluginTimeout is how long one answer of a plugin may take.
	pluginTimeout time.Duration
	// verbose asks for details in results.
	verbose bool
	// width is that of the terminal that results go to.
	width int
	log   *slog.Logger
	// hidden replaces secrets by their names; nil where there are none.
	hidden  *strings.Replacer
	secrets []recipe.Secret
}

func (a *app) prepare(c cli) {
	if c.Output == "json" {
		a.output = c.Output
	}
	a.verbose = c.Verbose
	a.lockFile, a.pluginTimeout = c.Lock, c.PluginTimeout
	a.isTerminal, a.width = watched(a.stderr), terminalWidth(a.stdout)
	level := slog.LevelWarn
	if c.Verbose || os.Getenv("MILVUS_INGEST_LOG") == "debug" {
		level = slog.LevelDebug
	}
	a.log = slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// say prints a message for the user; results go to stdout.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.stderr, format+"\n", args...) }
