"""Version numbers: read, ordered, counted up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.version import FIRST, Version, parse_version

NUMBERS = st.builds(Version, *[st.integers(0, 10**9 - 1)] * 3)
LEVELS = st.sampled_from(["major", "minor", "patch"])


@given(NUMBERS)
def test_what_is_written_is_read(version: Version) -> None:
    assert parse_version(str(version)) == version


@given(NUMBERS, LEVELS)
def test_the_next_is_later_at_every_level(version: Version, level: str) -> None:
    assert version.next(level) > version  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", "1.0.0", "v1.0", "v01.0.0", "v1.0.0 ", "v1.0.0\n", "V1.0.0", "v1.0.0-a", "v-1.0.0",
             "v1.0.9999999999", "v1\N{ARABIC-INDIC DIGIT ONE}.0.0"],
)  # fmt: skip
def test_what_is_no_version_is_none(text: str) -> None:
    assert parse_version(text) is None


def test_numbers_are_ordered_as_numbers() -> None:
    names = ["v1.10.0", "v1.9.9", "v10.0.0", "v2.0.0"]
    assert sorted(names, key=lambda name: parse_version(name) or FIRST) == [
        "v1.9.9", "v1.10.0", "v2.0.0", "v10.0.0",
    ]  # fmt: skip
