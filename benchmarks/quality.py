"""
How good the shipped models are on public data, beside what was published about the same data.

    MODELPRESS_DATA=<folder> python benchmarks/quality.py [NAME ...]

The folder holds `spam/smsspamcollection.zip` (UCI 228), `credit/UCI_Credit_Card.csv.zip` (UCI 350),
`tickets/hadoop_timed.csv.gz` (Apache Hadoop's JIRA in GitBugs),
`tickets/incidents_first_event.csv.gz` (UCI 498), and in `bikes/` polls of Dublin's stations and
`Bike-Sharing-Dataset.zip` (UCI 275). The blocks of params.yaml run as they are, but where a line
says otherwise, `jira` and `incidents` by blocks.yaml, through the product's own stages, tuning and
threshold included; every figure is measured on the answers of the ONNX file.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

# Or this folder's pipeline.py would be found in place of the package.
sys.path.insert(0, str(Path(__file__).parent.parent))

from bikes import dublin, uci_hours
from measure import Figure, house, in_order, ingest, rows_of, shipped, show
from tickets import incidents, jira

from pipeline.artifacts import Paths, read_json
from pipeline.config import load_block
from pipeline.errors import PipelineError
from pipeline.metrics import value
from pipeline.outcome import Outcome
from pipeline.schema import read_schema
from pipeline.train.folds import cut_folds

TRAINING_SHARE = 0.3
MOST_BLOCKED = 3
FOLDS = 5
SUSPECT_AUC = 0.8


def spam(root: Path, data: Path) -> None:
    """Almeida's protocol: the first 30 % of the rows train, the others test."""
    ingest(root, "spam", data / "spam/smsspamcollection.zip", "uci")
    rows = in_order(rows_of(root, "spam"))
    cut = int(TRAINING_SHARE * len(rows))
    outcome = shipped(root, "spam", rows, np.arange(cut), np.arange(cut, len(rows)))
    paths = Paths(root, "spam")
    chosen = read_json(paths.training)["threshold"]
    print(
        f"spam: {cut:,} rows train, {len(outcome):,} test; threshold {chosen['value']:.4f} by "
        f"cross-validation in the training rows ({chosen['branch']})"
    )
    for figure in spam_figures(outcome, read_json(paths.export)["gzip_kb"]):
        show(figure)
    print(f"  at the threshold:    {in_words(outcome)}")
    half = replace(outcome, told=(outcome.score >= 0.5).astype(np.int64))
    print(f"  at 0.5, to compare:  {in_words(half)}")
    new = ~np.isin(rows.group[cut:], rows.group[:cut])
    unseen = in_words(outcome.take(new))
    print(f"  the {new.sum():,} test rows that repeat no training row: {unseen}")


def spam_figures(outcome: Outcome, gzip_kb: int) -> Iterator[Figure]:
    """Compare with Almeida et al. 2011."""
    accuracy = 100 * value("accuracy", outcome)
    yield Figure("spam: accuracy, %", accuracy, 98.5, "97.64 (SVM)", ".2f")
    yield Figure("spam: MCC", value("matthews_corrcoef", outcome), 0.93, ".893 (SVM)")
    what = f"spam: % caught at <= {MOST_BLOCKED} blocked ham, threshold swept on test rows"
    caught = 100 * caught_at(outcome, MOST_BLOCKED)
    yield Figure(what, caught, 86.0, "83.10 (.18 % blocked)", ".2f")
    yield Figure("spam: model.onnx, KB gzip", gzip_kb, 250, "-", ".0f", at_most=True)


def caught_at(outcome: Outcome, blocked: int) -> float:
    """Share of the positives caught at the lowest threshold that blocks no more negatives."""
    positive = outcome.truth == 1
    # What ties with the first negative that must pass must pass as well.
    fence = np.sort(outcome.score[~positive])[::-1][blocked]
    return float(np.mean(outcome.score[positive] > fence))


def in_words(outcome: Outcome) -> str:
    """Say what a threshold does."""
    blocked = int(np.sum((outcome.truth == 0) & (outcome.told == 1)))
    return (
        f"accuracy {100 * value('accuracy', outcome):.2f} %, "
        f"MCC {value('matthews_corrcoef', outcome):.4f}, "
        f"caught {100 * value('recall', outcome):.2f} %, {blocked} ham blocked"
    )


def credit(root: Path, data: Path) -> None:
    """Five folds, stratified, equal rows together; one ONNX file per fold."""
    ingest(root, "credit", data / "credit/UCI_Credit_Card.csv.zip", "uci")
    rows = in_order(rows_of(root, "credit"))
    schema = read_schema(Paths(root, "credit").schema)
    folds = cut_folds(schema, rows, FOLDS, load_block(root, "credit").split.seed)
    areas = [
        value("roc_auc", shipped(root, "credit", rows, fold.fit, fold.answer)) for fold in folds
    ]
    print(f"credit: {len(rows):,} rows; AUC by fold {', '.join(f'{x:.4f}' for x in areas)}")
    what = f"credit: mean AUC of {FOLDS} folds (above {SUSPECT_AUC:.2f}: suspect)"
    area = float(np.mean(areas))
    show(Figure(what, area, 0.78, ".7778 (LightGBM 75/25)", suspect=SUSPECT_AUC))


MEASURED = {
    "spam": spam,
    "credit": credit,
    "jira": jira,
    "incidents": incidents,
    "dublin": dublin,
    "uci-hours": uci_hours,
}


def main() -> int:
    """Print every figure, or those that are named."""
    folder = os.environ.get("MODELPRESS_DATA")
    if not folder:
        print("MODELPRESS_DATA is not set: name the folder of the public tables", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as place:
            root = house(Path(place))
            for name in sys.argv[1:] or MEASURED:
                MEASURED[name](root, Path(folder))
    except PipelineError as error:
        print("cannot run:", *error.lines(), sep="\n", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
