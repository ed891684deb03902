"""Waveforms of each cell's test bench, run in ngspice: `make gallery`, `python -m memchar.gallery docs/gallery`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from devicefit import reference_truth
from devicefit.models.registry import model_of
from memchar.figures import png
from memchar.files import write_bytes, write_text
from netlists.clockedencoder import SHIPPED, ClockedEncoder, clocked_encoder_deck
from netlists.columninterface import ColumnInterface, column_interface_deck
from netlists.composition import cell
from netlists.deck import Deck
from netlists.decoder import Decoder, decoder_deck
from netlists.encoder import KINDS, START, Encoder, EncoderKind, encoder_deck
from netlists.memorycolumn import MemoryColumn, memory_column_deck
from netlists.neuron import Neuron, neuron_fire_deck
from netlists.rowswitch import RowSwitch, row_switch_deck
from netlists.spikingcell import Pin, SpikingCell, spiking_cell_deck
from netlists.sram import SramColumn, sram_read_deck
from netlists.technology import Technology, geometries_in, load_technology
from netlists.writing import WritePulse, write_deck

if TYPE_CHECKING:
    from circuits.waveforms import Waveforms

MICRO = 1e-6


@dataclass(frozen=True)
class Curve:
    """A saved vector: `sign` turns ngspice's current into that of the axis."""

    vector: str
    label: str
    sign: float = 1.0


@dataclass(frozen=True)
class Scene:
    """One picture: a deck and its panels, each an axis label, the unit's factor and curves."""

    name: str
    title: str
    deck: Callable[[Technology], Deck]
    panels: tuple[tuple[str, float, tuple[Curve, ...]], ...]


def _voltages(*pins: tuple[str, str]) -> tuple[str, float, tuple[Curve, ...]]:
    return "voltage [V]", 1.0, tuple(Curve(f"v({vector})", label) for vector, label in pins)


def _current(vector: str, label: str, sign: float = -1.0) -> tuple[str, float, tuple[Curve, ...]]:
    return "current [uA]", MICRO, (Curve(f"i({vector})", label, sign),)


def _encoder_scene(kind: EncoderKind) -> Scene:
    return Scene(
        f"encoder_{kind}",
        f"encoder_{kind}, brightness current 2.5 uA, image from {START * 1e9:.0f} ns on",
        lambda technology: encoder_deck(Encoder(kind), technology, 2.5e-6),
        (
            _voltages(("pin_in", "in"), ("pin_start", "start")),
            _voltages(("pin_spk", "spk")),
            _current("vpin_vdd", "vdd"),
        ),
    )


def _clocked_scene(encoder: ClockedEncoder) -> Scene:
    return Scene(
        f"encoder_{encoder.kind}",
        f"encoder_{encoder.kind}, brightness current 2.5 uA, image from {encoder.start * 1e9:.0f} ns on",
        lambda technology: clocked_encoder_deck(encoder, technology, 2.5e-6),
        (
            _voltages(("pin_in", "in"), ("pin_start", "start")),
            _voltages(("pin_phase", "phase"), ("pin_spk", "spk")),
            _current("vpin_vdd", "vdd"),
        ),
    )


def _spiking(name: str, biases: tuple[Pin, ...], order: tuple[str, ...]) -> Callable[[Technology], Deck]:
    def deck(technology: Technology) -> Deck:
        pins = {
            "vdd": Pin("vdd", "supply", voltage=technology.supply_voltage),
            "vss": Pin("vss", "ground"),
            "mem": Pin("mem", "input", initial_voltage=0.0),
            "spk": Pin("spk", "output", load=20e-15),
        } | {pin.name: pin for pin in biases}
        text = cell(name)
        definitions = (technology.cards_for(geometries_in(text)), cell("transistors"), text)
        made = SpikingCell(name, tuple(pins[one] for one in order), definitions, includes=(technology.source,))
        return spiking_cell_deck(made, 1e-6)

    return deck


def _write(technology: Technology) -> Deck:
    card = reference_truth()
    model = model_of(card)
    start = model.at_fraction(model.vector(card), 0.0).tolist()
    return write_deck(card, WritePulse("set", 4.5, 2.0, 0.2e-6), technology, start=start)


