"""Where versions come from: a checkout's folder, or a published site."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Pointers:
    """
    What a model's registry names.

    Attributes:
        production: Such as `v1.2.0`; empty if nothing is in production.
        staging: Likewise.
        versions: Every whole version that was not withdrawn, oldest first.
    """

    production: str = ""
    staging: str = ""
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetched:
    """
    The bytes of a version, which are those of its card.

    Attributes:
        content: The ONNX file.
        card: Its record, as the registry has it.
    """

    name: str
    version: str
    content: bytes
    card: dict[str, Any]


class Source(Protocol):
    """
    A registry to read.

    Every method raises a FileError that names what cannot be read, or is not what was promised.
    """

    def names(self) -> Sequence[str]:
        """Name the models."""
        ...

    def line(self, name: str) -> Pointers:
        """Read what a model's pointers name, and which versions there are."""
        ...

    def fetch(self, name: str, version: str) -> Fetched:
        """Read a version: its digest is that of the record, and it is safe to be opened."""
        ...

    def stamp(self) -> Hashable:
        """Give something that changes when anything has changed, at little cost."""
        ...
