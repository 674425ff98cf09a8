package yamlx

import "go.yaml.in/yaml/v4"

// Dump writes a tree as YAML text. Comments and aliases of the original are
// lost; keys keep their order.
func Dump(n *Node) ([]byte, error) {
	return yaml.Dump(toYAML(n), yaml.WithIndent(2))
}

func toYAML(n *Node) *yaml.Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Value: n.Value}
	switch n.Kind {
	case Null:
		y.Tag, y.Value = "!!null", "null"
	case Bool:
		y.Tag = "!!bool"
	case Int:
		y.Tag = "!!int"
	case Float:
		y.Tag = "!!float"
	case String:
		y.Tag = "!!str"
	case Map:
		y.Kind, y.Tag = yaml.MappingNode, "!!map"
		for i, k := range n.Keys {
			y.Content = append(y.Content, toYAML(k), toYAML(n.Items[i]))
		}
	case List:
		y.Kind, y.Tag = yaml.SequenceNode, "!!seq"
		for _, item := range n.Items {
			y.Content = append(y.Content, toYAML(item))
		}
	}
	return y
}
