// Command milvus-ingest-generator-partnumber makes part numbers with check
// digits, and the makers to whom they belong: two generators that agree.
package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// maker is a company, the prefix of its part numbers, and its share of them.
type maker struct {
	prefix, name string
	share        float64
}

func makers() []maker {
	return []maker{
		{"NB", "Norbear AB", 5}, {"KT", "Kotten Antriebe GmbH", 4}, {"HS", "华升精密轴承", 4}, {"RV", "Rivelli S.p.A.", 2}, {"TM", "Temmerfold Ltd", 1},
	}
}

// components are what the executable offers: its own name, and names that
// begin with it.
func components() []sdk.Component {
	return []sdk.Component{
		sdk.Generator[Config]{
			Info: sdk.Info{
				Name: "partnumber", Version: "1.0.0", Summary: "Part numbers with a check digit, each of them once.",
				Types: []string{"VarChar", "String"},
			},
			Open: open,
		},
		sdk.Generator[struct{}]{
			Info: sdk.Info{
				Name: "partnumber.maker", Version: "1.0.0", Summary: "The maker of the part whose number it reads.",
				Types: []string{"VarChar", "String"},
			},
			Open: openMaker,
		},
	}
}

func main() { sdk.Serve(components()...) }

// Config is what a field's params may say.
type Config struct {
	Digits int    `json:"digits" default:"8" help:"Digits of a number, without the check digit: 4 to 15."`
	Check  string `json:"check" default:"luhn" enum:"luhn,none" help:"How the last digit checks the others."`
}

// open makes numbers that do not repeat: the row is the number, shuffled.
func open(_ context.Context, spec core.ColumnSpec, config Config) (core.Column, error) {
	if config.Digits < 4 || config.Digits > 15 {
		return nil, core.Errorf(core.InvalidConfig, "digits is %d", config.Digits).WithHint("use 4 to 15")
	}
	all, shares := makers(), []float64{}
	for _, m := range all {
		shares = append(shares, m.share)
	}
	pick := rng.NewWeighted(shares)
	numbers := uint64(1)
	for range config.Digits {
		numbers *= 10
	}
	shuffled := rng.NewPermutation(rng.Field(spec.Seed, spec.Field.Name), numbers)
	return sdk.PerRow(spec, func(row int64, s *rng.Source) string {
		digits := fmt.Sprintf("%0*d", config.Digits, shuffled.At(uint64(row)%numbers))
		if config.Check == "luhn" {
			digits += string(luhn(digits))
		}
		return all[pick.Pick(s)].prefix + "-" + digits
	})
}

// luhn is the digit that makes a number valid by Luhn's rule.
func luhn(digits string) byte {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// openMaker reads the field that the schema lists in "uses".
func openMaker(_ context.Context, spec core.ColumnSpec, _ struct{}) (core.Column, error) {
	names := map[string]string{}
	for _, m := range makers() {
		names[m.prefix] = m.name
	}
	return sdk.FromInputs(spec, func(row sdk.Row, _ *rng.Source) (string, error) {
		number := row.Text(row.Fields()[0].Name)
		prefix, _, _ := strings.Cut(number, "-")
		if name, ok := names[prefix]; ok {
			return name, nil
		}
		return "unknown", nil
	})
}
