"""
Pages: facts in words and pictures, as Markdown for the site generator.

What a page says is raw HTML between Markdown headings, so that nothing in a title or a message is
read as Markdown. Every page is an `index.md`, so that its links mean the same before the build and
after it: MkDocs leaves links in HTML as they are, Zensical moves them with the page. The templates
lie in `site/templates`, beside the styles of their classes.
"""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from pipeline.report.facts import Facts, Model
from pipeline.report.pages.card import card
from pipeline.report.pages.environment import environment
from pipeline.report.pages.timeline import span

SITE = Path(__file__).parent.parent.parent.parent / "site"

_PAGES = {
    "index.md": ("overview.md.j2", ""),
    "drift/index.md": ("drift.md.j2", "../"),
    "registry/index.md": ("registry.md.j2", "../"),
    "runs/index.md": ("runs.md.j2", "../"),
    "pipeline/index.md": ("pipeline.md.j2", "../"),
    "playground/index.md": ("playground.md.j2", "../"),
    "embed/index.html": ("embed.html.j2", "../"),
}
"""By page: its template, and the way from the built page to the site's root."""


def render(facts: Facts, templates: Path = SITE / "templates") -> Iterator[tuple[str, bytes]]:
    """Write every page: its path below the site's sources, and its content."""
    made = environment(templates)
    made.globals.update(facts=facts, span=span(facts))
    for path, (template, root) in _PAGES.items():
        if (templates / template).exists():
            yield path, made.get_template(template).render(root=root).encode()
    for model in facts.models:
        yield from _of_model(made, facts, model)


def _of_model(made: Environment, facts: Facts, model: Model) -> Iterator[tuple[str, bytes]]:
    """Write a model's page, and its card as a file of its own."""
    page = made.get_template("model.md.j2").render(root="../../", model=model)
    yield f"models/{model.name}/index.md", page.encode()
    yield f"models/{model.name}/card.txt", card(model, facts).encode()
