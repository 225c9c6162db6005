package scripts

import (
	"math"
	"strconv"

	"github.com/dop251/goja"
)

// vectors gives hooks native loops over vectors: a loop in JavaScript is a
// thousand times slower.
func (m *machine) vectors() map[string]any {
	return map[string]any{
		"norm": func(call goja.FunctionCall) goja.Value {
			v := m.numbers(call.Argument(0), "norm")
			return m.vm.ToValue(math.Sqrt(dot(v, v)))
		},
		"dot": func(call goja.FunctionCall) goja.Value {
			a, b := m.numbers(call.Argument(0), "dot"), m.numbers(call.Argument(1), "dot")
			if len(a) != len(b) {
				panic(m.vm.NewTypeError("vec.dot: the vectors have %d and %d dimensions", len(a), len(b)))
			}
			return m.vm.ToValue(dot(a, b))
		},
		"finite": func(call goja.FunctionCall) goja.Value {
			for _, x := range m.numbers(call.Argument(0), "finite") {
				if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
					return m.vm.ToValue(false)
				}
			}
			return m.vm.ToValue(true)
		},
	}
}

func dot(a, b []float32) float64 {
	var sum float64
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// numbers reads a Float32Array without a copy, and other arrays of numbers
// with one.
func (m *machine) numbers(value goja.Value, function string) []float32 {
	if value != nil {
		if v, ok := value.Export().([]float32); ok {
			return v
		}
	}
	object, ok := value.(*goja.Object)
	if !ok || object.Get("length") == nil {
		panic(m.vm.NewTypeError("vec.%s: expected a vector", function))
	}
	v := make([]float32, object.Get("length").ToInteger())
	for i := range v {
		v[i] = float32(object.Get(itoa(i)).ToFloat())
	}
	return v
}

func itoa(i int) string { return strconv.Itoa(i) }
