"""What is counted: exactly what happened, and in few series whatever is asked."""

import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import ROWS, Running, checkout, serving

IRIS, SPAM = ROWS["iris"], ROWS["spam"]


def series(running: Running) -> dict[str, float]:
    told = running.get("/metrics").body.decode()
    return {
        f"{x.name}{json.dumps(dict(sorted(x.labels.items())))}": x.value
        for family in text_string_to_metric_families(told)
        for x in family.samples
    }


def test_predictions_are_counted_by_class_and_rows(service: Running) -> None:
    label = service.predict("iris", IRIS).json["label"]
    told = f'modelpress_predictions_total{{label="{label}",model="iris",version="v1.0.0"}}'
    rows = 'modelpress_rows_total{model="iris",version="v1.0.0"}'
    scores = 'modelpress_score_count{model="iris",version="v1.0.0"}'
    before = [service.metric(name) for name in (told, rows, scores)]
    service.predict("iris", [IRIS] * 7)
    service.predict("iris", [IRIS] * 30)
    assert [service.metric(name) for name in (told, rows, scores)] == [x + 37 for x in before]


def test_requests_and_refusals_are_counted_by_route_and_status(service: Running) -> None:
    route = 'method="POST",route="/models/{model}/predict"'
    fine, refused = (f'modelpress_requests_total{{{route},status="{x}"}}' for x in (200, 422))
    before = service.metric(fine), service.metric(refused)
    for _ in range(3):
        service.predict("iris", IRIS)
    service.predict("iris", {"x": 1})
    assert service.metric(fine) == before[0] + 3
    assert service.metric(refused) == before[1] + 1


def test_a_regression_counts_rows_and_no_labels(service: Running) -> None:
    root = Path(__file__).parents[2] / "models" / "bikes-count" / "v1.0.0" / "card.json"
    row = json.loads(root.read_text("utf-8"))["golden"][0]["row"]
    name = 'modelpress_rows_total{model="bikes-count",version="v1.0.0"}'
    before = service.metric(name)
    service.predict("bikes-count", [row] * 4)
    assert service.metric(name) == before + 4


def test_a_model_tells_its_version_and_the_metrics_of_its_card(service: Running) -> None:
    told = service.get("/metrics").body.decode()
    assert 'modelpress_model_info{model="spam",sha256="f144f844' in told
    assert 'modelpress_model_metric{metric="average_precision",model="spam"' in told
    assert service.metric('modelpress_model_loaded{model="spam"}') == 1
    assert service.metric("modelpress_ready") == 1
    assert service.metric("modelpress_uptime_seconds") > 0
    assert service.metric("process_resident_memory_bytes") > 1e6


def test_ten_thousand_odd_requests_add_no_series(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris", "spam")) as running:
        for number in range(20):
            odd(running, number)
        running.get("/metrics")
        before = series(running).keys()
        for number in range(10_000):
            odd(running, number)
        assert series(running).keys() == before


def odd(running: Running, number: int) -> None:
    paths = (f"/x{number}", f"/models/m{number}", f"/models/iris@v{number}.0.0", f"/v2/{number}")
    if number % 5 < 4:
        running.get(paths[number % 5], **{"X-Request-Id": f"r{number}"})
    elif number % 2:
        running.predict("spam", {"text": f"word{number}", f"key{number}": number})
    else:
        running.ask(f"M{number % 7}", "/models")


def test_the_log_has_a_line_of_json_for_each_request_and_no_row(tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "spam")) as running:
        running.predict("spam", {"text": "a secret word\n::error::"}, **{"X-Request-Id": "id-7"})
        running.predict("spam", {"text": 7, "another secret": 1})
        running.get("/nowhere/secret")
    lines = [x for x in running.said().splitlines() if x.startswith("{")]
    told = [json.loads(line) for line in lines]
    assert [x["status"] for x in told if x["route"].endswith("predict")] == [200, 422]
    assert told[0]["request"] == "id-7"
    assert "secret" not in running.said()


@pytest.mark.parametrize("log", ["yes", "no"])
def test_the_log_can_be_turned_off(tmp_path: Path, log: str) -> None:
    with serving(checkout(tmp_path, "spam"), MODELPRESS_ACCESS_LOG=log) as running:
        running.predict("spam", SPAM)
    assert ('"status":200' in running.said()) == (log == "yes")


def test_faults_are_made_with_debug_alone(tmp_path: Path, fast: Running) -> None:
    assert fast.ask("POST", "/debug/fault?status=500").status == 404
    with serving(checkout(tmp_path, "iris"), "--debug", "yes") as running:
        assert running.ask("POST", "/debug/fault?status=500&times=2").json["faults"] == 2
        statuses = [running.predict("iris", IRIS).status for _ in range(3)]
        assert statuses == [500, 500, 200]
        for wrong in ("status=200", "status=x", "delay=61s", "times=1001"):
            assert running.ask("POST", f"/debug/fault?{wrong}").status == 422
