"""Where models lie: a folder of the checkout, or the same folder published on a site."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from modelpress.errors import FileError
from modelpress.session import LARGEST_BYTES

TIMEOUT_SECONDS = 30

Read = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Place:
    """
    A folder to read files from.

    Attributes:
        name: How messages call it.
        read: Gives the bytes of a file in it, or None if there is no such file.
    """

    name: str
    read: Read

    def require(self, file: str) -> bytes:
        """
        Read a file that must be there.

        Raises:
            FileError: It is not.
        """
        content = self.read(file)
        if content is None:
            raise FileError(f"`{self.name}/{file}` does not exist")
        return content


def open_place(path_or_url: str) -> Place:
    """Open a local folder, or a published one if the text starts with http:// or https://."""
    name = path_or_url.rstrip("/") or path_or_url[:1]
    if name.startswith(("http://", "https://")):
        return Place(name, lambda file: _download(f"{name}/{file}"))
    return Place(name, lambda file: _read_file(Path(name) / file))


def _read_file(path: Path) -> bytes | None:
    if not path.is_file():
        return None
    if path.stat().st_size > LARGEST_BYTES:
        raise FileError(f"`{path}` is larger than {LARGEST_BYTES:,} bytes")
    return path.read_bytes()


def _download(url: str) -> bytes | None:
    try:
        # Only http and https reach this point, never file: or the like.
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            content: bytes = response.read(LARGEST_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 404:
                return None
            raise FileError(f"`{url}` answers {error.code} {error.reason}") from error
    # A broken connection, an answer that is no HTTP, or no address at all.
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FileError(f"`{url}` cannot be reached: {error}") from error
    if len(content) > LARGEST_BYTES:
        raise FileError(f"`{url}` is larger than {LARGEST_BYTES:,} bytes")
    return content
