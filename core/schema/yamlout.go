package schema

import (
	"bytes"
	"encoding/json"
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/zilliz/milvus-ingest/core/document"
)

// ToYAML is the schema as a YAML file; Parse reads the same schema back.
func (c *Collection) ToYAML() ([]byte, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write schema as YAML: %w", err)
	}
	root, problems := document.Read(".json", data)
	if len(problems) > 0 {
		return nil, fmt.Errorf("write schema as YAML: %w", problems)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(toYAML(root)); err != nil {
		return nil, fmt.Errorf("write schema as YAML: %w", err)
	}
	return out.Bytes(), encoder.Close()
}

func toYAML(n *document.Node) *yaml.Node {
	switch n.Kind {
	case document.Null:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case document.Flag, document.Number: // plain: they mean the same in YAML
		return &yaml.Node{Kind: yaml.ScalarNode, Value: n.Text}
	case document.Text:
		return textToYAML(n.Text)
	case document.List:
		y := &yaml.Node{Kind: yaml.SequenceNode}
		flat := true
		for _, item := range n.Items {
			flat = flat && item.Kind < document.List
			y.Content = append(y.Content, toYAML(item))
		}
		if flat {
			y.Style = yaml.FlowStyle
		}
		return y
	default:
		y := &yaml.Node{Kind: yaml.MappingNode}
		for _, m := range n.Members {
			y.Content = append(y.Content, textToYAML(m.Key), toYAML(m.Value))
		}
		return y
	}
}

// textToYAML writes a text so that it stays one: the encoder puts what looks
// like a number, a flag or a date in quotes.
func textToYAML(s string) *yaml.Node {
	y := &yaml.Node{}
	y.SetString(s)
	return y
}
