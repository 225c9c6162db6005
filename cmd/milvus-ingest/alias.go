package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/spell"
)

type aliasCommand struct {
	List     aliasList     `cmd:"" help:"List the aliases, and the versions behind them."`
	Switch   aliasSwitch   `cmd:"" help:"Point an alias at another collection, at once for all who use it."`
	Rollback aliasRollback `cmd:"" help:"Point an alias back at the version before."`
}

// The versions of an alias are the collections ALIAS_…, in the order of their
// names: docs_20260101, docs_20260201.

type aliasList struct {
	serverFlags
}

// aliasLine is an alias as list tells it.
type aliasLine struct {
	Alias      string `json:"alias"`
	Collection string `json:"collection"`
	Rows       int64  `json:"rows_estimate"`
	// Others are the versions that the alias does not stand for.
	Others []string `json:"other_versions,omitempty"`
}

// Run implements the command.
func (c *aliasList) Run(ctx context.Context, a *app) error {
	return withServer(ctx, a, &c.serverFlags, func(s *collection.Server) error {
		aliases, err := s.Aliases(ctx)
		if err != nil {
			return err
		}
		lines := []aliasLine{}
		for _, alias := range slices.Sorted(maps.Keys(aliases)) {
			line := aliasLine{Alias: alias, Collection: aliases[alias]}
			if line.Others, err = versions(ctx, s, alias); err != nil {
				return err
			}
			line.Others = slices.DeleteFunc(line.Others, func(v string) bool { return v == line.Collection })
			found, err := s.Find(ctx, line.Collection)
			if err == nil && found != nil {
				line.Rows, err = found.Estimate(ctx)
			}
			if err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return a.printAliases(lines)
	})
}

func (a *app) printAliases(lines []aliasLine) error {
	if a.output == "json" {
		return a.printJSON(lines)
	}
	if len(lines) == 0 {
		a.say("there are no aliases; milvus-ingest alias switch ALIAS COLLECTION makes one")
		return nil
	}
	var cells [][]string
	for _, l := range lines {
		cells = append(cells, []string{l.Alias, l.Collection, inThousands(l.Rows), strings.Join(l.Others, ", ")})
	}
	writeTable(a.stdout, a.width, []string{"ALIAS", "COLLECTION", "ROWS (ESTIMATE)", "OTHER VERSIONS"}, cells)
	return nil
}

type aliasSwitch struct {
	Alias      string `arg:"" help:"Name that searches use."`
	Collection string `arg:"" help:"Collection that it is to stand for."`
	Keep       int    `default:"-1" placeholder:"N" help:"Drop older versions (ALIAS_…) of the alias but for the newest N; less than 0 keeps all."`
	Force      bool   `help:"Switch to a collection, too, that is empty, not loaded, or not indexed yet."`
	Yes        bool   `short:"y" help:"Drop without asking."`

	serverFlags
}

// aliasChange is what switch and rollback tell.
type aliasChange struct {
	Alias   string   `json:"alias"`
	Before  string   `json:"before,omitempty"`
	Now     string   `json:"now"`
	Rows    int64    `json:"rows"`
	Dropped []string `json:"dropped,omitempty"`
}

// Run implements the command.
func (c *aliasSwitch) Run(ctx context.Context, a *app) error {
	return withServer(ctx, a, &c.serverFlags, func(s *collection.Server) error {
		change, err := point(ctx, s, c.Alias, c.Collection, c.Force)
		if err != nil {
			return err
		}
		if c.Keep >= 0 {
			if change.Dropped, err = c.retire(ctx, a, s, change); err != nil {
				return errors.Join(err, core.Errorf(core.CodeOf(err), "%s stands for %s now; older versions were not all dropped", c.Alias, change.Now))
			}
		}
		return a.printChange(change)
	})
}

// point makes the alias stand for a collection that can be used.
func point(ctx context.Context, s *collection.Server, alias, name string, force bool) (aliasChange, error) {
	aliases, err := s.Aliases(ctx)
	if err != nil {
		return aliasChange{}, err
	}
	change := aliasChange{Alias: alias, Before: aliases[alias], Now: name}
	history, err := historyOf(s, alias)
	if err != nil {
		return change, err
	}
	found, err := s.Find(ctx, name)
	if err != nil {
		return change, err
	}
	if found == nil {
		return change, noCollection(ctx, s, name)
	}
	change.Now = found.Name
	if own, err := s.Find(ctx, alias); err == nil && own != nil && own.Name == alias {
		return change, core.Errorf(core.Conflict, "%s is a collection, not an alias", alias).
			WithHint("take another name for the alias; a collection and an alias cannot share one")
	}
	if change.Rows, err = usable(ctx, found); err != nil && !force {
		return change, err
	}
	if change.Before == change.Now {
		return change, nil
	}
	if err := s.SetAlias(ctx, alias, found.Name); err != nil {
		return change, err
	}
	return change, history.switched(change.Before, change.Now)
}

// noCollection says that a name is not there, with the one that may be meant.
func noCollection(ctx context.Context, s *collection.Server, name string) error {
	problem := core.Errorf(core.InvalidConfig, "there is no collection %s", name)
	names, err := s.List(ctx)
	if err != nil {
		return problem
	}
	if near, ok := spell.Nearest(name, names); ok {
		return problem.WithHint("did you mean %s?", near)
	}
	if len(names) == 0 {
		return problem.WithHint("there are no collections; milvus-ingest to-milvus insert makes one")
	}
	return problem.WithHint("there are: %s", strings.Join(names, ", "))
}

// usable says why searches should not be sent to the collection.
func usable(ctx context.Context, c *collection.Collection) (rows int64, err error) {
	force := "finish loading it first, or switch all the same with --force"
	state, percent, err := c.Loaded(ctx)
	if err != nil {
		return 0, err
	}
	if state != "Loaded" {
		return 0, core.Errorf(core.Conflict, "the collection %s is not loaded (%s, %d %%)", c.Name, state, percent).WithHint("%s", force)
	}
	indexes, err := c.Indexes(ctx)
	if err != nil {
		return 0, err
	}
	for _, index := range indexes {
		if index.State != "Finished" {
			return 0, core.Errorf(core.Conflict, "the index of %s.%s is %s", c.Name, index.Field, index.State).WithHint("%s", force)
		}
	}
	rows, err = c.Count(ctx, "")
	if err == nil && rows == 0 {
		err = core.Errorf(core.Conflict, "the collection %s has no rows", c.Name).WithHint("%s", force)
	}
	return rows, err
}

// versions are the collections whose names begin with the alias's and "_".
func versions(ctx context.Context, s *collection.Server, alias string) ([]string, error) {
	names, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, alias+"_") })
	slices.SortFunc(names, dataset.CompareNames)
	return names, nil
}

