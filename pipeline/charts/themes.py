"""Fixed colours, for where the page's own are out of reach."""

from dataclasses import dataclass
from typing import Literal

from pipeline.charts.chart import Tone

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Colours:
    """One theme; every text is readable on `ground` (contrast 4.5 or more)."""

    ground: str
    text: str
    muted: str
    grid: str
    tones: dict[Tone, str]


THEMES: dict[Theme, Colours] = {
    "light": Colours(
        ground="#ffffff",
        text="#16181d",
        muted="#5b626d",
        grid="#e6e8eb",
        tones={
            "first": "#2b63d9",
            "second": "#b4540a",
            "third": "#0f766b",
            "limit": "#c22b2b",
            "mark": "#868d98",
            "reference": "#b9c0ca",
        },
    ),
    "dark": Colours(
        ground="#0f1115",
        text="#e7e9ec",
        muted="#9aa1ac",
        grid="#262a31",
        tones={
            "first": "#6f9cff",
            "second": "#e8954a",
            "third": "#4cc2a8",
            "limit": "#ff8080",
            "mark": "#6b7380",
            "reference": "#464d58",
        },
    ),
}
