"""Verilog-A of every model: same equations as the integrator, always; compiled and run in ngspice where that can be."""

import os
import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from handmade import close
from scipy.optimize import brentq
from simulators import compile_verilog, ngspice_with_osdi, vacask, waveforms
from test_device_export_expression import value
from test_model_agreement import DRIVES, card_of, pulses, worst_error

from devicefit.models.registry import MODELS
from devicefit.models.simulation import simulate_model
from measurements.errors import InputError, NetlistError
from netlists.device_export import verilog
from netlists.device_export.expression import Call, Choice, Expression, Name, Operation, parse_expression
from netlists.device_export.verilog import verilog_module
from netlists.voltagesweep import pwl_text, triangle

STEPS = {"stanford-gap": 10_000}
"""Steps of a drive where 4000 are too few: the Stanford gap misses a snap in ngspice 46."""
FIRST = dict(reversed(DRIVES))


def module_of(model: str) -> str:
    return verilog_module(card_of(model, FIRST[model]))


# --- always: the text, evaluated by the tests' own evaluator, gives the currents and slopes of the integrator ---


def expanded(tree: Expression, functions: dict[str, tuple[list[str], Expression]]) -> Expression:
    """The expression with its analog functions written out."""
    if isinstance(tree, Call):
        arguments = [expanded(part, functions) for part in tree.arguments]
        if tree.function in functions:
            names, body = functions[tree.function]
            return expanded(put(body, dict(zip(names, arguments, strict=True))), functions)
        return Call(tree.function, tuple(arguments))
    if isinstance(tree, Operation):
        return Operation(tree.operator, tuple(expanded(part, functions) for part in tree.operands))
    if isinstance(tree, Choice):
        return Choice(*(expanded(part, functions) for part in (tree.condition, tree.yes, tree.no)))
    return tree


def put(tree: Expression, values: dict[str, Expression]) -> Expression:
    if isinstance(tree, Name):
        return values.get(tree.text, tree)
    if isinstance(tree, Call):
        return Call(tree.function, tuple(put(part, values) for part in tree.arguments))
    if isinstance(tree, Operation):
        return Operation(tree.operator, tuple(put(part, values) for part in tree.operands))
    if isinstance(tree, Choice):
        return Choice(*(put(part, values) for part in (tree.condition, tree.yes, tree.no)))
    return tree


INNER = ("n", "d", "f", "m")
"""Nodes behind a series resistance that ammeters make one."""


class Module:
    """Parameters, functions and contributions, read from the written text."""

    def __init__(self, text: str) -> None:
        code = "\n".join(line for line in text.splitlines() if not line.startswith("//"))
        self.code = code
        self.nodes = set(re.search(r"electrical ([\w, ]+);", code).group(1).split(", "))
        found = re.findall(r"parameter real (\w+) = \(?(-?[\d.e+-]+)\)?", code)
        self.parameters = {name: float(number) for name, number in found}
        self.functions: dict[str, tuple[list[str], Expression]] = {}
        for name, value_text in re.findall(r"localparam real (\w+) = (.*);", code):
            self.parameters[name] = self.evaluate(value_text, {})
        blocks = re.findall(r"analog function real (\w+);\s+input ([\w, ]+);\s+real [\w, ]+;\s+\1 = (.*);", code)
        self.functions = {n: (a.split(", "), parse_expression(body)) for n, a, body in blocks}
        self.variables = re.findall(r"^    (\w+) = (.*);$", code.partition("analog begin")[2], re.MULTILINE)
        running = re.sub(r"if \(\$abstime == 0\.0\) begin.*?end else begin", "", code, flags=re.DOTALL)
        self.contributions = re.findall(r"([IV])\(([\w, ]+)\) <\+ (.*);", running)

    def evaluate(self, text: str, at: dict[str, float]) -> float:
        return value(expanded(parse_expression(text), self.functions), {**self.parameters, **at})

    def at(self, voltage: float, inner: float, nodes: dict[str, float]) -> dict[str, float]:
        """Values of every probe and variable."""
        at = self.probes({"te": voltage, "be": 0.0, **dict.fromkeys(INNER, inner), **nodes})
        for name, text in self.variables:
            at[name] = self.evaluate(text, at)
        return at

    def inner_voltage(self, voltage: float, current: float, resistance: float, nodes: dict[str, float]) -> float:
        """Behind the series resistance: known, or where the currents into the inner nodes cancel."""
        if "V(te, n) <+ " in self.code or not self.nodes & set(INNER):
            return voltage - current * resistance

        def rest(inner: float) -> float:
            at = self.at(voltage, inner, nodes)
            return sum(self.currents_into(node, at)[0] for node in self.nodes & set(INNER))

        return brentq(rest, 0.0, voltage, xtol=1e-15, rtol=1e-13) if rest(voltage) else voltage

    def probes(self, nodes: dict[str, float]) -> dict[str, float]:
        """Value of V() of each node and each pair."""
        pairs = {f"{a},{b}": nodes[a] - nodes[b] for a in nodes for b in nodes}
        return {**{node: volts for node, volts in nodes.items() if node not in self.parameters}, **pairs}

    def currents_into(self, node: str, at: dict[str, float]) -> tuple[float, float, float]:
        """Current that the contributions send into a node, the largest of them, and the capacitance there."""
        total, largest, capacitance = 0.0, 0.0, 0.0
        for kind, place, text in self.contributions:
            ends = place.split(", ")
            if kind == "V" or node not in ends:
                continue
            if "ddt" in text:
                capacitance += self.evaluate(re.fullmatch(r"ddt\(\((.*)\)\*V\(\w+\)\)", text).group(1), at)
            else:
                current = (-1.0 if ends[0] == node else 1.0) * self.evaluate(text, at)
                total, largest = total + current, max(largest, abs(current))
        return total, largest, capacitance


