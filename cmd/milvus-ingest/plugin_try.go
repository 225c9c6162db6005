package main

import (
	"context"
	"fmt"
	"os"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/plugins/plugintest"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
	"github.com/zilliz/milvus-ingest/plugins/trust"
)

type pluginTest struct {
	Executable string   `arg:"" help:"Path of the plugin's executable."`
	Config     string   `placeholder:"FILE" help:"JSON file with the configuration to test with; in it, {dir} stands for a folder that is new in each check."`
	Component  string   `placeholder:"NAME" help:"Component to test, where the plugin has several."`
	Grant      []string `sep:"none" placeholder:"NAME" help:"Environment variable that the plugin may read. May be repeated."`
}

// Help tells what happens.
func (*pluginTest) Help() string {
	return `Starts the executable, whether it is locked or not, and makes all checks of plugins/plugintest over gRPC,
as runs do: the same rows twice, cancelled within a second, gone with its host, and so on.`
}

// Run implements the command.
func (c *pluginTest) Run(ctx context.Context, a *app) error {
	path, err := trust.Absolute(c.Executable)
	if err != nil {
		return err
	}
	if err := trust.Guard(path); err != nil {
		return err
	}
	target := plugintest.Target{Name: c.Component}
	launch := plugintest.Launch{Path: path, TLS: true}
	for _, name := range c.Grant {
		if value, ok := os.LookupEnv(name); ok {
			launch.Env = append(launch.Env, name+"="+value)
		}
	}
	target.Start = launch.Start
	if named, err := trust.Named(path); err == nil {
		target.Kind = named.Kind
	} else {
		a.say("warning: %v", err)
		for _, hint := range hints(err) {
			a.say("hint: %s", hint)
		}
	}
	if target.Name == "" {
		target.Kind = sdk.Kind("")
	}
	if c.Config != "" {
		raw, err := os.ReadFile(c.Config)
		if err != nil {
			return core.Errorf(core.InvalidConfig, "%w", err)
		}
		target.Config = string(raw)
	}
	a.say("starting %s for tests only: it is not locked by this", path)
	results := plugintest.Run(ctx, target)
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.output == "json" {
		err = a.printJSON(results)
	} else {
		err = plugintest.WriteText(a.stdout, results)
	}
	if err != nil {
		return err
	}
	failed := 0
	for _, r := range results {
		if r.Err != nil {
			failed++
		}
	}
	if failed > 0 {
		return core.Errorf(core.PluginFailed, "%s fails %s", path, howMany(failed))
	}
	return nil
}

func howMany(n int) string {
	if n == 1 {
		return "1 check"
	}
	return fmt.Sprintf("%d checks", n)
}
