"""Version numbers: computed, never typed."""

import re
from typing import Literal, NamedTuple

Level = Literal["major", "minor", "patch"]

_PATTERN = re.compile(r"v(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")


class Version(NamedTuple):
    """
    A version of a model, e.g. v1.2.0; greater is later.

    major: a client breaks; minor: parameters or code; patch: data only.
    """

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}.{self.patch}"

    def next(self, level: Level) -> "Version":
        """Count up at a level; what is below it starts anew."""
        if level == "major":
            return Version(self.major + 1, 0, 0)
        if level == "minor":
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


FIRST = Version(1, 0, 0)


def parse_version(text: str) -> Version | None:
    """Read a version; None if the text is none."""
    found = _PATTERN.fullmatch(text)
    return Version(*map(int, found.groups())) if found else None
