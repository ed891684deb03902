"""The command line `memchar`.

Exit codes: 0 done; 1 the work failed; 2 bad input. Errors are one line on standard error. `--json` on any command
prints one JSON document on standard output and nothing else there.
"""

from __future__ import annotations

import os
import sys

import typer

from measurements.errors import InputError, MemcharError
from memchar.commands import (
    area,
    circuits,
    device,
    encodings,
    explain,
    explore,
    export_device,
    fit,
    heat,
    heatarray,
    inspect,
    models,
    montecarlo,
    network,
    population,
    schematic,
    shootout,
    validate,
    whole,
)

# memchar runs its own processes side by side; a BLAS pool under each makes small decompositions a hundred times slower.
# It has to be said before numpy is loaded, which the commands do when they start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Typer carries its own copy of click in some versions and the real one in others; its errors all derive from this.
_TYPER_INTERRUPTED = 130
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    name="memchar",
    help="From measurements of a memristor to the energy, delay and accuracy of a network built from it.",
    epilog="Start with `memchar doctor`, then `memchar run -o runs/first` (synthetic reference measurements) "
    "or `memchar run --data FOLDER -o runs/mine`.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _module in (
    whole,
    device,
    encodings,
    fit,
    population,
    heat,
    heatarray,
    inspect,
    models,
    circuits,
    validate,
    area,
    schematic,
    export_device,
    network,
    explain,
    montecarlo,
    shootout,
    explore,
):
    _module.register(app)


def main(arguments: list[str] | None = None) -> None:
    """Entry point: run one command and exit with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command line and return the exit code."""
    try:
        result = app(arguments or ["--help"], standalone_mode=False)
        if result == _TYPER_INTERRUPTED:
            return _interrupted()
        return result if isinstance(result, int) else 0
    except typer.Abort:
        return _interrupted()
    except _UsageError as error:
        message = getattr(error, "format_message", error.__str__)()
        print(f"memchar: {message} (--help shows what is possible)", file=sys.stderr)
        return 2
    except InputError as error:
        print(f"memchar: {error}", file=sys.stderr)
        return 2
    except MemcharError as error:
        print(f"memchar: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _interrupted()
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"memchar: {place}{error.strerror or error}; free space or name another folder", file=sys.stderr)
        return 1


def _interrupted() -> int:
    print(
        "memchar: interrupted; what was finished is kept, the same command continues from there",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    main()
