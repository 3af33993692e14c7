"""The chart kit: what it draws of anything, and that it escapes what it is given."""

import math
import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xss import CORPUS

from pipeline.charts import (
    Axis,
    Band,
    Bars,
    Chart,
    Diagram,
    Dots,
    Edge,
    Event,
    HeatMap,
    Key,
    Limit,
    Line,
    Mark,
    Node,
    Row,
    Table,
    Whiskers,
    date_axis,
    diagram,
    file,
    heat_map,
    number_axis,
    page,
    share_axis,
    sparkline,
    strip,
)
from pipeline.charts.diagram import layered
from pipeline.charts.ticks import date_ticks, number_ticks

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def chart(*marks: Mark, values: tuple[float | None, ...] = (0, 1), words: str = "x") -> Chart:
    return Chart(
        words,
        share_axis(words),
        number_axis(values, words),
        marks,
        Table((words,), (Row((words,), 0.5, 0.5),)),
        (Key("first", words),),
        empty=words,
    )


def every_mark(words: str = "here") -> tuple[Mark, ...]:
    return (
        Line(((0, 0.2), (0.5, None), (1, 0.8))),
        Line(((0, 0), (1, 1)), "mark", dashed=True),
        Line(((0, 0.1), (1, 0.4)), step=True),
        Band(((0, 0.1, 0.3), (0.5, None, 0.4), (1, 0.7, 0.9))),
        Whiskers(((0.2, 0.1, 0.4), (0.4, None, None))),
        Dots(((0.2, 0.3), (0.4, math.nan))),
        Bars(((0, 0.1, 0.5), (0.1, 0.2, None))),
        Limit(0.5, words),
        Event(0.3, words),
        Event(0.95, words),
    )


def parsed(html: str) -> ET.Element:
    """Read what was drawn as XML: it is well formed, or this fails."""
    return ET.fromstring(f"<all>{html}</all>")  # noqa: S314 - our own


def coordinates(html: str) -> list[float]:
    paths = [one.attrib["d"] for one in parsed(html).iter() if "d" in one.attrib]
    return [float(number) for path in paths for number in re.findall(r"-?[\d.]+", path)]


@pytest.mark.parametrize("words", CORPUS)
def test_words_are_escaped_wherever_they_stand(words: str) -> None:
    drawn = [
        page(chart(*every_mark(words), words=words), words),
        page(chart(words=words)),
        file(chart(*every_mark(words), words=words), words),
        file(chart(words=words), words),
        sparkline([1, 2], words),
        strip([0.1], words),
        heat_map(HeatMap(words, (words, "b"), ((1, 2), (3, 4)))),
        diagram(Diagram(words, (Node(words, words, words, words),), (Edge(words, words),))),
    ]

    for html in drawn:
        tags = {one.tag.rpartition("}")[2] for one in parsed(html).iter()}
        assert not tags & {"script", "img", "iframe", "article"}
        assert {
            name for one in parsed(html).iter() for name in one.attrib if name[:2] == "on"
        } == set()


def test_one_description_is_drawn_for_a_page_and_as_a_file() -> None:
    described = chart(*every_mark())
    inline, light, dark = (
        page(described),
        file(described, "Title"),
        file(described, "Title", "dark"),
    )

    assert "#" not in inline  # colours are the style sheet's
    assert light != dark
    assert parsed(light)[0].attrib["role"] == "img"
    for drawn in (inline, light, dark):
        parsed(drawn)
        assert "nan" not in drawn.lower()
        assert "None" not in drawn


def test_a_listener_gets_the_sentence_and_the_table() -> None:
    drawn = parsed(page(chart(Line(((0, 0), (1, 1))), words="From 0 to 1.")))

    picture = next(one for one in drawn.iter() if one.attrib.get("role") == "img")
    assert picture.attrib["aria-label"] == "From 0 to 1."
    assert [one.text for one in drawn.iter("td")] == ["From 0 to 1."]
    assert next(drawn.iter("tbody"))[0].attrib == {"data-x": "50", "data-y": "50"}


@pytest.mark.parametrize(
    "marks",
    [
        (),
        (Line(()),),
        (Line(((0, None), (1, math.nan))),),
        (Bars(((0, 1, None),)), Band(((0, None, None),))),
        (Limit(0.5, "alone"), Event(0.5, "alone")),
    ],
)
def test_what_has_nothing_to_draw_says_so(marks: tuple[Mark, ...]) -> None:
    described = chart(*marks, words="Nothing yet.")

    assert page(described) == '<p class="mp-empty">Nothing yet.</p>'
    assert "Nothing yet." in file(described, "t")
    assert "<path" not in file(described, "t")


def test_a_lone_point_is_a_dot_in_the_middle() -> None:
    described = Chart("x", date_axis([date(2026, 1, 1)]), number_axis([5]), (Line(((739617, 5),)),))

    assert 'd="M50 50h.01"' in page(described)


def test_a_constant_series_is_a_level_line() -> None:
    axis = number_axis([0.7, 0.7, 0.7])

    assert axis.low < 0.7 < axis.high
    assert axis.at(0.7) == pytest.approx(50)


def test_a_gap_is_not_bridged() -> None:
    drawn = page(chart(Line(((0, 0.1), (0.2, 0.2), (0.4, None), (0.6, 0.3), (1, 0.4)))))

    path = re.search(r'class="line first" d="([^"]*)"', drawn)
    assert path
    assert path[1].count("M") == 2


