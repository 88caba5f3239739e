# What this repository can do; `make help` lists it. Needs make and Python 3.10 or newer, and uv where it is there.
# Choose the interpreter with PYTHON=…, the environment's folder with VENV=…, how many tests run at once with WORKERS=….

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIPELIFT := $(BIN)/pipelift
DEMO := build/demo
EXAMPLES := compare newsgroups iris
WORKERS ?= 2
TARGETS := kubeflow airflow compose
# What many processes import is compiled once: a suite that starts hundreds would do it in each of them.
unexport PYTHONDONTWRITEBYTECODE
CANDIDATES := $(PYTHON) python3 python3.13 python3.12 python3.11 python3.10

# A tool of ours alone in an environment of its own: what it depends on has nothing to do with what pipelift does.
tool = @[ -x build/tools/$(1)/bin/$(1) ] || \
  { $(BIN)/python -m venv build/tools/$(1) && build/tools/$(1)/bin/python -m pip install -q $(1); }

.DEFAULT_GOAL := help
.PHONY: help demo test e2e matrix soak check bench pins audit golden dev data clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: $(STAMP) data ## Compile the examples to every target, check the artifacts, run one example here
	@set -e; for example in $(EXAMPLES); do for target in $(TARGETS); do \
	  echo; echo "== $$example -> $$target, checked with the loader of $$target"; \
	  $(PIPELIFT) compile examples/$$example/pipeline.py --target $$target -o $(DEMO)/$$example/$$target; \
	done; done
	@echo; echo "== compare, run on this machine"
	@$(PIPELIFT) run examples/compare/pipeline.py --python $(BIN)/python
	@echo; echo "Where everything lies:"
	@for example in $(EXAMPLES); do echo "  $(DEMO)/$$example/  compiled: $(TARGETS)"; done
	@echo "  examples/compare/.pipelift/runs/  the runs on this machine, with logs and metrics"
	@echo "  examples/compare/store/           the data that the steps read and wrote"
	@echo "Next: read examples/compare/README.md and $(DEMO)/compare/compose/REPORT.md"

test: $(STAMP) ## Check the code and run the test suite, side by side (no Docker, no network)
	@mkdir -p build; $(MAKE) --no-print-directory check >build/check.log 2>&1 & check=$$!; \
	trap "kill $$check 2>/dev/null" INT TERM; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal; suite=$$?; \
	wait $$check; checked=$$?; echo "== make check"; cat build/check.log; \
	[ $$checked -eq 0 ] || echo "make check: failed" >&2; [ $$suite -eq 0 ] && [ $$checked -eq 0 ]

e2e: $(STAMP) ## Run the examples through four engines and compare (needs a Docker engine)
	$(BIN)/python -m pytest tests/e2e

matrix: $(STAMP) ## Try all versions of Python, Airflow and kfp (needs Docker and a package index; keeps build/matrix)
	$(BIN)/python -m pytest tests/matrix

soak: $(STAMP) ## Kill, race and fuzz for an hour (no Docker, no network)
	$(BIN)/python -m pytest tests/crash --kills 500 --stride 1
	$(BIN)/python -m pytest tests/runtime/test_publishing.py --pairs 50 --published 3000 --stride 1
	PIPELIFT_TREES=5000 $(BIN)/python -m pytest tests/runtime/test_links.py
	PIPELIFT_FUZZ=10000 $(BIN)/python -m pytest tests/fuzz tests/compiler/test_hostile_sources.py tests/compiler/evaluate/test_evaluate.py
	$(BIN)/python -m tests.fuzz --runs 100000
	PIPELIFT_BOMBS=all $(BIN)/python -m pytest tests/compiler/evaluate/test_bombs.py

check: $(STAMP) ## Style, types and the arrows between the parts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## Measure against peers, in the same run
	$(BIN)/python -m benchmarks

pins: $(STAMP) ## Pin the newest versions that pyproject.toml allows, with the digests of their files (needs an index)
	$(call tool,uv)
	build/tools/uv/bin/uv pip compile -q pyproject.toml --universal --all-extras --python-version 3.10 \
	  --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate -o constraints.txt

audit: $(STAMP) ## Look the pinned versions up in the index of known vulnerabilities (needs an index that has one)
	$(call tool,pip-audit)
	build/tools/pip-audit/bin/pip-audit --strict --disable-pip --require-hashes -r constraints.txt

golden: $(STAMP) ## Rewrite the golden files; read the difference before you commit it
	$(BIN)/python -m pytest --update-golden

dev: $(STAMP) ## Make the environment in .venv
	@echo "ready: . $(BIN)/activate"

data: $(STAMP)
	@set -e; for example in $(EXAMPLES); do $(BIN)/python examples/$$example/make_data.py; done

clean: ## Remove what make, the examples and the tools wrote, the environment too
	rm -rf $(VENV) build dist *.egg-info examples/*/store examples/*/build examples/*/.pipelift
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first candidate that is new enough and able to make an environment; uv needs only the former, or neither.
$(STAMP): pyproject.toml setup.py constraints.txt
	@set -e; uv=$$(command -v uv || true); python=; old=; bare=; \
	for candidate in $(CANDIDATES); do \
	  "$$candidate" -c '' 2>/dev/null || continue; \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { old=$$candidate; continue; }; \
	  if [ -z "$$uv" ] && ! "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then bare=$$candidate; continue; fi; \
	  python=$$("$$candidate" -c 'import sys; print(sys.executable)'); break; \
	done; \
	if [ -z "$$python$$uv" ] && [ -n "$$bare" ]; then \
	  echo "$$bare cannot make virtual environments: its venv or ensurepip module is missing." >&2; \
	  echo "On Debian or Ubuntu: sudo apt install python3-venv. Or install uv: https://docs.astral.sh/uv/" >&2; exit 1; \
	elif [ -z "$$python$$uv" ]; then \
	  echo "No Python 3.10 or newer was found$${old:+ ($$old is older)}; looked for: $(CANDIDATES)." >&2; \
	  echo "Install one, name one with 'make PYTHON=/path/to/python3', or install uv: https://docs.astral.sh/uv/" >&2; exit 1; \
	fi; \
	echo "installing into $(VENV) (once; minutes where nothing is cached)"; \
	if ! $(BIN)/python -c '' 2>/dev/null; then \
	  rm -rf $(VENV); \
	  if [ -n "$$uv" ]; then "$$uv" venv -q --python "$${python:->=3.10}" $(VENV); else "$$python" -m venv $(VENV); fi; \
	fi; \
	if [ -n "$$uv" ]; then set -- "$$uv" pip install -q --compile-bytecode --python $(BIN)/python; \
	else set -- $(BIN)/python -m pip install -q --disable-pip-version-check; fi; \
	"$$@" --no-deps --require-hashes -r constraints.txt; \
	"$$@" --no-deps --no-build-isolation -e .; \
	touch $(STAMP)
