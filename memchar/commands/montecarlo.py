"""`memchar monte-carlo`: many chips that differ as their cells do."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memchar.commands.options import Encoding, MnistFolder, Network, Readout, TimeStep, Weights
from memchar.commands.output import Json, columns, emit

if TYPE_CHECKING:
    from evaluator.chips.montecarlo import Elsewhere


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("monte-carlo")(monte_carlo_command)


def monte_carlo_command(
    tables: Annotated[Path, typer.Argument(help="Tables that memchar characterize wrote.")],
    device: Annotated[Path, typer.Option("--device", help="Device card (JSON): its spreads are drawn from.")],
    chips: Annotated[int, typer.Option(min=1, max=100_000, help="Chips with all effects.")] = 100,
    alone: Annotated[
        int, typer.Option(min=0, max=100_000, help="Chips with each effect alone, where there are several.")
    ] = 20,
    effects: Annotated[
        Path | None,
        typer.Option(help="Numbers that no card holds (TOML, examples/effects.toml); recorded as assumed."),
    ] = None,
    images: Annotated[int, typer.Option(min=1, max=10_000, help="How many test images, from the first.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same chips.")] = 1,
    least: Annotated[
        float | None, typer.Option(min=0, max=1, help="Accuracy of a chip that counts as good: gives the yield.")
    ] = None,
    encoding: Encoding = "isi-full",
    readout: Readout = "ttfs",
    weights: Weights = None,
    network: Network = None,
    data: MnistFolder = None,
    clamp: Annotated[
        bool, typer.Option("--clamp", help="Go on where a chip leaves the range of the tables, and count it.")
    ] = False,
    time_step: TimeStep = None,
    cluster: Annotated[
        str | None,
        typer.Option(help="Simulate chips on the workers of the Dask scheduler at this address; local: here."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Result (JSON); finished chips in it are not simulated again.")
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Also draw accuracy and energy over the chips (PNG).")] = None,
    as_json: Json = False,
) -> None:
    """Evaluate many chips whose cells differ: accuracy, energy and latency with intervals, and each effect alone.

    Every cell of a chip is drawn from the card: from its cycles, or from devices and their cycles where it is the card
    of a population. Read noise, drift, stuck cells and heat act where --effects gives their numbers. What nobody gave
    is listed, not invented. Ctrl-C keeps finished chips in -o; the same command goes on from there. Example:

        memchar monte-carlo tables.h5 --device device.json --chips 200 --effects examples/effects.toml -o chips.json
    """
    from circuits.tables import read_tables
    from evaluator import SpikingNetwork, load_mnist
    from evaluator.chips import plan_chips, setting_of
    from memchar.chipfigure import chip_figure
    from memchar.config import config_of_tables
    from memchar.effectsplan import effects_of, load_effects, origins
    from memchar.encodings import for_encoding, network_for, with_pulses_of
    from memchar.files import read_card, write_bytes
    from memchar.montecarlo import chip_lines, chip_rows, settings_key, simulate_chips
    from memchar.networks import network_of_file, refuse_two, step_words
    from memchar.progress import show_progress
    from memchar.quantities import parse_quantity
    from memchar.variants import device_of

    plan = load_effects(effects)
    table_set = for_encoding(read_tables(tables), encoding)
    config = config_of_tables(table_set.attributes)
    card = device_of(read_card(device), config)
    refuse_two(network, weights)
    described = network_for(encoding, weights) if network is None else network_of_file(network, encoding)
    drawn = with_pulses_of(described, config)
    acting, mnist = effects_of(plan, card), load_mnist(data)
    step = None if time_step is None else parse_quantity(time_step, "s")
    known, assumed, unknown = origins(plan, card)
    shown, labels = mnist.test_images[:images], mnist.test_labels[:images]
    head: dict[str, Any] = {
        "images": len(labels),
        "seed": seed,
        "encoding": encoding,
        "readout": readout,
        "weights": drawn.recipe,
        "time_step_s": step,
        "from_card": known,
        "assumed": assumed,
        "not_known": unknown,
    }
    digests: list[object] = [_digest(path) for path in (tables, device, *((network,) if network is not None else ()))]
    if isinstance(drawn, SpikingNetwork):
        digests.append([matrix.tobytes().hex() for matrix in drawn.weights])
    head["key"] = settings_key({k: v for k, v in head.items() if k != "weights"}, digests, clamp, str(shown.sum()))
    if network is not None:
        head["network"] = str(network)
    with ExitStack() as stack:
        elsewhere, threads = _elsewhere(cluster, stack)
        setting = setting_of(
            drawn,
            table_set,
            card,
            acting,
            shown,
            labels,
            seed=seed,
            readout=readout,
            clamp=clamp,
            threads=threads,
            time_step=step,
        )
        progress = stack.enter_context(show_progress("chips", quiet=as_json))
        works = plan_chips(acting, chips, alone)
        document = simulate_chips(setting, works, head, output, progress, elsewhere, least)
    if figure is not None:
        write_bytes(figure, chip_figure(document))
    shots = f"{len(labels)} images a chip{step_words(step, layered=network is not None)}"
    emit(document, [shots, *columns(chip_rows(document)), *chip_lines(document)], as_json=as_json)


def _digest(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def _elsewhere(cluster: str | None, stack: ExitStack) -> tuple[Elsewhere | None, int]:
    """Where chips are simulated, and on how many threads each."""
    from circuits.parallel import core_count

    if cluster is None:
        return None, core_count()
    from circuits.cluster import connected
    from circuits.clusterwork import on_cluster

    found = stack.enter_context(connected(cluster))

    def elsewhere(work: Any, setting: Any, parts: Any) -> Any:
        return on_cluster(found, work, setting, parts)

    return elsewhere, 1
