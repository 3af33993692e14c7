"""A verb's answer on stdout: lines for people, or JSON for programs."""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from typing import Any


def add_format(parser: argparse.ArgumentParser) -> None:
    """Let the user choose."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def write(options: argparse.Namespace, answer: object, lines: Iterable[str] = ()) -> None:
    """
    Write an answer.

    Args:
        options: With the format that `add_format` offers.
        answer: What JSON can say, dataclasses too.
        lines: The same in words, where the log on stderr has not said it.
    """
    if options.format == "json":
        text = json.dumps(answer, indent=1, ensure_ascii=False, allow_nan=False, default=_fields)
        sys.stdout.write(f"{text}\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _fields(value: object) -> dict[str, Any]:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON can say")
