"""Prometheus' own tools on its files; each alert's test notices what is wrong in the alert."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from house import REPOSITORY
from ruamel.yaml import YAML

FOLDER = REPOSITORY / "deploy" / "prometheus"

# What a slip of the pen could make of a rule.
SLIPS = {
    "down: of any job": ('up{job="modelpress"} == 0', "up == 0"),
    "down: no target, no alert": (' or absent(up{job="modelpress"})', ""),
    "down: turned round": ('up{job="modelpress"} == 0', 'up{job="modelpress"} == 1'),
    "loaded: turned round": ("modelpress_model_loaded == 0", "modelpress_model_loaded == 1"),
    "errors: refusals too": ('status=~"5.."', 'status=~"[45].."'),
    "errors: probes too": ('"/health|/metrics|/v2/health/.*"', '"/nothing"'),
    "errors: earlier": ("> 0.05", "> 0.02"),
    "errors: later": ("> 0.05", "> 0.2"),
    "errors: of all together": ("sum by (job, instance) (rate(", "sum (rate("),
    "errors: since ever": ("[5m]", "[1d]"),
    "latency: earlier": ("> 0.25", "> 0.2"),
    "latency: later": ("> 0.25", "> 0.5"),
    "latency: another percentile": ("histogram_quantile(0.95", "histogram_quantile(0.99"),
    "latency: scrapes too": ('_bucket{route!~"/health|/metrics|/v2/health/.*"}', "_bucket"),
    "traffic: what is not ready too": ("modelpress_ready == 1", "modelpress_ready >= 0"),
    "traffic: what stands still too": ("[15m])) > 0", "[15m])) >= 0"),
    "traffic: of all together": ("unless on (job, instance)", "unless on (job)"),
    "traffic: turned round": ("unless on (job", "and on (job"),
    "drift: suspects too": ('{state="alert"}', '{state=~"alert|suspect"}'),
    "drift: while it recovers": ('{state="alert"}', '{state=~"alert|recovering"}'),
}

pytestmark = pytest.mark.prometheus


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)


def test_the_configuration_is_sound() -> None:
    found = promtool("check", "config", "--lint=all", "--lint-fatal", FOLDER / "prometheus.yml")

    assert found.returncode == 0, found.stderr + found.stdout
    assert "6 rules found" in found.stdout


def test_every_alert_fires_and_does_not_fire() -> None:
    found = promtool("test", "rules", FOLDER / "rules.test.yml")

    assert found.returncode == 0, found.stderr + found.stdout


def test_both_are_asked_of_every_alert(
    rules: list[dict[str, Any]], load: Callable[[str], Any]
) -> None:
    asked: dict[str, set[bool]] = {rule["alert"]: set() for rule in rules}
    for test in load("prometheus/rules.test.yml")["tests"]:
        for one in test["alert_rule_test"]:
            asked[one["alertname"]].add(bool(one["exp_alerts"]))

    assert set(asked) == {
        *("ModelpressDown", "ModelNotLoaded", "ErrorRateHigh"),
        *("LatencyHigh", "NoTraffic", "DriftAlert"),
    }
    assert all(answers == {True, False} for answers in asked.values()), asked


@pytest.mark.parametrize("slip", SLIPS)
def test_the_tests_notice_a_slip(slip: str, tmp_path: Path) -> None:
    right, wrong = SLIPS[slip]
    text = (FOLDER / "rules.yml").read_text("utf-8")

    assert right in text
    assert not passes(tmp_path, text.replace(right, wrong))


def test_the_tests_notice_haste(rules: list[dict[str, Any]], tmp_path: Path) -> None:
    """An alert that does not wait would call at every hiccup."""
    for rule in rules:
        text = (FOLDER / "rules.yml").read_text("utf-8")
        start = text.index(f"alert: {rule['alert']}\n")
        hasty = text[:start] + re.sub(r"for: \d+m", "for: 0m", text[start:], count=1)

        assert not passes(tmp_path, hasty), rule["alert"]


def test_every_alert_says_how_bad_it_is_and_what_to_do(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert len(rule["annotations"]["summary"]) < 100
        assert len(rule["annotations"]["description"]) > 100


def test_panels_that_alerts_send_to_are_on_the_dashboard(
    rules: list[dict[str, Any]], board: dict[str, Any]
) -> None:
    text = " ".join(rule["annotations"]["description"] for rule in rules)
    named = set(re.findall(r"panel (\w+)", text))

    assert named
    assert named <= {panel["title"] for panel in board["panels"]}


def test_every_query_of_the_dashboard_is_one(queries: dict[str, str], tmp_path: Path) -> None:
    records = [{"record": f"panel_{n}", "expr": text} for n, text in enumerate(queries.values())]
    place = tmp_path / "panels.yml"
    with place.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"groups": [{"name": "panels", "rules": records}]}, file)

    found = promtool("check", "rules", place)

    assert found.returncode == 0, found.stderr + found.stdout
    assert f"{len(queries)} rules found" in found.stdout


def passes(folder: Path, text: str) -> bool:
    """Whether the tests accept these rules."""
    (folder / "rules.yml").write_text(text, "utf-8")
    shutil.copy(FOLDER / "rules.test.yml", folder)
    assert promtool("check", "rules", folder / "rules.yml").returncode == 0
    return promtool("test", "rules", folder / "rules.test.yml").returncode == 0
