"""
What a year of daily retrains does to a Git repository: five models, each promoted every day.

    python -P benchmarks/growth.py [--days N]

Nothing is trained 1,825 times. Each day starts from the candidates in artifacts/ (`make run` makes
them) and makes them others, at least as far as a retrain does: every coefficient and every leaf is
new, every tree is dealt new splits, one n-gram in fifty is another one, and so is every figure of
the evaluation. Then the real registration makes each a version, and Git commits the day.
"""

import argparse
import hashlib
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from pipeline.artifacts import Paths, read_json, write_bytes, write_json
from pipeline.registration import register
from pipeline.registry import lay_pointer, production
from pipeline.status.growth import megabytes_a_year

ROOT = Path(__file__).parent.parent
MODELS = {
    "spam": "spam",
    "spam-2": "spam",
    "credit": "credit",
    "credit-2": "credit",
    "iris": "iris",
}
FIRST_DAY = 1_780_000_000
IN_GIT = ("metrics.json", "evaluation.json", "golden.json", "plots")
GOAL_MB, YEAR, MEGABYTE = 200, 365, 1_000_000
SHARE_OF_NEW_WORDS = 0.02
LETTERS = "abcdefghijklmnopqrstuvwxyz"

Attributes = dict[str, onnx.AttributeProto]


