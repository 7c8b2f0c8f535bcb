# Two commands from a fresh clone: `make demo` and `make test`. Needs Python 3.11+ with venv, and make.

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
# What is installed follows pyproject.toml: a stamp a set of extras, older than it, is made again.
RUN_STAMP = $(VENV)/.installed
TEST_STAMP = $(VENV)/.installed-test
BENCH_STAMP = $(VENV)/.installed-bench
BUILD_STAMP = $(VENV)/.installed-build
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
# Three workers for two cores, for many tests wait for a server's silence; an idle worker takes over another's tests.
PYTEST_OPTIONS = -n 3 --dist worksteal -q

# Debian packages that some tests of `make ci` need; without them those tests are skipped.
PACKAGES = chromium

.PHONY: demo test ci ci-packages test-live lint figures bench torture build constraints snapshots clean help

help:
	@echo "make demo   run the whole job on sample answers, no network but for the installation"
	@echo "make test   lint, types, tests: four to five minutes with the installation"
	@echo "make ci     everything that CI runs: make test, then the tests under other clocks and Pythons (half an hour)"
	@echo "make test-live [SERVERS=\"mediawiki wordpress\"]  against real servers, installed and started on this machine"
	@echo "make torture kill the program and fail its disk at hundreds of instants, and try many more examples (some 30 minutes)"
	@echo "make snapshots  rewrite the README's tables, tests/data/help.txt and messages.txt after a change of wording, for review"
	@echo "make figures  measure the judging and write the tables of docs/judging.md [TONE=\"de.tsv …\"]"
	@echo "make bench  measure against reader (PyPI) on loopback"
	@echo "make constraints  pin every dependency and its files' hashes anew, in constraints.txt"
	@echo "make build  sdist and wheel of what is committed, in dist/, checked by installing and running them"

demo: $(RUN_STAMP)
	@$(BIN)/mentionwatch demo

test: lint
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

ci: test
	@$(MAKE) --no-print-directory ci-packages
	$(BIN)/python tests/matrix.py $(PYTEST_OPTIONS)

# Only where CI is set: tests change nobody else's system.
ci-packages:
	@if [ -n "$$CI" ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get -qq update && apt-get -qq install --yes --no-install-recommends $(PACKAGES) > /dev/null \
		|| echo "not installed: $(PACKAGES)"; \
	fi

# Installs servers from packages (as root, on Debian) and starts them on loopback: docs/live.md.
test-live: $(TEST_STAMP)
	@$(BIN)/python tests/live/run.py $(SERVERS)

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

torture: $(TEST_STAMP)
	MENTIONWATCH_TORTURE=1 $(BIN)/python -m pytest $(PYTEST_OPTIONS) --timeout 3600 tests/faults/test_crash.py tests/faults/test_hostile.py tests/output/test_smtp_faults.py tests/faults/test_fuzz.py
	MENTIONWATCH_TORTURE=1 $(BIN)/python -m pytest $(PYTEST_OPTIONS) --timeout 3600 -m hypothesis

figures: $(TEST_STAMP)
	$(BIN)/python -m training.evaluate --write $(if $(TONE),--tone $(TONE))

bench: $(BENCH_STAMP)
	$(BIN)/python -m benchmarks

snapshots: $(TEST_STAMP)
	cd tests && ../$(BIN)/python -m support.readme_parts
	MENTIONWATCH_SNAPSHOTS=write $(BIN)/python -m pytest -q tests/project/test_wording.py
	@git --no-pager diff --stat README.md tests/data

# From a clone of the last commit: what was never added is not in it.
build: $(BUILD_STAMP)
	$(BIN)/python tests/distribution.py dist

# Hashes of all files of each version, for whatever machine; no address of the index they came from.
constraints: $(BUILD_STAMP)
	{ echo "# What a tested installation had: CONTRIBUTING.md says how to install with it. Renewed by make constraints."; \
	$(BIN)/python -m piptools compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --extra notify --extra tui \
		--output-file - pyproject.toml; } > constraints.part
	mv constraints.part constraints.txt

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mentionwatch needs Python 3.11 or newer; name it: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv"; rm -rf $(VENV); exit 1; }

$(RUN_STAMP): pyproject.toml | $(BIN)/python
	$(PIP) install --editable .
	@touch $@

$(TEST_STAMP): pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[test]'
	@touch $@ $(RUN_STAMP)

$(BENCH_STAMP): pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[test,bench]'
	@touch $@ $(RUN_STAMP)

$(BUILD_STAMP): pyproject.toml | $(BIN)/python
	$(PIP) install --editable '.[build]'
	@touch $@ $(RUN_STAMP)

clean:
	rm -rf $(VENV) $(VENV)-3.* mentionwatch-demo