@pytest.mark.parametrize("model", FIRST)
def test_the_text_says_what_the_integrator_solves(model) -> None:
    card = card_of(model, FIRST[model])
    compact = MODELS[model]
    module, parameters = Module(module_of(model)), compact.vector(card)
    if "rate_limit" in module.parameters:
        module.parameters["rate_limit"] = 1e300  # of circuits only, far above what matters there
    highest, lowest, period = DRIVES[model, FIRST[model]]
    sweep = triangle(highest, lowest, period)
    time = np.linspace(0.0, sweep.stop_time, 400)
    voltage = np.interp(time, *np.array(sweep.corners).T)
    run = simulate_model(compact, card, time, voltage)
    resistance = card.parameters["series_resistance"].value if "series_resistance" in card.parameters else 0.0
    slopes, seen = np.empty(len(compact.unknowns)), 0
    others = module.nodes - {"te", "be", *INNER, *(unknown.node for unknown in compact.unknowns)}
    if others:
        pytest.skip(f"{sorted(others)} are solved by the circuit: only the compiled module shows them")
    for k in range(7, 400, 13):
        current = compact.response(parameters, voltage[k], run.unknowns[k], slopes)
        nodes = {unknown.node: float(x) for unknown, x in zip(compact.unknowns, run.unknowns[k], strict=True)}
        at = module.at(voltage[k], module.inner_voltage(voltage[k], current, resistance, nodes), nodes)
        assert module.currents_into("be", at)[0] == close(current, rel=1e-6) or abs(current) < 1e-15
        for unknown, slope in zip(compact.unknowns, slopes, strict=True):
            flow, largest, capacitance = module.currents_into(unknown.node, at)
            # a slope may be a small difference of large terms; 1e15 ohm beside each state leaks a little
            floor = 1e-6 * largest + 1.1e-15 * abs(nodes[unknown.node])
            assert flow / capacitance == pytest.approx(slope, rel=1e-6, abs=floor / capacitance)
            seen += 1
    assert seen > 20


@pytest.mark.parametrize("model", FIRST)
def test_the_module_is_whole(model) -> None:
    text = module_of(model)
    assert text.count("analog function") == text.count("endfunction")
    code = re.sub(r"//.*|\(\*.*?\*\)", "", text)
    assert len(re.findall(r"\bbegin\b", code)) == len(re.findall(r"\bend\b", code)) > 0
    assert "module device(te, be);" in text
    assert text.rstrip().endswith("endmodule")
    assert "limexp" not in text
    card, module = card_of(model, FIRST[model]), Module(text)
    for spec in MODELS[model].parameters:
        name = f"{spec.name}_" if spec.name in verilog.RESERVED else spec.name
        assert module.parameters[name] == close(card.value(spec.name), rel=1e-9)
        assert f"from [{spec.lower!r}:{spec.upper!r}]" in text
        assert f'units="{spec.unit}"' in text


def test_a_model_that_stops_in_ngspice_says_so_in_its_module() -> None:
    assert "Prefer VACASK: ngspice 46 follows a sweep" in module_of("jart-vcm-v1b")
    assert "Prefer VACASK" not in module_of("yakopcic")


CELL = """.subckt {name} te be x0=0
+ edge=2
.func slow(v) {{v*edge}}
Bmain te be I=slow(v(te,be))
Cx x 0 1
Bx 0 x I=v(te)
.ic v(x)={{x0}}
.ends {name}
"""


def written(monkeypatch, text: str) -> str:
    monkeypatch.setattr(verilog, "model_subcircuit", lambda card, name: text.format(name=name))
    return verilog_module(card_of("yakopcic", "Miao TaOx"))


