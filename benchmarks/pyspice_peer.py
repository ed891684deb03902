"""Runs decks through PySpice's own shared-library interface in the obvious way: one process, one after the other.

    python -m benchmarks.pyspice_peer DECKS.json SECONDS

The file holds a list of netlists, of which no further one is started after SECONDS. Prints seconds of wall time, of
processor time, how many it ran, and how many runs PySpice refused (it takes every line on stderr that is no warning for
an error). Start and imports are not counted.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path


def main() -> None:
    """Load, run, copy every vector, drop the plot: what PySpice's examples do."""
    from PySpice.Spice.NgSpice.Shared import NgSpiceCommandError, NgSpiceShared

    logging.disable(logging.CRITICAL)
    decks = json.loads(Path(sys.argv[1]).read_text())
    ngspice = NgSpiceShared.new_instance()
    limit = float(sys.argv[2])
    refused = ran = 0
    wall, cpu = time.perf_counter(), time.process_time()
    for text in decks:
        if time.perf_counter() - wall > limit:
            break
        ran += 1
        try:
            ngspice.load_circuit(text)
            ngspice.run()
            plot = ngspice.plot(None, ngspice.last_plot)
            _ = {name: vector.to_waveform() for name, vector in plot.items()}
        except NgSpiceCommandError:
            refused += 1
        ngspice.destroy()
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, ran, refused]))


if __name__ == "__main__":
    main()
