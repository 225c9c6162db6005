#!/usr/bin/env python3
"""Searches a data set of the knowledge base by the vectors of its own questions.

usage: search.py DATA.json

Needs Python 3 alone. A question finds questions of its own kind, in other
languages too: that is what embeddings of a real model do.
"""

import json
import sys


def nearest(rows, query, limit):
    """Rows by cosine similarity to a row's question; vectors have length 1."""
    vector = query["question_embedding"]
    scored = ((sum(map(float.__mul__, vector, row["question_embedding"])), row) for row in rows if row is not query)
    found, seen = [], {query["question"]}
    for score, row in sorted(scored, key=lambda pair: -pair[0]):
        if row["question"] not in seen:
            seen.add(row["question"])
            found.append((score, row))
        if len(found) == limit:
            break
    return found


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = json.load(file, parse_int=float)
    chosen, categories = [], set()
    for row in rows:
        if row["category"] not in categories:
            categories.add(row["category"])
            chosen.append(row)
    for query in chosen[:3]:
        print(f"  {query['question']}")
        for score, row in nearest(rows, query, 3):
            print(f"    {score:.3f}  {row['category']}  {row['language']:5}  {row['question']}")


if __name__ == "__main__":
    main()
