"""
A seeded history: 120 days of the sample tables, played through with the real verbs.

    python demo/history.py [FOLDER]

Builds a Git repository of its own, by default in build/demo: every day's rows are committed, then
what `modelpress` made of them. `SOURCE_DATE_EPOCH` stops the clock for the cards, Git's own
variables for the commits, so that a second replay gives the same commits.
"""

import argparse
import csv
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.config import load_params

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
FILES = ("params.yaml", "dvc.yaml", ".dvcignore", ".gitignore")
FOLDERS = (".dvc", "pipeline", "modelpress", "requirements")
# A cache, a lock or a setting of this machine is no part of a repository.
LEFT_OUT = shutil.ignore_patterns("__pycache__", "cache", "tmp", "site", "config.local")

MODELS = ("iris", "spam", "credit")
FIRST_DAY = datetime(2026, 7, 1, 6, tzinfo=UTC)
FINE = (0, 1)  # a rejection is a part of the story


@dataclass(frozen=True)
class Arrivals:
    """
    Rows of a model that arrive day by day, and do not join its table yet.

    Attributes:
        days: The first and the last one.
        column: What the feed delivers wrongly, as a thousandth of it.
        wrong: On which days.
    """

    model: str
    days: tuple[int, int]
    column: str = ""
    wrong: tuple[int, ...] = ()


@dataclass(frozen=True)
class Day:
    """
    A day on which something happens.

    Attributes:
        number: Days since the first row.
        tables: The models whose tables grow up to this day.
        edits: Lines of params.yaml, each with what takes its place.
        why: The subject of the commit that holds tables and edits.
        verb: What is called then; its outcome is the day's second commit.
        arrivals: The rows that have arrived beside the tables.
    """

    number: int
    verb: tuple[str, ...]
    why: str = ""
    tables: tuple[str, ...] = ()
    edits: tuple[tuple[str, str], ...] = ()
    arrivals: Arrivals | None = None

    @property
    def moment(self) -> datetime:
        """When: in the morning."""
        return moment_of(self.number)


def moment_of(number: int) -> datetime:
    """Say when a day is."""
    return FIRST_DAY + timedelta(days=number)


def watch(model: str, first: int, last: int) -> tuple[str, ...]:
    """Spell `monitor` for some days."""
    since, until = (str(moment_of(number).date()) for number in (first, last))
    return ("monitor", model, "--since", since, "--until", until)


RUN = ("run", "--register")
MANY_WORDS = "        select_words: 3000\n        select_chars: 8000\n"
FEW_WORDS = "        select_words: 40\n        select_chars: 40\n"
BY_ITSELF = "      metric: roc_auc\n      promote_on"
BY_HAND = "      metric: roc_auc\n      promote: manual\n      promote_on"
TREES, MORE_TREES = "        max_iter: 250\n", "        max_iter: 300\n"
DAYS = (
    Day(30, RUN, "The first month of rows", MODELS),
    Day(50, RUN, "New rows of iris and spam", ("iris", "spam")),
    Day(55, ("rollback", "spam", "--reason", "blocks what people want to read")),
    Day(
        66,
        watch("credit", 60, 66),
        "credit: two weeks of new rows; for three days the limits come in thousands",
        arrivals=Arrivals("credit", (53, 66), "limit_bal", (62, 63, 64)),
    ),
    Day(70, RUN, "spam: a smaller vocabulary", (), ((MANY_WORDS, FEW_WORDS),)),
    Day(
        78,
        watch("credit", 67, 78),
        "credit: the feed is mended",
        arrivals=Arrivals("credit", (67, 78)),
    ),
    Day(80, RUN, "spam: the old vocabulary, new rows", ("spam",), ((FEW_WORDS, MANY_WORDS),)),
    Day(
        95,
        RUN,
        "credit: more trees, new rows; a person promotes",
        ("credit",),
        ((TREES, MORE_TREES), (BY_ITSELF, BY_HAND)),
    ),
    Day(97, ("promote", "credit")),
    Day(120, RUN, "All the rows", MODELS),
)
AT_THE_END = (("verify",), ("status",), ("history", "spam"))


