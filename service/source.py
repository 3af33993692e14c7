"""Where versions come from: a checkout's folder, or a published site."""

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from service.settings import Settings


class Pointers(Protocol):
    """What a model's registry names; empty where it names nothing."""

    @property
    def production(self) -> str:
        """The version in production."""
        ...

    @property
    def staging(self) -> str:
        """The version in staging."""
        ...

    @property
    def versions(self) -> Sequence[str]:
        """Every version, oldest first."""
        ...


class Fetched(Protocol):
    """The bytes of a version, checked, with what the registry says about them."""

    @property
    def content(self) -> bytes:
        """The ONNX file."""
        ...

    @property
    def card(self) -> dict[str, Any]:
        """Its record."""
        ...


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


def open_source(settings: Settings) -> Source:
    """
    Open what the settings name.

    Raises:
        FileError: There is no registry.
    """
    if settings.source:
        from service.site import Site  # noqa: PLC0415 - the checkout does without

        return Site.of(settings)
    from service.folder import Folder  # noqa: PLC0415 - a site does without

    return Folder(settings.folder / "models")