_SPIKING_PANELS = (_voltages(("pin_mem", "mem")), _voltages(("pin_spk", "spk")), _current("vpin_vdd", "vdd"))
_INDIVERI_BIASES = (
    Pin("leak_bias", "bias", current=30e-12),
    Pin("follower_bias", "bias", current=50e-9),
    Pin("refractory_bias", "bias", current=100e-9),
)
SCENES = (
    Scene(
        "lif_neuron",
        "lif_neuron, input 2 uA from 5 ns on, membrane 1 pF",
        lambda technology: neuron_fire_deck(Neuron(), technology, 2e-6, 0.0, 1.6e-6),
        (
            _voltages(("mem", "mem")),
            _voltages(("spk", "spk"), ("xneuron.rst", "rst")),
            _current("vdd", "vdd"),
        ),
    ),
    Scene(
        "axon_hillock",
        "axon_hillock, input 1 uA, vpw 0.9 V",
        _spiking("axon_hillock", (Pin("vpw", "bias", voltage=0.9),), ("mem", "vdd", "vss", "spk", "vpw")),
        _SPIKING_PANELS,
    ),
    Scene(
        "indiveri_neuron",
        "indiveri_neuron, input 1 uA, biases 30 pA, 50 nA, 100 nA",
        _spiking(
            "indiveri_neuron",
            _INDIVERI_BIASES,
            ("mem", "vdd", "vss", "spk", "leak_bias", "follower_bias", "refractory_bias"),
        ),
        _SPIKING_PANELS,
    ),
    *(_encoder_scene(kind) for kind in KINDS),
    *(_clocked_scene(one) for one in SHIPPED),
    Scene(
        "row_switch",
        "row_switch, one spike, row loaded by 1 mS and 20 fF",
        lambda technology: row_switch_deck(RowSwitch(), technology, load_conductance=1e-3, row_capacitance=20e-15),
        (_voltages(("pin_spk", "spk")), _voltages(("pin_row", "row")), _current("vpin_vread", "vread")),
    ),
    Scene(
        "column_interface",
        "column_interface, two strobes, 100 uA into the plus column in the second, membrane held at 0.5 V",
        lambda technology: column_interface_deck(
            ColumnInterface(), technology, sign=1, input_current=100e-6, rest_conductance=1e-3, membrane_voltage=0.5
        ),
        (
            _voltages(("pin_read", "read")),
            _voltages(("pin_plus", "plus"), ("pin_minus", "minus")),
            ("current [uA]", MICRO, (Curve("i(vpin_plus)", "plus"), Curve("i(vpin_minus)", "minus"))),
            _current("vpin_mem", "mem", 1.0),
        ),
    ),
    Scene(
        "ttfs_decoder",
        "ttfs decoder of 4 inputs: input 2 spikes first, input 0 5 ns later, then the reset",
        lambda technology: decoder_deck(
            Decoder(inputs=4), technology, {2: 30e-9, 0: 35e-9}, reset_time=70e-9, stop_time=90e-9
        ),
        (
            _voltages(("pin_nreset", "nreset"), ("pin_spk0", "spk0"), ("pin_spk2", "spk2")),
            _voltages(("pin_win0", "win0"), ("pin_win2", "win2"), ("pin_valid", "valid")),
            _current("vpin_vdd", "vdd"),
        ),
    ),
    Scene(
        "sram_read",
        "6T static memory, 64 x 64: a stored 0 read; the other cells of its bit lines hold 1",
        lambda technology: sram_read_deck(SramColumn(), technology),
        (
            _voltages(("wl", "wl"), ("sae", "sae"), ("rbl", "rbl")),
            _voltages(("bl", "bl"), ("blb", "blb")),
            _voltages(("pin_out", "out"), ("pin_outb", "outb")),
        ),
    ),
    Scene(
        "cell_1t1r",
        "1T1R cell in the on state, far end of a column of 64, all others on; device: the synthetic reference",
        lambda technology: memory_column_deck(MemoryColumn("1t1r", reference_truth()), technology),
        (
            _voltages(("pin_word", "word")),
            _voltages(("pin_row", "row"), ("mid", "mid"), ("col0", "column, far end")),
            _current("vpin_sense", "sense", 1.0),
        ),
    ),
    Scene(
        "write_driver",
        "set of a 1T1R cell, 4.5 V for 0.2 us, word line at 2.0 V; device: the synthetic reference, off before",
        _write,
        (
            _voltages(("pin_set", "set"), ("row", "row"), ("mid", "mid"), ("column", "column")),
            ("current [mA]", 1e-3, (Curve("i(vdevice)", "memristor"),)),
            ("logit of the state [1]", 1.0, (Curve("v(xdevice.u)", "state"),)),
        ),
    ),
)


def scene_figure(scene: Scene, waveforms: Waveforms) -> bytes:
    """PNG of a scene's panels, one above the other, against time."""
    longest = float(waveforms.time[-1])
    unit, factor = ("us", 1e-6) if longest > 1e-6 else ("ns", 1e-9)
    figure = Figure(figsize=(7.5, 1.5 * len(scene.panels) + 0.9), layout="constrained")
    panels = figure.subplots(len(scene.panels), sharex=True, squeeze=False)[:, 0]
    for panel, (label, scale, curves) in zip(panels, scene.panels, strict=True):
        for curve in curves:
            panel.plot(
                waveforms.time / factor, curve.sign * waveforms.vector(curve.vector) / scale, lw=1.1, label=curve.label
            )
        panel.set_ylabel(label)
        panel.grid(alpha=0.3)
        panel.legend(fontsize=7, loc="upper right")
    panels[-1].set_xlabel(f"time [{unit}]")
    figure.suptitle(scene.title, fontsize=9)
    return png(figure)


def page() -> str:
    """Markdown of the gallery."""
    lines = [
        "# Waveforms",
        "",
        "Written by `make gallery`: the test bench of each cell, run once in ngspice; typical corner, 27 C, 1.8 V.",
        "Supply currents flow into the cell. The cells are in [cells.md](cells.md).",
    ]
    for scene in SCENES:
        lines += ["", f"## {scene.name}", "", f"{scene.title[0].upper()}{scene.title[1:]}.", ""]
        lines += [f"![{scene.name}](gallery/{scene.name}.png)"]
    return "\n".join(lines) + "\n"


def write_gallery(folder: Path) -> list[Path]:
    """Run every bench and write its picture into `folder`, and the page beside it; returns the files."""
    from circuits.runner import run_deck

    technology = load_technology()
    written = []
    for scene in SCENES:
        written.append(folder / f"{scene.name}.png")
        write_bytes(written[-1], scene_figure(scene, run_deck(scene.deck(technology), task=scene.name)))
    written.append(folder.with_suffix(".md"))
    write_text(written[-1], page())
    return written


if __name__ == "__main__":
    for path in write_gallery(Path(sys.argv[1])):
        print(path)
