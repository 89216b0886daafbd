package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// forbidden are the functions that would let the world into the engine.
var forbidden = map[string][]string{
	"time": {"Now", "Sleep", "After", "AfterFunc", "Since", "Until", "Tick", "NewTimer", "NewTicker"},
	"fmt":  {"Print", "Println", "Printf", "Fprint", "Fprintln", "Fprintf", "Scan", "Scanf", "Scanln"},
}

// impurities walks the non-test files of a folder.
func impurities(t *testing.T, dir string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, impuritiesOf(t, f, string(src))...)
	}
	return found
}

func impuritiesOf(t *testing.T, name, src string) (found []string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	local := map[string]string{} // name in this file -> import path
	for _, imp := range file.Imports {
		path := strings.Trim(imp.Path.Value, `"`)
		as := path[strings.LastIndex(path, "/")+1:]
		if imp.Name != nil {
			as = imp.Name.Name
		}
		local[as] = path
	}
	blame := func(n ast.Node, what string) {
		found = append(found, fmt.Sprintf("%s: %s", fset.Position(n.Pos()), what))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			blame(n, "go statement")
		case *ast.ChanType:
			blame(n, "channel")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && slices.Contains(forbidden[local[x.Name]], n.Sel.Name) {
				blame(n, local[x.Name]+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}
