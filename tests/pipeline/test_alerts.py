"""Alerts: from day to day, with a memory."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerts import Alert, Sign, changes, read_alerts, step
from pipeline.config.watch import Alerts

FIRST = date(2026, 1, 1)
SIGN = Sign("it moved", "retrain")


def play(shown: str, rules: Alerts | None = None) -> tuple[str, list[tuple[int, str]]]:
    """Play days, `x` with a sign; gives the states' first letters (`-`: forgotten) and changes."""
    alerts: dict[str, Alert] = {}
    states, told = "", []
    for number, mark in enumerate(shown):
        signs = {"c": SIGN} if mark == "x" else {}
        after = step(alerts, signs, rules or Alerts(), FIRST + timedelta(number))
        told += [(number, change.what) for change in changes(alerts, after)]
        states += after["c"].state[0] if "c" in after else "-"
        # As if it had been written to a file and read the next day.
        alerts = read_alerts({cause: asdict(alert) for cause, alert in after.items()})
    return states, told


@pytest.mark.parametrize(
    ("shown", "states", "told"),
    [
        ("....", "----", []),
        ("x....", "sss--", []),
        ("xx...", "sarro", [(1, "opened"), (4, "closed")]),
        ("x.x", "ssa", [(2, "opened")]),
        ("x..x", "sss" + "s", []),
        ("xx.x.x", "sarara", [(1, "opened")]),
        ("xx..xx", "sarraa", [(1, "opened")]),
    ],
)
def test_days_follow_each_other(shown: str, states: str, told: list[tuple[int, str]]) -> None:
    assert play(shown) == (states, told)


def test_after_closing_the_same_cause_opens_nothing_until_it_has_cooled_down() -> None:
    """Closed on day 4; the seventh day after is day 11."""
    assert play("xx...xxxxxxxx") == (
        "sarrossssssaa",
        [(1, "opened"), (4, "closed"), (11, "opened")],
    )


def test_what_is_closed_and_cooled_down_is_forgotten() -> None:
    assert play("xx..........") == ("sarrooooooo-", [(1, "opened"), (4, "closed")])


def test_an_alert_that_comes_back_is_the_one_that_was_opened() -> None:
    alerts: dict[str, Alert] = {}
    for number, mark in enumerate("xx.x"):
        signs = {"c": SIGN} if mark == "x" else {}
        alerts = step(alerts, signs, Alerts(), FIRST + timedelta(number))

    assert (alerts["c"].state, alerts["c"].since) == ("alert", "2026-01-02")


def test_reason_and_action_are_those_of_the_last_sign() -> None:
    first = step({}, {"c": SIGN}, Alerts(), FIRST)
    later = step(first, {"c": Sign("worse", "roll back")}, Alerts(), FIRST + timedelta(1))
    quiet = step(later, {}, Alerts(), FIRST + timedelta(2))

    assert [(x["c"].reason, x["c"].action) for x in (first, later, quiet)] == [
        ("it moved", "retrain"),
        ("worse", "roll back"),
        ("worse", "roll back"),
    ]


def test_a_consequence_gives_its_cause_the_time_to_show_first() -> None:
    alerts: dict[str, Alert] = {}
    states = []
    for number in range(3):
        signs = {"prediction": SIGN, "drift:x": SIGN}
        alerts = step(alerts, signs, Alerts(), FIRST + timedelta(number))
        states.append((alerts["drift:x"].state, alerts["prediction"].state))

    assert states == [("suspect", "suspect"), ("alert", "suspect"), ("alert", "alert")]


RULES = st.builds(
    Alerts,
    k=st.integers(1, 4),
    n=st.integers(1, 5),
    recover_days=st.integers(1, 5),
    cool_down_days=st.integers(0, 10),
)


@given(st.text("x.", max_size=60), RULES)
def test_openings_and_closings_take_turns_and_each_has_its_evidence(
    shown: str, rules: Alerts
) -> None:
    _, told = play(shown, rules)
    whats = [what for _, what in told]

    assert whats == ["opened", "closed"] * (len(whats) // 2) + ["opened"] * (len(whats) % 2)
    for day, what in told:
        if what == "opened":
            assert shown[day] == "x"
            assert shown[max(0, day - rules.n + 1) : day + 1].count("x") >= rules.k
        else:
            assert "x" not in shown[day - rules.recover_days + 1 : day + 1]
    closings = [day for day, what in told if what == "closed"]
    for closed in closings:
        again = [day for day, what in told if what == "opened" and day > closed]
        assert not again or again[0] - closed >= rules.cool_down_days


@given(st.text("x.", max_size=40), RULES)
def test_a_cause_without_a_sign_is_forgotten_in_the_end(shown: str, rules: Alerts) -> None:
    states, _ = play(shown + "." * 40, rules)

    assert states[-1:] == "-"
