package main

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/spell"
	"github.com/zilliz/milvus-ingest/sinks/minio"
)

// sinkFlags store the rows somewhere else than in files.
type sinkFlags struct {
	Sink       string            `placeholder:"NAME" help:"Store the rows by this sink, such as minio, instead of files of the folder (see docs/sinks)."`
	SinkOption map[string]string `name:"sink-option" placeholder:"KEY=VALUE" help:"Option of that sink, such as place=s3://bucket/prefix/; for more of them, again. Secrets come from the environment."`
	storeFlags `group:"Store"`
}

// takes are the options of the sink by name, as JSON Schema; nil where the rows
// go to files.
func (f *sinkFlags) takes(a *app) (map[string]json.RawMessage, error) {
	if f.Sink == "" {
		if len(f.SinkOption) > 0 {
			return nil, core.Errorf(core.InvalidConfig, "--sink-option without --sink").WithHint("name the sink: --sink minio")
		}
		return nil, nil
	}
	components, err := a.sinkComponents()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range components {
		var schema struct{ Properties map[string]json.RawMessage }
		if c.Name == f.Sink && json.Unmarshal(c.Config, &schema) == nil {
			return schema.Properties, nil
		}
		names = append(names, c.Name)
	}
	return nil, core.Errorf(core.InvalidConfig, "there is no sink %q", f.Sink).WithHint("the sinks are %s", strings.Join(names, ", "))
}

// sinkOptions reads the options that the user gives, all problems at once.
func (f *sinkFlags) sinkOptions(takes map[string]json.RawMessage) (map[string]any, error) {
	config := map[string]any{}
	var problems []error
	known := slices.Sorted(maps.Keys(takes))
	for _, key := range slices.Sorted(maps.Keys(f.SinkOption)) {
		var kind struct{ Type string }
		switch value := f.SinkOption[key]; {
		case takes[key] == nil:
			near, _ := spell.Nearest(key, known)
			problems = append(problems, core.Errorf(core.InvalidConfig, "the sink %s has no option %q", f.Sink, key).
				WithHint("%s", hintNear(near, known)))
		case strings.Contains(key, "secret") || strings.Contains(key, "token"):
			problems = append(problems, core.Errorf(core.InvalidConfig, "--sink-option %s: others can see a command line", key).
				WithHint("put it into the environment, such as MINIO_SECRET_KEY, or use --secret-key-file"))
		case json.Unmarshal(takes[key], &kind) == nil && kind.Type != "string" && json.Valid([]byte(value)):
			config[key] = json.RawMessage(value)
		default:
			config[key] = value
		}
	}
	return config, errors.Join(problems...)
}

func hintNear(near string, known []string) string {
	if near != "" {
		return "did you mean " + near + "?"
	}
	return "its options are " + strings.Join(known, ", ")
}

// toSink lets a plan end in the sink that the flags name. Secrets are not in
// it.
func (c *generateCommand) toSink(ctx context.Context, a *app, plan *dataset.Plan) error {
	takes, err := c.takes(a)
	if err != nil || takes == nil {
		return err
	}
	config, err := c.sinkOptions(takes)
	if err != nil {
		return err
	}
	add := func(key string, value any) {
		if _, given := config[key]; !given && takes[key] != nil && value != "" && value != false {
			config[key] = value
		}
	}
	add("format", c.Format)
	add("compression", c.Compression)
	if c.Sink == "minio" {
		add("endpoint_url", c.endpoint())
		add("region", c.Region)
		add("addressing", c.Addressing)
		add("checksums", c.Checksums)
		add("ca_bundle", c.CABundle)
		add("no_verify_ssl", c.NoVerifySSL)
	}
	if plan.Sink, err = json.Marshal(config); err != nil {
		return err
	}
	plan.Format, plan.Elsewhere, plan.FileFormat = c.Sink, takes["path"] == nil, objectFormat(takes, plan.Sink)
	if c.Sink != "minio" || c.Force || c.Resume || c.Preview || c.ValidateOnly {
		return nil
	}
	full, err := c.withSecrets(a, plan)
	if err != nil {
		return err
	}
	return minio.Vacant(ctx, full)
}

// withSecrets is the configuration of the sink of a plan, as the sink needs it.
func (c *generateCommand) withSecrets(a *app, plan *dataset.Plan) (json.RawMessage, error) {
	if plan.Format != "minio" {
		return plan.Sink, nil
	}
	o, err := c.options(a, "")
	if err != nil {
		return nil, err
	}
	more := map[string]any{"overwrite": true} // the place was looked at before
	add := func(key, value, variable string) {
		if value == "" && o.AccessKey == "" {
			value = os.Getenv(variable) // a sink does not see the environment
		}
		if value != "" {
			more[key] = value
		}
	}
	add("access_key_id", o.AccessKey, "AWS_ACCESS_KEY_ID")
	add("secret_access_key", o.SecretKey, "AWS_SECRET_ACCESS_KEY")
	add("session_token", o.SessionToken, "AWS_SESSION_TOKEN")
	return withKeys(plan.Sink, more), nil
}

// groupedSink is the configuration of the sink once the size of row groups is
// known.
func groupedSink(takes map[string]json.RawMessage, plan *dataset.Plan) json.RawMessage {
	var given map[string]json.RawMessage
	if takes["row_group_rows"] == nil || json.Unmarshal(plan.Sink, &given) != nil || given["row_group_rows"] != nil {
		return plan.Sink
	}
	return withKeys(plan.Sink, map[string]any{"row_group_rows": plan.GroupRows})
}

// nextImport is the command that imports what a sink has stored in a bucket.
func nextImport(meta *dataset.Meta) string {
	const most = 3
	if meta.Generation.Format != "minio" || len(meta.Generation.DataFiles) > most {
		return ""
	}
	return "milvus-ingest to-milvus import --files " + strings.Join(meta.Generation.DataFiles, ",") +
		" --collection-name " + strconv.Quote(meta.Schema.Name) + " --wait"
}
