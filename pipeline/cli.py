"""
`modelpress VERB`: one module per verb, imported only when it is called.

A verb's module says what it takes (`add_arguments`) and does it (`command`). This is the one place
that catches what the user can put right, and the only one that decides about exit codes: 0 fine,
1 a verdict (rejected, not comparable), 2 the repository or its input is wrong. An OSError that no
verb has expected, of a disk say, is told with its file's name; any other exception is a defect of
ours and keeps its traceback.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from modelpress.errors import ModelError
from pipeline.errors import ParamsError, PipelineError, in_words
from pipeline.handover import hand_over
from pipeline.interrupt import interruptible

FINE, VERDICT, WRONG, INTERRUPTED = 0, 1, 2, 130

Command = Callable[[Path, argparse.Namespace], int]


class Verb(NamedTuple):
    """A verb in the words of `--help`; a stage of `dvc.yaml` takes nothing but models."""

    help: str
    stage: bool = False


VERBS = {
    "run": Verb("bring models up to date: check, reproduce, gate, and say what happened"),
    "new": Verb("write a params.yaml block by looking at a table"),
    "retire": Verb("take a model out of params.yaml"),
    "ingest": Verb("replace a model's table from one of its sources, or poll its services"),
    "register": Verb("make an accepted candidate a version"),
    "promote": Verb("put a registered version into production"),
    "rollback": Verb("withdraw the version in production, and put an earlier one back"),
    "status": Verb("show what is live, since when, and how good"),
    "history": Verb("show which version was in production, and when"),
    "compare": Verb("show two versions side by side"),
    "reproduce": Verb("make a version again from its commit, and compare"),
    "sign": Verb("sign every version, and what is in production"),
    "verify": Verb("check every version against its card"),
    "monitor": Verb("watch what is in production by the rows that arrived since"),
    "report": Verb("write the site's sources: pages, the static registry, badges, a feed"),
    "retrain": Verb("train anew where an alert, age and new rows call for it"),
    "predict": Verb("ask a model: the one in production, else the last candidate"),
    "score": Verb("answer a file of any size with a registered version"),
    "label": Verb("merge late labels into a model's own, by row id"),
    "ab": Verb("compare two versions by a log of their predictions and late labels"),
    "prepare": Verb("stage: table -> schema, train, validation and test rows", stage=True),
    "train": Verb("stage: rows -> estimator and threshold", stage=True),
    "export": Verb("stage: estimator -> model.onnx, proven equal", stage=True),
    "evaluate": Verb("stage: model.onnx -> metrics with intervals", stage=True),
    "gate": Verb("stage: candidate against champion -> decision"),
    "schemas": Verb("write the JSON Schemas of params.yaml and of what is written"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and turn its outcome into an exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None and (code := hand_over(words)) is not None:
        return code
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    options = _parser(words).parse_args(words)
    try:
        with interruptible():
            return _command(options.verb)(_root(Path.cwd()), options)
    except (PipelineError, ModelError) as error:
        _report(error)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as `| head` does: no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:
        _report(_refused(error))
        return WRONG


def _refused(error: OSError) -> PipelineError:
    """Name the file that the system refuses: the last net, below what the verbs say themselves."""
    place = str(error.filename or "")
    return PipelineError(
        in_words(error), hint="look after the file, or the disk, and run it again", path=place
    )


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Build the parser, with the arguments of the one verb that is called."""
    parser = argparse.ArgumentParser(
        prog="modelpress",
        description="From a table to a gated ONNX model; the Git repository is the platform.",
        epilog="`modelpress VERB --help` says more. "
        "Exit codes: 0 fine, 1 a verdict, 2 the repository or its input is wrong.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, verb in VERBS.items():
        child = verbs.add_parser(name, help=verb.help, description=verb.help)
        if words and words[0] == name:
            _add_arguments(name, verb, child)
    return parser


def _add_arguments(name: str, verb: Verb, parser: argparse.ArgumentParser) -> None:
    if verb.stage:
        parser.add_argument("models", nargs="+", metavar="MODEL", help="models of params.yaml")
    else:
        import_module(f"pipeline.{name}").add_arguments(parser)


def _command(name: str) -> Command:
    module = import_module(f"pipeline.{name}")
    if not VERBS[name].stage:
        command: Command = module.command
        return command

    def stage(root: Path, options: argparse.Namespace) -> int:
        for model in options.models:
            module.run(root, model)
        return FINE

    return stage


def _root(folder: Path) -> Path:
    """Find the repository: the nearest folder upwards that has a params.yaml."""
    for place in (folder, *folder.parents):
        if (place / "params.yaml").is_file():
            return place
    return folder


def _report(error: PipelineError | ModelError) -> None:
    """Say an error on stderr, and to GitHub, which shows it beside the line it is about."""
    faults = error.faults if isinstance(error, ParamsError) else [error]
    for fault in faults:
        fact, *hints = fault.lines()
        sys.stderr.write("\n".join([f"error: {fact}", *hints]) + "\n")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            file, _, line = getattr(fault, "path", "").partition(":")
            place = f" file={file}" + (f",line={line}" if line else "") if file else ""
            sys.stderr.write(f"::error{place}::{_escaped(fault.message)}\n")


def _escaped(message: str) -> str:
    """Keep data from being read as a workflow command."""
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
