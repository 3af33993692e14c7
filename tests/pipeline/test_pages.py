"""What the pages say in words, of anything: nothing at all, and strings that mean harm."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from xss import CORPUS, HOSTILE

from pipeline.report.facts import Facts, Metric, Model, Pipeline, Term, Words
from pipeline.report.pages import render
from pipeline.report.pages.card import card
from pipeline.report.pages.timeline import Span, span
from pipeline.report.pages.words import day, figure, quoted, rule, share, signed, size

PIPELINE = Pipeline((), (), (), "", "", "", "", "")
NOTHING = Facts("", "", "", (), (), (), PIPELINE, "there is no Git here", ())
NEW = Model(
    name="new", title="New", owner="", task="binary", retired=False, target="y",
    metric=Metric("f1", greater_is_better=True), words=Words(), production="", since="",
    staging="", headline=None, versions=(), terms=(), runs=(), gate=None, evaluation=None,
    interface=None, monitoring=None, damage=(), latest=False, promotions=0,
)  # fmt: skip


def pages(facts: Facts) -> dict[str, str]:
    return {path: content.decode() for path, content in render(facts)}


def front_matter(text: str) -> Any:
    return YAML(typ="safe").load(text.split("---\n")[1])


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("index.md", "modelpress new NAME"),
        ("drift/index.md", "No model is watched yet"),
        ("registry/index.md", "There is no Git here"),
        ("runs/index.md", "No run has been kept yet"),
        ("pipeline/index.md", "There are no stages yet"),
    ],
)
def test_a_repository_without_anything_is_told_what_to_do(page: str, says: str) -> None:
    text = pages(NOTHING)[page]

    assert says in text
    assert "mp-empty" in text
    assert "<table" not in text


def test_a_model_before_its_first_run_has_a_page_that_says_so() -> None:
    text = pages(replace(NOTHING, models=(NEW,)))["models/new/index.md"]

    sections = text.count("\n## ")
    assert sections == 9
    assert text.count("mp-empty") == sections
    assert "Nothing in production" in text


@pytest.mark.parametrize("words", [*CORPUS, HOSTILE, "a\nb: c", "\x00\x7f\u2028", "é 🚲", '"', "'"])
def test_front_matter_is_yaml_whatever_the_title(words: str) -> None:
    model = replace(NEW, title=words, words=Words(words, words, words, words))
    found = pages(replace(NOTHING, models=(model,)))

    page = front_matter(found["models/new/index.md"])
    assert "<" not in page["title"] + page["description"]
    assert isinstance(front_matter(found["models/new/card.txt"])["model_name"], str)


def test_a_card_has_what_the_hub_reads() -> None:
    told = front_matter(card(replace(NEW, words=Words("Tells.", "", "", "MIT")), NOTHING))

    assert told == {
        "license": "mit",
        "library_name": "onnx",
        "pipeline_tag": "tabular-classification",
        "model_name": "New",
        "tags": ["onnx", "modelpress", "tabular"],
    }


def test_a_card_keeps_words_from_being_markup() -> None:
    text = card(replace(NEW, words=Words("<b> | [x](y) *z* `q`", "", "", "")), NOTHING)

    assert "\\<b\\> \\| \\[x\\](y) \\*z\\* \\`q\\`" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),  # noqa: RUF001
        (float("nan"), "–"),  # noqa: RUF001
        (0, "0.000"),
        (0.93554, "0.936"),
        (-1.5, "−1.500"),  # noqa: RUF001
        (12.345, "12.3"),
        (52_345.6, "52,346"),
        (0.00012, "0.00012"),
    ],
)
def test_a_figure_has_about_four_digits(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_small_words() -> None:
    assert signed(0.0001) == "+0.0001"
    assert signed(0) == "±0.000"
    assert signed(-0.02) == "−0.020"  # noqa: RUF001
    assert share(0.1234) == "12.3\u00a0%"
    assert [size(n) for n in (0, 999, 1500, 322_000, 14_200_000)] == [
        "0 B", "999 B", "1.5 kB", "322 kB", "14.2 MB",
    ]  # fmt: skip
    assert day("2026-08-03T06:00:00Z") == day("2026-08-03") == "3 Aug 2026"
    assert day("never") == "never"
    assert rule("slice:sex=1:roc_auc") == "Not below the floor in a slice: sex=1, ROC AUC"
    assert rule("new_rule") == "New rule"
    assert json.loads(quoted('a "b"\n\x1b c')) == 'a "b" c'


def term(version: str, since: str, until: str = "", *, rollback: bool = False) -> Term:
    return Term(version, f"{since}T06:00:00Z", until and f"{until}T06:00:00Z", "c", "a", "s",
        rollback, "r")  # fmt: skip


def test_terms_are_bars_within_the_days_that_are_drawn() -> None:
    drawn = Span(date(2026, 1, 1), date(2026, 1, 10))
    bars = drawn.bars(
        [
            term("v1.0.0", "2025-06-01", "2026-01-03"),
            term("", "2026-01-03", "2026-01-06"),
            term("v1.0.0", "2026-01-06", rollback=True),
        ]
    )

    assert [(bar.left, bar.width) for bar in bars] == [(0, 20), (50, 50)]
    assert [bar.kind for bar in bars] == ["", "now back"]


def test_half_a_year_is_drawn_at_most_and_two_weeks_at_least() -> None:
    def days(*since: str) -> int:
        model = replace(NEW, terms=tuple(term("v1.0.0", day) for day in since))
        found = span(replace(NOTHING, models=(model,), built="2026-06-30T10:00:00Z"))
        assert found
        assert found.last == date(2026, 6, 30)
        return (found.last - found.first).days

    assert days("2026-06-30") == 14
    assert days("2026-05-01") == 60
    assert days("2020-01-01", "2026-06-29") == 180
    assert span(NOTHING) is None


def test_templates_escape_by_default_and_miss_no_name(tmp_path: Path) -> None:
    (tmp_path / "overview.md.j2").write_text("{{ facts.history }}", "utf-8")
    found = dict(render(replace(NOTHING, history="<b>"), tmp_path))
    assert found == {"index.md": b"&lt;b&gt;"}

    (tmp_path / "overview.md.j2").write_text("{{ facts.nothing }}", "utf-8")
    with pytest.raises(Exception, match="nothing"):
        dict(render(NOTHING, tmp_path))
