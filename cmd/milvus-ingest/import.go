package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bulk"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// importCommand looks after import jobs that a server has.
type importCommand struct {
	List   importListCommand   `cmd:"" help:"List the jobs that the server remembers."`
	Status importStatusCommand `cmd:"" help:"Tell all of some jobs."`
	Wait   importWaitCommand   `cmd:"" help:"Wait for jobs, and until their rows can be searched."`
}

// jobFlags say whose jobs are meant.
type jobFlags struct {
	serverFlags
	ClusterID string `placeholder:"ID" help:"Cluster of Zilliz Cloud, if the URI does not name it."`
}

// importer connects; done closes the connection.
func (f *jobFlags) importer(ctx context.Context, a *app) (i *bulk.Importer, server *collection.Server, done func() error, err error) {
	if server, err = f.dial(ctx, a); err != nil {
		return nil, nil, nil, err
	}
	i, err = bulk.New(ctx, server, bulk.Options{Source: bulk.Source{Cluster: f.ClusterID}})
	if err != nil {
		return nil, nil, nil, errors.Join(err, server.Close())
	}
	return i, server, func() error { i.Close(); return server.Close() }, nil
}

type importListCommand struct {
	CollectionName string `aliases:"collection" placeholder:"NAME" help:"Only jobs of this collection."`
	jobFlags
}

// Run implements the command.
func (c *importListCommand) Run(ctx context.Context, a *app) (err error) {
	i, _, done, err := c.importer(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	jobs, err := i.List(ctx, c.CollectionName)
	if err != nil {
		return err
	}
	if a.output == "json" {
		return a.printJSON(slices.Concat([]bulk.Status{}, jobs))
	}
	if len(jobs) == 0 {
		a.say("the server remembers no jobs")
		return nil
	}
	var rows [][]string
	for _, s := range jobs {
		rows = append(rows, []string{s.ID, s.Collection, s.Says, fmt.Sprintf("%d %%", s.Percent), rowsInWords(s), s.Reason})
	}
	writeTable(a.stdout, a.width, []string{"job", "collection", "state", "", "rows", "reason"}, rows)
	return nil
}

// rowsInWords are the rows of a job, as far as they are known: lists of some
// servers do not tell them.
func rowsInWords(s bulk.Status) string {
	if s.Rows == 0 && s.Total == 0 {
		return ""
	}
	return inThousands(s.Rows)
}

type importStatusCommand struct {
	Jobs []string `arg:"" name:"job" help:"Ids of jobs."`
	jobFlags
}

// Run implements the command.
func (c *importStatusCommand) Run(ctx context.Context, a *app) (err error) {
	i, _, done, err := c.importer(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	var all []bulk.Status
	var problems []error
	for _, id := range c.Jobs {
		s, err := i.Status(ctx, id)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		all = append(all, s)
	}
	if err := a.printJobs(all); err != nil {
		return err
	}
	return errors.Join(problems...)
}

// printJobs tells all that is known of jobs.
func (a *app) printJobs(all []bulk.Status) error {
	if a.output == "json" {
		return a.printJSON(slices.Concat([]bulk.Status{}, all))
	}
	for _, s := range all {
		fmt.Fprintf(a.stdout, "job %s: %s, %d %%\n", s.ID, s.Says, s.Percent)
		if s.Collection != "" {
			fmt.Fprintf(a.stdout, "  collection: %s\n", s.Collection)
		}
		if rows := rowsInWords(s); rows != "" {
			fmt.Fprintf(a.stdout, "  rows: %s\n", rows)
		}
		if s.Reason != "" {
			fmt.Fprintf(a.stdout, "  reason: %s\n", s.Reason)
		}
		for n, file := range s.Files {
			if n == 10 && !a.verbose {
				fmt.Fprintf(a.stdout, "  … and %d more files\n", len(s.Files)-n)
				break
			}
			fmt.Fprintf(a.stdout, "  file: %s\n", file)
		}
	}
	return nil
}

type importWaitCommand struct {
	Jobs       []string `arg:"" name:"job" help:"Ids of jobs."`
	NoLoad     bool     `help:"Wait for the jobs alone; without it the collection is indexed, loaded and counted, too."`
	Timeout    waitTime `placeholder:"TIME" help:"Longest time to wait, in seconds or as 10m (default: no limit)."`
	NoProgress bool     `help:"Show no progress."`
	jobFlags
}

// Run implements the command.
func (c *importWaitCommand) Run(ctx context.Context, a *app) (err error) {
	i, server, done, err := c.importer(ctx, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	within, cancel := c.Timeout.bound(ctx)
	defer cancel()
	watch := &importWatch{}
	stop := a.follow(c.NoProgress, watch.line)
	all, err := c.wait(within, i, watch)
	if err == nil && !c.NoLoad {
		err = finishAll(within, a, server, all, watch)
	}
	stop()
	if printed := a.printJobs(all); printed != nil {
		return printed
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = core.Errorf(core.Unavailable, "not done in %s: %w", time.Duration(c.Timeout), err).WithHint("the jobs go on; the same command waits for them again")
	}
	return err
}

// wait waits for all jobs at once.
func (c *importWaitCommand) wait(ctx context.Context, i *bulk.Importer, watch *importWatch) ([]bulk.Status, error) {
	all, problems := make([]bulk.Status, len(c.Jobs)), make([]error, len(c.Jobs))
	var mu sync.Mutex
	rows := map[string]int64{}
	var wg sync.WaitGroup
	for n, id := range c.Jobs {
		wg.Go(func() {
			all[n], problems[n] = i.Wait(ctx, id, func(s bulk.Status) {
				watch.job(s)
				mu.Lock()
				defer mu.Unlock()
				rows[s.ID] = s.Rows
				var sum int64
				for _, r := range rows {
					sum += r
				}
				watch.stage(bulk.Rows, sum, 0)
			})
		})
	}
	wg.Wait()
	all = slices.DeleteFunc(all, func(s bulk.Status) bool { return s.ID == "" })
	return all, errors.Join(problems...)
}

// finishAll waits until the rows of all jobs can be searched.
func finishAll(ctx context.Context, a *app, server *collection.Server, all []bulk.Status, watch *importWatch) error {
	done := map[string]bool{}
	for _, s := range all {
		if done[s.Collection] || s.Collection == "" {
			continue
		}
		done[s.Collection] = true
		c, err := server.Find(ctx, s.Collection)
		if err != nil {
			return err
		}
		if c == nil {
			return core.Errorf(core.InvalidConfig, "the collection %s of job %s is not there any more", s.Collection, s.ID)
		}
		rows, err := bulk.Finish(ctx, c, -1, watch.stage)
		if err != nil {
			return err
		}
		a.say("%s is loaded and has %s rows", s.Collection, inThousands(rows))
	}
	return nil
}
