"""
How soon `monitor` finds faults that were planted, and how often it cries wolf.

    python benchmarks/monitor.py [MODEL ...] [--seeds N]

For every model of params.yaml with a table: its rows are dealt into two heaps by chance. One makes
a version, through the product's own stages; days are drawn from the other, with and without a
fault, and looked at with the parameters of the model's own block. With MODELPRESS_DATA, the public
bikes too: a year against the next, and a half of a year against the other.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

# Or this folder's pipeline.py would be found in place of the package.
sys.path.insert(0, str(Path(__file__).parent.parent))

from monitor_bikes import bikes
from monitor_world import World, build

from pipeline.alerts import Alert, changes, step
from pipeline.rows import Rows
from pipeline.watch import Scored, drift, estimates, join_scored, performance
from pipeline.watch.causes import attributed, feature_signs, performance_sign

ROOT = Path(__file__).parent.parent
SEEDS = 20
ROWS_A_DAY = 200
CLEAN_DAYS = 100
ONSET, AFTER = 14, 10
WITHIN_DAYS = 5
CLOSE = 0.03
FIRST = date(2026, 1, 1)


class Plant(NamedTuple):
    """
    A fault: what is planted, for how many days, and which cause must be told.

    Attributes:
        rows: Makes faulty rows of sound ones.
        share: Of a day's rows that are faulty.
        extra: Of a day's rows that are drawn from the rarest class beside.
    """

    name: str
    cause: str
    rows: Callable[[Rows], Rows] | None = None
    share: float = 1.0
    days: int = AFTER
    extra: float = 0.0


class Told(NamedTuple):
    """What was opened in a stream: day (0: the first faulty one) and cause; and CBPE's misses."""

    opened: list[tuple[int, str]]
    apart: list[dict[str, float]]


def plants(world: World, seed: int) -> Iterator[Plant]:
    """Plant every fault that the model has features for, in another feature for each seed."""
    kinds = {field.name: field.kind for field in world.watched.signature.inputs}
    dice = random.Random(seed)  # noqa: S311 - seeded, and no cryptography
    of_kind = {kind: [n for n, k in kinds.items() if k == kind] for kind in set(kinds.values())}
    if of_kind.get("numeric"):
        name = dice.choice(of_kind["numeric"])
        yield Plant("+0.5 sd in a number", f"drift:{name}", partial(shifted, name=name))
    if world.watched.signature.classes:
        yield Plant("+10 points of prior", "prior", extra=0.1)
    if of_kind.get("categorical"):
        code = dice.choice(of_kind["categorical"])
        changed = partial(with_column, name=code, value="never seen")
        yield Plant("5 % unknown category", f"unknown:{code}", changed, share=0.05)
    if of_kind.get("text"):
        text = dice.choice(of_kind["text"])
        swap = partial(swapped, name=text, seed=seed)
        yield Plant("20 % of the words swapped", f"vocabulary:{text}", swap)
    gone = dice.choice(list(kinds))
    empty = np.nan if kinds[gone] == "numeric" else ""
    lost = partial(with_column, name=gone, value=empty)
    yield Plant("two days 60 % missing", f"missing:{gone}", lost, share=0.6, days=2)


def with_column(rows: Rows, name: str, value: object) -> Rows:
    """Give all rows one value."""
    column = np.full(len(rows), value, rows.features[name].dtype)
    return replace(rows, features={**rows.features, name: column})


def shifted(rows: Rows, name: str) -> Rows:
    """Add half a standard deviation."""
    column = rows.features[name]
    moved = (column + 0.5 * np.nanstd(column)).astype(np.float32)
    return replace(rows, features={**rows.features, name: moved})


