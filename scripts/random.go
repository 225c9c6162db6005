package scripts

import (
	"encoding/hex"
	"errors"
	"math"

	"github.com/dop251/goja"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

// random is the rng that hooks get, and Math.random: one stream a field, at
// the row that the hook is called for.
type random struct {
	vm     *goja.Runtime
	key    rng.Key
	source rng.Source
	object *goja.Object
}

func newRandom(vm *goja.Runtime, key rng.Key) (*random, error) {
	r := &random{vm: vm, key: key, object: vm.NewObject()}
	r.seek(core.NoRow)
	var problems []error
	for name, function := range map[string]func(goja.FunctionCall) goja.Value{
		"float": r.uniform, "int": r.between, "normal": r.normal, "pick": r.pick, "weighted": r.weighted, "uuid": r.uuid,
	} {
		problems = append(problems, r.object.Set(name, function))
	}
	return r, errors.Join(problems...)
}

// seek moves the stream to a row.
func (r *random) seek(row int64) { r.source = r.key.At(row) }

// float gives a number of [0, 1).
func (r *random) float() float64 { return r.source.Float64() }

// uniform is float for hooks.
func (r *random) uniform(goja.FunctionCall) goja.Value { return r.vm.ToValue(r.float()) }

// between gives a whole number of [low, high].
func (r *random) between(call goja.FunctionCall) goja.Value {
	low, high := r.whole(call.Argument(0)), r.whole(call.Argument(1))
	if high < low {
		panic(r.vm.NewTypeError("rng.int(%d, %d): the first number is above the second", low, high))
	}
	return r.vm.ToValue(low + int64(r.source.Uint64N(uint64(high-low)+1)))
}

// whole is an argument that is a whole number which a number of JavaScript
// holds exactly.
func (r *random) whole(value goja.Value) int64 {
	switch v := value.Export().(type) {
	case int64:
		if v >= -maxSafe && v <= maxSafe {
			return v
		}
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= maxSafe {
			return int64(v)
		}
	}
	panic(r.vm.NewTypeError("rng.int: %s is no whole number below 2^53", value))
}

// normal gives a number of the normal distribution; rng.normal() is the
// standard one.
func (r *random) normal(call goja.FunctionCall) goja.Value {
	mean, deviation := 0.0, 1.0
	if len(call.Arguments) > 0 {
		mean = call.Argument(0).ToFloat()
	}
	if len(call.Arguments) > 1 {
		deviation = call.Argument(1).ToFloat()
	}
	return r.vm.ToValue(mean + deviation*r.source.Normal())
}

// pick gives an element of an array.
func (r *random) pick(call goja.FunctionCall) goja.Value {
	list, n := r.list(call, "pick")
	return list.Get(itoa(r.source.IntN(n)))
}

// weighted gives an element of an array, by the weights in another one.
func (r *random) weighted(call goja.FunctionCall) goja.Value {
	list, n := r.list(call, "weighted")
	weights := call.Argument(1).ToObject(r.vm)
	var sum float64
	each := make([]float64, n)
	for i := range each {
		if w := weights.Get(itoa(i)); w != nil {
			each[i] = max(w.ToFloat(), 0)
		}
		sum += each[i]
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		panic(r.vm.NewTypeError("rng.weighted: the weights add up to %v", sum))
	}
	x := r.source.Float64() * sum
	for i, w := range each {
		if x < w {
			return list.Get(itoa(i))
		}
		x -= w
	}
	return list.Get(itoa(n - 1))
}

func (r *random) list(call goja.FunctionCall, name string) (*goja.Object, int) {
	list, ok := call.Argument(0).(*goja.Object)
	if !ok || list.Get("length") == nil || list.Get("length").ToInteger() < 1 {
		panic(r.vm.NewTypeError("rng.%s: expected an array with something in it", name))
	}
	return list, int(list.Get("length").ToInteger())
}

// uuid gives a random UUID of version 4.
func (r *random) uuid(goja.FunctionCall) goja.Value {
	var b [16]byte
	for i := 0; i < 16; i += 8 {
		v := r.source.Uint64()
		for j := range 8 {
			b[i+j] = byte(v >> (8 * j))
		}
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return r.vm.ToValue(text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:])
}
