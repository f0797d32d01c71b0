# Needs make and Python 3.10 or newer; everything else is put into ./.venv by `make install`.
#   make install   everything into ./.venv
#   make demo      the example notebook, headless, on pilots of this machine
#   make lab       JupyterLab with the example open
#   make test      all tests
#   make testbed   real schedulers to use by hand, Debian 12 as root (docs/testbed.md)
#   make bench     figures, each beside its peer's from the same run
#   make soak      what takes long, twenty minutes; SOAK="10 200 20" is shorter
SHELL := /bin/sh
VENV := $(CURDIR)/.venv
PY := $(VENV)/bin/python
MADE := $(VENV)/made
export PATH := $(VENV)/bin:$(PATH)
export npm_config_update_notifier := false
# npm, too, trusts whom this machine trusts: an institution's proxy with a certificate of its own.
export NODE_USE_SYSTEM_CA ?= 1
# pip and npm say enough when something goes wrong.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

SOURCES := $(shell find src style schema -type f 2>/dev/null) package.json tsconfig.json tsconfig.lib.json scripts/bundle.mjs

.PHONY: install demo lab test sites testbed testbed-down bench soak lint clean dist
.DEFAULT_GOAL := install

install: $(MADE)/package

$(MADE)/venv: scripts/venv.sh
	@sh scripts/venv.sh "$(VENV)"
	@mkdir -p $(MADE) && touch $@

# What builds: the wheel's Node, JupyterLab's builder, the packager.
$(MADE)/tools: $(MADE)/venv pyproject.toml scripts/node.py
	@echo "installing build tools"
	@$(PY) -m pip install -q "pip>=25.1"
	@$(PY) -m pip install -q --group build
	@$(PY) scripts/node.py "$(VENV)/bin"
	@touch $@

$(MADE)/node_modules: $(MADE)/tools package.json package-lock.json .npmrc
	@echo "installing node packages"
	@npm ci --no-progress --loglevel=error
	@touch $@

$(MADE)/build: $(MADE)/node_modules $(SOURCES)
	@echo "building"
	@npm run --silent build:prod
	@touch $@

$(MADE)/package: $(MADE)/build pyproject.toml $(wildcard jupyter-config/*/*)
	@echo "installing the package"
	@# pip would write install.json through the link of an earlier run, into the built extension.
	@rm -rf $(VENV)/share/jupyter/labextensions/jupyterlab-pilothouse
	@SKIP_JUPYTER_BUILDER=1 $(PY) -m pip install -q --no-build-isolation -e '.[lab,test,bench]'
	@jupyter-builder develop . --overwrite
	@$(PY) -m compileall -q pilothouse # as pip does with a wheel
	@touch $@

$(MADE)/ui-tests: $(MADE)/tools ui-tests/package.json ui-tests/package-lock.json ui-tests/.npmrc
	@echo "installing node packages for browser tests"
	@cd ui-tests && npm ci --no-progress --loglevel=error
	@touch $@

demo: install
	@$(PY) -m scripts.demo

lab: install
	@jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) examples/pi.ipynb

test:
	@sh scripts/debian.sh
	@$(MAKE) --no-print-directory -j3 install $(MADE)/ui-tests sites
	@$(PY) -m scripts.test $(TESTS)

# What real schedulers need, downloaded while the rest is installed.
sites: $(MADE)/venv
	@$(PY) -m testbed prepare

testbed:
	@python3 -m testbed up
	@echo "to end them: make testbed-down"

testbed-down:
	@python3 -m testbed down

lint: install $(MADE)/ui-tests
	@$(PY) -m scripts.test lint

# What Parsl's MonitoringHub, a peer, needs. Apart, since `import parsl` takes longer where it finds it.
$(MADE)/hub: $(MADE)/package
	@$(PY) -m pip install -q --target "$@.new" "sqlalchemy>=2,<3"
	@rm -rf "$@" && mv "$@.new" "$@"

bench: install $(MADE)/ui-tests $(MADE)/hub
	@PILOTHOUSE_BENCH_HUB="$(MADE)/hub" $(PY) -m bench $(BENCH)

soak: install
	@$(PY) -m bench.soak $(SOAK)

dist: install
	@$(PY) -m build

clean:
	@rm -rf build coverage dist runinfo $(MADE)/build $(MADE)/package
	@if [ -x "$(VENV)/bin/node" ]; then node scripts/clean.mjs; fi