def main() -> None:
    """Play every day, then show what became of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "demo")
    root: Path = parser.parse_args().folder.resolve()
    lay_out(root)
    for day in DAYS:
        play(root, day)
    for words in AT_THE_END:
        modelpress(root, DAYS[-1].moment, *words)


def lay_out(root: Path) -> None:
    """Lay out the checkout's code and parameters in a new Git repository, without any version."""
    if root.exists():
        shutil.rmtree(root)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=LEFT_OUT)
    for file in FILES:
        shutil.copy(ROOT / file, root / file)
    git(root, FIRST_DAY, "init", "--quiet", "--initial-branch=main")
    git(root, FIRST_DAY, "config", "user.name", "Demo")
    git(root, FIRST_DAY, "config", "user.email", "demo@example.org")
    for name in others(root):
        modelpress(root, FIRST_DAY, "retire", name)
    commit(root, FIRST_DAY, "The engine, and three blocks of params.yaml")


def play(root: Path, day: Day) -> None:
    """Commit a day's sources, call its verb, and commit what came of it."""
    say(f"\n{day.moment.date()}  {day.why}".rstrip())
    for model in day.tables:
        grow(root, model, day.moment)
    if day.arrivals:
        arrive(root, day.arrivals)
    for before, after in day.edits:
        edit(root / "params.yaml", before, after)
    if day.why:
        commit(root, day.moment, day.why)
    modelpress(root, day.moment, *day.verb)
    commit(root, day.moment, f"modelpress {' '.join(day.verb[:2])}")


def grow(root: Path, model: str, moment: datetime) -> None:
    """Write the rows of a model's sample that were there at a moment."""
    header, rows = sample(model)
    until, column = moment.strftime("%Y-%m-%dT%H:%M:%SZ"), header.index("timestamp")
    place = root / "data" / model / "table.csv"
    write(place, header, [row for row in rows if row[column] <= until])


def arrive(root: Path, arrivals: Arrivals) -> None:
    """Write a file per day with the sample's rows of that day."""
    header, rows = sample(arrivals.model)
    column = header.index("timestamp")
    first, last = arrivals.days
    for number in range(first, last + 1):
        day = str(moment_of(number).date())
        told = [list(row) for row in rows if row[column].startswith(day)]
        if number in arrivals.wrong:
            spoil(told, header.index(arrivals.column))
        write(root / "data" / arrivals.model / "current" / f"{day}.csv", header, told)


def spoil(rows: list[list[str]], column: int) -> None:
    """Deliver a thousandth of a number."""
    for row in rows:
        row[column] = f"{float(row[column]) / 1000:g}" if row[column] else ""


def sample(model: str) -> tuple[list[str], list[list[str]]]:
    """Read a sample's header and rows."""
    source = ROOT / "data" / model / "table.csv"
    with source.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    if "timestamp" not in header:
        sys.exit(f"data/{model}/table.csv has no timestamps: `make samples` writes one that has")
    return header, rows


def write(place: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a table."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def edit(place: Path, before: str, after: str) -> None:
    """Replace lines of a file that has them once."""
    text = place.read_text(encoding="utf-8")
    if text.count(before) != 1:
        sys.exit(f"{place.name} is not the one this history was written for: no single {before!r}")
    place.write_text(text.replace(before, after), encoding="utf-8")


def commit(root: Path, moment: datetime, subject: str) -> None:
    """Commit everything, if anything has changed."""
    git(root, moment, "add", "--all")
    if git(root, moment, "status", "--porcelain"):
        git(root, moment, "commit", "--quiet", "--message", subject)


def git(root: Path, moment: datetime, *words: str) -> str:
    """Call Git, at a moment; returns what it printed."""
    done = subprocess.run(
        ["git", *words], cwd=root, env=frozen(moment), stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def others(root: Path) -> list[str]:
    """
    Name the models that this history is not about: they have no table here.

    The last of params.yaml comes first, for a block may lean on an earlier one.
    """
    return [name for name in reversed(load_params(root).names) if name not in MODELS]


def modelpress(root: Path, moment: datetime, *words: str) -> None:
    """Show a verb as one would type it, and call it, at a moment."""
    say(f"$ modelpress {shlex.join(words)}")
    done = subprocess.run([BIN / "modelpress", *words], cwd=root, env=frozen(moment), check=False)
    if done.returncode not in FINE:
        sys.exit(f"modelpress {words[0]} ended with {done.returncode}")


def frozen(moment: datetime) -> dict[str, str]:
    """Stop every clock at a moment, and leave this machine's Git settings out of it."""
    seconds = str(int(moment.timestamp()))
    return {
        **os.environ,
        "SOURCE_DATE_EPOCH": seconds,
        "GIT_AUTHOR_DATE": f"{seconds} +0000",
        "GIT_COMMITTER_DATE": f"{seconds} +0000",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def say(text: str) -> None:
    """Print at once: the verbs write to the same place."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
