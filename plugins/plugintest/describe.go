package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

func describeChecks() []Check {
	return []Check{
		{Name: "describes itself", Once: true, Run: describesItself},
		{Name: "has a JSON Schema of its configuration", Once: true, Run: hasConfigSchema},
		{Name: "refuses configuration keys that it does not know", Once: true, Run: refusesUnknownKeys},
	}
}

func wrong(format string, args ...any) error {
	return core.Errorf(core.PluginFailed, format, args...)
}

func describesItself(ctx context.Context, t *Trial) error {
	c := t.Component
	var problems []error
	if !regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$`).MatchString(c.GetName()) {
		problems = append(problems, wrong("its name is %q: use lower case, digits, -, _ and .", c.GetName()))
	}
	if t.Kind != sdk.KindGenerator && t.Kind != sdk.KindSink {
		problems = append(problems, wrong("its kind is %q", c.GetKind()))
	}
	if v := c.GetVersion(); v != "" && !regexp.MustCompile(`^\d+\.\d+\.\d+([-+].+)?$`).MatchString(v) {
		problems = append(problems, wrong("its version is %q: write one such as 1.0.0", v))
	}
	if s := c.GetSummary(); strings.TrimSpace(s) == "" || strings.Contains(s, "\n") {
		problems = append(problems, wrong("its summary is %q: write one sentence", s))
	}
	if len(c.GetFieldTypes()) == 0 {
		problems = append(problems, wrong("it names no field types"))
	}
	for _, kind := range c.GetFieldTypes() {
		if !slices.Contains(schema.Types(), schema.Type(kind)) {
			problems = append(problems, wrong("it names the field type %q, which Milvus does not have", kind))
		}
	}
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return err
	}
	health, err := healthpb.NewHealthClient(p.conn).Check(ctx, &healthpb.HealthCheckRequest{Service: "plugin"})
	if err != nil || health.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		problems = append(problems, wrong("its health service does not say that \"plugin\" is serving: %v %w", health.GetStatus(), p.explain(err)))
	}
	return errors.Join(problems...)
}

func hasConfigSchema(_ context.Context, t *Trial) error {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(t.Component.GetConfigSchema()))
	if err != nil {
		return wrong("config_schema is no JSON: %w", err)
	}
	if object, ok := document.(map[string]any); !ok || object["type"] != "object" {
		return wrong(`config_schema does not say "type": "object"`)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("config.json", document); err != nil {
		return wrong("config_schema: %w", err)
	}
	compiled, err := compiler.Compile("config.json")
	if err != nil {
		return wrong("config_schema is no JSON Schema: %w", err)
	}
	for _, config := range t.configs() {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(config))
		if err != nil {
			return wrong("the configuration that is tried is no JSON: %w", err)
		}
		if err := compiled.Validate(value); err != nil {
			return wrong("config_schema refuses the configuration %s: %w", config, err)
		}
	}
	return nil
}

// configs are the configurations that the target is tried with.
func (t *Trial) configs() []string {
	configs := []string{orEmpty(t.Config)}
	for _, c := range t.Cases {
		configs = append(configs, t.config(c))
	}
	if len(t.Cases) > 0 {
		return configs[1:]
	}
	return configs
}

func orEmpty(config string) string {
	if strings.TrimSpace(config) == "" {
		return "{}"
	}
	return config
}

func refusesUnknownKeys(ctx context.Context, t *Trial) error {
	keys := map[string]any{}
	config, remove, err := t.withFolder(t.config(t.Case))
	if err != nil {
		return err
	}
	defer remove()
	decoder := json.NewDecoder(bytes.NewReader([]byte(config)))
	decoder.UseNumber()
	if err := decoder.Decode(&keys); err != nil {
		return wrong("the configuration that is tried is no JSON object: %w", err)
	}
	keys["no_such_key"] = 1
	raw, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	p, err := t.processes.get(ctx, 0)
	if err != nil {
		return err
	}
	if t.Kind == sdk.KindSink {
		w, err := t.openWriter(ctx, p, t.collection().Arrow(), string(raw), core.Rows{})
		if err == nil {
			err = w.close()
		}
		return refused(err, core.InvalidConfig)
	}
	c, err := t.open(ctx, p, opening{field: t.Case.Field, config: string(raw), seed: 1, uses: t.Case.Uses})
	if err == nil {
		err = c.close()
	}
	return refused(err, core.InvalidConfig)
}
