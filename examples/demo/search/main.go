// Command search shows a search in a collection of the knowledge base: for the
// questions of a few rows, the questions whose vectors are nearest. That
// synonyms and other languages come first is what embeddings of a real model
// do, too.
//
//	go run ./examples/demo/search ./data/demo.db knowledge_base
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/zilliz/milvus-ingest/core/collection"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: search URI COLLECTION")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1], os.Args[2])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, uri, name string) (err error) {
	server, err := collection.Dial(ctx, collection.Options{URI: uri})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	c, err := server.Find(ctx, name)
	if err != nil {
		return err
	}
	if c == nil {
		return fmt.Errorf("there is no collection %s", name)
	}
	if err := c.Load(ctx, nil); err != nil {
		return err
	}
	return show(ctx, c, 3)
}

// show searches with the vectors of some rows, each of another category.
func show(ctx context.Context, c *collection.Collection, queries int) error {
	rows, err := c.Query(ctx, collection.Read{
		Fields: []string{"question", "category", "question_embedding"}, Filter: `language == "en"`, Limit: 200,
	})
	if err != nil {
		return err
	}
	defer rows.Release()
	questions, categories := rows.Column(0).(*array.String), rows.Column(1).(*array.String)
	shown := map[string]bool{}
	for row := range int(rows.NumRows()) {
		if len(shown) == queries || shown[categories.Value(row)] {
			continue
		}
		shown[categories.Value(row)] = true
		vector := array.NewSlice(rows.Column(2), int64(row), int64(row)+1)
		hits, err := c.Search(ctx, collection.Search{
			Field: "question_embedding", Vectors: vector, Limit: 50, Output: output(),
		})
		vector.Release()
		if err != nil {
			return err
		}
		fmt.Printf("  %s\n", questions.Value(row))
		if err := printHits(c, hits[0], questions.Value(row), 3); err != nil {
			return err
		}
	}
	return nil
}

// printHits prints the nearest questions that are not the same text again.
func printHits(c *collection.Collection, h collection.Hits, question string, limit int) error {
	found, err := c.Output(h, output()...)
	if err != nil {
		return err
	}
	defer found.Release()
	seen := map[string]bool{question: true}
	for i, score := range h.Scores {
		text := func(column int) string { return found.Column(column).(*array.String).Value(i) }
		if len(seen) > limit || seen[text(0)] {
			continue
		}
		seen[text(0)] = true
		fmt.Printf("    %.3f  %s  %-5s  %s\n", score, text(1), text(2), text(0))
	}
	return nil
}

func output() []string { return []string{"question", "category", "language"} }