def main() -> None:
    """Print what the year takes, beside the same files in a plain folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--days", type=int, default=YEAR)
    days: int = parser.parse_args().days
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        root = repository(Path(folder))
        before = packed(root)
        seconds = live(root, days)
        start = time.perf_counter()
        pack = packed(root) - before
        print(f"git gc took {time.perf_counter() - start:.0f} s", file=sys.stderr)
        report(root, days, pack, seconds)


def repository(place: Path) -> Path:
    """Lay out five blocks of params.yaml with their artifacts, committed."""
    root = place / "repository"
    params = (ROOT / "params.yaml").read_text(encoding="utf-8")
    head = params[: params.index("\nmodels:\n")]
    blocks = [block_of(params, source, name) for name, source in MODELS.items()]
    write_bytes(root / "params.yaml", "\n".join([head, "models:", *blocks]).encode())
    shutil.copy(ROOT / ".gitignore", root / ".gitignore")
    for name, source in MODELS.items():
        if not Paths(ROOT, source).onnx.exists():
            sys.exit(f"artifacts/{source}/model.onnx is not there: `make run` makes it")
        shutil.copytree(Paths(ROOT, source).artifacts, Paths(root, name).artifacts)
        lay_pointer(Paths(root, name))
    git(root, "init", "--quiet", "--initial-branch=main")
    # One pack at the end; a pack in between would only cost time.
    git(root, "config", "gc.auto", "0")
    commit(root, "Five models")
    return root


def block_of(params: str, source: str, name: str) -> str:
    """Take a block of params.yaml under another name."""
    start = params.index(f"\n  {source}:\n") + 1
    end = params.find("\n\n", start)
    return params[start : end if end >= 0 else None].replace(f"  {source}:", f"  {name}:", 1)


def live(root: Path, days: int) -> list[float]:
    """Register and commit every day; returns the seconds that a registration took on each."""
    spent = []
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for day in range(days):
            took = list(pool.map(retrain, [root] * len(MODELS), MODELS, [day] * len(MODELS)))
            commit(root, f"Day {day + 1}")
            spent.append(sum(took) / len(took))
            if day % 10 == 9:
                print(f"day {day + 1} of {days}", file=sys.stderr, flush=True)
    return spent


def retrain(root: Path, name: str, day: int) -> float:
    """Make a model another one, and register it; returns the seconds of the registration."""
    paths, source = Paths(root, name), Paths(ROOT, MODELS[name])
    seed = f"{name} {day}"
    os.environ["SOURCE_DATE_EPOCH"] = str(FIRST_DAY + day * 86_400)
    content = other_model(source.onnx.read_bytes(), seed)
    write_bytes(paths.onnx, content)
    digest = hashlib.sha256(content).hexdigest()
    other_records(source, paths, digest, seed)
    start = time.perf_counter()
    done = register(root, name)
    if not (done.new and done.promoted):
        sys.exit(f"{name} was not promoted on day {day + 1}: {done}")
    return time.perf_counter() - start


def other_records(source: Paths, paths: Paths, digest: str, seed: str) -> None:
    """Write what the stages would say about the other model."""
    dice = random.Random(seed)  # noqa: S311 - no cryptography
    for place in IN_GIT:
        top = source.artifacts / place
        for file in sorted(top.glob("*.json")) if top.is_dir() else [top]:
            kept = paths.artifacts / file.relative_to(source.artifacts)
            write_json(kept, jittered(read_json(file), dice))
    table = hashlib.sha256(seed.encode()).hexdigest()
    schema, export = read_json(source.schema), read_json(source.export)
    schema["facts"]["sha256"] = export["made_of"]["data_sha256"] = table
    write_json(paths.schema, schema)
    write_json(paths.export, export | {"sha256": digest})
    accepted = {"model": paths.model, "verdict": "accepted", "sha256": digest}
    decision = jittered(read_json(source.gate), dice) | accepted
    write_json(paths.gate, decision | {"champion": production(paths), "comparison": "better"})


def jittered(value: Any, dice: random.Random) -> Any:  # noqa: ANN401 - JSON is anything
    """Change every figure by about a hundredth, with as many digits as before."""
    if isinstance(value, dict):
        return {key: jittered(inner, dice) for key, inner in value.items()}
    if isinstance(value, list):
        return [jittered(inner, dice) for inner in value]
    if not isinstance(value, float) or value in {0.0, 1.0}:
        return value
    digits = len(repr(value).partition(".")[2])
    return round(value * (1 + dice.gauss(0, 0.01)), digits)


def other_model(content: bytes, seed: str) -> bytes:
    """Give a model other weights, other splits and some other words."""
    proto = onnx.load_from_string(content)
    numbers = np.random.default_rng(list(seed.encode()))
    for tensor in proto.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and max(tensor.dims, default=0) > 1:
            found = onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(shaken(found, numbers), tensor.name))
    for node in proto.graph.node:
        if node.op_type in OTHERS:
            OTHERS[node.op_type]({entry.name: entry for entry in node.attribute}, numbers)
    return proto.SerializeToString(deterministic=True)


def other_words(attributes: Attributes, numbers: np.random.Generator) -> None:
    """Put other n-grams in the place of some."""
    pool = attributes["pool_strings"].strings
    for place in np.flatnonzero(numbers.random(len(pool)) < SHARE_OF_NEW_WORDS):
        letters = numbers.choice(list(LETTERS), max(len(pool[place]), 5))
        pool[place] = "".join(letters).encode()


def other_lines(attributes: Attributes, numbers: np.random.Generator) -> None:
    """Shake the coefficients; of two classes, one's are the other's with the sign turned."""
    for name in ("coefficients", "intercepts"):
        values = np.array(attributes[name].floats, np.float32)
        half = len(values) // 2
        if (values[:half] == -values[half:]).all():
            one = shaken(values[half:], numbers)
            write_floats(attributes[name], np.concatenate([-one, one]))
        else:
            write_floats(attributes[name], shaken(values, numbers))


def other_trees(attributes: Attributes, numbers: np.random.Generator) -> None:
    """Deal each split another feature with a threshold of it, turn half of them, shake leaves."""
    branches = np.array([mode != b"LEAF" for mode in attributes["nodes_modes"].strings])
    dealt = np.arange(len(branches))
    dealt[branches] = numbers.permutation(dealt[branches])
    values = np.array(attributes["nodes_values"].floats, np.float32)
    features = np.array(attributes["nodes_featureids"].ints)
    write_floats(attributes["nodes_values"], shaken(values[dealt], numbers))
    attributes["nodes_featureids"].ints[:] = features[dealt].tolist()
    yes = np.array(attributes["nodes_truenodeids"].ints)
    no = np.array(attributes["nodes_falsenodeids"].ints)
    turned = branches & (numbers.random(len(branches)) < 0.5)
    attributes["nodes_truenodeids"].ints[:] = np.where(turned, no, yes).tolist()
    attributes["nodes_falsenodeids"].ints[:] = np.where(turned, yes, no).tolist()
    weights = np.array(attributes["class_weights"].floats, np.float32)
    write_floats(attributes["class_weights"], shaken(weights, numbers))


OTHERS: dict[str, Callable[[Attributes, np.random.Generator], None]] = {
    "LinearClassifier": other_lines,
    "TfIdfVectorizer": other_words,
    "TreeEnsembleClassifier": other_trees,
}


def shaken(values: NDArray[np.float32], numbers: np.random.Generator) -> NDArray[np.float32]:
    """
    Change every value by about a tenth: no bit of a mantissa stays.

    Equal ones stay equal: n-grams of the same messages share a weight, splits a threshold, and the
    compression that this allows is a trained model's, too.
    """
    distinct, places = np.unique(values, return_inverse=True)
    noise = numbers.normal(1, 0.1, distinct.shape)
    return (distinct * noise).astype(np.float32)[places].reshape(values.shape)


def write_floats(attribute: onnx.AttributeProto, values: NDArray[np.float32]) -> None:
    """Replace the floats of an attribute."""
    attribute.floats[:] = values.tolist()


def report(root: Path, days: int, pack: float, seconds: list[float]) -> None:
    """Print the figures."""
    tracked = git(root, "ls-files", "-z", "models").split("\0")
    versions = sum((root / name).stat().st_size for name in tracked if name) / MEGABYTE
    year = pack * YEAR / days
    verdict = "met" if year < GOAL_MB else "MISSED"
    print(f"{days} days, {len(MODELS)} models, every one promoted every day; after `git gc`:")
    print(f"  pack           {pack:7.1f} MB   a year {year:6.1f} MB   goal < {GOAL_MB} {verdict}")
    told = [megabytes_a_year(Paths(root, name)) or 0.0 for name in MODELS]
    print(f"  `status` says  {sum(told):7.1f} MB a year, {sum(told) / year:.2f} of what it came to")
    print(f"  plain folder   {versions:7.1f} MB   ratio {versions / pack:.1f}")
    print(f"  a model's year {year / len(MODELS):7.1f} MB on average; alone in a pack:")
    for name in dict.fromkeys(MODELS.values()):
        size, trained = deflated(Paths(root, name).onnx), deflated(Paths(ROOT, name).onnx)
        print(
            f"    {name:12} {alone(root, name) * YEAR / days:7.1f} MB a year; the last model "
            f"deflates to {size / 1000:.0f} kB, the trained one to {trained / 1000:.0f} kB"
        )
    print(f"  a registration {seconds[0]:.2f} s on the first day, {seconds[-1]:.2f} s on the last")


def deflated(place: Path) -> int:
    """Bytes of a file as Git stores it when it finds nothing like it."""
    return len(zlib.compress(place.read_bytes()))


def alone(root: Path, model: str) -> float:
    """Megabytes of a pack that holds one model's versions, decisions and pointers only."""
    listed = git(root, "rev-list", "--objects", "HEAD", "--", f"models/{model}").split("\n")
    objects = "\n".join(line for line in listed if f" models/{model}/" in line)
    done = subprocess.run(
        ["git", "pack-objects", "--quiet", "--stdout"],
        cwd=root,
        input=objects.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return len(done.stdout) / MEGABYTE


def packed(root: Path) -> float:
    """Megabytes of the repository's packs, after tidying up."""
    git(root, "gc", "--quiet", "--prune=now")
    told = dict(line.split(": ") for line in git(root, "count-objects", "-v").strip().split("\n"))
    return int(told["size-pack"]) * 1024 / MEGABYTE


def commit(root: Path, subject: str) -> None:
    """Commit everything."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", subject)


def git(root: Path, *words: str) -> str:
    """Call Git as nobody in particular; returns what it printed."""
    who = ("-c", "user.name=Growth", "-c", "user.email=growth@example.org")
    done = subprocess.run(
        ["git", *who, *words],
        cwd=root,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    main()
