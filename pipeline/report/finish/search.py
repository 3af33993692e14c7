"""
The search index, made light: every page of the site fetches it, whether anybody searches or not.

A section keeps its title and how it begins; of a model's page, whose sections are the same for all
models, only the page is kept.
"""

import html
import json
import re
from pathlib import Path
from typing import Any

_KEPT = 200
"""Characters of a section; with those of the guide, an index a quarter of its size."""

_TAG = re.compile(r"<[^>]*>")
_OF_A_MODEL = re.compile(r"models/[^/]+/#")


def lighten(public: Path) -> None:
    """Shorten MkDocs' index, if there is one."""
    place = public / "search" / "search_index.json"
    if not place.exists():
        return
    index: dict[str, Any] = json.loads(place.read_bytes())
    found = [one for one in index["docs"] if not _OF_A_MODEL.match(one["location"])]
    docs = [one | {"text": _beginning(one["text"])} for one in found]
    text = json.dumps(index | {"docs": docs}, ensure_ascii=False, separators=(",", ":"))
    place.write_text(text, "utf-8")


def _beginning(markup: str) -> str:
    """Take the tags out and what is beyond the first words, of a text that stays HTML."""
    words = " ".join(html.unescape(_TAG.sub(" ", markup)).split())
    if len(words) > _KEPT:
        words = words[:_KEPT].rpartition(" ")[0] or words[:_KEPT]
    return html.escape(words, quote=False)
