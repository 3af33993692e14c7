"""
`run`: bring models up to date, and say what happened.

Reads: params.yaml, dvc.yaml, dvc.lock, artifacts/<model>/{gate, evaluation, timing}.json
Writes: what the stages write, dvc.lock, an empty models/<model>/production where there is none
"""

import argparse
import logging
import os
from pathlib import Path

from pipeline.answer import add_format, write
from pipeline.artifacts import Paths
from pipeline.config import Params, load_params
from pipeline.dvc import forget_the_dead, settle_without_git, status
from pipeline.errors import RegistryError
from pipeline.lockfile import outliving_kills, settle_order
from pipeline.registry import lay_pointer, live_card
from pipeline.run.alone import alone
from pipeline.run.damaged import discard_damaged
from pipeline.run.execute import Executed, execute
from pipeline.run.fetch import fetch_table, refuse_cut_pointer
from pipeline.run.plan import require_stages, stale_models
from pipeline.run.reproduced import Happened, Kept, kept, settle_rounding, what_happened
from pipeline.run.summary import Line, failed, table, told

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the verb takes."""
    parser.add_argument("models", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument(
        "--jobs",
        type=_count,
        default=os.cpu_count() or 1,
        metavar="N",
        help="models side by side; default: one per processor",
    )
    parser.add_argument("--force", action="store_true", help="retrain even what has not changed")
    parser.add_argument(
        "--register", action="store_true", help="make accepted candidates versions, and promote"
    )
    parser.add_argument("--wait", action="store_true", help="wait for another run to end")
    add_format(parser)


def command(root: Path, options: argparse.Namespace) -> int:
    """Run, print the table, and let the worst outcome be the exit code."""
    params = load_params(root, options.models)
    with alone(root, list(params.names), wait=options.wait), outliving_kills(root):
        forget_the_dead(root)
        with_git = settle_without_git(root)
        lines = _run(root, params, options)
    shown = table(lines)
    if not with_git:
        shown.append("no Git here: what changed against the last commit is not shown")
    write(options, [line.fields() for line in lines], shown)
    if any(line.wrong for line in lines):
        return 2
    return int(not all(line.passes for line in lines))


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"`{text}` is no number of models: 1 or more")
    return int(text)


def _run(root: Path, params: Params, options: argparse.Namespace) -> list[Line]:
    sound = {name: Paths(root, name) for name in params.blocks}
    require_stages(root)
    for paths in sound.values():
        refuse_cut_pointer(paths)
        lay_pointer(paths)
    for place in discard_damaged(root, sound):
        log.info("%s: DVC's cache held other bytes under its name, and has lost them", place)
    before = {name: kept(paths) for name, paths in sound.items()}
    stale = list(sound) if options.force else stale_models(status(root), list(sound))
    lacking = {name: fault for name in stale if (fault := fetch_table(sound[name]))}
    ready = [name for name in stale if name not in lacking]
    done = execute(root, ready, jobs=options.jobs, force=options.force) | lacking
    lines = [_line(root, name, params, done.get(name), before) for name in params.names]
    if options.register:
        lines = _registered(root, lines)
    if stale or options.register:
        settle_order(root / "dvc.lock", list(load_params(root).names))
    return lines


def _registered(root: Path, lines: list[Line]) -> list[Line]:
    # Cards read rows and models; a run without them must not wait for those libraries.
    from pipeline.run.settle import register_all  # noqa: PLC0415

    return register_all(root, lines)


def _line(
    root: Path,
    name: str,
    params: Params,
    executed: Executed | None,
    before: dict[str, Kept],
) -> Line:
    if name in params.faults:
        notes = [line for fault in params.faults[name] for line in fault.lines()]
        return failed(name, "faults in params.yaml", tuple(notes))
    paths = Paths(root, name)
    try:
        live_card(paths)
        return told(paths, params.blocks[name], executed, _happened(paths, executed, before[name]))
    except RegistryError as error:
        fact, *hints = error.lines()
        return failed(name, "damaged", (f"error: {fact}", *hints))


def _happened(paths: Paths, executed: Executed | None, before: Kept) -> Happened:
    if executed is None:
        return Happened("up to date")
    after = kept(paths)
    if executed.fine and settle_rounding(paths, before, after):
        return Happened("reproduced, but for rounding")
    return what_happened(before, after)
