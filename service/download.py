"""
Downloads from hosts that the operator has named, each with an end.

A server may lie, hang, send a byte a minute or never stop: one deadline ends the whole
exchange, and one count bounds what it brings.
"""

import http.client
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from typing import IO, Any
from urllib.parse import urlsplit

from modelpress.errors import FileError
from service.deadline import Deadline, Http, Https

_OK, _NOT_MODIFIED = 200, 304
_ABSENT, _REDIRECTS = frozenset({404, 410}), frozenset({301, 302, 303, 307, 308})
_CHUNK = 1 << 18
# What may be sent back as it came.
_ETAG = re.compile(r'(W/)?"[!#-~]{0,200}"')
_DEFAULT_PORTS = {"http": 80, "https": 443}


class AbsentError(FileError):
    """The site has no such file."""


@dataclass(frozen=True)
class Downloaded:
    """What a server sent, and its name for it; empty if it has none."""

    content: bytes
    etag: str


def place_of(url: str) -> str:
    """
    Give the host of an address as an operator names it: with a port if that is an unusual one.

    Raises:
        FileError: It is no address of http or https, or it holds a user's name.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FileError(f"`{url[:200]}` is no address: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        raise FileError(f"`{url[:200]}` is no address of http or https")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{host}:{port}"


@dataclass(frozen=True)
class Downloader:
    """
    Fetches files over HTTP.

    Args:
        hosts: Where files may come from, redirects included: `example.org`, `localhost:8001`.
        seconds: How long one file may take in all.
        silence: How long a server may say nothing.
        context: Which certificates are trusted.
    """

    hosts: frozenset[str]
    seconds: float = 60.0
    silence: float = 10.0
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def get(self, url: str, most_bytes: int, before: Downloaded | None = None) -> Downloaded:
        """
        Download a file; it is the one of before if the server says so.

        Raises:
            AbsentError: There is none.
            FileError: The host is not allowed, cannot be reached, takes too long, or sends too
                much, too little or something else.
        """
        _refuse_host(url, self.hosts)
        headers = {"User-Agent": "modelpress", "Accept-Encoding": "identity"}
        if before and before.etag:
            headers["If-None-Match"] = before.etag
        # Only http and https reach this point, never file: or the like.
        request = urllib.request.Request(url, headers=headers)  # noqa: S310
        with Deadline(self.seconds) as deadline:
            try:
                return self._exchange(request, deadline, most_bytes)
            except urllib.error.HTTPError as error:
                if error.code == _NOT_MODIFIED and before:
                    return before
                raise _refusal(error.code, url) from error
            # A broken connection, silence, an answer that is no HTTP, or no address at all.
            except (OSError, http.client.HTTPException, ValueError) as error:
                if deadline.over:
                    raise FileError(f"`{url}` takes more than {self.seconds:g} seconds") from error
                reason = getattr(error, "reason", error)
                raise FileError(f"`{url}` cannot be reached: {reason}") from error

    def _exchange(
        self, request: urllib.request.Request, deadline: Deadline, most_bytes: int
    ) -> Downloaded:
        handlers = (Http(deadline), Https(deadline, self.context), _Redirects(self.hosts))
        opener = urllib.request.build_opener(*handlers)
        with opener.open(request, timeout=self.silence) as response:
            _refuse_unasked(response, request.full_url)
            content = _read(response, request.full_url, most_bytes)
            # A connection that breaks off, or is cut by us, looks like the end of the file.
            if deadline.over:
                raise TimeoutError
            _refuse_short(response, request.full_url, content)
            etag = response.headers.get("ETag", "")
            return Downloaded(content, etag if _ETAG.fullmatch(etag) else "")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """A few redirects, to hosts that are allowed, and none out of encryption."""

    max_redirections = 5

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

    def redirect_request(  # noqa: PLR0913, PLR0917 - as urllib calls it
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        fp.close()  # urllib would read it to its end, and it may have none
        _refuse_host(newurl, self._hosts)
        if req.full_url.lower().startswith("https:") and not newurl.lower().startswith("https:"):
            raise FileError(f"`{req.full_url}` leads to an address without encryption")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type] # typeshed wants HTTPMessage


def _refuse_host(url: str, hosts: frozenset[str]) -> None:
    if (place := place_of(url)) not in hosts:
        raise FileError(
            f"models must not come from `{place[:100]}`",
            hint=f"allowed are {', '.join(sorted(hosts))}: see --allow-hosts",
        )


def _refusal(code: int, url: str) -> FileError:
    if code in _ABSENT:
        return AbsentError(f"`{url}` does not exist")
    if code in _REDIRECTS:
        return FileError(f"`{url}` leads in a circle, or too far")
    # In our words, not the server's.
    return FileError(f"`{url}` answers {code} {http.client.responses.get(code, '')}".rstrip())


def _refuse_unasked(response: Any, url: str) -> None:  # noqa: ANN401 - urllib's answers have no one type
    coding = response.headers.get("Content-Encoding", "identity")
    if response.status != _OK or coding.lower() != "identity":
        raise FileError(f"`{url}` answers {response.status}, encoded as `{coding[:40]}`")


def _read(response: Any, url: str, most_bytes: int) -> bytes:  # noqa: ANN401 - see above
    content = bytearray()
    # `read1` gives what is there, and so is never asked for more than may come.
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > most_bytes:
            raise FileError(f"`{url}` is larger than {most_bytes:,} bytes")
    return bytes(content)


def _refuse_short(response: Any, url: str, content: bytes) -> None:  # noqa: ANN401 - see above
    promised = response.headers.get("Content-Length", "")
    if promised.isdecimal() and len(content) < int(promised):
        raise FileError(f"`{url}` was cut short: {len(content):,} of {promised} bytes arrived")
