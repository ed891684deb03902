"""OpenSTA on a small netlist: what it makes of the cells of an exported library."""

from __future__ import annotations

import subprocess
from pathlib import Path


def rise_arrival(folder: Path, library: Path, verilog: str, settings: list[str], pin: str) -> tuple[float, str]:
    """First number of the report's line for the rise at `pin` (delay of its cell [ns]), and the whole report.

    The module `top` has an input `a`, which is the clock, and an output `y`; `settings` are further commands.
    """
    (folder / "top.v").write_text(verilog)
    script = [
        f"read_liberty {library}",
        "read_verilog top.v",
        "link_design top",
        "create_clock -period 1e6 -name clk [get_ports a]",
        "set_propagated_clock clk",
        *settings,
        "set_output_delay 0 -clock clk [get_ports y]",
        "report_checks -path_delay max -rise_to [get_ports y] -digits 4",
        "exit",
    ]
    (folder / "run.tcl").write_text("\n".join(script))
    out = subprocess.run(["sta", "run.tcl"], cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout
    (line,) = [line for line in out.splitlines() if pin in line]
    return float(line.split()[0]), out
