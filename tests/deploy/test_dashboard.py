"""The dashboard: what Grafana needs to show it, and the panels that were promised."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

PROMISED = {
    *("Requests", "Latency", "2xx, 4xx, 5xx", "Scores", "Classes"),
    *("Metric in production", "State", "Drifted features", "Memory"),
}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the panels, without the headings."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def test_links_to_it_last(board: dict[str, Any]) -> None:
    assert board["uid"] == "modelpress"
    assert board["id"] is None
    assert board["editable"] is False


def test_every_panel_that_was_promised_is_there(board: dict[str, Any]) -> None:
    titles = [panel["title"] for panel in panels(board)]

    assert set(titles) >= PROMISED
    assert len(set(titles)) == len(titles)


def test_every_panel_says_what_it_shows_and_asks_for_it(board: dict[str, Any]) -> None:
    for panel in panels(board):
        references = [target["refId"] for target in panel["targets"]]

        assert panel["description"].endswith("."), panel["title"]
        assert len(set(references)) == len(references) > 0


def test_every_question_goes_to_the_source_that_is_provisioned(
    board: dict[str, Any], load: Callable[[str], Any]
) -> None:
    (source,) = load("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    askers = [*panels(board), *board["templating"]["list"]]
    askers += [target for panel in panels(board) for target in panel["targets"]]

    assert {(x["datasource"]["type"], x["datasource"]["uid"]) for x in askers} == {
        (source["type"], source["uid"])
    }


def test_scores_are_a_heatmap_of_counted_buckets(board: dict[str, Any]) -> None:
    (panel,) = [panel for panel in panels(board) if panel["title"] == "Scores"]

    assert panel["type"] == "heatmap"
    assert panel["options"]["calculate"] is False
    assert panel["targets"][0]["format"] == "heatmap"


def test_no_panel_covers_another(board: dict[str, Any]) -> None:
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for one, other in combinations([panel["gridPos"] for panel in board["panels"]], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below
    assert all(x["gridPos"]["x"] + x["gridPos"]["w"] <= 24 for x in board["panels"])


def test_grafana_finds_it(load: Callable[[str], Any]) -> None:
    (provider,) = load("grafana/provisioning/dashboards/modelpress.yml")["providers"]
    mounts = {
        x["source"]: x["target"] for x in load("compose.yaml")["services"]["grafana"]["volumes"]
    }
    environment = load("compose.yaml")["services"]["grafana"]["environment"]

    assert provider["options"]["path"] == mounts["./grafana/dashboards"]
    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"
    home = environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/modelpress.json"


def test_a_stranger_can_look_and_change_nothing(load: Callable[[str], Any]) -> None:
    environment = load("compose.yaml")["services"]["grafana"]["environment"]

    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
