package report

import "strings"

// A matrix sweeps the world, which nobody chooses, or what a strategy sets
// itself: the paths under strategies. The first makes blocks, the second makes
// entrants, which stand beside the other strategies of a block.

// ofClient says whether a matrix path is the client's to choose.
func ofClient(path string) bool { return strings.HasPrefix(path, "strategies.") }

// split parts settings into those of the world and those of the client.
func (s Settings) split() (world, client Settings) {
	for _, set := range s {
		if ofClient(set.Path) {
			client = append(client, set)
		} else {
			world = append(world, set)
		}
	}
	return world, client
}

// World is the settings of server and traffic.
func (s Settings) World() Settings {
	world, _ := s.split()
	return world
}

// Entrant names the strategy of the cell with what it sets itself, such as
// "full-jitter [cap=60s]".
func (c *Cell) Entrant() string {
	if _, client := c.Settings.split(); len(client) > 0 {
		return c.Strategy + " [" + client.brief() + "]"
	}
	return c.Strategy
}

// brief is the settings with only the last part of each path, or the last two
// where two paths end alike.
func (s Settings) brief() string {
	parts := make([]string, len(s))
	for i, set := range s {
		name := lastParts(set.Path, 1)
		for j := range s {
			if j != i && lastParts(s[j].Path, 1) == name {
				name = lastParts(set.Path, 2)
				break
			}
		}
		parts[i] = name + "=" + set.Value
	}
	return strings.Join(parts, ", ")
}

// lastParts is the end of a path: so many of its parts.
func lastParts(path string, n int) string {
	at := len(path)
	for range n {
		if at = strings.LastIndexByte(path[:at], '.'); at < 0 {
			return path
		}
	}
	return path[at+1:]
}

// block is the cells that met the same world: only they can be compared.
type block struct {
	world Settings
	cells []*Cell
}

// blocks groups the cells by what the client does not choose, in order of first
// appearance.
func blocks(cells []Cell) []block {
	var out []block
	index := map[string]int{}
	for i := range cells {
		world := cells[i].Settings.World()
		key := world.String()
		at, known := index[key]
		if !known {
			at = len(out)
			index[key] = at
			out = append(out, block{world: world})
		}
		out[at].cells = append(out[at].cells, &cells[i])
	}
	return out
}
