"""
What a site of many models takes: report, build, pages.

    python benchmarks/site.py [--models 5 50 500] [--versions N] [--days N]

Each fleet is a seeded repository (tests/support/fleet.py), with a promotion in Git for every
version. Report and build run as programs of their own. The peer, in the same run: MkDocs with the
same theme on as many plain Markdown pages as the site has. CPU seconds, which a busy machine
stretches less than the clock; a report that finds nothing changed is told by the clock, for its
goal is one.
"""

import argparse
import gzip
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from fleet import Fleet, lay_fleet  # noqa: E402 - found by the line above

BIN = Path(sys.executable).parent
NOTHING_CHANGED_GOAL = 5.0
SETTLED = 2.5
"""Seconds after which a report trusts the times of files."""

PLAIN = """# Page {number}

A paragraph of plain text, as a page of documentation has it, with a [link](index.md).

| column | another | a third |
| --- | --- | --- |
{rows}
"""


class Spent(NamedTuple):
    """What a program took."""

    clock: float
    cpu: float


class Figures(NamedTuple):
    """One fleet."""

    models: int
    first: Spent
    one_day: Spent
    nothing: Spent
    build: Spent
    peer: Spent
    overview: int
    model: int
    heaviest: tuple[str, int]


def main() -> int:
    """Print a line per fleet, and whether the goals are met."""
    parser = argparse.ArgumentParser(description="A site of many models.")
    parser.add_argument("--models", type=int, nargs="+", default=[5, 50, 500])
    parser.add_argument("--versions", type=int, default=20)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    print(f"{options.versions} versions, {options.days} days a model; seconds, CPU (clock)")
    print(
        "models  report         one day more   nothing changed  build          "
        "plain pages    ratio  overview  model page  heaviest, gzip"
    )
    found = []
    for models in options.models:
        # Beside the checkout: hard links do not reach another disk.
        (ROOT / "build").mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOT / "build", prefix="fleet-") as folder:
            place = Path(folder)
            fleet = lay_fleet(place / "fleet", models, options.versions, options.days)
            found.append(measure(fleet, place))
        print(line(found[-1]), flush=True)
    return goals(found)


def measure(fleet: Fleet, place: Path) -> Figures:
    """Report three times, build, and let the peer build as many pages."""
    time.sleep(SETTLED)
    first = spent(fleet.root, BIN / "modelpress", "report")
    nothing = spent(fleet.root, BIN / "modelpress", "report")
    newest = max((fleet.root / "monitoring" / fleet.names[0]).iterdir())
    newest.write_text(newest.read_text("utf-8").replace('"rows": ', '"rows": 1'), "utf-8")
    one_day = spent(fleet.root, BIN / "modelpress", "report")
    shutil.copy(ROOT / "mkdocs.yml", fleet.root)
    shutil.copytree(ROOT / "site" / "theme", fleet.root / "site" / "theme")
    build = spent(fleet.root, BIN / "mkdocs", "build", "--strict", "--quiet")
    public = fleet.root / "build" / "public"
    pages = len(list(public.rglob("index.html")))
    peer = plain_pages(place / "plain", pages)
    weights = {
        str(page.relative_to(public)): len(gzip.compress(page.read_bytes()))
        for page in public.rglob("index.html")
    }
    overview, model = weights["index.html"], weights[f"models/{fleet.names[0]}/index.html"]
    heaviest = max(weights.items(), key=itemgetter(1))
    return Figures(
        len(fleet.names), first, one_day, nothing, build, peer, overview, model, heaviest
    )


def plain_pages(place: Path, pages: int) -> Spent:
    """Build as many pages without anything of ours."""
    (place / "docs").mkdir(parents=True)
    (place / "mkdocs.yml").write_text("site_name: Plain\ntheme: {name: material}\n", "utf-8")
    rows = "\n".join(f"| {i} | text | more text |" for i in range(20))
    for number in range(pages):
        name = "index.md" if number == 0 else f"page-{number}.md"
        text = PLAIN.format(number=number, rows=rows)
        (place / "docs" / name).write_text(text, "utf-8")
    return spent(place, BIN / "mkdocs", "build", "--quiet")


def spent(folder: Path, *words: str | Path) -> Spent:
    """Run a program, which must end well."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SITE_URL": "http://localhost:8001/"}
    subprocess.run(words, cwd=folder, env=environment, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(time.perf_counter() - began, cpu)


def line(found: Figures) -> str:
    """Write a fleet's line."""
    ratio = (found.first.cpu + found.build.cpu) / found.peer.cpu
    shown = [f"{x.cpu:.1f} ({x.clock:.1f})" for x in found[1:6]]
    first, one_day, nothing, build, peer = shown
    return (
        f"{found.models:6}  {first:13}  {one_day:13}  {nothing:15}  {build:13}  {peer:13}  "
        f"{ratio:5.2f}  {found.overview / 1024:4.1f} KiB  {found.model / 1024:4.1f} KiB    "
        f"{found.heaviest[0].removesuffix('/index.html')} {found.heaviest[1] / 1024:.1f} KiB"
    )


def goals(found: list[Figures]) -> int:
    """Say whether nothing costs nearly nothing, and whether a page is as heavy beside many."""
    slowest = max(one.nothing.clock for one in found)
    pages = [one.model for one in found]
    heavier = max(pages) / min(pages)
    met = slowest <= NOTHING_CHANGED_GOAL and heavier <= 1.1
    print(f"nothing changed: {slowest:.1f} s at most; goal <= {NOTHING_CHANGED_GOAL:.0f}")
    print(f"a model page beside many models: {heavier:.2f} times as heavy; goal <= 1.10")
    print("ok" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
