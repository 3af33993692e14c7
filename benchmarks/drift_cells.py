"""How the answers of the drift tests to planted changes are told: cells, and tables of them."""

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
from drift_feature import DRAWS, Case

from pipeline.config.watch import Monitor
from pipeline.drift import Finding, judge


def by_rows(test: str, cases: Sequence[Case], sizes: Sequence[int]) -> Iterator[str]:
    """Print a test's answers: a line per change, a column per number of rows."""
    yield f"| planted | {' | '.join(f'{rows:,} rows' for rows in sizes)} |"
    yield f"| --- |{' --- |' * len(sizes)}"
    for case in cases:
        cells = [cell(test, told(case, rows)) for rows in sizes]
        yield f"| {case.name} | {' | '.join(cells)} |"


def by_test(tests: Sequence[str], cases: Sequence[Case], rows: int) -> Iterator[str]:
    """Print what several tests say of the same rows."""
    yield f"| planted in {rows:,} rows | {' | '.join(f'`{test}`' for test in tests)} |"
    yield f"| --- |{' --- |' * len(tests)}"
    for case in cases:
        found = told(case, rows)
        yield f"| {case.name} | {' | '.join(cell(test, found) for test in tests)} |"


def told(case: Case, rows: int) -> list[list[Finding]]:
    """Draw again and again, and judge each draw by itself."""
    seed = zlib.crc32(case.name.encode())
    dice = (np.random.default_rng((seed, rows, draw)) for draw in range(DRAWS))
    return [judge(case.found(one, rows), Monitor().significance) for one in dice]


def cell(test: str, draws: Sequence[Sequence[Finding]]) -> str:
    """Give median effect and p, and how many draws fire."""
    found = [finding for draw in draws for finding in draw if finding.test == test]
    if not found:
        return "-"
    effect, p = (float(np.median([getattr(x, key) for x in found])) for key in ("value", "p"))
    fired = sum(finding.fired for finding in found)
    # Below zero only by what rounding leaves.
    effect = 0.0 if abs(effect) < 5e-5 else effect
    return f"{effect:.2g}, p {_chance(p)}, {fired}/{len(found)}"


def _chance(p: float) -> str:
    return f"{p:.1g}" if p >= 1e-9 else "< 1e-9"
