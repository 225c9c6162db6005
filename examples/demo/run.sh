#!/usr/bin/env bash
# Makes a data set of a customer service knowledge base, checks it and shows it.
# usage: run.sh [BINARY] [ROWS]
set -euo pipefail
cd "$(dirname "$0")/../.."
ingest=${1:-bin/milvus-ingest} rows=${2:-10000} out=data/demo

step() { printf '\n== %s\n' "$1"; }

step "Make $rows rows of a customer service knowledge base"
"$ingest" generate --builtin knowledge_base --total-rows "$rows" --seed 42 --out "$out" --force 2>/dev/null
step "A look at the first ones"
"$ingest" generate --builtin knowledge_base --total-rows 5 --seed 42 --preview 2>/dev/null
step "Check every value of every row"
"$ingest" check "$out"
cat <<TEXT

The data set is in $out: data.parquet and meta.json. Try next:
  $ingest schema list                                 what else can be made
  $ingest schema show knowledge_base                  the fields, and how each is made
  $ingest generate --builtin rag_chunks --preview     another collection
  $ingest schema infer YOUR.parquet                   a schema of data that you have
  $ingest generate --schema YOUR.yaml --total-rows 1000000 --file-size 256MB --out data/yours
TEXT
