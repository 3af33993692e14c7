"""Sketches: arrivals are counted as the card counts, compared as monitoring does, and gone."""

import csv
import gc
import json
import random
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from house import REPOSITORY
from hypothesis import given
from hypothesis import strategies as st

from modelpress import Model, load
from modelpress.encode import encode
from modelpress.signature import Input, Signature
from pipeline.config.watch import Limits
from pipeline.drift import Ask
from pipeline.drift.stability import psi as psi_of_monitoring
from pipeline.registration.reference import _histogram
from service.bins import bins_of
from service.sketch import MIN_ROWS, PREDICTION, Sketch, chance, psi

MODELS = ("iris", "credit", "spam", "tickets", "bikes", "bikes-count")
Row = dict[str, Any]


@dataclass(frozen=True)
class Live:
    """A model of the repository, the card of what is in production, and rows of its table."""

    model: Model
    reference: dict[str, Any]
    rows: list[Row]

    @classmethod
    def of(cls, name: str) -> "Live":
        """Load it."""
        folder = REPOSITORY / "models" / name
        version = (folder / "production").read_text("utf-8").strip()
        card = json.loads((folder / version / "card.json").read_text("utf-8"))
        model = load(folder)
        kinds = {field.name: field.kind for field in model.signature.inputs}
        with (REPOSITORY / "data" / name / "table.csv").open(encoding="utf-8", newline="") as file:
            rows = [{x: _cell(kinds[x], row[x]) for x in kinds} for row in csv.DictReader(file)]
        return cls(model, card["reference"], random.Random(1).sample(rows, min(3_000, len(rows))))

    def sketch(self, **more: Any) -> Sketch:
        """Begin a sketch of it."""
        return Sketch(self.model.signature, self.reference, **more)

    def ask(self, sketch: Sketch, rows: list[Row], *, at_once: int = 100) -> None:
        """Let it answer rows, and sketch them."""
        for start in range(0, len(rows), at_once):
            feeds = encode(self.model.signature, rows[start : start + at_once])
            sketch.add(feeds, self.model.answer(feeds))


def _cell(kind: str, text: str) -> float | str | None:
    if text == "":
        return None
    return float(text) if kind == "numeric" else text


@pytest.fixture(scope="module")
def credit() -> Live:
    return Live.of("credit")


# Counting


EDGES = st.lists(
    st.floats(-1e6, 1e6, width=32), unique=True, max_size=12
).map(sorted)  # fmt: skip
NUMBERS = st.lists(st.floats(width=32, allow_infinity=False), max_size=40)


@given(EDGES, NUMBERS, st.data())
def test_numbers_are_counted_as_in_a_card_one_by_one_and_many_at_once(
    edges: list[float], numbers: list[float], data: st.DataObject
) -> None:
    if edges:
        numbers += data.draw(st.lists(st.sampled_from(edges), max_size=9))
    column = np.array(numbers, np.float32)
    bins = bins_of("numeric", {"edges": edges, "counts": [1] * (len(edges) + 1), "missing": 0})
    assert bins
    one_by_one, at_once = [0] * (len(edges) + 2), [0] * (len(edges) + 2)
    for value in column:
        one_by_one[bins.place(value.item())] += 1
    bins.add(column.reshape(-1, 1), at_once)

    wanted = _histogram(column.astype(np.float64), edges)
    assert one_by_one == at_once == [*wanted, int(np.isnan(column).sum())]


def test_texts_count_by_their_words_and_categories_by_name() -> None:
    texts = bins_of("text", {"edges": [2.0, 4.0], "counts": [1, 1, 1], "missing": 0})
    names = bins_of("categorical", {"categories": ["a", "b"], "counts": [5, 5, 0], "missing": 0})
    assert texts
    assert names
    lengths, found = [0] * 4, [0] * 4
    texts.add(np.array(["", "one", "one two", "1 2 3", "1 2 3 4"], np.object_), lengths)
    names.add(np.array(["a", "b", "b", "c", "", "A"], np.object_), found)

    assert lengths == [1, 2, 1, 1]
    assert found == [1, 2, 2, 1]


SCALARS = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(("edges", "counts", "categories", "missing")), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@given(st.sampled_from(("numeric", "categorical", "text")), JSON)
def test_a_card_that_says_anything_else_leaves_the_feature_out(kind: str, told: Any) -> None:
    bins = bins_of(kind, told)

    assert bins is None or len(bins.reference) >= 2
    state = Sketch(Signature("m", "regression", ()), {PREDICTION: told}).state()
    assert Sketch(Signature("m", "regression", ()), told).state() == state


def test_batches_of_any_size_give_the_same_state(credit: Live) -> None:
    states = []
    for at_once in (1, 7, 100, 1000):
        sketch = credit.sketch()
        credit.ask(sketch, credit.rows[:1000], at_once=at_once)
        states.append(sketch.state())

    assert states[0]["rows"] == 1000
    # Scores of a batch may be rounded otherwise; the card of this version has no counts of them.
    assert all(state == states[0] for state in states)


# Comparing


COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=12)


@given(COUNTS, st.data())
def test_the_index_is_that_of_monitoring(before: list[int], data: st.DataObject) -> None:
    now = data.draw(st.lists(st.integers(0, 1000), min_size=len(before), max_size=len(before)))
    both = np.array(before, np.float64), np.array(now, np.float64)

    found = psi_of_monitoring(Ask("x", Limits()), *both)
    assert psi(*both) == pytest.approx(found.value, abs=1e-9)


