// Package geometry makes places and areas around cities of the world, as
// well-known text with the longitude first.
package geometry

import (
	"context"
	"math"
	"strconv"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/plugins/sdk"
)

// Components lists the generators of the family.
func Components() []sdk.Component {
	types := []string{string(schema.Geometry), string(schema.VarChar), string(schema.String)}
	return []sdk.Component{
		sdk.Generator[Point]{
			Info: sdk.Info{Name: "geometry.point", Summary: "Points around cities.", Types: types},
			Open: openPoint,
		},
		sdk.Generator[Polygon]{
			Info: sdk.Info{Name: "geometry.polygon", Summary: "Closed areas around cities, whose edges do not cross.", Types: types},
			Open: openPolygon,
		},
	}
}

// Point configures geometry.point.
type Point struct {
	Around []float64 `json:"around" help:"Longitude and latitude of the one place that all points surround; none: many cities."`
	Spread float64   `json:"spread" help:"Kilometres from the middle within which two thirds of the points lie, in each direction." default:"8"`
}

// Polygon configures geometry.polygon.
type Polygon struct {
	Around  []float64 `json:"around" help:"Longitude and latitude of the one place that all areas surround; none: many cities."`
	Spread  float64   `json:"spread" help:"Kilometres from the middle within which two thirds of the areas lie, in each direction." default:"8"`
	Radius  float64   `json:"radius" help:"Kilometres from an area's middle to its farthest corner." default:"1"`
	Corners int       `json:"corners" help:"Most corners of an area, 3 to 100; the fewest is 3." default:"6"`
}

// places gives the middle of a row's geometry.
type places struct {
	key    rng.Key
	cities []city
	pick   *rng.Weighted
	spread float64
}

// A city by the degrees of its middle.
type city struct{ longitude, latitude float64 }

func newPlaces(spec core.ColumnSpec, around []float64, spread float64) (*places, error) {
	p := &places{key: rng.Field(spec.Seed, spec.Field.Name), cities: cities(), spread: spread}
	if !(spread >= 0 && spread <= 2000) {
		return nil, core.Errorf(core.InvalidConfig, "spread is %v", spread).WithHint("use 0 to 2000 kilometres")
	}
	if around != nil {
		if len(around) != 2 || !(math.Abs(around[0]) <= 180) || !(math.Abs(around[1]) <= 85) {
			return nil, core.Errorf(core.InvalidConfig, "around is %v", around).
				WithHint("write the longitude and the latitude, such as [121.47, 31.23]")
		}
		p.cities = []city{{around[0], around[1]}}
	}
	p.pick = rng.NewWeighted(rng.Zipf(len(p.cities), 0.5))
	return p, nil
}

func (p *places) at(row int64) (city, rng.Source) {
	s := p.key.At(row)
	c := p.cities[p.pick.Pick(&s)]
	return c.moved(float64(p.spread*s.Normal()), float64(p.spread*s.Normal())), s
}

// moved is a place so many kilometres to the east and the north.
func (c city) moved(east, north float64) city {
	const kilometres = 111.32 // of one degree
	latitude := min(max(c.latitude+north/kilometres, -89), 89)
	longitude := c.longitude + east/(kilometres*math.Cos(latitude*math.Pi/180))
	return city{math.Remainder(longitude, 360), latitude}
}

// add appends the coordinates with six places, which is a hand's width.
func (c city) add(dst []byte) []byte {
	dst = strconv.AppendFloat(dst, c.longitude, 'f', 6, 64)
	return strconv.AppendFloat(append(dst, ' '), c.latitude, 'f', 6, 64)
}

const longest = len("-180.000000 -89.000000") // bytes of coordinates

func fits(spec core.ColumnSpec, what string, size int) error {
	if most := column.MaxLength(spec.Field); size > most {
		return core.Errorf(core.InvalidConfig, "%s has up to %d bytes, max_length %d bytes", what, size, most).
			WithHint("set max_length to %d", size)
	}
	return nil
}

func openPoint(_ context.Context, spec core.ColumnSpec, c Point) (core.Column, error) {
	p, err := newPlaces(spec, c.Around, c.Spread)
	if err != nil {
		return nil, err
	}
	if err := fits(spec, "a point", len("POINT ()")+longest); err != nil {
		return nil, err
	}
	return column.Texts(spec, func(dst []byte, row int64) []byte {
		middle, _ := p.at(row)
		return append(middle.add(append(dst, "POINT ("...)), ')')
	})
}

func openPolygon(_ context.Context, spec core.ColumnSpec, c Polygon) (core.Column, error) {
	p, err := newPlaces(spec, c.Around, c.Spread)
	if err != nil {
		return nil, err
	}
	if c.Corners < 3 || c.Corners > 100 || !(c.Radius > 0 && c.Radius <= 500) {
		return nil, core.Errorf(core.InvalidConfig, "corners is %d and radius is %v", c.Corners, c.Radius).
			WithHint("use 3 to 100 corners and a radius above 0, at most 500 kilometres")
	}
	if err := fits(spec, "an area", len("POLYGON (())")+(c.Corners+1)*(longest+2)); err != nil {
		return nil, err
	}
	return column.Texts(spec, func(dst []byte, row int64) []byte {
		middle, s := p.at(row)
		return ring(dst, middle, &s, c)
	})
}

// ring appends an area: its corners go once around the middle, so that no
// edges cross, and the last is the first.
func ring(dst []byte, middle city, s *rng.Source, c Polygon) []byte {
	corners := s.Between(3, c.Corners)
	dst = append(dst, "POLYGON (("...)
	first := len(dst)
	for i := range corners {
		angle := 2 * math.Pi * (float64(i) + float64(0.6*s.Float64())) / float64(corners)
		far := c.Radius * (0.5 + float64(0.5*s.Float64()))
		corner := middle.moved(float64(far*math.Cos(angle)), float64(far*math.Sin(angle)))
		dst = append(corner.add(dst), ", "...)
	}
	end := first
	for dst[end] != ',' {
		end++
	}
	dst = append(dst, dst[first:end]...)
	return append(dst, "))"...)
}
