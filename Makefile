# `make` alone lists what there is.

.DEFAULT_GOAL := help
.PHONY: help install gallery conformance-op build run test lint e2e model pace bench bench-full bench-sessions bench-lists bench-import fuzz gen clean

GO       ?= go
BIN      := bin
PREFIX   ?= /usr/local
CACHE    := .cache
LINT     := $(CACHE)/bin/golangci-lint
GOTEST   := $(CACHE)/bin/gotest
LDFLAGS  := -s -w -X main.revision=$(shell git rev-parse HEAD 2>/dev/null)


help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/claviger and bin/portal
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/claviger ./cmd/claviger
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/portal ./cmd/portal

install: build ## Install programs, manual pages and completions below PREFIX (/usr/local), in DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 0755 $(BIN)/claviger $(BIN)/portal $(DESTDIR)$(PREFIX)/bin
	$(BIN)/claviger docs man $(DESTDIR)$(PREFIX)/share/man/man1
	$(BIN)/claviger completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/claviger
	$(BIN)/claviger completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_claviger
	$(BIN)/claviger completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/claviger.fish

run: build ## Try it: server, sample roster and sample portal, until Ctrl-C
	@deploy/run/quickstart.sh

test: $(GOTEST) ## Run every test, from unit to browser; installs what is missing
	@.ci/testenv .ci/test

e2e: $(GOTEST) ## Run only the browser and relying-party tests
	@rm -rf $(CACHE)/pictures && mkdir -p $(CACHE)/pictures
	@.ci/testenv $(GOTEST) -log $(CACHE)/e2e.log -timeout 20m -count 1 -parallel $$(($$(nproc) + 1)) \
		-artifacts -outputdir $(CURDIR)/$(CACHE)/pictures ./cmd/claviger/e2e

gallery: $(GOTEST) ## Take pictures of every page in .cache/gallery: themes, languages, narrow and wide
	@rm -rf $(CACHE)/gallery && mkdir -p $(CACHE)/gallery
	@CLAVIGER_GALLERY=$(CURDIR)/$(CACHE)/gallery .ci/testenv $(GOTEST) -log $(CACHE)/gallery.log -timeout 10m -count 1 \
		-run '^TestGallery$$' ./cmd/claviger/e2e

conformance-op: build ## Run an instance for the OpenID conformance suite, until Ctrl-C
	$(GO) build -trimpath -o $(BIN)/conformance ./cmd/conformance
	@$(BIN)/conformance $(CONFORMANCE)

# The database of these waits for the disk, unlike that of the tests.
bench: ## Measure what requests cost beside bare handlers; some minutes
	@CLAVIGER_TESTENV_DURABLE=1 .ci/testenv .ci/bench

bench-full: ## The same in more rounds, and with a million people
	@CLAVIGER_TESTENV_DURABLE=1 .ci/testenv .ci/bench -form full

bench-sessions: ## The cost of 200,000 live sessions, and how their ends keep up; five minutes
	@CLAVIGER_TESTENV_DURABLE=1 .ci/testenv .ci/bench -form full -part sessions

bench-lists: ## The cost of a page of each list of the admin API and SCIM, with a hundred thousand people
	@CLAVIGER_TESTENV_DURABLE=1 .ci/testenv .ci/bench -part listing

bench-import: ## A roster of a hundred thousand people through the admin API, and another that is cancelled
	@CLAVIGER_TESTENV_DURABLE=1 .ci/testenv .ci/bench -part import

model: ## Play 10,000 random sequences against the model of accounts, on both databases
	@CLAVIGER_MODEL_SEQUENCES=10000 .ci/testenv $(GO) test ./pkg/credential -run TestModelOn -v -count 1 -timeout 60m

pace: ## Let a thousand sessions idle out, and print when three applications hear of it
	@CLAVIGER_PACE_SESSIONS=1000 CLAVIGER_TESTENV_DURABLE=1 .ci/testenv $(GO) test ./oidc -run TestLogoutPace -v -count 1 -parallel 1 -timeout 15m

fuzz: ## Fuzz every decoder, FUZZTIME (10s) each, and the admin API on both combinations of stores
	@.ci/testenv .ci/fuzz

lint: $(LINT) ## Check formatting, vet, linters, allowed imports, generated files
	@.ci/lint $(LINT)

gen: ## Make generated files again
	$(GO) generate ./...

clean: ## Remove what was built, not what `make run` keeps in .run
	rm -rf $(BIN) $(CACHE) cmd/claviger/e2e/node/node_modules

# The linter has a module of its own, so that the product's go.mod stays clean.
# A cold build takes a minute or two and is kept.
$(LINT): .ci/tools/go.mod .ci/tools/go.sum
	@echo "building golangci-lint (once)"
	@mkdir -p $(@D)
	@cd .ci/tools && $(GO) build -trimpath -o $(CURDIR)/$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(GOTEST): .ci/gotest/main.go
	@mkdir -p $(@D)
	@$(GO) build -trimpath -o $@ .ci/gotest/main.go
