#!/usr/bin/env bash
# Makes a data set of a customer service knowledge base, checks it and shows it.
# usage: run.sh [BINARY] [ROWS]
set -euo pipefail
cd "$(dirname "$0")/../.."
ingest=${1:-bin/milvus-ingest} rows=${2:-10000} out=data/demo
began=$(date +%s) messages=$(mktemp)
trap 'rm -f "$messages"' EXIT

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
# run shows a command and carries it out.
run() { printf '$ %s\n' "$*"; "$@" 2>"$messages" || { cat "$messages" >&2; exit 1; }; }

step "1. The rows that will be made: questions and answers, seven languages, two embeddings"
run "$ingest" generate --builtin knowledge_base --seed 42 --total-rows 4 --preview
step "2. Make the data set"
run "$ingest" generate --builtin knowledge_base --seed 42 --total-rows "$rows" --out "$out" --force
step "3. Check every value of every row, and see what the data looks like"
run "$ingest" check "$out"
step "4. The embeddings carry meaning: questions, and those whose vectors are nearest"
run "$ingest" generate --builtin knowledge_base --seed 42 --total-rows 1000 --format json --out "$out-json" --force
"${PYTHON:-python3}" examples/demo/search.py "$out-json/data.json"

step "Done in $(($(date +%s) - began)) s. The data set is $out/data.parquet; $out/meta.json says how it was made. Try next:"
cat <<TEXT
  $ingest schema list                               what else can be made
  $ingest schema show knowledge_base                the fields, and how each is made
  $ingest generate --builtin rag_chunks --preview   another collection
  $ingest schema infer $out/data.parquet       a schema of data that you have
  $ingest schema init --name mine --dim 768         a schema of your own
  $ingest generate --schema mine.yaml --total-rows 1000000 --file-size 256MB --out data/mine
TEXT
