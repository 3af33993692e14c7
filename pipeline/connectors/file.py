"""A file, by path or by address."""

import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from pipeline.connectors.delivery import Delivery
from pipeline.connectors.http import Limits, get, public
from pipeline.errors import DataError

LARGEST_BYTES = 2 * 1024**3
_LIMITS = Limits(LARGEST_BYTES, seconds=3600)
_PAGE = (b"<!doctype html", b"<html")


@dataclass(frozen=True)
class File:
    """What lies at a path, or at an address that starts with http:// or https://."""

    place: str

    def fetch(self, etag: str = "") -> Delivery | None:
        """Read the file, or download it; a local file is always new."""
        if not _is_url(self.place):
            return Delivery(name_of(self.place), "", _read(self.place))
        answer = get(self.place, _LIMITS, etag)
        if answer is None:
            return None
        _refuse_page(answer.content, public(self.place))
        return Delivery(name_of(self.place), public(self.place), answer.content, answer.etag)


def fetch(place: str) -> Delivery:
    """
    Read a file, or download it if the place starts with http:// or https://.

    Raises:
        DataError: It is not there, cannot be reached, is cut short, or is too large.
    """
    delivery = File(place).fetch()
    if delivery is None:
        # Nobody asked the server whether anything has changed.
        raise DataError("the server answers 304 Not Modified", path=public(place))
    return delivery


def name_of(place: str) -> str:
    """Give the name of a file, by its path or URL, without folders or query."""
    if not _is_url(place):
        return Path(place).name
    path = urllib.parse.unquote(urllib.parse.urlsplit(place).path)
    return Path(path).name or "download"


def _is_url(place: str) -> bool:
    return place.lower().startswith(("http://", "https://"))


def _read(place: str) -> bytes:
    path = Path(place)
    if path.is_dir():
        raise DataError("this is a folder", hint="say the file in it", path=place)
    if not path.is_file():
        raise DataError("there is no such file", hint="say a path or an http(s) URL", path=place)
    if path.stat().st_size > LARGEST_BYTES:
        raise DataError(f"more than {LARGEST_BYTES:,} bytes", hint="split it", path=place)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=place) from error


def _refuse_page(content: bytes, place: str) -> None:
    """Refuse the page that a portal or a proxy sends instead of the file, with a cheerful 200."""
    if content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE):
        raise DataError(
            "the server answers with a web page",
            hint="check the address; a login page, perhaps?",
            path=place,
        )
