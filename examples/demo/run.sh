#!/usr/bin/env bash
# Makes a data set of a customer service knowledge base, checks it, brings it
# into Milvus Lite, verifies it there, searches it, and draws what it is like.
# usage: run.sh [BINARY] [ROWS]
set -euo pipefail
cd "$(dirname "$0")/../.."
ingest=${1:-bin/milvus-ingest} rows=${2:-10000} out=data/demo database=data/demo.db page=data/demo.html
began=$SECONDS messages=$(mktemp)
trap 'rm -f "$messages"' EXIT

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
show() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; }
# try carries out a command: on a terminal one sees how far it is, elsewhere
# what it says beside its result is shown if it fails.
try() {
  if [ -t 2 ]; then "$@"; else "$@" 2>"$messages" || { set -- $?; cat "$messages" >&2; exit "$1"; }; fi
}
run() { show "$@"; try "$@"; }

step "1. The rows that will be made: questions and answers, seven languages, two embeddings"
run "$ingest" generate --builtin knowledge_base --seed 42 --total-rows 4 --preview
step "2. Make the data set"
run "$ingest" generate --builtin knowledge_base --seed 42 --total-rows "$rows" --out "$out" --force
step "3. Check every value of every row (more is printed; the page of step 8 shows it)"
show "$ingest" check "$out" '| sed 2q'
try "$ingest" check "$out" | sed -n 1,2p

rm -rf "$database"
step "4. Into Milvus Lite, a Milvus in a folder (the first time it is installed, which takes a minute)"
run "$ingest" to-milvus insert "$out" --uri "$database"
step "5. Read it back, and compare every value of every row"
run "$ingest" to-milvus verify "$out" --uri "$database" --level full
step "6. The embeddings carry meaning: questions, and those whose vectors are nearest"
run "${GO:-go}" run ./examples/demo/search "$database" knowledge_base
step "7. How fast it is searched, and how often the nearest rows are found"
run "$ingest" benchmark "$out" --uri "$database" --concurrency 1,4 --duration 2s --warmup 500ms
step "8. The data set as a page to look at"
run "$ingest" report "$out" --out "$page"

step "Done in $((SECONDS - began)) s. Open $page. The data set is in $out, the database $database; try next:"
next() { printf '  %-54s %s\n' "$1" "$2"; }
next "$ingest check $out" "every field, in words and bars"
next "$ingest schema list" "what else can be made"
next "$ingest schema infer $out/data.parquet" "a schema of data that you have"
next "$ingest schema init --name mine --dim 768" "a schema of your own"
next "$ingest deploy --help" "new versions, live by an alias"
