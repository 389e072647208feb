# Two commands: `make demo` shows the main job, `make test` runs every check. Both set up what they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# What trains models; its CPU build where the index has one. A plain `torch` takes gigabytes of CUDA on Linux.
TORCH := $(PIP) --no-deps --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0
INSTALL := $(PIP) --require-hashes --requirement
EDITABLE := $(PIP) --no-deps --no-build-isolation --editable .

.PHONY: demo test check lock clean

demo: $(VENV)/demo
	$(BIN)/python hatch_build.py
	$(BIN)/wares demo

test: $(VENV)/dev
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

check: test

$(VENV)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "wares needs Python 3.11 or newer; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/demo: $(VENV)/python pyproject.toml constraints/demo.txt
	$(INSTALL) constraints/demo.txt
	$(EDITABLE)
	touch $@

$(VENV)/dev: $(VENV)/python pyproject.toml constraints/test.txt
	$(TORCH)
	$(INSTALL) constraints/test.txt
	$(EDITABLE)
	touch $@ $(VENV)/demo

clean:
	rm -rf $(VENV) build wares-data demo-shop
