"""Versions that nobody can have: to promote, to roll back to, to compare."""

from spoilt import Case, remove, write

_M = "models/m"
_RECALLED = write(
    f"{_M}/v1.0.0/withdrawn.json",
    '{"who": "Ada", "when": "2026-03-02T10:00:00Z", "why": "it was wrong"}',
)

CASES = (
    Case(
        "nothing in staging",
        "promote n",
        "error: models/n: `n` has no version in staging\n"
        "hint: `modelpress run n --register` makes one of an accepted candidate\n",
    ),
    Case(
        "a version that is not there",
        "promote m v9.9.9",
        "error: models/m: there is no version v9.9.9\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "a version that is none",
        "promote m 1.2",
        "error: models/m: there is no version 1.2\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "a version that is a path",
        "promote m ../m/v1.0.0",
        "error: models/m: there is no version ../m/v1.0.0\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "a version that is a path (compare)",
        "compare m v1.0.0 ../m/v1.1.0",
        "error: models/m: there is no version ../m/v1.1.0\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "a version that is a path (reproduce)",
        "reproduce m ../m/v1.1.0",
        "error: models/m: there is no version ../m/v1.1.0\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "a version that is a path (rollback)",
        "rollback m --to ../m/v1.0.0 --reason x",
        "error: models/m: there is no version ../m/v1.0.0\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "a version that was withdrawn",
        "promote m v1.0.0",
        "error: models/m/v1.0.0: v1.0.0 was withdrawn by Ada on "
        "2026-03-02T10:00:00Z: it was wrong\n"
        "hint: change an input and register what comes of it\n",
        _RECALLED,
    ),
    Case(
        "a reason where the gate has compared",
        "promote m --reason 'I say so'",
        "error: artifacts/m/gate.json: a reason overrules `not_comparable` "
        "alone, and the gate says unchanged\n"
        "hint: change an input; or name a registered version to promote\n",
    ),
    Case(
        "a reason for a version",
        "promote m v1.0.0 --reason 'I say so'",
        "error: v1.0.0 is registered already, and its card takes no reason\n"
        "hint: leave --reason out; it is for a candidate that the gate cannot "
        "compare\n",
    ),
    Case(
        "a reason without a word",
        "promote m --reason ''",
        "error: --reason says nothing\nhint: say why, it is kept in the card\n",
    ),
    Case(
        "a comparison with itself",
        "compare m v1.0.0 v1.0.0",
        "error: this is v1.0.0 beside itself\nhint: name two versions of the model\n",
    ),
    Case(
        "a comparison with what is not there",
        "compare m v1.0.0 v2.0.0",
        "error: models/m: there is no version v2.0.0\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "nothing to roll back",
        "rollback n --reason x",
        "error: models/n/production: `n` has nothing in production\n"
        "hint: there is nothing to roll back\n",
    ),
    Case(
        "nothing before",
        "rollback m --reason x",
        "error: models/m: there is no version before v1.0.0 to go back to\n"
        "hint: name one: --to VERSION; or `modelpress retire` the model\n",
        write(f"{_M}/production", "v1.0.0\n"),
    ),
    Case(
        "nothing before but what was withdrawn",
        "rollback m --reason x",
        "error: models/m: there is no version before v1.1.0 to go back to\n"
        "hint: name one: --to VERSION; or `modelpress retire` the model\n",
        _RECALLED,
    ),
    Case(
        "a rollback to itself",
        "rollback m --to v1.1.0 --reason x",
        "error: v1.1.0 is in production itself\nhint: name another: --to VERSION\n",
    ),
    Case(
        "a rollback to what was withdrawn",
        "rollback m --to v1.0.0 --reason x",
        "error: v1.0.0 was withdrawn, too: it was wrong\nhint: name another: --to VERSION\n",
        _RECALLED,
    ),
    Case(
        "a rollback to what is not there",
        "rollback m --to v3.0.0 --reason x",
        "error: models/m: there is no version v3.0.0\nhint: there are: v1.0.0, v1.1.0\n",
    ),
    Case(
        "a rollback without a reason",
        "rollback m",
        "modelpress rollback: error: the following arguments are required: --reason\n",
    ),
    Case(
        "a rollback for no reason",
        "rollback m --reason ' '",
        "error: --reason says nothing\nhint: say why, it is kept beside the version\n",
    ),
    Case(
        "a rollback without a pointer",
        "rollback m --reason x",
        "error: models/m/production: there is no pointer\n"
        "hint: `modelpress run` lays an empty one\n",
        remove(f"{_M}/production"),
    ),
    Case(
        "a rollback whose staging is damaged",
        "rollback m --reason x",
        "error: models/m/staging: `newest` is no version\n"
        "hint: restore it from Git: one line such as v1.2.0\n",
        write(f"{_M}/staging", "newest"),
    ),
)
