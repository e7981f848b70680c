# `make demo` shows everything, `make test` checks everything; both set up what they need.

# The first Python on the path that the project supports; PYTHON=... chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && { echo $$python; break; }; done)

UV := .venv-uv/bin/uv
export UV_PYTHON_DOWNLOADS := never
# What builds the one package without a wheel has a hash too; our own is built by uv itself.
BUILD := --require-build-hashes --preview-features build-dependency-hashes

.PHONY: help demo demo-reset test lint api-fuzz pictures bench bench-full storm managers timefold sbom setup setup-test chromium

help:
	@echo 'make demo        set up, then serve the demo on http://127.0.0.1:8000 (PORT=... elsewhere)'
	@echo 'make demo-reset  the same, on fresh data'
	@echo 'make test        set up, then lint, type-check and run every test'
	@echo 'make lint        only the checks that need no database'
	@echo 'make api-fuzz    10,000 calls of the JSON API, drawn from its own description'
	@echo 'make sbom        what a production install holds, as CycloneDX, to build/sbom.json'
	@echo 'make pictures    retake the pictures of the documentation (needs Chromium)'
	@echo 'make bench       Redeploy beside its peers, two instances, a minute'
	@echo 'make bench-full  every size for docs/benchmarks.md, half an hour; BENCH=... other instances'
	@echo 'make storm       the day of a large pause, a quarter of an hour, for docs/load.md; STORM=... options'
	@echo 'make managers    twelve managers approve 5,000 proposals at once'

demo: setup
	@exec .venv/bin/redeploy demo

demo-reset: setup
	@exec .venv/bin/redeploy demo --reset

test: setup-test chromium lint
	.venv/bin/pytest -n 2

lint: setup-test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/deptry .

# Calls drawn from the API's own description; the suite draws a small sample of the same.
api-fuzz: setup-test
	API_FUZZ_CALLS=10000 .venv/bin/pytest tests/app/api/test_fuzz.py

SBOM ?= build/sbom.json
sbom: $(UV)
	@mkdir -p '$(dir $(SBOM))'
	@$(UV) export --quiet --locked --all-extras --no-default-groups --format cyclonedx1.5 --output-file '$(SBOM)'

pictures: setup-test chromium
	.venv/bin/python -m tests.browser.pictures

bench: setup-test
	.venv/bin/python -m benchmarks.run --seconds 5 --page build/bench T1 S1

# BENCH takes names and paths of instance files, BENCH_SECONDS the time of each method.
BENCH ?= T1 S1 S2 S3 M1
BENCH_SECONDS ?= 20
# Sizes of the growth curve; XL takes a quarter of an hour more.
BENCH_GROWTH ?= M,M2,M3,L
bench-full: setup-test
	-@$(MAKE) --no-print-directory timefold
	.venv/bin/python -m benchmarks.run --seconds $(BENCH_SECONDS) --growth $(BENCH_GROWTH) \
		--page docs $(BENCH)

STORM ?= --page docs/load.md
storm: setup-test
	.venv/bin/python -m benchmarks.storm $(STORM)

managers: setup-test
	.venv/bin/python -m benchmarks.managers

# A peer that needs Java and a beta of its own; without either the benchmarks say why it is left out.
timefold: build/timefold/installed

build/timefold/installed: benchmarks/peers/timefold/requirements.txt | setup-test
	@$(UV) pip install --quiet --python .venv --target $(@D) --require-hashes --only-binary :all: -r $<
	@touch $@

# Leaves what else is installed in .venv alone, so that a developer's tools survive a demo.
setup: $(UV)
	@$(UV) sync --quiet --locked $(BUILD) --python '$(PYTHON)' --extra embedded --no-default-groups --inexact

# The lock is looked at before, and what the wheels brought before any of it runs.
LOOK := .venv-uv/bin/python -E -s -S -m supply_chain
setup-test: $(UV)
	@$(LOOK) lock
	@$(UV) sync --quiet --locked $(BUILD) --python '$(PYTHON)' --all-extras --all-groups
	@$(LOOK) installed .venv

$(UV): .ci/uv.txt
	@test -n '$(PYTHON)' || { echo 'Python 3.11, 3.12 or 3.13 is needed; PYTHON=... names one' >&2; exit 1; }
	@echo 'Setting up; the first time takes a minute'
	@'$(PYTHON)' -m venv --clear .venv-uv
	@.venv-uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r .ci/uv.txt
	@touch $(UV)

chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	echo 'The browser tests need Chromium: `apt-get install chromium`, or `.ci/run` as root does it.' >&2; exit 1
