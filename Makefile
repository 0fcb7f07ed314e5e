# The entrance to everything. Each target sets up what it needs and nothing more; the work is in scripts/.

# What `make demo` and `make dev` show. CHURN is how lively the cluster is.
NODES ?= 24
PODS ?= 540
SEED ?=
CHURN ?=
PORT ?= 8001
# `make dev`: where the page is served, and the API in front of it (none: an embedded cluster on PORT).
DEV_PORT ?= 8080
API ?=
# `make simulate`: how many seeds, and from which on (none: seeds that nobody has run before).
SEEDS ?= 1000
FIRST_SEED ?=
# `make soak`: how long the cluster lives, and how much faster than a real one. At SPEED=100 the page still sees all of it.
MINUTES ?= 60
SPEED ?= 20
# `make test-browsers`: firefox, webkit, or both (none).
BROWSERS ?=
# `make torrent` takes SECONDS too.
# `make fuzz`: how long each target, and which (none: all).
SECONDS ?= 60
TARGETS ?=
# `make bench`: its cluster is larger, unless PODS and NODES say otherwise.
BENCH_PODS = $(if $(filter file,$(origin PODS)),30000,$(PODS))
BENCH_NODES = $(if $(filter file,$(origin NODES)),1000,$(NODES))
# `make bench`: the one part to measure.
ONLY ?=
# `make release`: where the archives will be downloaded from, for the manifests.
REPOSITORY ?=
# `make bench-instructions`: 1 keeps what was counted.
KEEP ?=

world = --nodes $(NODES) --pods $(PODS) $(if $(SEED),--seed $(SEED)) $(if $(CHURN),--churn $(CHURN))
sources := $(shell find src informer/src assets -type f) $(wildcard informer/Cargo.toml index.html style.css boot.js Cargo.toml Cargo.lock Trunk.toml rust-toolchain.toml .cargo/config.toml)

# Every step uses all cores by itself, and two that set up or build at once would write the same files: `make -j` is taken,
# and changes nothing. Nor is it handed on to cargo, which would look for make's job server.
.NOTPARALLEL:
unexport MAKEFLAGS

.DEFAULT_GOAL := help
.PHONY: help setup setup-build setup-test setup-browsers build image demo dev test test-browsers simulate fuzz torrent soak bench bench-commit bench-query bench-instructions conformance screenshots lint clean clean-dist differential

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: setup-browsers ## Install every tool that is missing (into target/tools and node_modules; browsers and kubectl by apt)

setup-build:
	@scripts/setup build

setup-test:
	@scripts/setup test

setup-browsers:
	@scripts/setup browsers

build: dist/index.html ## Build dist/, the page for `kubectl proxy --www=dist`, and print its size
	@scripts/bundle-size

dist/index.html: $(sources) | setup-build
	@scripts/build

.PHONY: plugin
plugin: dist/index.html ## Build target/release/kubectl-k8bit, the kubectl plugin with the page in it
	@cargo build --release --package kubectl-k8bit
	@echo "==> target/release/kubectl-k8bit is ready: put it on PATH, and run kubectl k8bit"

npm: setup-build ## Build the npm package k8bit-informer into target/npm, and pack it as npm would publish it
	@scripts/npm

.PHONY: npm setup-release release release-check package check-platforms
setup-release: setup-build
	@scripts/setup-release $(or $(TARGETS),$$(scripts/release targets))

release: setup-release ## Build what is released into target/release-artifacts: TARGETS= REPOSITORY=https://github.com/OWNER/NAME
	@TARGETS="$(TARGETS)" REPOSITORY="$(REPOSITORY)" scripts/release

release-check: setup-release ## Build a release twice, compare every byte, and try what was built
	@TARGETS="$(TARGETS)" REPOSITORY="$(REPOSITORY)" scripts/release-check

check-platforms: ## Compile and lint the plugin for Linux, macOS and Windows, as far as that goes without their linkers
	@scripts/check-platforms

package: dist/index.html ## Pack the crates for crates.io, the page in them, into target/package
	@scripts/package

