"""Names that the theme leaves out, for those who listen to a page."""

import re

_UNNAMED_SEARCH = re.compile(r'(<div class="md-search"[^>]*role="?dialog"?)(?![^>]*aria-label)')


def labelled(page: str) -> str:
    """Name the search dialog."""
    return _UNNAMED_SEARCH.sub(r'\1 aria-label="Search"', page)
