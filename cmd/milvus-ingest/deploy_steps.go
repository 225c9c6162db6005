package main

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core/deploy"
	"github.com/zilliz/milvus-ingest/core/recipe"
)

// deploySteps are the command lines of a deployment.
func deploySteps(d *recipe.Deployment, r *deploy.Result) []deploy.Step {
	server, store := flags(d.Steps["server"]), flags(d.Steps["store"])
	var steps []deploy.Step
	add := func(name string, again []string, parts ...[]string) {
		steps = append(steps, deploy.Step{Name: name, Args: slices.Concat(parts...), Again: again})
	}
	if backup, ok := d.Steps["backup"]; ok {
		out, rest := take(backup, "out")
		if out == "" {
			out = "backups"
		}
		more := server
		if strings.Contains(out, "://") {
			more = slices.Concat(server, store)
		}
		add("backup", nil, []string{"export", d.Alias, out, "--dated"}, flags(rest), more)
	}
	version := []string{"--collection-name=" + r.Version}
	if options, ok := d.Steps["import"]; ok {
		bucket, rest := take(options, "bucket")
		prefix, rest := take(rest, "s3-path")
		// A prefix of its own: what is uploaded now mixes with nothing.
		prefix = path.Join(prefix, r.Version) + "/"
		add("upload", nil, []string{"upload", d.Data, "s3://" + bucket + "/" + prefix}, fieldsOf(rest), store)
		add("import", []string{"--resume"}, []string{"to-milvus", "import", "--local-path=" + d.Data, "--bucket=" + bucket, "--s3-path=" + prefix, "--wait"},
			version, flags(rest), server, store)
	} else {
		add("insert", []string{"--resume"}, []string{"to-milvus", "insert", d.Data}, version, flags(d.Steps["insert"]), server)
	}
	if options, ok := d.Steps["verify"]; ok {
		add("verify", nil, []string{"to-milvus", "verify", d.Data}, version, flags(options), server)
	}
	if options, ok := d.Steps["benchmark"]; ok {
		add("benchmark", nil, []string{"benchmark", d.Data}, version, flags(options), server)
	}
	add("switch", nil, []string{"alias", "switch", d.Alias, r.Version, fmt.Sprintf("--keep=%d", d.Keep), "--yes"}, server)
	return steps
}

// flags are options as arguments, in the order of their names.
func flags(o recipe.Options) []string {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(o)) {
		for _, value := range o[name] {
			args = append(args, "--"+name+"="+value)
		}
	}
	return args
}

// fieldsOf are the options that leave fields out, which upload has to obey as
// import does.
func fieldsOf(o recipe.Options) []string {
	kept := recipe.Options{}
	for _, name := range []string{"fields", "exclude-fields"} {
		if o[name] != nil {
			kept[name] = o[name]
		}
	}
	return flags(kept)
}

// take is the value of an option, and the options without it.
func take(o recipe.Options, name string) (string, recipe.Options) {
	rest := maps.Clone(o)
	delete(rest, name)
	return strings.Join(o[name], ""), rest
}

func without(steps []deploy.Step, name string) []deploy.Step {
	return slices.DeleteFunc(steps, func(s deploy.Step) bool { return s.Name == name })
}

// printSteps shows what would be done.
func (a *app) printSteps(steps []deploy.Step) error {
	if a.output == "json" {
		return a.printJSON(steps)
	}
	for i, step := range steps {
		words := make([]string, len(step.Args))
		for n, arg := range step.Args {
			words[n] = arg // what holds ${NAME} is filled by the shell
			if !strings.Contains(arg, "${") {
				words[n] = shellWord(arg)
			}
		}
		fmt.Fprintf(a.stdout, "%d. %s\n   milvus-ingest %s\n", i+1, step.Name, strings.Join(words, " "))
	}
	return nil
}

func (a *app) summarizeDeploy(r *deploy.Result) error {
	if a.output == "json" {
		return a.printJSON(r)
	}
	var cells [][]string
	for _, step := range r.Steps {
		cells = append(cells, []string{step.Name, string(step.Status), fmt.Sprintf("%.1f s", step.Seconds)})
	}
	writeTable(a.stdout, a.width, []string{"STEP", "STATUS", "TIME"}, cells)
	if !r.Live {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "\n%s stands for %s now: %.1f s\n", r.Alias, r.Version, r.Seconds)
	if r.Before != "" {
		a.say("back: milvus-ingest alias switch %s %s", r.Alias, r.Before)
	}
	return err
}