def test_words_of_verilog_are_renamed(monkeypatch) -> None:
    text = written(monkeypatch, CELL)
    assert "parameter real edge_ = 2;" in text
    assert "slow = v*edge_;" in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("I=v(te)", "I=pwr(v(te),2)", "'pwr'"),
        ("I=v(te)", "I=v(nowhere)", "'nowhere'"),
        ("I=v(te)", "I=i(vnone)", "'vnone'"),
        ("I=v(te)", "I=gain*2", "'gain'"),
        ("{{v*edge}}", "{{v(te)*edge}}", "reads a node"),
        ("Cx x 0 1", "Cx x te 1", "joins a held node"),
        ("+ edge=2", "+ edge=2 x=1", "names two things"),
        ("Cx x 0 1", "Cx x 0 1\nVx te y 0\nCy y 0 1\nBz z 0 I=i(vx)", "current of vx"),
    ],
)
def test_what_cannot_be_translated_is_refused(old, new, message, monkeypatch) -> None:
    with pytest.raises(NetlistError, match=re.escape(message)):
        written(monkeypatch, CELL.replace(old, new))


# --- where the tools are installed: compiled, and the same currents as the integrator within 0.5 % ---


def in_ngspice(folder, text: str, sweep, initial: str, steps: int):
    """Time, voltage and current of ngspice with the compiled module."""
    program, step = ngspice_with_osdi(), sweep.stop_time / steps
    (folder / "deck.cir").write_text(
        f"compiled device\n.control\npre_osdi {compile_verilog(text, folder)}\n.endc\n"
        f"Vte te 0 {pwl_text(sweep.corners)}\nNdevice te 0 compiled {initial}\n.model compiled junction\n"
        ".options reltol=1e-4 method=gear\n.save v(te) i(vte)\n"
        f".tran {step:.9e} {sweep.stop_time:.9e} 0 {step:.9e}\n.end\n"
    )
    ran(folder, [program, "-n", "-b", "-r", "deck.raw", "deck.cir"], "deck.raw")
    columns = waveforms(folder / "deck.raw")
    return columns["time"], columns["v(te)"], -columns["i(vte)"]


def in_vacask(folder, text: str, sweep, initial: str, steps: int):
    """The same of VACASK."""
    program, step = vacask(), sweep.stop_time / steps
    wave = ", ".join(f"{time:.9e}, {volts:.9e}" for time, volts in sweep.corners)
    (folder / "deck.sim").write_text(
        f'compiled device\nload "{compile_verilog(text, folder)}"\nground 0\nmodel vsource vsource\n'
        f'model compiled junction\nvte (te 0) vsource type="pwl" wave=[{wave}]\nxdevice (te 0) compiled {initial}\n'
        f'control\n  options reltol=1e-4 tran_method="gear2" rawfile="binary"\n'
        f"  analysis sweep tran stop={sweep.stop_time:.9e} step={step:.9e} maxstep={step:.9e}\nendc\n"
    )
    ran(folder, [program, "deck.sim"], "sweep.raw")
    columns = waveforms(folder / "sweep.raw")
    return columns["time"], columns["te"], -columns["vte:flow(br)"]


def ran(folder, command: list[str], result: str) -> None:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (folder / result).exists(), done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("simulator", [in_ngspice, in_vacask], ids=["ngspice", "vacask"])
@pytest.mark.parametrize("shape", ["sweep", "pulses"])
@pytest.mark.parametrize(("model", "name"), DRIVES)
def test_compiled_module_and_integrator_agree(model, name, shape, simulator, tmp_path, request) -> None:
    if simulator is in_ngspice and shape == "pulses" and model in verilog.STOPS_IN_NGSPICE:
        request.applymarker(pytest.mark.xfail(reason=verilog.STOPS_IN_NGSPICE[model]))
    highest, lowest, period = DRIVES[model, name]
    card, compact = card_of(model, name), MODELS[model]
    sweep = triangle(highest, lowest, period) if shape == "sweep" else pulses(highest, lowest, period)
    start = compact.at_fraction(compact.vector(card), 0.0)
    initial = " ".join(f"{u.initial}={float(x):.9e}" for u, x in zip(compact.unknowns, start, strict=True) if u.initial)
    time, voltage, current = simulator(
        tmp_path, verilog_module(card, "junction"), sweep, initial, STEPS.get(model, 4000)
    )
    assert time[-1] == close(sweep.stop_time, rel=1e-9)
    ours = simulate_model(compact, card, time, voltage)
    assert np.abs(current).max() > 0
    assert worst_error(current, ours.current, voltage, time) < 5e-3
    assert np.trapezoid(current * voltage, time) == close(ours.energy[-1], rel=5e-3)


def test_every_model_compiles_with_its_own_name(tmp_path) -> None:
    for model in FIRST:
        text = verilog_module(card_of(model, FIRST[model]), MODELS[model].cell)
        assert compile_verilog(text, tmp_path).stat().st_size > 10_000


def test_an_unusable_fit_is_refused_and_the_override_is_in_the_file() -> None:
    card = card_of("yakopcic", "Miao TaOx")
    broken = replace(card, provenance={**card.provenance, "unusable": "it never switches"})
    with pytest.raises(InputError, match="it never switches"):
        verilog_module(broken)
    assert "// OVERRIDE: exported all the same: to show the loop (the fit is not usable: it never" in verilog_module(
        broken, override="to show the loop"
    )
