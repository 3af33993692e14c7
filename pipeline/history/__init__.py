"""
`history`: which version was in production, from when on; Git tells.

Reads: the commits that changed models/<model>/production
Writes: with --tag, annotated tags of Git
"""

import argparse
import sys
from pathlib import Path

from pipeline.answer import add_format, write
from pipeline.artifacts import Paths
from pipeline.config import load_block
from pipeline.history.tags import tag_history
from pipeline.terms import Term, at, terms

__all__ = ["add_arguments", "command", "tag_history"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("model", metavar="MODEL", help="a model of params.yaml")
    parser.add_argument("--at", metavar="DATE", help="only what was in production on that day")
    parser.add_argument(
        "--tag", action="store_true", help="give Git the tags that are missing, in GTO's grammar"
    )
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Show every change of production, the oldest first."""
    load_block(root, options.model)
    paths = Paths(root, options.model)
    told = terms(paths)
    if options.tag:
        for name in tag_history(paths):
            sys.stderr.write(f"tagged {name}\n")
    if options.at:
        told = [at(told, options.at)]
    write(options, told, map(_line, told))
    return 0


def _line(term: Term) -> str:
    return f"{term.since}  {term.version or 'nothing':10} {term.commit[:10]}  {term.author}"
