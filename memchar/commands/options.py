"""Options that several commands take alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Device = Annotated[Path, typer.Option("--device", help="Device card (JSON) that memchar fit wrote.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="ngspices side by side; all cores if not given.")]
Encoding = Annotated[str, typer.Option(help="How pixels become spikes.")]
Readout = Annotated[str, typer.Option(help="How outputs name a class: ttfs, rate, membrane.")]
Weights = Annotated[
    Path | None, typer.Option(help="Weights of python -m evaluator.train; else the encoding's own, or ISI's.")
]
Network = Annotated[
    Path | None,
    typer.Option("--network", help="Network of layers (.npz of this project, .nir) in place of --weights."),
]
TimeStep = Annotated[
    str | None,
    typer.Option(
        help="Equal steps of time in place of events, as 20ns: several times faster, energies within about 1 %; with"
        " --network spikes are handed on at its multiples."
    ),
]
ActingInterfaces = Annotated[
    str,
    typer.Option(
        "--interfaces",
        help="Column interfaces that the spikes meet: ideal; designed, with the gains, offsets and delay of their"
        " tables; or a seed, which draws each from its mismatch and trims it.",
    ),
]
TrimOffset = Annotated[str, typer.Option(help="STEP,RANGE of the trim of each interface's offset; 0,0 for none [A].")]
TrimGain = Annotated[
    str, typer.Option(help="STEP,RANGE of the trim of the plus side's gain to the minus side's; 0,0 for none [1].")
]
MnistFolder = Annotated[Path | None, typer.Option(help="Folder with the MNIST files; else as memchar evaluate.")]
Variant = Annotated[str | None, typer.Option("--variant", help="Corner or draw of the plan; the first if not given.")]