// retire drops the versions before the current one, but for the newest, and
// the one that was live until now: a version that failed its checks may lie
// between.
func (c *aliasSwitch) retire(ctx context.Context, a *app, s *collection.Server, change aliasChange) ([]string, error) {
	all, err := versions(ctx, s, c.Alias)
	if err != nil {
		return nil, err
	}
	at := slices.Index(all, change.Now)
	if at < 0 || at <= c.Keep {
		return nil, nil
	}
	old := all[:at-c.Keep]
	if c.Keep > 0 {
		old = slices.DeleteFunc(old, func(name string) bool { return name == change.Before })
	}
	if len(old) == 0 {
		return nil, nil
	}
	if !c.Yes {
		if err := a.confirm(fmt.Sprintf("Drop %s?", strings.Join(old, ", "))); err != nil {
			return nil, err
		}
	}
	for i, name := range old {
		if err := s.Drop(ctx, name); err != nil {
			return old[:i], err
		}
	}
	return old, nil
}

func (a *app) printChange(c aliasChange) error {
	if a.output == "json" {
		return a.printJSON(c)
	}
	switch c.Before {
	case "":
		fmt.Fprintf(a.stdout, "%s stands for %s now (%s rows)\n", c.Alias, c.Now, inThousands(c.Rows))
	case c.Now:
		fmt.Fprintf(a.stdout, "%s stands for %s already (%s rows)\n", c.Alias, c.Now, inThousands(c.Rows))
	default:
		fmt.Fprintf(a.stdout, "%s stands for %s now (%s rows), no longer for %s\n", c.Alias, c.Now, inThousands(c.Rows), c.Before)
	}
	for _, name := range c.Dropped {
		fmt.Fprintf(a.stdout, "dropped %s\n", name)
	}
	if c.Before != "" && c.Before != c.Now && !slices.Contains(c.Dropped, c.Before) {
		a.say("back: milvus-ingest alias switch %s %s", c.Alias, c.Before)
	}
	return nil
}

type aliasRollback struct {
	Alias string `arg:"" help:"Name that searches use."`
	To    string `placeholder:"NAME" help:"Collection to go back to (default: the one that the alias stood for before; where it was switched elsewhere, the version before by the order of names)."`
	Force bool   `help:"Go back to a collection, too, that is empty, not loaded, or not indexed."`

	serverFlags
}

// Run implements the command.
func (c *aliasRollback) Run(ctx context.Context, a *app) error {
	return withServer(ctx, a, &c.serverFlags, func(s *collection.Server) error {
		to := c.To
		if to == "" {
			var err error
			if to, err = before(ctx, a, s, c.Alias); err != nil {
				return err
			}
		}
		change, err := point(ctx, s, c.Alias, to, c.Force)
		if err != nil {
			return err
		}
		return a.printChange(change)
	})
}

// before is the version before the one that the alias stands for.
func before(ctx context.Context, a *app, s *collection.Server, alias string) (string, error) {
	aliases, err := s.Aliases(ctx)
	if err != nil {
		return "", err
	}
	now, ok := aliases[alias]
	if !ok {
		return "", core.Errorf(core.InvalidConfig, "there is no alias %s", alias).WithHint("milvus-ingest alias list tells them")
	}
	history, err := historyOf(s, alias)
	if err != nil {
		return "", err
	}
	names, err := s.List(ctx)
	if err != nil {
		return "", err
	}
	if was := history.before(now, names); was != "" {
		return was, nil
	}
	all, err := versions(ctx, s, alias)
	if err != nil {
		return "", err
	}
	at := slices.Index(all, now)
	if at > 0 {
		a.say("note: %s was not switched from here: %s is the version before by its name, and may never have been live", alias, all[at-1])
	}
	if at <= 0 {
		return "", core.Errorf(core.Conflict, "nothing is known of what %s stood for before %s, and no collection %s_… comes before it", alias, now, alias).
			WithHint("name the collection with --to")
	}
	return all[at-1], nil
}

// withServer connects, and closes the connection when use returns.
func withServer(ctx context.Context, a *app, f *serverFlags, use func(*collection.Server) error) (err error) {
	server, err := f.dial(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	return use(server)
}
