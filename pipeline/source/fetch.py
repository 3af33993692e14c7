"""The only place of `ingest` that touches the network: a file, by path or by URL."""

import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DataError

LARGEST_BYTES = 2 * 1024**3
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Delivery:
    """
    What arrived.

    Attributes:
        name: The file's own name, without folders: a record must not name a machine's paths.
        url: Where it was downloaded, without the query, which may hold a secret; empty for a
            local file.
    """

    name: str
    url: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Digest of the delivery as it arrived."""
        return hashlib.sha256(self.content).hexdigest()


def name_of(place: str) -> str:
    """Give the name of a file, by its path or URL, without folders or query."""
    if not _is_url(place):
        return Path(place).name
    path = urllib.parse.unquote(urllib.parse.urlsplit(place).path)
    return Path(path).name or "download"


def fetch(place: str) -> Delivery:
    """
    Read a file, or download it if the place starts with http:// or https://.

    Raises:
        DataError: It is not there, cannot be reached, is cut short, or is too large.
    """
    if _is_url(place):
        public = place.partition("#")[0].partition("?")[0]
        return Delivery(name_of(place), public, _download(place, public))
    return Delivery(name_of(place), "", _read(place))


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


def _download(url: str, public: str) -> bytes:
    try:
        # Only http and https reach this point, never file: or the like.
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            promised: int | None = response.length
            content: bytes = response.read(LARGEST_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:
            message = f"the server answers {error.code} {error.reason}"
            raise DataError(message, hint="check the address", path=public) from error
    # A broken connection, an answer that is no HTTP, or no address at all.
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise DataError(f"cannot be reached: {reason}", hint="try again", path=public) from error
    if len(content) > LARGEST_BYTES:
        raise DataError(f"more than {LARGEST_BYTES:,} bytes", path=public)
    # A connection that breaks off in the middle looks like the end of the file.
    if promised is not None and len(content) < promised:
        message = f"cut short: {len(content):,} of {promised:,} bytes arrived"
        raise DataError(message, hint="try again", path=public)
    return content
