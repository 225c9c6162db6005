package sparse

import (
	"context"
	"math"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/rng"
	"github.com/zilliz/milvus-ingest/generators/internal/column"
	"github.com/zilliz/milvus-ingest/generators/topic"
)

// zipfConfig configures sparse.zipf.
type zipfConfig struct {
	Vocabulary int          `json:"vocabulary" help:"Number of words that there are." default:"30000"`
	NonZeros   int          `json:"non_zeros" help:"Mean number of places of a vector; rows have half to one and a half of it." default:"30"`
	Exponent   float64      `json:"exponent" help:"How fast the frequency of words falls with their rank." default:"1"`
	Bias       float64      `json:"bias" help:"Share of a row's words that come from its topic; 0: topics leave no trace." default:"0.4"`
	Topic      topic.Config `json:"topic" help:"Topics of the data set."`
}

const (
	// maxVocabulary keeps the tables of a column to some 30 MB.
	maxVocabulary = 1 << 20
	// topicWords is the number of words that a topic has of its own.
	topicWords = 40
	// saturation is the k1 of BM25.
	saturation = 1.2
)

type zipf struct {
	rows
	spec       core.ColumnSpec
	topics     *topic.Model
	draws      rng.Key
	own        rng.Key // of the words that topics have
	rank       *rng.Weighted
	ownRank    *rng.Weighted
	index      []uint32  // of a rank
	rarity     []float32 // of an index: its inverse document frequency
	vocabulary uint64
	half, mean int // non-zeros
	bias       float64
	bag        []uint32
	span       []int64 // the rows of the last span, kept for its memory
}

func openZipf(_ context.Context, spec core.ColumnSpec, c zipfConfig) (core.Column, error) {
	switch {
	case checkType(spec) != nil:
		return nil, checkType(spec)
	case c.Vocabulary < 1 || c.Vocabulary > maxVocabulary:
		return nil, outside("vocabulary", float64(c.Vocabulary), 1, maxVocabulary)
	case c.NonZeros < 1 || c.NonZeros > 10_000 || 2*c.NonZeros > max(2, c.Vocabulary):
		return nil, outside("non_zeros", float64(c.NonZeros), 1, min(10_000, float64(max(2, c.Vocabulary)/2)))
	case !(c.Exponent >= 0 && c.Exponent <= 3):
		return nil, outside("exponent", c.Exponent, 0, 3)
	case !(c.Bias >= 0 && c.Bias <= 1):
		return nil, outside("bias", c.Bias, 0, 1)
	}
	topics, err := topic.New(spec.Seed, c.Topic)
	if err != nil {
		return nil, err
	}
	z := &zipf{
		spec: spec, topics: topics, vocabulary: uint64(c.Vocabulary), mean: c.NonZeros, half: c.NonZeros / 2, bias: c.Bias,
		draws: rng.Field(spec.Seed, spec.Field.Name), own: rng.Field(spec.Seed, "\x00sparse.topic"),
		ownRank: rng.NewWeighted(rng.Zipf(topicWords, 1)),
	}
	z.prepare(rng.Zipf(c.Vocabulary, c.Exponent))
	return z, nil
}

// prepare scatters the ranks over the indexes and weighs the words: those
// that few rows have weigh more.
func (z *zipf) prepare(frequency []float64) {
	z.rank = rng.NewWeighted(frequency)
	z.index, z.rarity = make([]uint32, len(frequency)), make([]float32, len(frequency))
	order := rng.NewPermutation(rng.Field(z.spec.Seed, "\x00sparse.index"), z.vocabulary)
	var sum float64
	for _, f := range frequency {
		sum += f
	}
	for rank, f := range frequency {
		z.index[rank] = uint32(order.At(uint64(rank)))
		share := min(1, f/sum*float64(z.mean)) // of the rows that have the word
		// The grid hides the last bits of the logarithm, in which machines
		// may differ.
		z.rarity[z.index[rank]] = float32(math.Round(math.Log(1+1/share)*1024) / 1024)
	}
}

// Fill implements core.Column.
func (z *zipf) Fill(ctx context.Context, span core.Rows, _ arrow.Record) (arrow.Array, error) {
	z.span = column.Span(z.span, span)
	return z.Make(ctx, z.span)
}

// Make implements column.Maker.
func (z *zipf) Make(ctx context.Context, rows []int64) (arrow.Array, error) {
	z.reset()
	for i, row := range rows {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		z.row(row)
		z.end()
	}
	return z.array(z.spec.Mem), nil
}

func (z *zipf) row(row int64) {
	s := z.draws.At(row)
	own := z.own.Sub(uint64(z.topics.At(row).Topic))
	want := max(1, s.Between(z.mean-z.half, z.mean+z.half))
	z.bag = z.bag[:0]
	// Frequent words come up again and again: draw until enough differ, but
	// in a vocabulary of few frequent words not for ever.
	distinct := 0
	for round := 0; distinct < want && round < 8; round++ {
		for range want - distinct {
			z.bag = append(z.bag, z.draw(&s, own))
		}
		distinct = 0
		counted(z.bag, func(uint32, int) { distinct++ })
	}
	counted(z.bag, func(index uint32, times int) {
		jitter := 0.8 + float32(0.4*(float32(s.Uint64()>>40)*0x1p-24))
		z.add(index, float32(z.rarity[index]*saturate(times, saturation))*jitter)
	})
}

// draw gives the index of a word, which the topic or the whole vocabulary has.
func (z *zipf) draw(s *rng.Source, own rng.Key) uint32 {
	if s.Bool(z.bias) {
		word := own.At(int64(z.ownRank.Pick(s)))
		return z.index[word.Uint64N(z.vocabulary)]
	}
	return z.index[z.rank.Pick(s)]
}

// Close implements core.Column.
func (z *zipf) Close() error { return nil }