@given(st.lists(_NUMBERS | st.none() | st.just(math.nan), max_size=8))
def test_numbers_of_any_size_fit_into_the_picture(values: list[float | None]) -> None:
    points = tuple((at / 8, value) for at, value in enumerate(values))
    described = chart(Line(points), Dots(points), values=tuple(values))
    drawn = page(described)

    parsed(file(described, "t"))
    assert all(-1 <= place <= 101 for place in coordinates(drawn))
    parsed(sparkline(values, "t", 0.5))
    parsed(strip([abs(v) if v is not None else None for v in values], "t"))


@given(_NUMBERS, _NUMBERS)
def test_ticks_are_few_in_order_and_within(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ticks = number_ticks(low, high)
    room = 1e-6 * (abs(low) + abs(high))

    assert len(ticks) <= 11
    assert len({tick.text for tick in ticks}) == len(ticks)
    assert [tick.value for tick in ticks] == sorted(tick.value for tick in ticks)
    assert all(low - room <= tick.value <= high + room for tick in ticks)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.692, 0.8, ["0.70", "0.72", "0.74", "0.76", "0.78", "0.80"]),
        (-2, 2, ["\N{MINUS SIGN}2", "\N{MINUS SIGN}1", "0", "1", "2"]),
        (0, 52_000, ["0", "10k", "20k", "30k", "40k", "50k"]),
        (0, 2.4e7, ["0", "5000k", "10M", "15M", "20M"]),
        (3, 3, []),
    ],
)
def test_ticks_are_round(low: float, high: float, texts: list[str]) -> None:
    assert [tick.text for tick in number_ticks(low, high)] == texts


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 20_000))
def test_days_on_an_axis_are_few_and_within(first: date, days: int) -> None:
    last = first + timedelta(days)
    ticks = date_ticks(first, last)

    assert len(ticks) <= 8
    assert all(first.toordinal() <= tick.value <= last.toordinal() for tick in ticks)
    assert ticks or days > 6


@pytest.mark.parametrize(
    ("days", "texts"),
    [
        (4, ["1 Sep", "2 Sep", "3 Sep", "4 Sep", "5 Sep"]),
        (28, ["7 Sep", "14 Sep", "21 Sep", "28 Sep"]),
        (120, ["Sep", "Oct", "Nov", "Dec"]),
        (700, ["Jan 2027", "Jul", "Jan 2028", "Jul"]),
    ],
)
def test_days_on_an_axis_are_mondays_and_firsts(days: int, texts: list[str]) -> None:
    ticks = date_ticks(date(2026, 9, 1), date(2026, 9, 1) + timedelta(days))

    assert [tick.text for tick in ticks][: len(texts)] == texts


def test_names_of_events_do_not_cover_one_another() -> None:
    drawn = page(chart(Line(((0, 0), (1, 1))), *(Event(at / 100, f"v{at}") for at in (10, 12, 30))))

    assert ">v10<" in drawn
    assert ">v12<" not in drawn
    assert ">v30<" in drawn


def test_a_sparkline_shows_its_limit_only_where_that_does_not_flatten_it() -> None:
    assert 'class="limit"' in sparkline([0.8, 0.9], "x", 0.75)
    assert 'class="limit"' not in sparkline([0.8, 0.81], "x", 0.1)
    assert sparkline([], "x") == sparkline([None, math.nan], "x") == ""


def test_a_long_course_is_thinned_from_its_end() -> None:
    values: list[float | None] = [float(at) for at in range(400)]

    assert len(coordinates(sparkline(values, "x"))) < 110
    assert 'cx="124" cy="3"' in sparkline(values, "x")


def test_a_strip_says_by_height_what_it_says_by_colour() -> None:
    drawn = strip([0.2, None, 0.7, 1.5, 99.0], "x")

    assert [drawn.count(f'class="{level}"') for level in ("calm", "near", "over")] == [1, 1, 1]
    assert "v-22h" in drawn
    assert strip([None], "x") == strip([], "x") == ""


def test_a_matrix_tells_recall_and_survives_a_class_without_rows() -> None:
    drawn = heat_map(HeatMap("c", ("a", "b"), ((3, 1), (0, 0))))

    assert [one.text for one in parsed(drawn).iter("td") if one.get("class") == "recall"] == [
        "0.75",
        "\N{EN DASH}",
    ]


def test_a_graph_stands_in_layers_and_leaves_out_unknown_ends() -> None:
    nodes = tuple(Node(name, name) for name in "abcd")
    edges = (Edge("a", "b"), Edge("b", "c"), Edge("a", "c"), Edge("c", "nowhere"))
    graph = Diagram("g", nodes, edges)

    assert [[node.name for node in layer] for layer in layered(graph)] == [["a", "d"], ["b"], ["c"]]
    assert diagram(graph).count("<path") == 2 * 3
    assert diagram(graph).count('class="far"') == 2


def test_a_circle_in_a_graph_ends() -> None:
    graph = Diagram("g", (Node("a", "a"), Node("b", "b")), (Edge("a", "b"), Edge("b", "a")))

    assert len(layered(graph)) == 2


def test_an_axis_without_length_puts_everything_in_the_middle() -> None:
    assert Axis(3, 3).at(3) == Axis(3, 3).at(99) == 50
