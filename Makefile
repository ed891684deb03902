# make demo: the whole chain on the embedded reference measurements, into runs/demo
# make test: lint, types, import contract, tests       make bench: every benchmark
# make faults: 2,000 injected faults (minutes)         make memory: 100,000 decks in one go (minutes)
# make recovery: are stated intervals true (hours)
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# One thread for each BLAS and OpenMP pool: memchar runs its own processes side by side.
export OMP_THREAD_LIMIT := 1
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
# MNIST beside the project is used where it is; otherwise memchar looks in its cache and then downloads.
ifneq ($(wildcard ../shared/data/mnist),)
export MEMCHAR_MNIST ?= ../shared/data/mnist
endif

# These import PyTorch, which only training needs.
DOCTEST_SKIPS := $(addprefix --ignore=evaluator/,training.py training_layers.py \
    networks/torchdevice.py networks/torchlayers.py networks/torchtables.py networks/convtraining.py \
    $(addprefix mixedprecision/,cells.py product.py layers.py updates.py lenet.py training.py transfer.py))

.PHONY: help setup demo test lint types imports tests bench validation recovery faults memory macro schematics gallery reference weights clean

help:
	@grep -E '^# make' Makefile; echo "also: make setup lint types imports tests macro schematics gallery reference weights clean"

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV) $(PYTHON)

demo: setup
	$(BIN)/memchar run -o runs/demo

test: lint types imports tests

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports --no-cache

tests: setup
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest --doctest-modules $(DOCTEST_SKIPS) measurements devicefit netlists circuits evaluator memchar

bench: setup
	@mkdir -p runs/bench
	@for name in imports readers models fit nist heat ngspice lookup macromodel evaluation timesteps; do \
	    $(BIN)/python -m benchmarks.$$name --json runs/bench/$$name.json || exit 1; done

# Kills, full disks, damaged caches, clocks and ill decks against whole characterizations. An interrupted call goes on
# where it was; take runs/bench/faults away to run everything anew.
faults: setup
	@mkdir -p runs/bench
	$(BIN)/python -m benchmarks.faultslices --json runs/bench/faults.json

# 200 synthetic devices of each model (hours): trials are kept, an interrupt loses none, and a second call goes on.
recovery: setup
	@mkdir -p runs/bench
	MEMCHAR_TRIALS_FILE=runs/bench/recovery-trials.jsonl \
	    $(BIN)/python -m benchmarks.recovery --json runs/bench/recovery.json

# Errors of every shipped table off its grid (the decoder takes most of the time); finished points are kept.
validation: setup
	@mkdir -p runs/bench
	$(BIN)/python -m benchmarks.validation --json runs/bench/validation.json

memory: setup
	@mkdir -p runs/bench
	$(BIN)/python -m benchmarks.memory --json runs/bench/memory.json

# The evaluator against whole networks of transistors in ngspice (long: about a minute an image).
macro: setup
	$(BIN)/memchar validate runs/demo/tables.h5 --device runs/demo/device.json --macro 16x8x4 --images 10

# Pictures and page of the cells, drawn from netlists/cells: docs/cells.md, docs/schematics.
schematics: setup
	$(BIN)/memchar schematic --all -o docs

# Waveforms of the cells' test benches, run in ngspice (half a minute): docs/gallery.md, docs/gallery.
gallery: setup
	$(BIN)/python -m memchar.gallery docs/gallery

# Regenerates measurements/reference from the truth stated in devicefit/synthesis.py.
reference: setup
	$(BIN)/python -m memchar.reference

# Trains the shipped weights again (needs PyTorch: the extra `train`).
weights: setup
	$(BIN)/python -m pip install --quiet -e '.[train]'
	$(BIN)/python -m evaluator.train --network mnist-784-100-10 --seed 1
	$(BIN)/python -m evaluator.train --network mnist-16-8-4 --seed 6

clean:
	rm -rf $(VENV) runs .pytest_cache .ruff_cache .mypy_cache .hypothesis
