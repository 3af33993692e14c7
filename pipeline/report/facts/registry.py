"""What the registry holds of a model, and what was in production when."""

from dataclasses import dataclass

from pipeline.report.facts.gate import Rule
from pipeline.report.facts.measure import Estimate


@dataclass(frozen=True, slots=True)
class Download:
    """
    A file that the site offers.

    Attributes:
        path: Below the site's root, e.g. `models/spam/v1.2.0/model.onnx`.
        what: In a word or two, e.g. `ONNX model`.
    """

    path: str
    what: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class MadeOf:
    """
    What a version was made from.

    Attributes:
        commit: The commit that holds exactly its inputs, unless `dirty`.
        parent: The version in production when it was made; empty for the first.
    """

    commit: str
    dirty: bool
    parent: str
    rows: int
    data_sha256: str
    params_sha256: str
    code_sha256: str
    lock_sha256: str
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Who took a version out of production, when and why."""

    who: str
    when: str
    why: str


@dataclass(frozen=True, slots=True)
class Version:
    """
    A version as its card tells it.

    Attributes:
        published: Whether its files are on the site: production, staging and the newest five.
        metrics: The test metrics of its own run, by id.
        overruled: Why a person promoted what the gate could not compare; empty otherwise.
        signed: Whether there is a signature; who signed is not checked here.
        downloads: Empty unless published.
    """

    version: str
    created: str
    published: bool
    sha256: str
    size: int
    gzip_kb: int
    threshold: float | None
    metrics: dict[str, Estimate]
    made_of: MadeOf
    withdrawn: Withdrawn | None
    overruled: str
    signed: bool
    downloads: tuple[Download, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """
    A version's time in production.

    Attributes:
        version: Empty while nothing was in production.
        since: An ISO moment in UTC.
        until: When the next term began; empty for the one that lasts.
        rollback: Whether it put back a version that is older than the one before.
        reason: Why the version before it was withdrawn, if it was; else the commit's subject.
    """

    version: str
    since: str
    until: str
    commit: str
    author: str
    subject: str
    rollback: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """
    A decision of the gate that was kept, rejected ones too.

    Attributes:
        date: An ISO moment in UTC.
        verdict: `accepted`, `rejected`, `unchanged` or `not_comparable`.
        version: The version it became; empty if none did.
        failed: The rules that failed, in words.
        changed: Parameters that differ from the run before: name, before, after.
    """

    model: str
    date: str
    commit: str
    verdict: str
    comparison: str
    champion: str
    sha256: str
    version: str
    value: Estimate
    rules: tuple[Rule, ...]
    failed: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]
