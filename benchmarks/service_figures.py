"""What `benchmarks/service.py` has measured: a table, and a line for each goal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from statistics import median
from typing import NamedTuple

from service_load import Told
from service_servers import AS_IT_COMES, BARE, BATCHING, NAMES, OURS, Server

ROWS, CONNECTIONS = (1, 100), (1, 16)
BUSY = 0.9
"""Share of a core from which on wrk may be what limits."""
WIDTH = 20


class Case(NamedTuple):
    """What is asked."""

    model: str
    rows: int
    connections: int

    def __str__(self) -> str:
        return f"{self.model}, {self.rows} row{'s' * (self.rows > 1)}, {self.connections} conn."


CASES = [Case(*x) for x in product(NAMES, ROWS, CONNECTIONS)]
_TIMES = {Case("credit", 1, 16): 40.0, Case("credit", 100, 16): 3.0, Case("credit", 1, 1): 8.0}


@dataclass
class Figures:
    """What was measured of a server, a value for each round."""

    megabytes: float = 0.0
    ready: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    loads: dict[Case, list[Told]] = field(default_factory=dict)
    equal: dict[str, list[Told | None]] = field(default_factory=dict)

    def rate(self, case: Case) -> float:
        """Requests a second."""
        return median(told.rate for told in self.loads[case])

    def late(self, model: str) -> float | None:
        """Milliseconds (p99) by the clock; None if it could not keep up."""
        told = self.equal[model]
        return median(x.p99 for x in told if x) if all(told) else None


def table(figures: Mapping[str, Figures]) -> None:
    """Print a column for each server."""
    _line("requests/s, p50/p99 ms", figures)
    every = figures.values()
    for case in CASES:
        _line(str(case), [_load(x.loads[case]) for x in every])
    for model in NAMES:
        _line(f"{model}, by the clock", [_equal(x.equal[model]) for x in every])
    _line("ready, s", [f"{median(x.ready):.2f}" for x in every])
    _line("resident, MB", [f"{median(x.resident):.0f}" for x in every])
    _line("installed, MB", [f"{x.megabytes:.0f}" for x in every])


def _line(name: str, cells: Iterable[str]) -> None:
    print(f"{name:27}" + "".join(f"{cell:>{WIDTH}}" for cell in cells), flush=True)


def _load(told: Sequence[Told]) -> str:
    rate, p50, p99 = (median(values) for values in list(zip(*told, strict=True))[:3])
    return f"{rate:,.0f} {p50:.2f}/{p99:.2f}"


def _equal(told: Sequence[Told | None]) -> str:
    known = [x for x in told if x]
    return _load(known) if len(known) == len(told) else "cannot keep up"


def goals(figures: Mapping[str, Figures], found: Sequence[Server]) -> None:
    """Print a line for each goal."""
    ours = figures[OURS]
    for kind in (AS_IT_COMES, BATCHING):
        peers = {x.name: figures[x.name] for x in found if x.kind == kind and x.name in figures}
        _platform_goals(ours, peers, kind)
    if BARE in figures:
        case = Case("credit", 1, 16)
        _goal(f"{case}: times {BARE}", _times(ours, figures[BARE], case), 1.0)
    if "fastapi" in figures:
        for case in (Case("spam", rows, 16) for rows in ROWS):
            _goal(f"{case}: times fastapi", _times(ours, figures["fastapi"], case), 5.0)
    _goal("ready, s", median(ours.ready), 0.6, at_most=True)
    _goal("resident, MB", median(ours.resident), 110, at_most=True)


def _platform_goals(ours: Figures, peers: Mapping[str, Figures], kind: str) -> None:
    for case, goal in _TIMES.items() if peers else ():
        best = max(peers, key=lambda name: peers[name].rate(case))
        what = f"{case}: times {best}, the best {kind}"
        _goal(what, _times(ours, peers[best], case), goal)
    _tails(ours, peers)


def _times(ours: Figures, theirs: Figures, case: Case) -> float:
    """Compare round by round, so that a change of the machine's pace falls on both."""
    pairs = zip(ours.loads[case], theirs.loads[case], strict=True)
    return median(mine.rate / other.rate for mine, other in pairs)


def _tails(ours: Figures, platforms: Mapping[str, Figures]) -> None:
    for model in NAMES:
        theirs = {name: x.late(model) for name, x in platforms.items()}
        known = {name: value for name, value in theirs.items() if value is not None}
        mine = ours.late(model)
        if known and mine is not None:
            best = min(known, key=lambda name: known[name])
            _goal(f"{model}, p99 at equal load, of {best}'s", mine / known[best], 1.0, at_most=True)


def _goal(what: str, value: float, goal: float, *, at_most: bool = False) -> None:
    met = value <= goal if at_most else value >= goal
    sign = "<=" if at_most else ">="
    print(f"{what:76} {value:8.2f}  goal {sign} {goal:<6g} {'met' if met else 'MISSED'}")


def honesty(figures: Mapping[str, Figures]) -> None:
    """Say what the load itself may have limited."""
    busy = {
        f"{name}: {case}": max(told.busy for told in loads)
        for name, found in figures.items()
        for case, loads in found.loads.items()
    }
    most = max(busy, key=lambda key: busy[key])
    print(f"wrk took at most {busy[most]:.0%} of a core ({most})", end="")
    print("; it may be what limits there" if busy[most] > BUSY else "")
    late = [told.busy for x in figures.values() for y in x.equal.values() for told in y if told]
    print(f"the clock was late by at most {max(late, default=0):.3f} ms (p99)")
