"""
How fast the service answers beside its peers, in turns on the same machine.

    python benchmarks/service.py [--peers a,b] [--rounds N] [--seconds N] [--quick]

Every server has one worker and an environment of its own in build/peers, which this script makes:
the newest versions that pip finds, ours from requirements/service.lock. The peers serve the shipped
estimators as scikit-learn pipelines of standard parts (`service_peers/estimators.py`), in the
settings that were fastest for them: one OpenMP thread, no access log, matrices instead of named
fields. Two of them can run waiting requests together, once they are told how: they stand there
twice, as they come and set up for these sixteen callers. Ours runs as it ships, with validation,
metrics, sketches and an access log into a file. All run at the same time and are asked in turns;
their answers are compared first. Needs `wrk`, and the candidates that `make run` trains. Absolute
figures are this machine's on this day.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path

import sklearn
from service_figures import CASES, CONNECTIONS, Case, Figures, goals, honesty, table
from service_load import at_rate, closed_loop, require_wrk
from service_running import Running
from service_servers import (
    AS_IT_COMES,
    BARE,
    MODELS,
    NAMES,
    OURS,
    PEERS,
    PROGRAMS,
    ROOT,
    Server,
    servers,
)

TOLERANCE = 1e-4
EQUAL_SHARE = 0.5
"""Of the rate of the fastest platform, at which all are asked by the clock."""


def house(place: Path, found: Sequence[Server]) -> None:
    """Write what is served, and what is asked."""
    MODELS.mkdir(parents=True, exist_ok=True)
    words = (sys.executable, "-P", PROGRAMS / "estimators.py", ROOT, MODELS, *NAMES)
    subprocess.run(words, check=True, cwd=ROOT)
    shutil.rmtree(PEERS / "root", ignore_errors=True)
    for name in NAMES:
        shutil.copytree(ROOT / "models" / name, PEERS / "root" / "models" / name)
        rows = json.loads((MODELS / f"{name}.json").read_text("utf-8"))
        for server in found:
            _write(place / f"{server.name}-{name}-1", [server.body(name, [row]) for row in rows])
            _write(place / f"{server.name}-{name}-100", [server.body(name, rows)])


def _write(file: Path, bodies: Sequence[object]) -> None:
    lines = (json.dumps(body, separators=(",", ":")) for body in bodies)
    file.write_text("\n".join(lines) + "\n", "utf-8")


def install(found: Sequence[Server], figures: dict[str, Figures]) -> Iterator[Server]:
    """Install all; names what does not, and leaves it out."""
    for server in found:
        reason = server.install()
        if reason:
            print(f"{server.name:11} left out: it does not install: {reason}", flush=True)
            continue
        figures[server.name] = Figures(server.environment.megabytes())
        print(f"{server.name:11} {server.installed()}", flush=True)
        yield server


@contextmanager
def started(
    found: Sequence[Server], place: Path, figures: dict[str, Figures]
) -> Iterator[list[Running]]:
    """Start all, one after the other; what does not start is named and left out."""
    with ExitStack() as stack:
        runs = []
        for server in found:
            running = Running(server, place)
            stack.callback(running.stop)
            try:
                figures[server.name].ready.append(running.start())
                runs.append(running)
            except RuntimeError as error:
                print(f"{server.name:11} left out: {error}", flush=True)
        yield runs


def compare(runs: Sequence[Running]) -> None:
    """End if the first of them and another do not say the same."""
    for model in NAMES:
        wanted = list(_numbers(runs[0].ask(model)))
        for running in runs[1:]:
            told = list(_numbers(running.ask(model)))
            near = (abs(x - y) <= TOLERANCE for x, y in zip(told, wanted, strict=False))
            if len(told) != len(wanted) or not all(near):
                raise SystemExit(
                    f"error: {running.server.name} says {told} of {model}, not {wanted}"
                )


def _numbers(told: object) -> Iterator[float]:
    """Find the probabilities of an answer, whatever its form."""
    if isinstance(told, float):
        yield told
    for part in (
        told.values() if isinstance(told, Mapping) else told if isinstance(told, list) else ()
    ):
        yield from _numbers(part)


def one_round(runs: Sequence[Running], figures: dict[str, Figures], seconds: int) -> None:
    """Ask every case of every server, in turns."""
    for running, model in product(runs, NAMES):
        closed_loop(running.target(model, 1), max(CONNECTIONS), 1)
        running.settle()
    for case in CASES:
        for running in runs:
            told = closed_loop(running.target(case.model, case.rows), case.connections, seconds)
            figures[running.server.name].loads.setdefault(case, []).append(told)
            running.settle()
    for running in runs:
        figures[running.server.name].resident.append(running.resident())


def equal_load(runs: Sequence[Running], figures: dict[str, Figures], seconds: int) -> None:
    """Ask all of them at the same rate."""
    for model in NAMES:
        rate = EQUAL_SHARE * max(
            figures[x.server.name].loads[Case(model, 1, 16)][-1].rate for x in _slowest(runs)
        )
        for running in runs:
            told = at_rate(running.target(model, 1), rate, seconds, 16)
            figures[running.server.name].equal.setdefault(model, []).append(told)
            running.settle()


def _slowest(runs: Sequence[Running]) -> Sequence[Running]:
    """Choose whose rate is halved: the platforms, or whatever there is beside ours."""
    others = [x for x in runs if x.server.name not in (OURS, BARE)] or runs
    return [x for x in others if x.server.kind == AS_IT_COMES] or others


def main() -> int:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--peers", default="", help="some of them, separated by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each case, in each round")
    parser.add_argument("--quick", action="store_true", help="one round of a second each")
    options = parser.parse_args()
    rounds, seconds = (1, 1) if options.quick else (options.rounds, options.seconds)
    require_wrk()
    every = servers(f"scikit-learn=={sklearn.__version__}")
    wanted = {OURS, *(options.peers.split(",") if options.peers else (x.name for x in every))}
    if unknown := wanted - {x.name for x in every}:
        parser.error(f"--peers: there is no {', '.join(sorted(unknown))}")
    figures: dict[str, Figures] = {}
    found = list(install([x for x in every if x.name in wanted], figures))
    with tempfile.TemporaryDirectory() as place:
        house(Path(place), found)
        for server in found:
            server.write()
        for number in range(rounds):
            # Backwards every other time: nobody always follows the same neighbour.
            turn = found if number % 2 == 0 else [found[0], *found[:0:-1]]
            with started(turn, Path(place), figures) as runs:
                compare(runs)
                one_round(runs, figures, seconds)
                equal_load(runs, figures, seconds)
    whole = {x.name: y for x in found if len((y := figures[x.name]).resident) == rounds}
    table(whole)
    goals(whole, found)
    honesty(whole)
    return 0


if __name__ == "__main__":
    sys.exit(main())
