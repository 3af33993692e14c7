"""Every link of a built site, to pages, files and anchors, with what is there."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

_ROOT = (
    "http://site.invalid/sub/path/"  # under a path, so that a link to the host's root is found out
)
_ATTRIBUTES = frozenset({"href", "src", "action", "poster"})
_OPEN = ("__",)  # the theme's own targets, which a script makes


class _Page(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value or "")
            if name in _ATTRIBUTES and value is not None and not _is_elsewhere(tag, dict(attrs)):
                self.links.append(value)


def _is_elsewhere(tag: str, attributes: dict[str, str | None]) -> bool:
    """Whether a link names where the site will stand, not a way from this page."""
    return tag == "link" and attributes.get("rel") in ("canonical", "prev", "next")


def broken_links(public: Path) -> list[str]:
    """List the links that lead nowhere, by page."""
    pages = {path: _read(path) for path in sorted(public.rglob("*.html"))}
    anchors = {path: page.anchors for path, page in pages.items()}
    return [
        f"{path.relative_to(public)}: {link}: {fault}"
        for path, page in pages.items()
        if path.name != "404.html"  # its links are from wherever the visitor was
        for link, fault in _faults(public, path, page.links, anchors)
    ]


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    return page


def _faults(
    public: Path, page: Path, links: list[str], anchors: dict[Path, set[str]]
) -> Iterator[tuple[str, str]]:
    here = urljoin(_ROOT, page.relative_to(public).as_posix())
    for link in dict.fromkeys(links):
        whole, fragment = urldefrag(urljoin(here, link))
        if urlsplit(whole).netloc != urlsplit(_ROOT).netloc:
            continue
        if not whole.startswith(_ROOT):
            yield link, "it leaves the site"
            continue
        target = _target(public, whole)
        if not target.is_file():
            yield link, "nothing is there"
        elif fragment and not _has(anchors.get(target), unquote(fragment)):
            yield link, "there is no such place on the page"


def _target(public: Path, whole: str) -> Path:
    path = public / unquote(urlsplit(whole).path.removeprefix(urlsplit(_ROOT).path))
    return path / "index.html" if path.is_dir() else path


def _has(anchors: set[str] | None, fragment: str) -> bool:
    return anchors is None or fragment in anchors or fragment.startswith(_OPEN)
