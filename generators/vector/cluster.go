package vector

import (
	"math"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
)

// clusteredConfig configures vector.clustered.
type clusteredConfig struct {
	Clusters  int     `json:"clusters" help:"Number of clusters." default:"100"`
	Noise     float64 `json:"noise" help:"Length of a row's distance to its centre, which has length 1." default:"0.3"`
	Skew      float64 `json:"skew" help:"How much larger the first clusters are: the exponent of a Zipf distribution; 0 makes all equal." default:"0"`
	Normalise bool    `json:"normalise" help:"Give every vector length 1." default:"true"`
}

type clustered struct {
	noise *table
	stream
	choice    rng.Key
	sizes     *rng.Weighted
	centres   *centres[int]
	spread    float32
	normalise bool
}

const maxClusters = 1 << 20

func openClustered(o opening, c clusteredConfig) (values, error) {
	switch {
	case c.Clusters < 1 || c.Clusters > maxClusters:
		return values{}, outside("clusters", float64(c.Clusters), 1, maxClusters)
	case !(c.Noise >= 0 && c.Noise <= 100):
		return values{}, outside("noise", c.Noise, 0, 100)
	case !(c.Skew >= 0 && c.Skew <= 10):
		return values{}, outside("skew", c.Skew, 0, 10)
	}
	m := &clustered{
		noise: o.noise, stream: newStream(o.key), choice: o.key.Sub(2),
		sizes:  rng.NewWeighted(rng.Zipf(c.Clusters, c.Skew)),
		spread: perValue(c.Noise, o.dim), normalise: c.Normalise,
	}
	directions := newUnit(o.noise, o.key.Sub(3), o.dim)
	m.centres = newCentres(o.dim, func(dst []float32, cluster int) { directions.row(dst, int64(cluster)) })
	reach := unitReach(o.dim)
	if !c.Normalise {
		reach *= 1 + c.Noise
	}
	return values{m, 0, reach}, nil
}

func outside(key string, got, low, high float64) error {
	return core.Errorf(core.InvalidConfig, "%s is %g", key, got).
		WithHint("let %q be a number from %g to %g", key, low, high)
}

func (m *clustered) fill(dst []float32, at place) {
	s := m.choice.At(at.row)
	a, b := m.at(at.row, m.spread)
	square := m.noise.blend(dst, m.centres.of(m.sizes.Pick(&s)), a, b)
	if m.normalise {
		normalise(dst, square)
	} else {
		avoidZero(dst, 1)
	}
}

// duplicatesConfig configures vector.duplicates.
type duplicatesConfig struct {
	Share      float64 `json:"share" help:"Share of the rows that are near copies of an earlier row." default:"0.1"`
	Similarity float64 `json:"similarity" help:"Cosine of a copy and its original; 1 copies exactly." default:"0.99"`
	Within     int64   `json:"within" help:"How many rows back an original may lie; 0: any number." default:"0"`
}

type duplicates struct {
	noise     *table
	originals *unit
	stream
	choice   rng.Key
	share    float64
	within   int64
	original []float32
	keep     float32 // of the original
	spread   float32 // of the copy's own
}

func openDuplicates(o opening, c duplicatesConfig) (values, error) {
	switch {
	case !(c.Share >= 0 && c.Share <= 0.9):
		return values{}, outside("share", c.Share, 0, 0.9)
	case !(c.Similarity > 0 && c.Similarity <= 1):
		return values{}, outside("similarity", c.Similarity, 0, 1)
	case c.Within < 0:
		return values{}, outside("within", float64(c.Within), 0, math.MaxInt64)
	}
	m := &duplicates{
		noise: o.noise, originals: newUnit(o.noise, o.key, o.dim), stream: newStream(o.key.Sub(2)), choice: o.key.Sub(3),
		share: c.Share, within: c.Within, original: make([]float32, o.dim),
		keep: float32(c.Similarity), spread: perValue(math.Sqrt(1-float64(c.Similarity*c.Similarity)), o.dim),
	}
	return values{m, 0, unitReach(o.dim)}, nil
}

// originalOf is the row that a row is a copy of; the row itself where it is
// none. The walk is short: at most nine of ten rows are copies.
func (m *duplicates) originalOf(row int64) int64 {
	s := m.choice.At(row)
	if row <= 0 || !s.Bool(m.share) {
		return row
	}
	first := int64(0)
	if m.within > 0 {
		first = max(first, row-m.within)
	}
	candidate := row - 1 - int64(s.Uint64N(uint64(row-first)))
	for ; candidate >= first; candidate-- {
		s := m.choice.At(candidate)
		if candidate == 0 || !s.Bool(m.share) {
			return candidate
		}
	}
	return row
}

func (m *duplicates) fill(dst []float32, at place) {
	original := m.originalOf(at.row)
	if original == at.row || m.spread == 0 {
		m.originals.row(dst, original)
		return
	}
	m.originals.row(m.original, original)
	scale(m.original, m.keep)
	a, b := m.at(at.row, m.spread)
	normalise(dst, m.noise.blend(dst, m.original, a, b))
}

// plantedConfig configures vector.planted.
type plantedConfig struct {
	Neighbours int     `json:"neighbours" help:"Rows of a planted group: each has the others as its nearest neighbours." default:"10"`
	Every      int     `json:"every" help:"A group begins every so many rows; the rows between are background." default:"100"`
	Similarity float64 `json:"similarity" help:"Cosine of two rows of a group; that of others is about 0." default:"0.9"`
}

type planted struct {
	background *unit
	stream
	centres           *centres[int64]
	neighbours, every int64
	spread            float32
}

func openPlanted(o opening, c plantedConfig) (values, error) {
	switch {
	case c.Neighbours < 1:
		return values{}, outside("neighbours", float64(c.Neighbours), 1, float64(c.Every))
	case c.Every < c.Neighbours:
		return values{}, outside("every", float64(c.Every), float64(c.Neighbours), math.MaxInt64)
	case !(c.Similarity > 0 && c.Similarity <= 1):
		return values{}, outside("similarity", c.Similarity, 0, 1)
	}
	m := &planted{
		background: newUnit(o.noise, o.key, o.dim), stream: newStream(o.key.Sub(2)),
		neighbours: int64(c.Neighbours), every: int64(c.Every),
		spread: perValue(math.Sqrt(1-c.Similarity), o.dim),
	}
	directions, keep := newUnit(o.noise, o.key.Sub(3), o.dim), float32(math.Sqrt(c.Similarity))
	m.centres = newCentres(o.dim, func(dst []float32, group int64) {
		directions.row(dst, group)
		scale(dst, keep)
	})
	return values{m, 0, unitReach(o.dim)}, nil
}

func (m *planted) fill(dst []float32, at place) {
	if at.row%m.every >= m.neighbours {
		m.background.row(dst, at.row)
		return
	}
	a, b := m.at(at.row, m.spread)
	normalise(dst, m.background.noise.blend(dst, m.centres.of(at.row/m.every), a, b))
}
