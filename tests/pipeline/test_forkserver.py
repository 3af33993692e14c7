"""Stages that are handed over to the fork server end, and say, what they would by themselves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, binary_rows, block

from pipeline.handover import ADDRESS, CRASHED, hand_over
from pipeline.run.warm import warm_stages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with warm_stages(tmp_path_factory.mktemp("root"), models=2) as more:
        yield more


def stage(house: House, more: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["modelpress", *words],
        cwd=house.root,
        env={**os.environ, **more, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> tuple[str, int]:
    out, _ = process.communicate()
    return out, process.returncode


def test_it_makes_the_same_bytes_as_a_stage_by_itself(house: House, server: dict[str, str]) -> None:
    house.add("a", block(), binary_rows(200))
    made = []
    for more in ({}, server):
        for name in ("prepare", "train", "export", "evaluate", "gate"):
            _, code = said(stage(house, more, name, "a"))
            assert code == 0
        files = [p for p in (house.root / "artifacts").rglob("*") if p.is_file()]
        made.append({p: p.read_bytes() for p in files if p.name != "timing.json"})

    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (("prepare", "nobody"), "there is no model `nobody`", 2),
        (("prepare",), "the following arguments are required", 2),
        (("gate", "a", "--format", "text"), "there is no such file", 2),
    ],
)
def test_what_it_says_and_its_exit_code_are_the_stage_s_own(
    house: House, server: dict[str, str], words: tuple[str, ...], message: str, code: int
) -> None:
    house.add("a", block(), binary_rows(50))
    alone, warm = said(stage(house, {}, *words)), said(stage(house, server, *words))

    assert warm == alone
    assert warm[1] == code
    assert message in warm[0]


def test_stages_side_by_side_keep_to_their_own_folders_and_streams(
    house: House, server: dict[str, str]
) -> None:
    for name in ("a", "b", "c"):
        house.add(name, block(), binary_rows(200))
    running = [stage(house, server, "prepare", name) for name in ("a", "b", "c")]

    assert [said(one)[0].split(" rows")[0] for one in running] == [
        f"{name} prepare: 200" for name in ("a", "b", "c")
    ]


def test_a_stage_that_is_killed_is_no_success(house: House) -> None:
    search = {"C": {"low": 0.01, "high": 100.0, "log": True}}
    house.add("a", block(tune={"trials": 500, "search": search}), binary_rows(400))
    said(stage(house, {}, "prepare", "a"))
    with warm_stages(house.root, models=2) as more:
        client = stage(house, more, "train", "a")
        os.kill(_fork_of(_server_at(more[ADDRESS]), client), signal.SIGKILL)

        assert said(client) == ("", CRASHED)


def _server_at(address: str) -> int:
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if address.encode() in words:
            return int(place.name)
    raise AssertionError(address)


def _fork_of(server: int, client: subprocess.Popen[str]) -> int:
    children = Path(f"/proc/{server}/task/{server}/children")
    while not (found := children.read_text("utf-8").split()):
        assert client.poll() is None, said(client)
        time.sleep(0.05)
    return int(found[0])


def test_it_ends_with_the_run_that_started_it(tmp_path: Path) -> None:
    with warm_stages(tmp_path, models=2) as more:
        server = _server_at(more[ADDRESS])

    assert not Path(f"/proc/{server}").exists()
    assert not Path(more[ADDRESS]).exists()


def test_one_model_does_without(tmp_path: Path) -> None:
    with warm_stages(tmp_path, models=1) as more:
        assert more == {}


def test_without_a_server_a_stage_runs_by_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)
    assert hand_over(["prepare", "a"]) is None
    monkeypatch.setenv(ADDRESS, str(tmp_path / "gone"))
    assert hand_over(["prepare", "a"]) is None


def test_a_defect_keeps_its_traceback(house: House, server: dict[str, str]) -> None:
    house.add("a", block(), binary_rows(100))
    said(stage(house, server, "prepare", "a"))
    house.artifact("a", "schema.json").write_text(json.dumps({"schema": 1}), "utf-8")
    alone, warm = said(stage(house, {}, "train", "a")), said(stage(house, server, "train", "a"))

    assert warm[1] != 0
    assert warm[0].splitlines()[-1] == alone[0].splitlines()[-1]