def swapped(rows: Rows, name: str, seed: int) -> Rows:
    """Replace a fifth of the words by ones that nobody knows."""
    words = sorted({word for text in rows.features[name] for word in str(text).split()})
    dice = random.Random(seed)  # noqa: S311 - seeded, and no cryptography
    chosen = set(dice.sample(words, len(words) // 5))
    told = [
        " ".join(f"zq{w[::-1]}" if w in chosen else w for w in str(text).split())
        for text in rows.features[name]
    ]
    return replace(rows, features={**rows.features, name: np.array(told, np.object_)})


def stream(world: World, plant: Plant | None, seed: int, days: int) -> Iterator[Scored]:
    """Draw day after day; the fault begins on day `ONSET`."""
    generator = np.random.default_rng(seed)
    pool = world.pool
    faulty = world.answered(plant.rows(pool.rows)) if plant and plant.rows else pool
    rare = np.flatnonzero(pool.rows.target == world.rarest)
    for day in range(days):
        chosen = generator.integers(0, len(pool), ROWS_A_DAY)
        if plant is None or not ONSET <= day < ONSET + plant.days:
            yield pool.take(chosen)
            continue
        # The share rises by `extra` if that part of all others gives way.
        part = plant.extra / (1 - len(rare) / len(pool)) if plant.extra else 0
        instead = generator.random(ROWS_A_DAY) < part
        chosen[instead] = generator.choice(rare, int(instead.sum()))
        bad = generator.random(ROWS_A_DAY) < plant.share
        yield join_scored([faulty.take(chosen[bad]), pool.take(chosen[~bad])])


def play(world: World, days: Sequence[Scored]) -> Told:
    """Watch a stream as `monitor` does; the first window must have filled."""
    monitor, metric = world.watched.block.monitor, world.watched.block.gate.metric
    width = monitor.windows_days[0]
    alerts: dict[str, Alert] = {}
    opened, apart = [], []
    for day in range(width - 1, len(days)):
        window, today = join_scored(days[day - width + 1 : day + 1]), FIRST + timedelta(day)
        recent = join_scored(days[day - world.watched.recent_days + 1 : day + 1])
        signs = feature_signs(drift(world.watched, window, recent))
        longest = join_scored(days[max(0, day - max(monitor.windows_days) + 1) : day + 1])
        true = performance(world.watched, window, [metric])
        told = estimates(world.watched, longest, list(world.measured))
        for cause, found in (("performance", true), ("estimated_performance", told)):
            if sign := performance_sign(world.watched, found, "is", today):
                signs[cause] = sign
        fresh = (today - timedelta(days=max(monitor.windows_days))).isoformat()
        after = step(alerts, attributed(signs, alerts, fresh), monitor.alerts, today)
        opened += [(day - ONSET, c.cause) for c in changes(alerts, after) if c.what == "opened"]
        alerts = after
        if told and day % width == 0:
            apart.append(distances(world, longest, told))
    return Told(opened, apart)


def distances(
    world: World, window: Scored, told: dict[str, dict[str, float | None]]
) -> dict[str, float]:
    """Say how far the estimates are from the later truth."""
    truth = world.truth(window)
    return {
        name: abs((told[name]["value"] or 0) - truth[name])
        for name in told
        if not np.isnan(truth[name])
    }


@cache
def world_of(root: str, model: str) -> World:
    """Load a version and its rows once in each process."""
    return World.read(Path(root), model)


def one(root: str, model: str, seed: int) -> dict[str, tuple[str, Told]]:
    """Play a clean stream and every fault of one model and seed."""
    world = world_of(root, model)
    days = list(stream(world, None, 1000 + seed, world.width + CLEAN_DAYS - 1))
    found = {"clean": ("", play(world, days))}
    for number, plant in enumerate(plants(world, seed)):
        days = list(stream(world, plant, 100 * seed + number, ONSET + AFTER))
        found[plant.name] = (plant.cause, play(world, days))
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("models", nargs="*")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    start = time.monotonic()
    met = True
    with tempfile.TemporaryDirectory() as place:
        root = lay_out(Path(place))
        print(f"{ROWS_A_DAY} rows a day, {options.seeds} seeds, {CLEAN_DAYS} clean days each")
        print(HEADER, flush=True)
        with ProcessPoolExecutor() as pool:
            for model in build(root, options.models):
                tasks = [pool.submit(one, str(root), model, x) for x in range(options.seeds)]
                met &= report(model, [task.result() for task in tasks])
        if os.environ.get("MODELPRESS_DATA") and not options.models:
            met &= bikes(root, Path(os.environ["MODELPRESS_DATA"]), play)
    print(f"{time.monotonic() - start:.0f} s")
    return int(not met)


HEADER = (
    f"{'model':9} {'fault':26} {'found':>7} {'days to alert':>14} {'alerts':>7}  "
    "other causes with an alert of their own"
)


def report(model: str, seeds: list[dict[str, tuple[str, Told]]]) -> bool:
    """Print a model's lines; returns whether it kept what is promised."""
    fine = []
    for name in [name for name in seeds[0] if name != "clean"]:
        told = [seed[name] for seed in seeds]
        delays = [
            next((day + 1 for day, cause in x.opened if cause == wanted), None)
            for wanted, x in told
        ]
        in_time = [d for d in delays if d is not None and 0 < d <= WITHIN_DAYS]
        after = [[cause for day, cause in x.opened if day >= 0] for _, x in told]
        others = Counter(
            cause.partition(":")[0]
            for (wanted, _), causes in zip(told, after, strict=True)
            for cause in causes
            if cause != wanted
        )
        mean = np.mean([len(causes) for causes in after])
        span = f"{np.median(in_time):.0f} (most {max(in_time)})" if in_time else "-"
        print(
            f"{model:9} {name:26} {len(in_time):>3}/{len(seeds)} {span:>14} {mean:>7.2f}  "
            f"{', '.join(f'{c} {n}' for c, n in others.items()) or '-'}",
            flush=True,
        )
        fine.append(len(in_time) == len(seeds))
    false = [cause for seed in seeds for _, cause in seed["clean"][1].opened]
    rate = 100 * len(false) / (CLEAN_DAYS * len(seeds))
    print(
        f"{model:9} clean: {rate:.2f} false alarms in 100 days "
        f"{dict(Counter(c.partition(':')[0] for c in false)) or ''}".rstrip()
    )
    apart = [entry for seed in seeds for entry in seed["clean"][1].apart]
    if apart:
        shares = {
            name: np.mean([x[name] <= CLOSE for x in apart if name in x]) for name in apart[0]
        }
        shown = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        print(f"{model:9} CBPE within {CLOSE} of the later truth: {shown} of {len(apart)} windows")
    return all(fine) and rate <= 1


def lay_out(place: Path) -> Path:
    """Lay out what the stages read: parameters, and the sources whose digests they record."""
    for folder in ("pipeline", "modelpress", "requirements"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, place / folder, ignore=ignore)
    shutil.copy(ROOT / "dvc.yaml", place)
    params = (ROOT / "params.yaml").read_text("utf-8")
    # Days are drawn from all times. A version of the oldest rows alone would rightly be warned of
    # the seasons that it has not seen.
    (place / "params.yaml").write_text(params.replace("method: time", "method: random"), "utf-8")
    return place


if __name__ == "__main__":
    sys.exit(main())
