# Two commands on a fresh machine:  make run   and   make test
# Needs python3 (3.11 to 3.14, with venv), make, git and the package registries. Nothing else.
#
#   make run  PORT=8001  ARGS="--reload"     options of: manage.py up --help
#   make test ARGS="tests/feel -x"           options of pytest
PYTHON ?= python3
VENV   ?= .venv
JOBS   ?= 3
BIN    := $(VENV)/bin
INSTALL = @$(PYTHON) orchestrator/devstack/install.py $(VENV)
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := run
.PHONY: run test faults check format messages tools frontend pictures lock clean

run:            ## set everything up and run the product
	$(INSTALL) requirements.txt
	@exec $(BIN)/python manage.py up $(ARGS)

test: tools     ## set everything up and run every test
	@exec $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: tools    ## style, types, templates, directions, migrations, settings
	@exec $(BIN)/python -m tests.check

format: tools   ## put the code into the one style
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

messages: tools ## find the texts of the sources, compile the languages in locale/
	@$(BIN)/python -m tests.messages

tools:
	$(INSTALL) tests/requirements.txt
	@$(BIN)/python -m orchestrator.devstack.frontend
	@$(BIN)/python -m tests.chromium

frontend:       ## build the front end if its sources changed
	$(INSTALL) requirements.txt
	@$(BIN)/python -m orchestrator.devstack.frontend

faults: tools   ## hurt the running product and see what it costs: ARGS="F03 F17" picks
	@exec $(BIN)/python -m tests.faults $(ARGS)

pictures: tools ## take the pictures of the documentation again
	PICTURES=docs/pictures $(BIN)/python -m pytest tests/browser/test_pictures.py tests/browser/test_days.py

lock:           ## pin requirements.in and tests/requirements.in again
	@$(PYTHON) tests/lock.py

clean:          ## forget the environment, the build and all data of make run
	rm -rf $(VENV) node_modules static/dist var
