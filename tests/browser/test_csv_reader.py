"""The playground's reader of CSV, against Python's, whatever way a file is cut into pieces."""

import csv
import io
import random
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.chromium

READ = """async ([address, cases]) => {
  const { CsvReader } = await import(address);
  return cases.map(([delimiter, pieces]) => {
    const reader = new CsvReader(delimiter);
    return [...pieces.flatMap((piece) => [...reader.read(piece)]), ...reader.end()]
      .map(({ cells, fault }) => (fault ? null : cells));
  });
}"""
ALPHABET = ["a", "é", " ", '"', '""', ",", ";", "\n", "\r\n", "\r", "😀"]


def pieces_of(text: str, dice: random.Random) -> list[str]:
    cuts = sorted(dice.randint(0, len(text)) for _ in range(dice.randint(0, 4)))
    return [text[i:j] for i, j in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def test_what_python_writes_is_read_back(visit: Callable[..., Any]) -> None:
    dice = random.Random(7)
    tables, cases = [], []
    for number in range(400):
        width = dice.randint(1, 4)
        rows = [
            ["".join(dice.choices(ALPHABET, k=dice.randint(0, 6))) for _ in range(width)]
            for _ in range(dice.randint(1, 5))
        ]
        file = io.StringIO(newline="")
        end, delimiter = dice.choice(["\n", "\r\n"]), ",;\t"[number % 3]
        # Without quotes Python leaves in a line end that is not its own.
        quoting = csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)
        writer.writerows(rows)
        tables.append(rows)
        cases.append([delimiter, pieces_of(file.getvalue(), dice)])
    visitor = visit().open("embed/index.html")
    found = visitor.page.evaluate(READ, [f"{visitor.root}assets/playground/csv.js", cases])

    assert found == tables


def test_what_is_no_csv_is_read_as_python_reads_it_strictly(visit: Callable[..., Any]) -> None:
    dice = random.Random(11)
    texts = ["".join(dice.choices(ALPHABET, k=dice.randint(1, 12))) for _ in range(2000)]
    sound = {text: rows for text in texts if (rows := strictly(text)) is not None}
    visitor = visit().open("embed/index.html")
    cases = [[",", pieces_of(text, dice)] for text in sound]
    found = visitor.page.evaluate(READ, [f"{visitor.root}assets/playground/csv.js", cases])

    assert len(sound) > 500
    assert dict(zip(sound, found, strict=True)) == sound


def strictly(text: str) -> list[list[str]] | None:
    """The rows that Python reads; None if it refuses."""
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        return None
