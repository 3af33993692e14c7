"""
How the drift tests answer to planted changes: the tables of the guide's pages on drift.

    python benchmarks/drift_tables.py [TEST ...]

A reference is counted of seeded rows as `register` does it, other rows are drawn with and without
a change, and the product's own tests judge them with the default limits. Each cell has the median
effect and the median corrected p of 20 draws, and how many of them fire.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

# Or this folder's pipeline.py would be found in place of the package.
sys.path.insert(0, str(Path(__file__).parent.parent))

from drift_categories import gaps, moves, odd_categories, odd_gaps, strangers
from drift_cells import by_rows, by_test
from drift_feature import ANY, FEW, MANY
from drift_numbers import flag_cases, normal, odd_numbers, outliers, shifts, week_case, wild_case
from drift_target import odd_priors, priors
from drift_texts import blooms, odd_texts, small_references, swaps


def ks() -> Iterator[str]:
    """Numbers, few rows."""
    yield from by_rows("ks", shifts(normal()), FEW)
    yield ""
    yield from by_test(("ks", "psi"), [*odd_numbers(normal()), *flag_cases(), week_case()], 1000)


def wasserstein() -> Iterator[str]:
    """Numbers, many rows."""
    far = [normal().case(f"{n} rows 1,000 sd off", outliers(n)) for n in (5, 20, 40)]
    cases = [*odd_numbers(normal()), *flag_cases(), *far, wild_case()]
    yield from by_rows("wasserstein", shifts(normal()), MANY)
    yield ""
    yield from by_test(("wasserstein", "psi"), cases, 5000)


def psi() -> Iterator[str]:
    """Any kind."""
    for cases in (shifts(normal()), moves()):
        yield from by_rows("psi", cases, (100, *ANY))
        yield ""
    odd = [*odd_categories(), *odd_numbers(normal())[1:], *flag_cases(), week_case()]
    yield from by_test(("psi", "chi_square", "ks"), odd, 1000)


def chi_square() -> Iterator[str]:
    """Categories, few rows."""
    yield from by_rows("chi_square", moves(), FEW)
    yield ""
    yield from by_test(("chi_square", "psi", "unknown"), odd_categories(), 1000)


def jensen_shannon() -> Iterator[str]:
    """Categories, many rows."""
    yield from by_rows("jensen_shannon", moves(), MANY)
    yield ""
    yield from by_test(("jensen_shannon", "psi", "unknown"), odd_categories(), 5000)


def unknown() -> Iterator[str]:
    """Categories that the model does not know."""
    yield from by_rows("unknown", strangers(), ANY)
    yield ""
    yield from by_test(("unknown", "chi_square", "missing"), odd_categories()[-1:], 1000)


def missing() -> Iterator[str]:
    """Values that are not there."""
    yield from by_rows("missing", gaps(), ANY)
    yield ""
    yield from by_test(("missing", "ks", "psi", "unknown"), odd_gaps(), 1000)


def domain_auc() -> Iterator[str]:
    """Texts: a classifier."""
    yield from by_rows("domain_auc", swaps(), (100, 200, 400))
    yield ""
    yield from by_test(("domain_auc", "vocabulary", "ks"), odd_texts(), 400)
    yield ""
    yield from small_references()


def vocabulary() -> Iterator[str]:
    """Texts: unknown words."""
    yield from by_rows("vocabulary", swaps(), (100, 200, 400))
    yield ""
    yield from by_test(("vocabulary", "domain_auc"), odd_texts()[1:], 400)
    yield ""
    yield from blooms()


def prior() -> Iterator[str]:
    """Classes of the target."""
    yield from by_rows("prior", priors(), ANY)
    yield ""
    yield from by_test(("prior",), odd_priors(), 1000)


TESTS = {
    table.__name__: table
    for table in (
        *(ks, wasserstein, psi, chi_square, jensen_shannon),
        *(unknown, missing, domain_auc, vocabulary, prior),
    )
}


def main() -> int:
    """Print the tables of all tests, or of some."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("tests", nargs="*", metavar="TEST", help=", ".join(TESTS))
    for test in parser.parse_args().tests or TESTS:
        print(f"## {test}\n", *TESTS[test](), "", sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
