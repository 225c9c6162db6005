package collection

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/userdir"
)

const (
	// liteEnv names the milvus-lite (or Python) to use.
	liteEnv = "MILVUS_INGEST_LITE"
	// liteInstallEnv is "never" where nothing is to be installed.
	liteInstallEnv = "MILVUS_INGEST_LITE_INSTALL"
	// liteVersion is the Milvus Lite that is installed.
	liteVersion = "3.2.2"
)

// litePackages are what pip installs. Milvus Lite takes its messages from
// pymilvus, but does not say so to pip.
func litePackages() []string {
	return []string{"milvus-lite==" + liteVersion, "pymilvus==3.0.2"}
}

// pythonOf is the Python that runs a milvus-lite: the one beside it, else the
// one that its first line names. A Python is its own.
func pythonOf(executable string) string {
	if strings.HasPrefix(filepath.Base(executable), "python") {
		return executable
	}
	if resolved, err := filepath.EvalSymlinks(executable); err == nil {
		executable = resolved
	}
	for _, name := range []string{"python3", "python", "python.exe"} {
		beside := filepath.Join(filepath.Dir(executable), name)
		if info, err := os.Stat(beside); err == nil && !info.IsDir() {
			return beside
		}
	}
	file, err := os.Open(executable)
	if err != nil {
		return executable // starting it tells the error
	}
	defer file.Close()                                //nolint:errcheck // it was read alone
	line, _ := bufio.NewReader(file).ReadString('\n') // "" is no shebang
	if path, ok := strings.CutPrefix(line, "#!"); ok {
		return strings.TrimSpace(path)
	}
	return executable
}

// ownLite is the Python of the Milvus Lite in the user's data folder. It is
// installed where it is missing.
func ownLite(ctx context.Context, log *slog.Logger) (string, error) {
	dir := filepath.Join(userdir.Path(), "lite-"+liteVersion)
	if _, err := os.Stat(venvPython(dir)); err == nil {
		return venvPython(dir), nil
	}
	byHand := "pip install " + strings.Join(litePackages(), " ")
	if os.Getenv(liteInstallEnv) == "never" {
		return "", core.Errorf(core.Unavailable, "Milvus Lite is not installed, and %s=never", liteInstallEnv).
			WithHint("%s, or unset %s", byHand, liteInstallEnv)
	}
	if userdir.Path() == "" {
		return "", core.Errorf(core.Unavailable, "Milvus Lite is not installed, and there is no home folder to install it in").
			WithHint("%s, or set MILVUS_INGEST_DATA_DIR to a folder", byHand)
	}
	python, err := anyPython()
	if err != nil {
		return "", core.Errorf(core.Unavailable, "Milvus Lite is a program in Python, and no python3 was found on PATH").
			WithHint("install Python 3.10 or newer, or set %s to the milvus-lite of an environment that has it", liteEnv)
	}
	log.Warn("installing Milvus Lite, this once: it takes a minute", "version", liteVersion, "folder", dir)
	if err := installLite(ctx, python, dir); err != nil {
		return "", err
	}
	return venvPython(dir), nil
}

// installLite makes the environment under another name and gives it its own
// when it is whole: a Python finds its packages from where it lies.
func installLite(ctx context.Context, python, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return core.Errorf(core.Unavailable, "Milvus Lite cannot be installed: %w", err)
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(dir), ".lite-*")
	if err != nil {
		return core.Errorf(core.Unavailable, "Milvus Lite cannot be installed: %w", err)
	}
	defer os.RemoveAll(unfinished) //nolint:errcheck // it has its name by then, or is of no use
	pip := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"}, litePackages()...)
	for _, step := range [][]string{
		{python, "-m", "venv", unfinished},
		append([]string{venvPython(unfinished)}, pip...),
	} {
		var said lastWords
		command := exec.CommandContext(ctx, step[0], step[1:]...)
		command.Stdout, command.Stderr = &said, &said
		if err := command.Run(); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return core.Errorf(core.Unavailable, "Milvus Lite cannot be installed: %s: %w: %s", strings.Join(step, " "), err, said.text()).
				WithHint("Python 3.10 or newer with venv, and a way to its packages, are needed; else set %s to the milvus-lite of an environment that has it", liteEnv)
		}
	}
	if err := os.Rename(unfinished, dir); err != nil {
		if _, there := os.Stat(venvPython(dir)); there == nil {
			return nil // another command was faster
		}
		return core.Errorf(core.Unavailable, "Milvus Lite cannot be installed: %w", err)
	}
	return nil
}

// anyPython is the Python on PATH.
func anyPython() (string, error) {
	var tried error
	for _, name := range []string{"python3", "python"} {
		path, err := exec.LookPath(name)
		if err == nil {
			return path, nil
		}
		tried = errors.Join(tried, err)
	}
	return "", tried
}

// venvPython is the Python of a virtual environment.
func venvPython(dir string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(dir, "Scripts", "python.exe")
	}
	return filepath.Join(dir, "bin", "python")
}
