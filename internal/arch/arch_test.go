package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "ratecliff"

// floors lists every package of the project by height. Imports point down only;
// packages on one floor do not import each other, except a folder its own
// subfolders and the other way round, and floor 5 from left to right.
var floors = [][]string{
	0: {"load"},
	1: {"ratelimit", "ratelimit/ratelimittest"},
	2: {
		"policy/retry", "policy/limiter", "policy/concurrency", "policy/breaker", "policy/queue", "policy/queue/queuetest",
		"policy/route", "policy/throttle", "policy/governor", "policy/hedge", "policy/catalog", "mockserver/model", "mockserver/model/fault", "mockserver/journal", "metrics", "internal/wire",
	},
	3: {"engine", "scenario", "scenario/yamlx", "scenarios", "report", "report/reporttest"},
	4: {"engine/live", "engine/live/internal/benchcmd", "engine/sim", "mockserver", "mockserver/mockservertest", "mockserver/prom", "report/chart", "report/folder", "library"},
	5: {"compare", "cmd", "."},
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []listed
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// short is a package's path within the project, "." for the root; ok is false
// for packages of others.
func short(path string) (name string, ok bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

func floorOf(name string) (floor, place int, ok bool) {
	for f, names := range floors {
		if i := slices.Index(names, name); i >= 0 {
			return f, i, true
		}
	}
	return 0, 0, false
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name, _ := short(p.ImportPath)
		if name == "internal/arch" {
			continue
		}
		floor, place, ok := floorOf(name)
		if !ok {
			t.Errorf("%s stands on no floor: give it one", name)
			continue
		}
		for _, imp := range p.Imports {
			dep, ours := short(imp)
			if !ours {
				continue
			}
			f, pl, _ := floorOf(dep)
			if !allowed(name, dep, f-floor, place-pl) {
				t.Errorf("%s (floor %d) imports %s (floor %d)", name, floor, dep, f)
			}
		}
	}
}

// allowed says whether name may import dep, which stands `up` floors higher and,
// on the same floor, `right` places further left.
func allowed(name, dep string, up, right int) bool {
	switch {
	case up < 0:
		return true
	case up > 0:
		return false
	case strings.HasPrefix(dep, name+"/"), strings.HasPrefix(name, dep+"/"):
		return true
	default:
		f, _, _ := floorOf(name)
		return f == len(floors)-1 && right > 0
	}
}

// banned are the words that give a pure package away, by import path.
var banned = map[string][]string{
	"time":         {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"math/rand/v2": {"Int", "IntN", "Int64", "Int64N", "Uint64", "Uint32", "Float64", "NormFloat64", "ExpFloat64", "Perm", "Shuffle", "N"},
	"fmt":          {"Print", "Printf", "Println"},
}

// bannedImports may not appear in a pure package at all.
var bannedImports = []string{"os", "net", "net/http", "sync", "sync/atomic", "context", "log", "log/slog", "math/rand", "runtime", "syscall", "os/exec"}

// limiterClock are the methods of rate.Limiter that read the wall clock.
var limiterClock = []string{"Allow", "Reserve", "Wait", "WaitN", "Tokens", "SetLimit", "SetBurst"}

func TestLowerFloorsArePure(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name, _ := short(p.ImportPath)
		floor, _, ok := floorOf(name)
		if !ok || floor > 3 && name != "engine/sim" {
			continue
		}
		for _, imp := range p.Imports {
			if slices.Contains(bannedImports, imp) {
				t.Errorf("%s imports %s", name, imp)
			}
		}
		for _, file := range p.GoFiles {
			for _, found := range impurities(t, filepath.Join(p.Dir, file), nil) {
				t.Errorf("%s/%s: %s", name, file, found)
			}
		}
	}
}

// impurities are the clock readings, goroutines and global chances of a file.
func impurities(t *testing.T, path string, src any) []string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, imp := range file.Imports {
		p, _ := strconv.Unquote(imp.Path.Value)
		base := strings.TrimSuffix(p, "/v2")
		local := base[strings.LastIndex(base, "/")+1:]
		if imp.Name != nil {
			local = imp.Name.Name
		}
		names[local] = p
	}
	var found []string
	say := func(n ast.Node, what string) {
		found = append(found, strconv.Itoa(set.Position(n.Pos()).Line)+": "+what)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			say(n, "starts a goroutine")
		case *ast.SelectorExpr:
			if id, ok := n.X.(*ast.Ident); ok && id.Obj == nil && slices.Contains(banned[names[id.Name]], n.Sel.Name) {
				say(n, "uses "+names[id.Name]+"."+n.Sel.Name)
			}
			if names["rate"] != "" && slices.Contains(limiterClock, n.Sel.Name) {
				say(n, "uses a clock-reading method of rate.Limiter: "+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

// The check itself can fail.
func TestImpuritiesAreFound(t *testing.T) {
	t.Parallel()
	src := `package p
import ("time"; "math/rand/v2"; "fmt")
func f() { go f(); time.Sleep(1); _ = time.Now(); _ = rand.IntN(3); fmt.Println() }
func g(r *rand.Rand) { _ = r.IntN(3); _ = time.Second; _ = fmt.Sprint() }`
	if got := impurities(t, "p.go", src); len(got) != 5 {
		t.Fatalf("found %d impurities, want 5: %v", len(got), got)
	}
	if allowed("load", "engine", 3, 0) || allowed("metrics", "internal/wire", 0, 1) || !allowed("cmd", "compare", 0, 1) || allowed("compare", "cmd", 0, -1) {
		t.Fatal("the layering rule lets something through")
	}
}

// owners says which package alone may import a dependency.
var owners = map[string]string{
	"github.com/spf13/cobra":                  "cmd",
	"github.com/spf13/pflag":                  "cmd",
	"github.com/HdrHistogram/hdrhistogram-go": "metrics",
	"golang.org/x/perf/benchmath":             "metrics",
	"go.yaml.in/yaml/v4":                      "scenario/yamlx",
	"golang.org/x/time/rate":                  "policy/limiter",
	"github.com/klauspost/compress/zstd":      "report/folder",
	"golang.org/x/sys/unix":                   "engine/live",
	"golang.org/x/term":                       "cmd",

	"github.com/cenkalti/backoff/v5":                          "library",
	"github.com/hashicorp/go-retryablehttp":                   "library",
	"github.com/aws/aws-sdk-go-v2/aws":                        "library",
	"github.com/aws/aws-sdk-go-v2/aws/retry":                  "library",
	"github.com/failsafe-go/failsafe-go/adaptivelimiter":      "library",
	"github.com/failsafe-go/failsafe-go/adaptivethrottler":    "library",
	"github.com/failsafe-go/failsafe-go/failsafehttp":         "library",
	"github.com/failsafe-go/failsafe-go/ratelimiter":          "library",
	"github.com/sony/gobreaker/v2":                            "library",
	"github.com/prometheus/client_golang/prometheus":          "mockserver/prom",
	"github.com/prometheus/client_golang/prometheus/promhttp": "mockserver/prom",
}

func TestOnePackagePerDependency(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		name, _ := short(p.ImportPath)
		for _, imp := range p.Imports {
			if owner, ok := owners[imp]; ok && owner != name {
				t.Errorf("%s imports %s, which is %s's", name, imp, owner)
			}
			if strings.HasPrefix(imp, "github.com/go-echarts/") && name != "report/chart" {
				t.Errorf("%s imports %s, which is report/chart's", name, imp)
			}
			if strings.HasPrefix(imp, "github.com/jarcoal/") {
				t.Errorf("%s imports %s, which is for tests", name, imp)
			}
		}
	}
}
