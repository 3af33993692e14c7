"""
`report`: what the repository says of its models, as the sources of a static site.

Reads: params.yaml, dvc.yaml, dvc.lock, models/, artifacts/, monitoring/, data/<model>/{current/,
latest.json}, site/, Git
Writes: build/docs: pages, the static registry with its API, badges, a feed
"""

import argparse
import contextlib
import gc
import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from pipeline.config import read_raw
from pipeline.errors import ParamsError, PipelineError, RunError
from pipeline.report.api import api_files
from pipeline.report.badge import draw_badge
from pipeline.report.facts import Facts
from pipeline.report.feed import write_feed
from pipeline.report.gather import gather_facts
from pipeline.report.inputs import stamp
from pipeline.report.output import Tree, Written, refuse_foreign
from pipeline.report.registry import static_registry
from pipeline.report.sources import SITE, source_files

log = logging.getLogger(__name__)

OUT = Path("build") / "docs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("--out", metavar="FOLDER", type=Path, help=f"default: {OUT}")


def command(root: Path, options: argparse.Namespace) -> int:
    """
    Write the site's sources; what is damaged is said at the end, and on its page.

    Raises:
        ParamsError: params.yaml cannot be read at all.
        PipelineError: The folder is not ours, or something is damaged.
    """
    read_raw(root)
    out = options.out.resolve() if options.out else root / OUT
    refuse_foreign(root, out)
    # Whatever is said of a file on a page names it from the repository on, wherever one stands.
    with contextlib.chdir(root), _without_collection():
        return run(root, out)


def run(root: Path, out: Path) -> int:
    """Write, unless nothing has changed since the last time."""
    _refuse_incomplete()
    tree, made_of = Tree(out), stamp(root)
    if tree.is_as_left(made_of):
        log.info(
            "%s: nothing has changed", out.relative_to(root) if out.is_relative_to(root) else out
        )
        return 0
    facts = gather_facts(root)
    damage = [*facts.faults, *(one for model in facts.models for one in model.damage)]
    written = tree.write(files(root, facts), "" if damage else made_of)
    log.info("%s", _told(facts, written))
    if damage:
        raise ParamsError([PipelineError(x.message, hint=x.hint, path=x.path) for x in damage])
    return 0


def files(root: Path, facts: Facts) -> Iterator[tuple[str, bytes]]:
    """List every file of the tree."""
    from pipeline.report.pages import render  # noqa: PLC0415 - an extra, which all else does without

    return chain(
        static_registry(root, facts),
        api_files(facts),
        ((f"badges/{model.name}.svg", draw_badge(model)) for model in facts.models),
        [("feed.xml", write_feed(facts))],
        render(facts),
        source_files(),
    )


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Look for no cycles among millions of values that have none: a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _refuse_incomplete() -> None:
    """Refuse to begin what cannot be ended, for want of a package or of templates."""
    try:
        import jinja2  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        hint = "`make site` installs it: pip install -r requirements/site.lock"
        raise RunError("`report` needs the package `jinja2`", hint=hint) from error
    if not (SITE / "templates").is_dir():
        hint = "restore the folder from Git"
        raise RunError("there are no templates", hint=hint, path="site/templates")


def _told(facts: Facts, written: Written) -> str:
    return (
        f"{len(facts.models)} models, {written.files:,} files: "
        f"{written.written:,} written, {written.removed:,} removed"
    )
