package vector

import (
	"math"
	"testing"

	"github.com/zilliz/milvus-ingest/core/schema"
)

func TestClusteredRowsLieNearFewCentres(t *testing.T) {
	c := open(t, "vector.clustered", specOf(schema.FloatVector, 256, `{"clusters": 20, "noise": 0.3}`))
	v := vectors(fill(t, c, 0, 600))
	near, between := 0, 0
	for i := range v {
		for k := range i {
			switch cos := dot(v[i], v[k]); {
			case cos > 0.85:
				near++
			case cos > 0.4:
				between++
			}
		}
	}
	pairs := len(v) * (len(v) - 1) / 2
	if share := float64(near) / float64(pairs); math.Abs(share-1.0/20) > 0.01 || between > 0 {
		t.Errorf("%.3f of the pairs are of one cluster, want 0.05; %d are between", share, between)
	}
}

func TestSkewMakesTheFirstClustersLarger(t *testing.T) {
	c := open(t, "vector.clustered", specOf(schema.FloatVector, 64, `{"clusters": 50, "noise": 0.1, "skew": 1.5}`)).(*dense)
	m := c.model.(*clustered)
	first := m.centres.of(0)
	in := 0
	for _, v := range vectors(fill(t, c, 0, 2000)) {
		if cosine(v, first) > 0.9 {
			in++
		}
	}
	if share := float64(in) / 2000; share < 0.35 || share > 0.55 {
		t.Errorf("the first of 50 clusters has %.2f of the rows", share)
	}
}

func TestWithoutNormaliseLengthsDiffer(t *testing.T) {
	c := open(t, "vector.clustered", specOf(schema.FloatVector, 128, `{"noise": 1, "normalise": false}`))
	shortest, longest := math.Inf(1), 0.0
	for _, v := range vectors(fill(t, c, 0, 500)) {
		length := math.Sqrt(dot(v, v))
		shortest, longest = min(shortest, length), max(longest, length)
	}
	if shortest > 1.35 || longest < 1.5 {
		t.Errorf("lengths go from %.2f to %.2f, want them around 1.41", shortest, longest)
	}
}

func TestDuplicatesAreNearAnEarlierRow(t *testing.T) {
	for _, test := range []struct {
		name, config           string
		share, nearest, within float64
	}{
		{"anywhere", `{"share": 0.3, "similarity": 0.97}`, 0.3, 0.97, 2000},
		{"within 50 rows", `{"share": 0.3, "similarity": 0.97, "within": 50}`, 0.3, 0.97, 50},
		{"exact", `{"share": 0.5, "similarity": 1}`, 0.5, 1, 2000},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := open(t, "vector.duplicates", specOf(schema.FloatVector, 512, test.config)).(*dense)
			m := c.model.(*duplicates)
			v := vectors(fill(t, c, 0, 2000))
			copies := 0
			for i := range v {
				original := m.originalOf(int64(i))
				if original == int64(i) {
					continue
				}
				copies++
				if cos := dot(v[i], v[original]); math.Abs(cos-test.nearest) > 0.02 {
					t.Fatalf("row %d has cosine %.3f to its original %d", i, cos, original)
				}
				if back := i - int(original); back < 1 || float64(back) > test.within || m.originalOf(original) != original {
					t.Fatalf("the original of row %d is %d", i, original)
				}
			}
			if share := float64(copies) / float64(len(v)); math.Abs(share-test.share) > 0.04 {
				t.Errorf("%.3f of the rows are copies", share)
			}
		})
	}
}

func TestPlantedRowsAreEachOthersNearest(t *testing.T) {
	c := open(t, "vector.planted", specOf(schema.FloatVector, 128, `{"neighbours": 5, "every": 50}`))
	v := vectors(fill(t, c, 0, 2000))
	for query := 0; query < len(v); query += 50 {
		for i := range v {
			cos, planted := dot(v[query], v[i]), i/50 == query/50 && i%50 < 5
			if planted && cos < 0.8 || !planted && cos > 0.6 {
				t.Fatalf("rows %d and %d: planted %t, cosine %.3f", query, i, planted, cos)
			}
		}
	}
}

func TestCentresAreBoundedAndTheSameAfterTheyWereForgotten(t *testing.T) {
	const dim = 1 << 15
	made := 0
	c := newCentres(dim, func(dst []float32, key int) { made++; dst[0] = float32(key) })
	for range 2 {
		for key := range 100 {
			if c.of(key); c.of(key)[0] != float32(key) {
				t.Fatalf("key %d got the centre of %g", key, c.of(key)[0])
			}
		}
	}
	if held := len(c.slots) * dim * 4; held > centreBytes || made < 200 {
		t.Errorf("%d bytes are held after %d centres", held, made)
	}
}
