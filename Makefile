# Seawall: `make demo` plays the whole story, `make test` passes the tests; both set up first.
PY := .venv/bin/python
BIN := .venv/bin

.PHONY: demo serve messages test test-postgres test-all check fmt bench lock clean

demo:  ## Set up, then play the whole story
	@tools/setup run
	@$(BIN)/seawall demo

serve:  ## Set up, then serve the pages and the API on loopback; DEMO=1 with the demo's data
	@tools/setup run
	@$(if $(DEMO),$(BIN)/seawall serve --demo || { [ $$? = 3 ] && $(BIN)/seawall demo && $(BIN)/seawall serve --demo; },$(BIN)/seawall serve)

messages:  ## Collect the pages' strings into the catalogues, and compile these
	@tools/setup dev
	@$(PY) tools/messages.py

test:  ## Set up, then run the default tests (about a minute, no network)
	@tools/setup dev
	@$(PY) -m pytest -n auto

test-postgres:  ## The same tests on a throw-away PostgreSQL; ONLY="tests/cases -k open" for some of them
	@tools/setup dev postgres
	@$(PY) tools/postgres.py $(PY) -m pytest -n auto $(ONLY)

test-all:  ## Also the slow tests and those that need the package registries
	@tools/setup dev
	@$(PY) -m pytest -n auto -m "slow or online or not slow"

check:  ## Style, types, import rules, migrations, lock files
	@tools/setup dev
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(PY) tools/check_tree.py

fmt:  ## Format
	@tools/setup dev
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench:  ## Print each benchmark's ratios
	@tools/setup dev
	@for each in benchmarks/*.py; do echo "== $$each"; $(PY) $$each || exit 1; done

lock:  ## Resolve the dependencies of pyproject.toml into the lock files; UPGRADE=1 takes newer ones
	@tools/setup resolve
	@$(PY) tools/lock.py $(if $(UPGRADE),--upgrade)

clean:  ## Remove what set-up and the demo made
	rm -rf .venv var build dist .mypy_cache .ruff_cache .pytest_cache