@pytest.mark.parametrize("bins", [2, 10, 100])
@pytest.mark.parametrize("rows", [200, 5000])
def test_chance_alone_stays_below_the_limit(bins: int, rows: int) -> None:
    dice = np.random.default_rng(bins + rows)
    over = 0
    for _ in range(500):
        shares = dice.dirichlet(np.full(bins, 5.0))
        before, now = (dice.multinomial(n, shares).astype(float) for n in (10_000, rows))
        over += psi(before, now) > chance(before, now)

    assert over <= 1


@pytest.mark.parametrize("name", MODELS)
def test_rows_like_those_of_the_card_do_not_drift(name: str) -> None:
    live = Live.of(name)
    sketch = live.sketch()
    live.ask(sketch, live.rows)
    state = sketch.state()

    assert state["rows"] == len(live.rows)
    inputs = {field.name for field in live.model.signature.inputs}
    assert inputs <= state["features"].keys() <= inputs | {PREDICTION}
    # Time goes on in the bikes' table, and the newest rows have another weather.
    assert state["drifted"] == [] or name.startswith("bikes")


def test_another_unit_is_found_in_the_feature_that_has_it(credit: Live) -> None:
    sketch = credit.sketch()
    credit.ask(sketch, [{**row, "limit_bal": row["limit_bal"] / 1000} for row in credit.rows])
    state = sketch.state()

    assert state["drifted"] == ["limit_bal"]
    assert state["features"]["limit_bal"]["psi"] > 1


def test_a_field_that_goes_empty_and_a_spelling_that_is_new_are_found(credit: Live) -> None:
    sketch = credit.sketch()
    spoilt = {"age": None, "sex": "F"}
    credit.ask(sketch, [row | spoilt if i % 5 == 0 else row for i, row in enumerate(credit.rows)])
    state = sketch.state()

    assert state["drifted"] == ["sex", "age"]
    assert state["features"]["sex"]["unknown"] == pytest.approx(0.2)
    assert state["features"]["age"]["missing"] > 0.2
    assert state["features"]["age"]["unknown"] is None


def test_answers_that_move_are_found() -> None:
    live = Live.of("tickets")
    urgent = [row for row in live.rows if live.model.predict(row).label == "urgent"]
    sketch = live.sketch()
    live.ask(sketch, [*urgent, *live.rows[: len(urgent)]])

    assert PREDICTION in sketch.state()["drifted"]


def test_with_too_few_rows_nothing_has_drifted(credit: Live) -> None:
    rows = [{**row, "limit_bal": 1.0} for row in credit.rows[:MIN_ROWS]]
    sketch = credit.sketch()
    assert sketch.state() == {
        "rows": 0, "hours": 24, "enough": False, "features": {}, "drifted": [],
    }  # fmt: skip
    credit.ask(sketch, rows[:-1])
    few = sketch.state()
    credit.ask(sketch, rows[-1:])

    assert not few["enough"]
    assert few["drifted"] == []
    assert few["features"]["limit_bal"]["psi"] > 1
    assert sketch.state()["drifted"] == ["limit_bal"]
    assert sketch.state(min_rows=1000)["drifted"] == []
    assert sketch.state(limit=100.0)["drifted"] == []


def test_a_state_can_be_written_as_json(credit: Live) -> None:
    sketch = credit.sketch()
    credit.ask(sketch, credit.rows[:300])

    assert json.loads(json.dumps(sketch.state(), allow_nan=False)) == sketch.state()


# The window


def test_the_window_moves_by_the_hour(credit: Live) -> None:
    hour = 0.0
    sketch = credit.sketch(clock=lambda: 3600 * hour + 1)
    for hour in range(30):
        credit.ask(sketch, credit.rows[:10])
        assert sketch.state()["rows"] == 10 * min(hour + 1, 24)

    hour = 29 + 23.9
    assert sketch.state()["rows"] == 10
    hour = 29 + 24
    assert sketch.state() == {
        "rows": 0, "hours": 24, "enough": False, "features": {}, "drifted": [],
    }  # fmt: skip
    for _ in range(100):
        hour += 1
        sketch.state()
    assert len(sketch._slots) == 24


def test_no_row_is_kept() -> None:
    signature = Signature(
        "m", "binary", (Input("note", "text"), Input("who", "categorical")), ("no", "yes"), "yes"
    )
    reference = {
        "note": {"edges": [2.0], "counts": [5, 5], "missing": 0},
        "who": {"categories": ["a"], "counts": [5, 5], "missing": 0},
    }
    sketch, live = Sketch(signature, reference), Live.of("tickets")
    answer = live.model.answer(encode(live.model.signature, live.rows[:20]))
    words = "words that nobody may keep"
    feeds = encode(signature, [{"note": words, "who": words}] * 20)
    sketch.add(feeds, answer)
    sketch.add({name: column[:1] for name, column in feeds.items()}, answer)
    assert sketch.state()["features"]["who"]["unknown"] == 1

    kept = reachable(sketch)
    texts = [one for one in kept if isinstance(one, str)]
    assert "who" in texts
    assert not [one for one in texts if "nobody" in one]
    assert not [one for one in kept if isinstance(one, np.ndarray) and one.size >= 20]


def reachable(start: object) -> list[object]:
    """Everything that an object leads to, but for modules and what they hold."""
    found, todo = {id(start): start}, [start]
    while todo:
        one = todo.pop()
        # Of a dictionary whose keys are all texts, only the values are told.
        keys = [*one] if isinstance(one, dict) else []
        for other in [*gc.get_referents(one), *keys]:
            if id(other) not in found and not _is_of_a_module(other):
                found[id(other)] = other
                todo.append(other)
    return list(found.values())


def _is_of_a_module(one: object) -> bool:
    return isinstance(one, (type, ModuleType)) or (isinstance(one, dict) and "__name__" in one)
