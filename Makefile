# The two commands of the README are `demo` and `test`; `make help` lists all.

CARGO ?= cargo
# The tests' own machinery, where it is installed; plain cargo otherwise.
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)
DENY := $(shell $(CARGO) deny --version >/dev/null 2>&1 && echo yes)

.PHONY: help demo build test conformance mcp-clients load-mcp bench-mcp chaos lint doc deny bench bench-convert bench-history editor-truth panel fuzz dist format
.PHONY: python wheel test-python bench-python bench-nodes

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 15

demo: build ## Run the sample workflow and show its image and its record
	@scripts/demo.sh target/debug/comfyctl

build: ## Build the command line for development
	$(CARGO) build --locked -p comfyctl

test: build lint doc deny ## Everything that must pass: format, lints, tests, documentation
ifeq ($(NEXTEST),yes)
	$(CARGO) nextest run --locked --workspace --no-fail-fast
else
	$(CARGO) test --locked --workspace --lib --bins --tests --no-fail-fast
endif
	$(CARGO) test --locked --workspace --doc
	@bash -n scripts/demo.sh
	$(CARGO) run --locked --quiet -p comfyctl-chaos -- run --jobs 100 --store sqlite
	@scripts/editor_truth/run.sh --where-possible target/debug/comfyctl $(FRONTEND) $(EDGE_CASES)/definitions.json
	@scripts/panel/run.sh --where-possible target/debug/comfyctl $(FRONTEND)
	@scripts/python_tests.sh --where-possible
	@scripts/conformance/run.sh --where-possible target/debug/comfyctl
	@tests/mcp/run.sh --where-possible target/debug/comfyctl

conformance: build ## Run the official conformance suite of MCP against our server
	@scripts/conformance/run.sh target/debug/comfyctl

mcp-clients: build ## Let the official Python and TypeScript SDKs of MCP drive our server
	@tests/mcp/run.sh target/debug/comfyctl

load-mcp: build ## Let 64 MCP clients run jobs over HTTP for a minute
	@tests/mcp/run.sh --load 60 target/debug/comfyctl

bench-mcp: ## Measure how soon the MCP server answers, and its memory
	$(CARGO) build --locked --release -p comfyctl
	@tests/mcp/run.sh --bench target/release/comfyctl

# How many jobs, what decides the plan (drawn if it is empty), and where the history is.
JOBS ?= 1000
SEED ?=
STORE ?= both

chaos: ## Run jobs while all around them breaks: JOBS=1000 SEED=7 STORE=sqlite|postgres|both
	$(CARGO) run --locked --quiet -p comfyctl-chaos -- run --jobs $(JOBS) $(if $(SEED),--seed $(SEED)) --store $(STORE)

lint: ## Check format and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

doc: ## Build the documentation of the crates
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

deny: ## Check licences, bans and sources of all dependencies
ifeq ($(DENY),yes)
	$(CARGO) deny check bans licenses sources
else
	@echo "cargo-deny is not installed: licences and bans are not checked"
endif

bench: ## Run all benchmarks
	COMFY_CLI_PYTHON="$$(scripts/comfy_cli.sh)" $(CARGO) bench --locked --workspace
	@$(MAKE) --no-print-directory bench-history

bench-history: ## Measure the job history on both databases: minutes, and gigabytes of disk
	$(CARGO) test --locked --release -p comfyctl-manager --lib history_benchmark -- --ignored --nocapture

bench-convert: ## Measure our conversion beside that of comfy-cli
	COMFY_CLI_PYTHON="$$(scripts/comfy_cli.sh)" $(CARGO) bench --locked -p comfyctl-workflow --bench rivals

# A version of comfyui-frontend-package on PyPI, and the workflows or prompts to send through it.
FRONTEND ?= 1.58.1
EDGE_CASES = crates/workflow/tests/conversion
WORKFLOWS ?= $(or $(wildcard ../shared/conversion/templates.tar.xz),$(EDGE_CASES)/inputs)
DEFINITIONS ?= $(or $(wildcard ../shared/conversion/object_info.json.xz),$(EDGE_CASES)/definitions.json)

editor-truth: build ## Compare our conversion with the real editor: FRONTEND=VERSION WORKFLOWS=DIR MUTATE=SEED:COUNT
	@scripts/editor_truth/run.sh target/debug/comfyctl $(FRONTEND) $(DEFINITIONS) $(WORKFLOWS)

panel: build ## Test what is added to ComfyUI's editor, in a browser: FRONTEND=VERSION SCREENSHOTS=DIR
	@scripts/panel/run.sh target/debug/comfyctl $(FRONTEND)

# Seconds for each target; needs a nightly toolchain and cargo-fuzz.
FUZZ_SECONDS ?= 60
# No input is worth more than a moment, even of a busy machine.
FUZZ_LIMITS = -max_total_time=$(FUZZ_SECONDS) -timeout=10
FUZZ_WORDS = -dict=fuzz/workflow.dict

# Well-formed JSON with something else in some places, which goes deeper than bytes do.
DAMAGED_FILES ?= 20000

fuzz: ## Fuzz every reader of outside bytes for FUZZ_SECONDS each
	@mkdir -p $(addprefix fuzz/corpus/,document media convert write_back to_ui frame)
	$(CARGO) +nightly fuzz run document fuzz/corpus/document examples -- $(FUZZ_LIMITS) $(FUZZ_WORDS)
	$(CARGO) +nightly fuzz run media fuzz/corpus/media crates/workflow/tests/media -- $(FUZZ_LIMITS)
	$(CARGO) +nightly fuzz run convert fuzz/corpus/convert crates/workflow/tests/conversion/inputs -- $(FUZZ_LIMITS) $(FUZZ_WORDS)
	$(CARGO) +nightly fuzz run write_back fuzz/corpus/write_back crates/workflow/tests/conversion/inputs -- $(FUZZ_LIMITS) $(FUZZ_WORDS)
	$(CARGO) +nightly fuzz run to_ui fuzz/corpus/to_ui crates/workflow/tests/conversion/truth-1.58.1 -- $(FUZZ_LIMITS) $(FUZZ_WORDS)
	$(CARGO) +nightly fuzz run frame fuzz/corpus/frame -- $(FUZZ_LIMITS)
	PROPTEST_CASES=$(DAMAGED_FILES) $(CARGO) test -p comfyctl-workflow --test it damaged

# The environment of the Python package, so that nothing is installed into the user's Python.
VENV := target/venv
IN_VENV := PATH="$(abspath $(VENV))/bin:$$PATH" VIRTUAL_ENV="$(abspath $(VENV))"

python: ## Build the Python package for development, into target/venv
	@scripts/python_env.sh
	$(IN_VENV) maturin develop --quiet --profile dev

test-python: ## Test the Python package against the simulator
	@scripts/python_tests.sh

wheel: ## Build the Python wheel that is shipped: target/wheels
	@scripts/python_env.sh
	$(IN_VENV) maturin build

bench-nodes: ## Measure the nodes beside plain Python and Pillow
	@scripts/python_env.sh
	$(IN_VENV) maturin develop --quiet --profile wheel
	$(VENV)/bin/python benches/nodes.py

bench-python: ## Measure what the Python package costs, as it is shipped: builds for minutes
	@scripts/python_env.sh
	$(IN_VENV) maturin develop --quiet --profile wheel
	$(VENV)/bin/python benches/python.py

dist: ## Build the binary that is shipped: target/dist/comfyctl
	$(CARGO) build --locked --profile dist -p comfyctl

format: ## Format all code
	$(CARGO) fmt --all
