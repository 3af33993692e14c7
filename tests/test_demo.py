"""What the history of `make demo` takes for granted in the checkout it is played from."""

import importlib.util
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from house import REPOSITORY

from pipeline.cli import VERBS
from pipeline.config import load_params


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("history", REPOSITORY / "demo" / "history.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up while it is made.
    sys.modules["history"] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["history"]
    return module


def test_every_edit_meets_its_lines_and_leaves_sound_parameters(
    demo: ModuleType, tmp_path: Path
) -> None:
    shutil.copy(REPOSITORY / "params.yaml", tmp_path)
    for day in demo.DAYS:
        for before, after in day.edits:
            demo.edit(tmp_path / "params.yaml", before, after)

        assert load_params(tmp_path, demo.MODELS).faults == {}


def test_an_edit_that_meets_nothing_ends_the_demo(demo: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("models: {}\n", "utf-8")

    with pytest.raises(SystemExit, match="not the one this history was written for"):
        demo.edit(tmp_path / "params.yaml", "max_iter", "max_iter: 2")


@pytest.mark.parametrize("model", ["iris", "spam", "credit"])
def test_the_last_day_s_table_is_the_whole_sample(
    demo: ModuleType, tmp_path: Path, model: str
) -> None:
    place = Path("data") / model / "table.csv"
    demo.grow(tmp_path, model, demo.DAYS[-1].moment)

    assert (tmp_path / place).read_bytes() == (REPOSITORY / place).read_bytes()


def test_a_table_ends_with_its_day(demo: ModuleType, tmp_path: Path) -> None:
    demo.grow(tmp_path, "iris", datetime(2026, 8, 1, tzinfo=UTC))
    lines = (tmp_path / "data" / "iris" / "table.csv").read_text("utf-8").split()

    assert 1 < len(lines) < 151
    assert max(line.split(",")[1] for line in lines[1:]) <= "2026-08-01T00:00:00Z"


def test_the_days_follow_each_other_and_call_verbs(demo: ModuleType) -> None:
    assert sorted(demo.DAYS, key=lambda day: day.number) == list(demo.DAYS)
    assert {day.verb[0] for day in demo.DAYS} | {words[0] for words in demo.AT_THE_END} <= set(
        VERBS
    )


def test_rows_that_arrive_are_those_of_their_day_and_wrong_on_the_days_that_say_so(
    demo: ModuleType, tmp_path: Path
) -> None:
    days = [day for day in demo.DAYS if day.arrivals]
    for day in days:
        demo.arrive(tmp_path, day.arrivals)
    header, *_ = (REPOSITORY / "data/credit/table.csv").read_text("utf-8").splitlines()
    limit = header.split(",").index("limit_bal")
    means = {}
    for place in sorted((tmp_path / "data/credit/current").iterdir()):
        first, *lines = place.read_text("utf-8").splitlines()
        rows = [line.split(",") for line in lines]
        assert first == header
        assert len(rows) > 100
        assert {row[1][:10] for row in rows} == {place.stem}
        means[place.stem] = sum(float(row[limit]) for row in rows) / len(rows)
    wrong = {str(demo.moment_of(n).date()) for day in days for n in day.arrivals.wrong}

    assert {day for day, mean in means.items() if mean < 10_000} == wrong
    assert len(wrong) == 3


def test_the_days_that_are_watched_follow_each_other_and_have_come(demo: ModuleType) -> None:
    watched = [day for day in demo.DAYS if day.verb[0] == "monitor"]

    assert len(watched) == 2
    for day in watched:
        _, _, _, since, _, until = day.verb
        assert since < until <= str(day.moment.date())
    assert watched[0].verb[5] < watched[1].verb[3]


def test_models_without_a_table_in_this_history_leave_it(demo: ModuleType, tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "params.yaml", tmp_path)
    assert {*demo.others(tmp_path), *demo.MODELS} == {*load_params(tmp_path).names}
    assert not {*demo.others(tmp_path)} & {*demo.MODELS}
