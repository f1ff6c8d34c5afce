# `make run` and `make test` need Python 3.11+ (with venv) and make, nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: install run test check long chaos bench offline fresh lock clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Stillreel needs Python 3.11 or newer; say which one: make PYTHON=/path/to/python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	touch $@

run: install
	$(BIN)/stillreel up

# Three test processes, more than the cores that they are meant for: tests wait much of their time. Each has a Valkey of
# its own. The files begin in the order of tests/conftest.py. `nice`, because the program's renderers are at 10: beside
# processes at 0 that never wait, they would starve.
PYTEST := nice -n 9 $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.installed-dev
	$(PYTEST)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The long runs.
long: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m long

# The proof that jobs survive anything: processes are killed at every boundary and at random. The seed is printed;
# `SEED=… make chaos` repeats it, `CHAOS_SECONDS=…` says how long the random part lasts (60).
chaos: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/chaos -m "" --capture no

# Ratios from interleaved rounds, one line each; NAMES="workers cost" runs those alone.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench $(NAMES)

# The tests in a network namespace that has a loopback interface and nothing else. Needs Linux, root and iproute2.
offline: $(VENV)/.installed-dev
	unshare --net sh -c 'ip link set lo up && exec $(PYTEST)'

# What a stranger does: a fresh clone in an empty folder, with no cache of packages.
fresh:
	set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
		git clone --quiet . "$$folder/stillreel"; cd "$$folder/stillreel"; \
		PIP_NO_CACHE_DIR=1 $(MAKE) check test; PIP_NO_CACHE_DIR=1 $(MAKE) install

# Needs `uv`; the only place where the pins are made. Ranges stand in pyproject.toml.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group build --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group build --group dev --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
