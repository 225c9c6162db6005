package scripts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/zilliz/milvus-ingest/core"
)

// Bundle is a hook file with all that it imports, as one script that goja
// runs. Its text carries the source map, so that errors speak of the user's
// own lines.
type Bundle struct {
	Name string // the file as the user named it
	Code string
}

// maxBundle keeps the hooks of a whole collection within one message.
const maxBundle = 4 << 20

// globalName is where a bundle leaves its exports.
const globalName = "__hooks"

// Load reads a hook file: JavaScript or TypeScript, an ES module or
// exports.… = …. Imports must lie in the file's folder or below. All errors of
// syntax come at once, each with file, line and column.
func Load(path string) (*Bundle, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(absolute)
	if err != nil {
		return nil, core.Errorf(core.InvalidConfig, "hooks: %w", err).WithHint("write a first one with: milvus-ingest script new")
	}
	if !info.Mode().IsRegular() || !strings.HasSuffix(absolute, ".js") && !strings.HasSuffix(absolute, ".ts") {
		return nil, core.Errorf(core.InvalidConfig, "hooks: %s is no file with a name that ends in .js or .ts", path)
	}
	if absolute, err = filepath.EvalSymlinks(absolute); err != nil {
		return nil, core.Errorf(core.InvalidConfig, "hooks: %w", err)
	}
	root := filepath.Dir(absolute)
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{absolute}, AbsWorkingDir: root, Bundle: true, Write: false, Outfile: "hooks.js",
		Format: api.FormatIIFE, GlobalName: globalName, Platform: api.PlatformNeutral,
		Target: api.ES2017, Supported: map[string]bool{"bigint": true}, // goja has it
		Charset: api.CharsetUTF8, Sourcemap: api.SourceMapInline, SourcesContent: api.SourcesContentExclude, LogLevel: api.LogLevelSilent,
		Loader:      map[string]api.Loader{".js": api.LoaderJS, ".ts": api.LoaderTS, ".json": api.LoaderJSON},
		Plugins:     []api.Plugin{localOnly(root)},
		TsconfigRaw: "{}", // whatever lies around, the bundle is the same
	})
	if len(result.Errors) > 0 {
		return nil, buildErrors(path, result.Errors)
	}
	code := string(result.OutputFiles[0].Contents)
	if len(code) > maxBundle {
		return nil, core.Errorf(core.InvalidConfig, "%s: with all that it imports it has %.1f MB, more than %d MB", path, float64(len(code))/(1<<20), maxBundle>>20).
			WithHint("import less: every process gets a copy for every hook")
	}
	return &Bundle{Name: path, Code: code}, nil
}

// localOnly refuses imports of packages and of files outside root, wherever
// symbolic links lead.
func localOnly(root string) api.Plugin {
	return api.Plugin{Name: "local-only", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if args.Kind == api.ResolveEntryPoint || strings.HasPrefix(args.Path, "./") || strings.HasPrefix(args.Path, "../") {
				return api.OnResolveResult{}, nil
			}
			return api.OnResolveResult{}, fmt.Errorf("import %q: hooks import files of their own folder alone (./name.js)", args.Path)
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			// esbuild has followed the links.
			if relative, err := filepath.Rel(root, args.Path); err != nil || !filepath.IsLocal(relative) {
				return api.OnLoadResult{}, fmt.Errorf("%s lies outside of the folder of the hooks", args.Path)
			}
			return api.OnLoadResult{}, nil
		})
	}}
}

func buildErrors(path string, messages []api.Message) error {
	var problems []error
	for _, m := range messages {
		place := path
		if l := m.Location; l != nil {
			place = fmt.Sprintf("%s:%d:%d", filepath.Join(filepath.Dir(path), l.File), l.Line, l.Column+1)
		}
		problems = append(problems, core.Errorf(core.InvalidConfig, "%s: %s", place, m.Text))
	}
	return errors.Join(problems...)
}
