"""Many features, many chances to be wrong: p-values that take it into account."""

from collections.abc import Sequence

from scipy.stats import false_discovery_control

from pipeline.drift.finding import Finding
from pipeline.registry import PREDICTION, TARGET


def judge(findings: Sequence[Finding], significance: float) -> list[Finding]:
    """
    Correct over all tests of all features (Benjamini and Hochberg 1995), and judge.

    Target and answers are questions of their own: more features make neither of them less sure.
    """
    families: dict[str, list[Finding]] = {}
    for finding in findings:
        own = finding.feature in (TARGET, PREDICTION)
        families.setdefault(finding.feature if own else "features", []).append(finding)
    return [
        finding.judged(float(p), significance)
        for family in families.values()
        for finding, p in zip(family, _corrected(family), strict=True)
    ]


def _corrected(family: Sequence[Finding]) -> Sequence[float]:
    corrected: Sequence[float] = false_discovery_control([finding.p for finding in family])
    return corrected
