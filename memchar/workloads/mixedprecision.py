"""Workload mixed-precision-lenet: LeNet trained on crossbars with digital sums of gradients, and what it takes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measurements.errors import InputError
from memchar.files import read_card, write_bytes, write_json, write_text
from memchar.montecarlo import settings_key
from memchar.progress import show_progress
from memchar.workloads import Findings, Request
from memchar.workloads.kept import finished_runs
from memchar.workloads.lenetplan import LenetPlan, Mode, lenet_plan, module_of
from memchar.workloads.mixedcosts import accounts_document, life_document
from memchar.workloads.mixedrows import lines, summary

if TYPE_CHECKING:
    from evaluator import Mnist
    from evaluator.mixedprecision import ModuleSettings
    from evaluator.mixedprecision.transfer import DeviceSpread

NAME = "mixed-precision-lenet"


def evaluate(request: Request) -> Findings:
    """Train in each mode from each seed; what is finished is in the request's output also when this is interrupted.

    Raises
    ------
    InputError
        Settings that do not fit, a card without programming data, torch or MNIST missing.
    TrainingError
        Training diverged.
    """
    from evaluator import load_mnist

    plan = lenet_plan(request.settings)
    settings, programming = module_of(plan, request.device)
    _need_torch()
    mnist = load_mnist(request.data)
    spread = _spread(request)
    head: dict[str, Any] = {
        "workload": NAME,
        "module": {"name": settings.name, "numbers": [_number(row) for row in settings.rows()]},
        "plan": {name: _text(value) for name, value in plan.model_dump().items()},
        "test_images": min(request.images, len(mnist.test_labels)),
        "data": mnist.source,
        "accounts": accounts_document(settings, request),
    }
    head["key"] = settings_key(head, _digest(mnist), "" if spread is None else spread.origin)

    def document(runs: list[dict[str, Any]]) -> dict[str, Any]:
        made = {**head, "runs": runs}
        return {**made, "summary": summary(made), "life": life_document(made, programming)}

    runs = finished_runs(request.output, head["key"], plan)
    planned: list[tuple[Mode, int]] = [(mode, seed) for seed in range(1, plan.seeds + 1) for mode in plan.modes]
    total = len(planned) * plan.epochs * (plan.train_images // plan.batch)
    with show_progress("updates", quiet=request.quiet) as progress:
        for number, (mode, seed) in enumerate(planned):
            done = number * total // len(planned)
            progress(done, total)
            if any((run["mode"], run["seed"], run["finished"]) == (mode, seed, True) for run in runs):
                continue
            run: dict[str, Any] = {"mode": mode, "seed": seed, "finished": False, "epochs": [], "transfer": None}
            runs.append(run)

            def keep() -> None:
                if request.output is not None:
                    write_json(request.output, document(runs))

            _train(run, plan, settings, mnist, head["test_images"], spread, keep, _moved(progress, done, total))
        progress(total, total)
    found = document(runs)
    if request.figure is not None:
        _draw(request.figure, found)
    return Findings(found, tuple(lines(found)))


def _train(
    run: dict[str, Any], plan: LenetPlan, settings: ModuleSettings, mnist: Mnist, images: int,
    spread: DeviceSpread | None, keep: Callable[[], None], progress: Callable[[int], None],
) -> None:  # fmt: skip
    """Fill `run` epoch by epoch."""
    from evaluator.mixedprecision.training import Recipe, train_lenet
    from evaluator.mixedprecision.transfer import transfer

    recipe = Recipe(
        epochs=plan.epochs, images=plan.train_images, batch=plan.batch, rate=plan.rate,
        weight_decay=plan.weight_decay, limit=plan.limit, test_images=images,
    )  # fmt: skip
    train_set, test_set = (mnist.train_images, mnist.train_labels), (mnist.test_images, mnist.test_labels)
    module = None if run["mode"] == "software" else settings
    model = None
    for epoch, trained in train_lenet(train_set, test_set, run["mode"], module, recipe, run["seed"], progress):
        model = trained
        run["epochs"].append(asdict(epoch) | {"fewer": None if epoch.wear is None else epoch.wear.fewer})
        keep()
    if model is not None and run["mode"] == "mixed" and plan.chips:
        moved = transfer(model, test_set, images, plan.chips, run["seed"])
        run["transfer"] = {"accuracies": list(moved.accuracies), "spread": moved.spread}
        if spread is not None:
            other = transfer(model, test_set, images, plan.chips, run["seed"], spread)
            run["transfer_card"] = {"accuracies": list(other.accuracies), "spread": other.spread}
    run["finished"] = True
    keep()


def _moved(progress: Callable[[int, int], None], done: int, total: int) -> Callable[[int], None]:
    return lambda steps: progress(done + steps, total)


def _spread(request: Request) -> DeviceSpread | None:
    """Of the card's devices or cycles, where a card is named."""
    if request.device is None:
        return None
    from evaluator.mixedprecision.transfer import DeviceSpread

    return DeviceSpread.of_card(read_card(request.device), 1)


def _need_torch() -> None:
    try:
        import torch
    except ImportError as error:
        raise InputError(f"{NAME} trains with torch", hint="pip install 'memchar[train]'") from error
    # layers are small: a second thread costs more than it gives
    torch.set_num_threads(1)


def _number(row: tuple[str, str, str, str]) -> dict[str, str]:
    return dict(zip(("name", "value", "origin", "note"), row, strict=True))


def _text(value: object) -> object:
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value


def _digest(mnist: Mnist) -> str:
    parts = (mnist.train_images, mnist.train_labels, mnist.test_images, mnist.test_labels)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def _draw(path: Path, document: Mapping[str, Any]) -> None:
    from memchar.workloads.mixedfigure import mixed_figure, mixed_page

    if path.suffix.lower() == ".html":
        write_text(path, mixed_page(document))
    else:
        write_bytes(path, mixed_figure(document))
