"""The dashboard's arithmetic, in the browser that does it: what is read, and what has changed."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Visit, chromium, visiting
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, generate_latest
from serving import Running

pytestmark = pytest.mark.chromium

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.floats(min_value=0, allow_infinity=False, allow_nan=False)

SERIES = """async ({text, name}) => {
  const { Exposition } = await import("/dashboard/exposition.js");
  return new Exposition(text).series(name).map(({ labels, value }) => [labels, value]);
}"""

GROWTH = """async ({before, after, name}) => {
  const { Exposition } = await import("/dashboard/exposition.js");
  const { growth, total } = await import("/dashboard/change.js");
  return total(growth(before && new Exposition(before), new Exposition(after), name));
}"""

QUANTILE = """async ({buckets, share}) => {
  const { quantile } = await import("/dashboard/change.js");
  const series = buckets.map(([le, value]) => ({ labels: { le }, value }));
  const found = quantile(share, series);
  return Number.isNaN(found) ? null : found;
}"""

HISTORY = """async looks => {
  const { Exposition } = await import("/dashboard/exposition.js");
  const { History } = await import("/dashboard/history.js");
  const history = new History();
  for (const [seconds, text] of looks) {
    if (text === null) history.miss(1000 * seconds);
    else history.add(1000 * seconds, new Exposition(text));
  }
  return history.points.map(({ time, rate }) => [time / 1000, rate]);
}"""

TICKS = """async most => {
  const { ticks } = await import("/dashboard/axis.js");
  return ticks(most);
}"""


@pytest.fixture(scope="module")
def visit(fast: Running) -> Iterator[Visit]:
    """A page that may import the dashboard's modules."""
    with chromium() as browser, visiting(browser, fast, "/dashboard") as opened:
        yield opened


def series(visit: Visit, text: str, name: str) -> dict[frozenset[tuple[str, str]], float]:
    found = visit.page.evaluate(SERIES, {"text": text, "name": name})
    # A whole number comes as an int, which Python compares digit for digit.
    return {frozenset(labels.items()): float(value) for labels, value in found}


@given(rows=st.dictionaries(st.tuples(WORDS, WORDS), NUMBERS, max_size=5))
@settings(max_examples=60)
def test_what_the_official_client_writes_is_read(
    visit: Visit, rows: dict[tuple[str, str], float]
) -> None:
    registry = CollectorRegistry()
    counter = Counter("odd", "Odd ones.", ("one", "other"), registry=registry)
    for labels, value in rows.items():
        counter.labels(*labels).inc(value)
    found = series(visit, generate_latest(registry).decode(), "odd_total")
    assert found == {frozenset({"one": a, "other": b}.items()): v for (a, b), v in rows.items()}


def test_numbers_that_are_none_are_read(visit: Visit) -> None:
    text = 'x{le="+Inf"} +Inf\nx{le="1"} -Inf\nx 1e-05\n# HELP x 7\n\ny 3'
    found = series(visit, text, "x")
    assert sorted(found.values()) == [-math.inf, 1e-05, math.inf]
    assert series(visit, text, "absent") == {}


def growth(visit: Visit, before: str | None, after: str) -> Any:
    return visit.page.evaluate(GROWTH, {"before": before, "after": after, "name": "x"})


def test_a_counter_that_began_anew_counts_from_zero(visit: Visit) -> None:
    assert growth(visit, 'x{a="1"} 7\nx{a="2"} 100', 'x{a="1"} 9\nx{a="2"} 4') == 2 + 4


def test_a_series_that_comes_counts_whole_and_one_that_goes_counts_nothing(visit: Visit) -> None:
    assert growth(visit, 'x{a="1"} 7', 'x{a="2"} 5') == 5
    assert growth(visit, None, 'x{a="1"} 7\nx{a="2"} 5') == 12


@given(
    counts=st.lists(st.integers(0, 9), min_size=2, max_size=8).filter(any),
    share=st.sampled_from([0.01, 0.5, 0.95, 0.99]),
)
@settings(max_examples=60)
def test_a_quantile_lies_where_its_rank_lies(visit: Visit, counts: list[int], share: float) -> None:
    bounds = [2.0**at for at in range(len(counts) - 1)]
    sums = [sum(counts[: at + 1]) for at in range(len(counts))]
    buckets = list(zip([*map(str, bounds), "+Inf"], sums, strict=True))
    found = visit.page.evaluate(QUANTILE, {"buckets": buckets, "share": share})
    at = next(at for at, below in enumerate(sums) if below >= share * sums[-1])
    if at == len(bounds):
        assert found == bounds[-1]
    else:
        low, below = (bounds[at - 1], sums[at - 1]) if at else (0.0, 0)
        wanted = low + (bounds[at] - low) * (share * sums[-1] - below) / counts[at]
        assert found == pytest.approx(wanted)


def test_a_quantile_of_nothing_is_none(visit: Visit) -> None:
    buckets = [("0.1", 0), ("+Inf", 0)]
    assert visit.page.evaluate(QUANTILE, {"buckets": buckets, "share": 0.5}) is None
    assert visit.page.evaluate(QUANTILE, {"buckets": [], "share": 0.5}) is None


def look(rows: float, *, started: int = 1, up: float = 100) -> str:
    return "\n".join(
        (
            f'modelpress_rows_total{{model="m",version="v1.0.0"}} {rows}',
            f"process_start_time_seconds {started}",
            f"modelpress_uptime_seconds {up}",
        )
    )


def points(visit: Visit, *looks: tuple[float, str | None]) -> Any:
    return visit.page.evaluate(HISTORY, looks)


def test_a_rate_is_what_came_between_two_looks(visit: Visit) -> None:
    assert points(visit, (0, look(10)), (5, look(60)), (15, look(60))) == [[5, 10], [15, 0]]


def test_a_service_that_was_started_anew_counts_from_its_start(visit: Visit) -> None:
    told = points(visit, (0, look(500)), (5, None), (10, look(700, started=2, up=3)))
    assert told == [[10, 70]]


def test_another_worker_is_not_compared(visit: Visit) -> None:
    told = points(visit, (0, look(50)), (5, look(9000, started=2)), (10, look(9010, started=2)))
    assert told == [[5, None], [10, 2]]


def test_a_silence_is_a_gap(visit: Visit) -> None:
    told = points(visit, (0, look(0)), (5, look(5)), (10, None), (15, None), (20, look(20)))
    assert told == [[5, 1], [10, None], [20, 1]]


@given(most=st.floats(1e-6, 1e9))
@settings(max_examples=60)
def test_an_axis_has_few_round_ticks_that_reach_the_highest(visit: Visit, most: float) -> None:
    found = visit.page.evaluate(TICKS, most)
    step = found[1]
    assert found[0] == 0
    assert 2 <= len(found) <= 6
    assert found[-1] >= most * (1 - 1e-9)
    assert found == pytest.approx([at * step for at in range(len(found))])
    assert f"{step:e}"[0] in "125"
