#!/usr/bin/env bash
# Makes a data set of a customer service knowledge base, checks it, brings it
# into Milvus Lite, verifies it there, searches it, and draws what it is like.
# usage: run.sh [BINARY] [ROWS]
set -euo pipefail
cd "$(dirname "$0")/../.."
ingest=${1:-bin/milvus-ingest} rows=${2:-10000} out=data/demo database=data/demo.db
began=$(date +%s) messages=$(mktemp)
trap 'rm -f "$messages"' EXIT

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
# run shows a command and carries it out; its messages are shown if it fails.
run() { printf '$ %s\n' "$*"; "$@" 2>"$messages" || { cat "$messages" >&2; exit 1; }; }

step "1. The rows that will be made: questions and answers, seven languages, two embeddings"
run "$ingest" generate --builtin knowledge_base --seed 42 --total-rows 4 --preview
step "2. Make the data set"
run "$ingest" generate --builtin knowledge_base --seed 42 --total-rows "$rows" --out "$out" --force
step "3. Check every value of every row, and see what the data looks like"
run "$ingest" check "$out"

rm -rf "$database"
step "4. Into Milvus Lite, a Milvus in a folder (the first time it is installed, which takes a minute)"
run "$ingest" to-milvus insert "$out" --uri "$database"
step "5. Read it back, and compare every value of every row"
run "$ingest" to-milvus verify "$out" --uri "$database" --level full
step "6. The embeddings carry meaning: questions, and those whose vectors are nearest"
run "${GO:-go}" run ./examples/demo/search "$database" knowledge_base
step "7. How fast it is searched, and how often the nearest rows are found"
run "$ingest" benchmark "$out" --uri "$database" --duration 3s --warmup 1s
step "8. The data set as a page to look at"
run "$ingest" report "$out" --out data/demo.html

step "Done in $(($(date +%s) - began)) s. Open data/demo.html. The data set is in $out, the database $database; try next:"
cat <<TEXT
  $ingest schema list                               what else can be made
  $ingest schema show knowledge_base                the fields, and how each is made
  $ingest generate --builtin rag_chunks --preview   another collection
  $ingest schema infer $out/data.parquet       a schema of data that you have
  $ingest schema init --name mine --dim 768         a schema of your own
  $ingest generate --schema mine.yaml --total-rows 1000000 --file-size 256MB --out data/mine
  python -c 'from pymilvus import MilvusClient; print(MilvusClient("$database").list_collections())'
TEXT
