#!/bin/sh
# Builds ../assets/chart.js, the part of Chart.js that pages use, in a folder
# of its own: go generate ./core/page
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/entry.js" "$here/package.json" "$work"
cd "$work"
npm install --silent --no-audit --no-fund --no-package-lock
npx esbuild entry.js --bundle --minify --format=iife --target=es2020 --legal-comments=none --outfile=out.js --log-level=warning
{
  echo "/*! Chart.js $(node -p 'require("./node_modules/chart.js/package.json").version')," \
    "@kurkle/color $(node -p 'require("./node_modules/@kurkle/color/package.json").version')"
  sed 's/^/ * /; s/ *$//' node_modules/chart.js/LICENSE.md
  echo " * $(sed -n '/^Copyright/p' node_modules/@kurkle/color/LICENSE.md), under the same license."
  echo " */"
  cat out.js
} >"$here/../assets/chart.js"
