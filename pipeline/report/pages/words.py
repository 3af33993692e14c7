"""Facts in words: what templates call filters. Nothing here escapes; the templates do."""

import json
import math
from datetime import datetime

from pipeline.report.facts import Estimate

METRICS = {
    "accuracy": "Accuracy",
    "average_precision": "Average precision",
    "balanced_accuracy": "Balanced accuracy",
    "brier_score": "Brier score",
    "f1": "F1",
    "f1_macro": "Macro F1",
    "log_loss": "Log loss",
    "matthews_corrcoef": "Matthews correlation",
    "mean_absolute_error": "Mean absolute error",
    "precision": "Precision",
    "r2": "R\N{SUPERSCRIPT TWO}",
    "recall": "Recall",
    "roc_auc": "ROC AUC",
    "roc_auc_ovr": "ROC AUC, one against the rest",
    "root_mean_squared_error": "Root mean squared error",
}

NOTHING = "\N{EN DASH}"

_RULES = {
    "parity": "The file answers as the estimator does",
    "size": "Small enough to download",
    "calibration": "Probabilities come true",
    "interface": "Same fields and classes as before",
    "withdrawn": "Not a version that was withdrawn",
    "floor": "Not below the floor",
    "slice": "Not below the floor in a slice",
    "baseline": "Better than an answer without a model",
    "regression": "Not surely worse than production",
    "slide": "No slow slide down",
    "champion": "As good as production",
}

_TESTS = {
    "chi_square": "Chi-square",
    "domain_auc": "Domain AUC",
    "jensen_shannon": "Jensen-Shannon",
    "ks": "Kolmogorov-Smirnov",
    "missing": "Missing",
    "prior": "Balance",
    "psi": "PSI",
    "unknown": "Unknown categories",
    "vocabulary": "Vocabulary",
    "wasserstein": "Wasserstein",
}

_UNITS = ("B", "kB", "MB", "GB")


def metric(name: str) -> str:
    """Name a metric; an unknown one as it is."""
    return METRICS.get(name, name)


def figure(value: float | None) -> str:
    """Write a value with about four digits: three places below ten, none above a thousand."""
    if value is None or not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if size and (size < 0.001 or size >= 1e9):
        return _minus(f"{value:.2g}")
    return _minus(f"{value:,.{3 if size < 10 else 1 if size < 1000 else 0}f}")


def interval(estimate: Estimate) -> str:
    """Write the two ends of an interval."""
    if estimate.low is None or estimate.high is None:
        return NOTHING
    return f"{figure(estimate.low)} to {figure(estimate.high)}"


def signed(value: float | None) -> str:
    """Write a difference with its sign; what rounds to nothing as such."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = figure(abs(value))
    if not text.strip("0.,"):
        return f"\N{PLUS-MINUS SIGN}{text}"
    return f"{'+' if value > 0 else chr(0x2212)}{text}"


def share(value: float | None, places: int = 1) -> str:
    """Write a share as a percentage."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return _minus(f"{100 * value:.{places}f}\N{NO-BREAK SPACE}%")


def count(value: int) -> str:
    """Write a whole number in groups of three."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def several(number: int, one: str, more: str = "") -> str:
    """Write a number with its noun."""
    return f"{count(number)} {one if number == 1 else more or one + 's'}"


def size(number: int) -> str:
    """Write a number of bytes."""
    value, unit = float(number), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return (
        f"{value:.0f} {_UNITS[unit]}" if value >= 100 or not unit else f"{value:.1f} {_UNITS[unit]}"
    )


def day(moment: str) -> str:
    """Write the day of an ISO moment, e.g. 3 Aug 2026; what is none as it is."""
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        return moment or NOTHING
    return f"{when.day} {when:%b %Y}"


def minute(moment: str) -> str:
    """Write an ISO moment to the minute."""
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        return moment or NOTHING
    return f"{when.day} {when:%b %Y, %H:%M} UTC"


def test(name: str) -> str:
    """Name a drift test."""
    return _TESTS.get(name, name.replace("_", " "))


def rule(name: str) -> str:
    """Say what a rule of the gate demands, by its id."""
    kind, _, rest = name.partition(":")
    told = _RULES.get(kind, kind.replace("_", " ").capitalize())
    if not rest:
        return told
    return f"{told}: {', '.join(METRICS.get(part, part) for part in rest.split(':'))}"


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}") if text.startswith("-") else text


def quoted(text: str) -> str:
    """Write a text as a JSON string, which is a YAML one: on one line, of what can be printed."""
    printed = "".join(one if one.isprintable() else " " for one in text)
    return json.dumps(" ".join(printed.split()), ensure_ascii=False)
