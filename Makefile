# Everything a newcomer needs. `make test` checks all; `make demo` starts the tool.
.DELETE_ON_ERROR:
.PHONY: help setup tool test check format bench demo clean

UV_VERSION := 0.13.9
UV := .uv/bin/uv
RUN := .venv/bin

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# uv is pinned and stays inside the clone, so that the lock is read the same way everywhere
$(UV):
	python3 -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

# compiled here, the tool starts three times as fast the first time
.venv/.synced: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --quiet --compile-bytecode
	@touch $@

setup: .venv/.synced ## make .venv with everything the lock names

check: setup ## style, types and the direction of dependencies
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

# the tests look at the pages in a real Chromium; nothing else is needed from the system
/usr/bin/chromium:
	@if [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; \
	else echo "The tests need Chromium: apt-get install chromium, as root." >&2; exit 1; fi

test: check /usr/bin/chromium ## check, then run every test
	$(RUN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --ignore=tests/browser --ignore=tests/access/test_in_chromium.py
	$(RUN)/pytest --numprocesses 2 --dist loadfile tests/browser tests/access/test_in_chromium.py # apart: Playwright keeps an event loop of its own

format: setup ## put the code into the house's layout
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

bench: setup ## measure against the figures to reach, and print medians
	$(RUN)/pytest benchmarks --benchmark-enable --benchmark-only --benchmark-columns=median,iqr,min,max,rounds \
		--benchmark-disable-gc --benchmark-sort=fullname

# what users have, and nothing that only development needs
.venv/.tool: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --quiet --compile-bytecode --no-default-groups --inexact
	@touch $@

tool: .venv/.tool ## make .venv with what users need

demo: tool ## set up, and start the tool with invented patients; ARGS="--fresh" makes them anew
	@$(RUN)/python -m charting demo --folder .demo $(ARGS)

clean: ## remove what was set up here; the next target makes it anew
	rm -rf .venv .uv .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
