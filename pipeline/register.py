"""
`register`: make an accepted candidate a version, and let the pointers name it.

Reads: params.yaml (gate.promote), artifacts/<model>/, models/<model>/
Writes: models/<model>/<version>/{model.onnx, card.json}, models/<model>/{staging, production},
    models/<model>/decisions/<date>-<digest>.json
"""

import argparse
from pathlib import Path

from pipeline.answer import add_format, write
from pipeline.registration import register


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="+", metavar="MODEL", help="models of params.yaml")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Register each candidate that its gate has accepted."""
    done = {model: register(root, model) for model in options.models}
    write(options, [{"model": model, **what._asdict()} for model, what in done.items()])
    return 0
