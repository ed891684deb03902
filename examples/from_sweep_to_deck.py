"""From a folder of instrument files to a deck that ngspice runs: the Python path of the command line's first steps.

    python examples/from_sweep_to_deck.py [FOLDER]

Without a folder the embedded synthetic reference measurements are used.
"""

from __future__ import annotations

import sys
from pathlib import Path

from circuits import run_deck
from devicefit.cycles import fit_model
from devicefit.models.registry import model_named
from measurements import import_files, reference_directory
from netlists import ColumnRead, column_read_deck

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else reference_directory()
imported = import_files([folder])
for refusal in imported.refused:
    print("refused", refusal)

device, cell = imported.records.devices_and_cells()[0]
card = fit_model(imported.records, device, cell, model_named("threshold-memdiode")).card
print(
    f"{device} {cell}{' (synthetic)' if card.synthetic else ''}: Ron spread",
    card.variability["on_resistance"],
)

deck = column_read_deck(ColumnRead(rows=16, active_rows=4, device_resistance=600.0, row_load=0.0, card=card))
waveforms = run_deck(deck)
peak = waveforms.vector("v(sense)").max() / 10.0
print(f"four of sixteen rows read at 0.1 V give {1e6 * peak:.1f} uA at the foot of the column")
