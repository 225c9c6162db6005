package scripts

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/zilliz/milvus-ingest/core"
)

// asHook makes the test binary run the code in it as a hook of the field x,
// for code that ends its process.
const asHook = "MILVUS_INGEST_TEST_HOOK"

func runHook(code string) int {
	spec := core.ColumnSpec{Field: field("Int64", arrow.PrimitiveTypes.Int64), Seed: 42, Mem: memory.DefaultAllocator}
	bundle := "var __hooks = {fields: {x: ({row}) => { if (row < 3) return 1; " + code + " }}}"
	column, err := openField(context.Background(), spec, Config{Bundle: bundle, File: "hooks.js", TimeoutMS: 2000, MemoryMB: 100})
	if err == nil {
		_, err = column.Fill(context.Background(), core.Rows{N: 10}, nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	return 0
}

// One hook must not take the machine down, whatever it does.
func TestLimitsHold(t *testing.T) {
	const died = 1
	tests := []struct {
		name, code string
		exit       int
		says       []string
	}{
		{"an endless loop", "while (true) {}", 3, []string{"hooks.js:1:", "row 3", "longer than 2s"}},
		{"an array without end", "const a = []; for (;;) a.push(new Array(1e6))", 3, []string{"hooks.js:1:", "row 3", "memory", "100 MB"}},
		{"objects without end", "const a = []; for (;;) a.push({})", 3, []string{"hooks.js:1:", "row 3"}},
		{"a text that doubles", "let s = 'xxxxxxxx'; for (;;) s += s", 0, []string{"row 3", "memory"}},
		{"a text of a terabyte", "'x'.repeat(2 ** 40)", 3, []string{"hooks.js:1:", "row 3", "too long"}},
		{"a padding of a terabyte", "'x'.padEnd(2 ** 40)", 3, []string{"row 3", "too long"}},
		{"a buffer of a terabyte", "new ArrayBuffer(2 ** 40)", 3, []string{"row 3", "too long"}},
		{"numbers of a terabyte", "new Float32Array(2 ** 38)", 3, []string{"row 3", "too long"}},
		{"a join of a billion", "Array(4e9).join('xyz')", died, []string{"hooks.js:1:", "field x", "row 3", "huge value"}},
		{"recursion", "const f = () => f() + 1; return f()", 3, []string{"hooks.js:1:", "row 3", "recursion"}},
		{
			"a regular expression that goes back and back",
			`/^(?=a)(a+)+$/.test("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")`,
			died,
			[]string{"hooks.js:1:", "field x", "row 3", "longer than 2s", "regular expression"},
		},
		{"a thrown object", "throw {}", 3, []string{"hooks.js:1:", "row 3", "throws {}"}},
		{"a getter that throws", "return {get length() { throw new Error('gotcha') }}", 3, []string{"row 3", "gotcha"}},
		{"a text that throws", "return {toString() { throw new Error('gotcha') }}", 3, []string{"row 3", "gotcha"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), asHook+"="+test.code, "TZ=Asia/Shanghai")
			out, err := cmd.CombinedOutput()
			if ctx.Err() != nil {
				t.Fatal("it did not end")
			}
			if code := cmd.ProcessState.ExitCode(); err == nil || test.exit != 0 && code != test.exit {
				t.Errorf("exit code %d, want %d", code, test.exit)
			}
			for _, text := range test.says {
				if !strings.Contains(string(out), text) {
					t.Errorf("%q is not in %.600s", text, out)
				}
			}
		})
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	spec := core.ColumnSpec{Field: field("Int64", arrow.PrimitiveTypes.Int64), Mem: memory.DefaultAllocator}
	column, err := openField(context.Background(), spec, Config{Bundle: "var __hooks = {fields: {x: () => { for (;;); }}}", TimeoutMS: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	defer column.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := column.Fill(ctx, core.Rows{N: 1}, nil); err == nil || ctx.Err() == nil {
		t.Errorf("error is %v", err)
	}
	if time.Since(start) > time.Second {
		t.Errorf("it took %v", time.Since(start))
	}
}
