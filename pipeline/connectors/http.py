"""
Downloads: the only way by which data comes in from the network.

Every wait has an end: silence, the whole download, the number of attempts, and what a server may
ask for in `Retry-After`. A trouble that may pass is tried again, after twice the time each time
and a share of it left to chance, so that many who failed together do not come back together.
"""

import email.utils
import http.client
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC
from email.message import Message
from secrets import SystemRandom
from typing import IO, Any

from pipeline.errors import DataError

_NOT_MODIFIED = 304
# What may be different in a moment, by RFC 9110 and what proxies do.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHUNK = 1 << 20
_LONGEST_REASON = 64 * 1024
_dice = SystemRandom()


@dataclass(frozen=True)
class Limits:
    """How much one download may bring, and how long it may take."""

    most_bytes: int
    seconds: float


@dataclass(frozen=True)
class Patience:
    """How often and how long to wait, in seconds."""

    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 60.0
    silence: float = 30.0


PATIENCE = Patience()


@dataclass(frozen=True)
class Answer:
    """What the server sent, and its name for it."""

    content: bytes
    etag: str


class RefusedError(DataError):
    """The server answers with an error; `body` is what it says about it."""

    def __init__(self, message: str, *, hint: str, path: str, body: bytes) -> None:
        super().__init__(message, hint=hint, path=path)
        self.body = body


class _PassingError(Exception):
    """A trouble that may pass; `wait` is how long the server asks to stay away."""

    def __init__(self, fault: DataError, wait: float = 0.0) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.wait = wait


def public(url: str) -> str:
    """Give an address without what may hold a secret."""
    return url.partition("#")[0].partition("?")[0]


def get(url: str, limits: Limits, etag: str = "") -> Answer | None:
    """
    Download; None if the server says that what it named `etag` has not changed.

    Raises:
        RefusedError: The server answers with an error.
        DataError: It cannot be reached, breaks off, takes too long, or sends too much.
    """
    wait = PATIENCE.first_wait
    for _ in range(PATIENCE.attempts - 1):
        try:
            return _attempt(url, limits, etag)
        except _PassingError as trouble:
            if trouble.wait > PATIENCE.longest_wait:
                raise trouble.fault from trouble
            time.sleep(max(trouble.wait, wait * _dice.uniform(0.5, 1)))
            wait = min(2 * wait, PATIENCE.longest_wait)
    try:
        return _attempt(url, limits, etag)
    except _PassingError as trouble:
        raise trouble.fault from trouble


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """A few redirects, and none from an encrypted address to one that is not."""

    max_redirections = 5

    def redirect_request(  # noqa: PLR0913, PLR0917 - as urllib calls it
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.lower().startswith("https:") and not newurl.lower().startswith("https:"):
            raise urllib.error.URLError("it leads from https to an address without encryption")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type] # typeshed wants HTTPMessage


def _attempt(url: str, limits: Limits, etag: str) -> Answer | None:
    headers = {"User-Agent": "modelpress", **({"If-None-Match": etag} if etag else {})}
    opener = urllib.request.build_opener(_SafeRedirects)
    try:
        # Only http and https reach this point, never file: or the like.
        request = urllib.request.Request(url, headers=headers)  # noqa: S310
        with opener.open(request, timeout=PATIENCE.silence) as response:
            return Answer(_read(response, limits, public(url)), response.headers.get("ETag", ""))
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _NOT_MODIFIED:
                return None
            raise _refusal(error, public(url)) from error
    # No address at all, or one that nothing can lead to.
    except (ValueError, http.client.InvalidURL) as error:
        raise DataError(f"cannot be reached: {error}", path=public(url)) from error
    # A broken connection, silence, or an answer that is no HTTP.
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        message = f"cannot be reached: {reason}"
        raise _PassingError(DataError(message, hint="try again", path=public(url))) from error


def _refusal(error: urllib.error.HTTPError, place: str) -> Exception:
    passing = error.code in _PASSING
    hint = "try again later" if passing else "check the address"
    message = f"the server answers {error.code} {error.reason}"
    try:
        body = error.read(_LONGEST_REASON)
    except (OSError, http.client.HTTPException):
        body = b""  # the status says enough
    fault = RefusedError(message, hint=hint, path=place, body=body)
    if not passing:
        return fault
    return _PassingError(fault, _asked_wait(error.headers.get("Retry-After", "")))


def _asked_wait(text: str) -> float:
    """Read `Retry-After`: seconds, or a date; nothing if it is neither."""
    if text.strip().isdecimal():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, until.timestamp() - time.time())


def _read(response: Any, limits: Limits, place: str) -> bytes:  # noqa: ANN401 - urllib's answers have no one type
    promised: int | None = response.length
    if promised is not None and promised > limits.most_bytes:
        raise DataError(f"more than {limits.most_bytes:,} bytes", path=place)
    content, end = bytearray(), time.monotonic() + limits.seconds
    # `read1` gives what is there: a drop a minute would keep `read` waiting without a timeout.
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > limits.most_bytes:
            raise DataError(f"more than {limits.most_bytes:,} bytes", path=place)
        if time.monotonic() > end:
            message = f"too slow: {len(content):,} bytes in {limits.seconds:g} seconds"
            raise DataError(message, hint="try again later", path=place)
    # A connection that breaks off in the middle looks like the end of the file.
    if promised is not None and len(content) < promised:
        message = f"cut short: {len(content):,} of {promised:,} bytes arrived"
        raise _PassingError(DataError(message, hint="try again", path=place))
    return bytes(content)
