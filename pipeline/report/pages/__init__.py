"""Pages: facts in words, as Markdown for the site generator."""

from collections.abc import Iterator

from pipeline.report.facts import Facts


def render(facts: Facts) -> Iterator[tuple[str, bytes]]:
    """Write every page: its path below the site's sources, and its content."""
    yield from ()
    del facts
