package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
)

type cleanCommand struct {
	Dirs []string `arg:"" name:"dir" help:"Folders to take data sets and unfinished runs out of; other files in them stay."`
	Yes  bool     `short:"y" help:"Do not ask."`
}

// Run implements the command.
func (c *cleanCommand) Run(_ context.Context, a *app) error {
	var found []string
	for _, dir := range c.Dirs {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return core.Errorf(core.InvalidConfig, "there is no folder %s", dir)
		}
		state, err := dataset.Look(dir)
		if err != nil {
			return err
		}
		if state == dataset.Foreign {
			return core.Errorf(core.Conflict, "%s holds data files without a meta.json of ours", dir).
				WithHint("remove them by hand if they are not wanted")
		}
		if state == dataset.Empty {
			a.say("%s holds no data set", dir)
			continue
		}
		found = append(found, dir)
	}
	if len(found) == 0 {
		return nil
	}
	if !c.Yes {
		if err := a.confirm(fmt.Sprintf("remove the data of %s?", strings.Join(found, ", "))); err != nil {
			return err
		}
	}
	var problems []error
	for _, dir := range found {
		if err := dataset.Remove(dir); err != nil {
			problems = append(problems, err)
			continue
		}
		a.say("%s: the data is removed", dir)
	}
	return errors.Join(problems...)
}

// confirm asks on a terminal; elsewhere nobody can answer.
func (a *app) confirm(question string) error {
	if !terminal(a.stdin) {
		return core.Errorf(core.InvalidConfig, "%s nobody is there to answer", question).WithHint("say so with --yes")
	}
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	answer, err := bufio.NewReader(a.stdin).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(answer)); err != nil || word != "y" && word != "yes" {
		return core.Errorf(core.Conflict, "nothing was removed").WithHint("answer y, or give --yes")
	}
	return nil
}