image: dist/index.html ## Build target/image/k8bit-image.tar, the OCI archive for deploy/
	@scripts/image

demo: dist/index.html ## Serve the page in front of an embedded cluster: NODES=24 PODS=540 SEED= CHURN= PORT=8001
	@echo "==> Building the embedded cluster (1 to 2 minutes the first time)"
	@cargo build --release --package k8bit-simulator
	@cargo run --release --quiet --package k8bit-simulator -- --dist dist --port $(PORT) $(world)

dev: setup-build ## Rebuild and reload on save: embedded cluster, or API=http://127.0.0.1:8001 of a running kubectl proxy
	@API="$(API)" PORT="$(PORT)" DEV_PORT="$(DEV_PORT)" scripts/dev $(world)

test: setup-test dist/index.html ## Run all tests, with a real browser and a real kubectl proxy
	@scripts/test

test-browsers: setup-browsers dist/index.html ## Run in Firefox and WebKit what is tested in every browser; BROWSERS=firefox for one
	@BROWSERS="$(BROWSERS)" scripts/test-browsers

simulate: ## Simulate a faulty network: SEEDS=1000 fresh ones, or those from FIRST_SEED=0 on; or SEED=7 to see one again
	@K8BIT_SEED="$(SEED)" K8BIT_SEEDS="$(SEEDS)" K8BIT_FIRST_SEED="$(FIRST_SEED)" \
	    cargo test --release --test simulation -- --nocapture every_seed

differential: ## Compare with kube-rs' informer, scenario by scenario, and write docs/differential.md from it
	@scripts/differential

fuzz: ## Fuzz what reads a server's bytes, each target for SECONDS=60; TARGETS=quantity for one (wants a nightly compiler)
	@SECONDS_EACH="$(SECONDS)" scripts/fuzz $(TARGETS)

torrent: setup-test dist/index.html ## Send EVENTS=5000 a second to a real browser for SECONDS=60, and print how the page keeps up
	@K8BIT_MEASURE=1 K8BIT_TORRENT_SECONDS="$(SECONDS)" K8BIT_TORRENT_EVENTS="$(EVENTS)" scripts/test --release --test e2e five_thousand_events

soak: setup-test dist/index.html ## Keep a page and a wall open for MINUTES=60 of a lively cluster, SPEED=20 times as fast, and print their memory
	@K8BIT_SOAK_MINUTES="$(MINUTES)" K8BIT_SOAK_SPEED="$(SPEED)" scripts/test --test e2e stays_flat -- --test-threads=1

bench: setup-test dist/index.html ## Measure the page beside JavaScript and kube-rs and write benches/RESULTS.md: PODS=30000 NODES=1000 SEED=1; ONLY=interaction prints that alone
	@PODS="$(BENCH_PODS)" NODES="$(BENCH_NODES)" SEED="$(SEED)" ONLY="$(ONLY)" scripts/bench

.PHONY: bench-start
bench-start: ## Measure from one command to LIVE with the archive of `make release`, and what kubectl proxy alone would take
	@scripts/bench-start

bench-commit: ## What an event costs in a cluster of 1,500 and of 150,000 pods, in one run
	@cargo bench --bench commit -- 1500 150000

bench-query: ## What a query costs on 150,000 pods
	@cargo bench --bench query

bench-instructions: ## Count instructions of decoding and committing against those kept in benches/instructions.txt; KEEP=1 keeps the new
	@KEEP="$(KEEP)" scripts/bench-instructions

conformance: setup-test dist/index.html ## Run the informer's checklist and write docs/conformance.md from it
	@scripts/conformance

screenshots: dist/index.html | setup-test ## Take the pictures of docs/screenshots again, the animated one included
	@cargo build --release --package k8bit-simulator --package k8bit-film
	@scripts/screenshots

lint: setup-build ## Check formatting, lints and documentation, warnings denied
	@scripts/lint

clean: ## Remove everything that was built or installed into the project's folder
	rm -rf target dist node_modules fuzz/target

clean-dist: ## Remove dist/ alone
	rm -rf dist
