"""What needs action, and what has happened."""

from dataclasses import dataclass
from typing import Literal

Urgency = Literal["act", "watch", "note"]
"""`act`: something is wrong; `watch`: it may become so; `note`: it waits for a person."""

Kind = Literal[
    "damaged", "alert", "rejected", "not_comparable", "nothing_live", "suspect", "staging",
    "unwatched", "withdrawn",
]  # fmt: skip
What = Literal["promoted", "rolled back", "withdrawn", "rejected", "not comparable", "opened",
    "closed"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attention:
    """
    Something that a person should look at, the most urgent first.

    Attributes:
        says: What is the matter, as a sentence without a full stop.
        remedy: What to do about it, likewise.
        command: A command that does it, or begins to; empty where there is none.
        since: A day or moment, where one is known.
        anchor: The section of the model's page that has the evidence: `gate`, `drift`,
            `performance`, `versions` or `damage`.
    """

    model: str
    title: str
    urgency: Urgency
    kind: Kind
    says: str
    remedy: str
    command: str
    since: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that happened.

    Attributes:
        date: An ISO moment, or a day where an alert is meant.
        what: In a word.
        says: As a sentence without a full stop.
        who: An author, as Git has it; empty where nobody did it.
        commit: Empty where there is none.
        subject: The commit's, or the alert's reason.
    """

    model: str
    title: str
    date: str
    what: What
    version: str
    says: str
    who: str
    commit: str
    subject: str
