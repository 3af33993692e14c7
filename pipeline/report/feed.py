"""An Atom feed of promotions, rejections and alerts: what has happened, for any reader."""

import os
from collections.abc import Iterable
from html import escape
from uuid import NAMESPACE_URL, uuid5

from pipeline.report.facts import Event, Facts

MOST = 100
_NEVER = "1970-01-01T00:00:00Z"


def write_feed(facts: Facts) -> bytes:
    """Write the feed (RFC 4287); with SITE_URL its links are absolute."""
    site = site_url()
    entries = facts.activity[:MOST]
    updated = _moment(entries[0].date) if entries else facts.built or _NEVER
    name = site or facts.source or "modelpress"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{_id(name)}</id>",
        "<title>Models: promotions and alerts</title>",
        f"<updated>{updated}</updated>",
        "<author><name>modelpress</name></author>",
        f'<link rel="self" type="application/atom+xml" href="{_text(site)}feed.xml"/>',
        f'<link rel="alternate" type="text/html" href="{_text(site or "./")}"/>',
        *_entries(entries, name, site),
        "</feed>",
    ]
    return ("\n".join(lines) + "\n").encode()


def site_url() -> str:
    """Where the site will be, with a slash at its end; empty if nobody has said."""
    site = os.environ.get("SITE_URL", "")
    return f"{site.rstrip('/')}/" if site else ""


def _entries(events: Iterable[Event], name: str, site: str) -> Iterable[str]:
    """Write the entries; two that are alike in all are told apart by their number."""
    seen: dict[str, int] = {}
    for event in events:
        told = (event.model, event.date, event.what, event.version, event.says)
        key = " | ".join((name, *told))
        seen[key] = seen.get(key, 0) + 1
        yield "<entry>"
        yield f"<id>{_id(f'{key} | {seen[key]}')}</id>"
        yield f"<title>{_text(f'{event.title}: {event.says}')}</title>"
        yield f"<updated>{_moment(event.date)}</updated>"
        if event.who:
            yield f"<author><name>{_text(event.who)}</name></author>"
        yield f'<category term="{_text(event.what)}"/>'
        yield f'<link rel="alternate" type="text/html" href="{_text(site)}models/{event.model}/"/>'
        yield f'<summary type="text">{_text(event.subject or event.says)}</summary>'
        yield "</entry>"


def _id(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, name)}"


def _moment(date: str) -> str:
    """Make a moment of a day, too: its beginning."""
    return date if "T" in date else f"{date}T00:00:00Z"


def _text(text: str) -> str:
    """Escape, without the characters that XML has no way to write."""
    plain = "".join(x if _is_xml(x) else "\N{REPLACEMENT CHARACTER}" for x in text)
    return escape(" ".join(plain.split()))


def _is_xml(character: str) -> bool:
    code = ord(character)
    if code < 0x20:
        return character in "\t\n\r"
    return not (0xD800 <= code <= 0xDFFF or 0xFFFE <= code <= 0xFFFF)
