"""Versions of a checkout: read whole, from where they lie, and from nowhere else."""

import hashlib
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_onnx import SECRET, loop_forever
from house import REPOSITORY
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modelpress.errors import FileError
from service.folder import Folder
from service.source import Pointers

IRIS = REPOSITORY / "models" / "iris" / "v1.0.0"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A registry with iris, v1.0.0 of it in production, and a model that has nothing yet."""
    root = tmp_path / "models"
    shutil.copytree(IRIS.parent, root / "iris")
    (root / "new").mkdir()
    (root / "new" / "production").touch()
    return root


def refusal(call: Callable[..., object], *words: Any) -> FileError:
    with pytest.raises(FileError) as caught:
        call(*words)
    return caught.value


def fetch_refusal(models: Path) -> FileError:
    return refusal(Folder(models).fetch, "iris", "v1.0.0")


def forge(place: Path, /, **fields: Any) -> None:
    """Write a card that fits whatever lies beside it."""
    card = json.loads((place / "card.json").read_text("utf-8"))
    card["sha256"] = hashlib.sha256((place / "model.onnx").read_bytes()).hexdigest()
    (place / "card.json").write_text(json.dumps(card | fields), "utf-8")


def add(models: Path, version: str) -> Path:
    place = models / "iris" / version
    shutil.copytree(IRIS, place)
    forge(place, version=version)
    return place


# What there is


def test_every_shipped_version_is_there() -> None:
    source = Folder(REPOSITORY / "models")
    for name in source.names():
        line = source.line(name)
        assert line.production in line.versions
        for version in line.versions:
            fetched = source.fetch(name, version)
            assert (fetched.name, fetched.version) == (name, version)
            assert hashlib.sha256(fetched.content).hexdigest() == fetched.card["sha256"]


def test_models_and_pointers_are_named(models: Path) -> None:
    source = Folder(models)
    assert source.names() == ["iris", "new"]
    assert source.line("iris") == Pointers("v1.0.0", "v1.0.0", ("v1.0.0",))
    assert source.line("new") == Pointers("", "", ())


def test_what_can_be_no_model_is_passed_over(models: Path) -> None:
    for name in ("Iris", "1st", "a_b", ".git", "x" * 41, "iris.old", "schön"):
        (models / name).mkdir()
    (models / "readme").touch()
    (models / "link").symlink_to(models / "iris")
    assert Folder(models).names() == ["iris", "new"]


def test_versions_are_sorted_as_numbers_and_whole(models: Path) -> None:
    for version in ("v1.10.0", "v1.9.0", "v10.0.0"):
        add(models, version)
    (add(models, "v2.0.0") / "card.json").unlink()
    (add(models, "v3.0.0") / "withdrawn.json").write_text("{}", "utf-8")
    for name in ("v1", "v1.0", "v01.0.0", "latest", "v1.0.0.old", "v1.0.0 ", "v१.0.0"):
        (models / "iris" / name).mkdir()
    (models / "iris" / "v4.0.0").symlink_to(models / "iris" / "v1.0.0")
    assert Folder(models).line("iris").versions == ("v1.0.0", "v1.9.0", "v1.10.0", "v10.0.0")


def test_the_root_may_be_a_link(models: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(models)
    assert Folder(tmp_path / "current").fetch("iris", "v1.0.0").content


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    source = Folder(tmp_path / "models")
    for call in (source.names, source.stamp):
        assert refusal(call).message == f"`{tmp_path}/models` does not exist"


def test_a_model_that_is_not_there_is_named(models: Path) -> None:
    assert refusal(Folder(models).line, "spam").message == f"`{models}/spam` does not exist"


@pytest.mark.parametrize(
    "name", ["../models/iris", "", ".", "..", "/etc", "iris/", "iris\0", "IRIS"]
)
def test_a_name_leads_nowhere_else(name: str, models: Path) -> None:
    assert "names no model" in refusal(Folder(models).line, name).message
    assert "names no model" in refusal(Folder(models).fetch, name, "v1.0.0").message


@pytest.mark.parametrize(
    "version", ["", ".", "..", "../iris/v1.0.0", "v1.0.0/", "v1.0.0\n", "latest", "v1.0.00"]
)
def test_a_version_leads_nowhere_else(version: str, models: Path) -> None:
    assert "names no version of `iris`" in refusal(Folder(models).fetch, "iris", version).message


# Pointers


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.binary(max_size=30) | st.from_regex(rb"v[0-9]{1,2}\.[0-9]\.[0-9]\n?", fullmatch=True)
)
@example(line=b"v1.0.0")
@example(line=b"v1.0.0\nv1.0.0\n")
@example(line=b"../iris/v1.0.0\n")
@example(line="v१.0.0\n".encode())
@example(line=b"<<<<<<< HEAD\nv1.0.0\n")
@example(line=b"v1.0.0\0\n")
@example(line=b" v1.0.0 \r\n")
@example(line=b"\x1c")
def test_a_pointer_is_one_whole_line_or_refused(line: bytes, models: Path) -> None:
    pointer = models / "iris" / "production"
    pointer.write_bytes(line)
    whole = re.fullmatch(rb"\s*(v\d{1,9}\.\d{1,9}\.\d{1,9})\s*\n", line)
    if not line.strip():
        assert not Folder(models).line("iris").production
    elif whole and not re.search(rb"[v.]0\d", line):
        assert Folder(models).line("iris").production == whole[1].decode()
    else:
        assert str(pointer) in refusal(Folder(models).line, "iris").message


def test_a_pointer_as_large_as_a_disk_is_refused(models: Path) -> None:
    os.truncate(models / "iris" / "staging", 1 << 40)
    assert "staging` is larger than 1,024 bytes" in refusal(Folder(models).line, "iris").message


# Bytes


@pytest.mark.parametrize("file", ["card.json", "model.onnx"])
def test_a_file_that_is_not_there_is_named(file: str, models: Path) -> None:
    place = models / "iris" / "v1.0.0" / file
    place.unlink()
    assert fetch_refusal(models).message == f"`{place}` does not exist"


@pytest.mark.parametrize("file", ["card.json", "model.onnx"])
def test_a_link_is_not_followed(file: str, models: Path) -> None:
    """Not even to bytes that are the right ones."""
    place = models / "iris" / "v1.0.0" / file
    place.unlink()
    place.symlink_to(IRIS / file)
    assert fetch_refusal(models).message == f"`{place}` is a symbolic link"


@pytest.mark.parametrize("parts", [("iris",), ("iris", "v1.0.0")])
def test_a_linked_folder_is_not_followed(parts: tuple[str, ...], models: Path) -> None:
    place = models.joinpath(*parts)
    shutil.rmtree(place)
    place.symlink_to(REPOSITORY.joinpath("models", *parts))
    assert fetch_refusal(models).message == f"`{place}` is a symbolic link"


@pytest.mark.parametrize("file", ["card.json", "model.onnx"])
def test_a_file_with_a_second_name_is_refused(file: str, models: Path, tmp_path: Path) -> None:
    place = models / "iris" / "v1.0.0" / file
    os.link(place, tmp_path / "other")
    assert fetch_refusal(models).message.startswith(f"`{place}` has 2 names")


def test_a_secret_under_the_name_of_a_model_is_not_told(models: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    place = models / "iris" / "v1.0.0" / "card.json"
    place.unlink()
    os.link(tmp_path / "secret", place)
    assert SECRET.decode() not in "".join(fetch_refusal(models).lines())


def make_pipe(place: Path) -> None:
    os.mkfifo(place)


def make_folder(place: Path) -> None:
    place.mkdir()


@pytest.mark.parametrize("file", ["card.json", "model.onnx"])
@pytest.mark.parametrize("make", [make_pipe, make_folder])
def test_what_is_no_plain_file_is_refused_without_waiting(
    make: Callable[[Path], None], file: str, models: Path
) -> None:
    place = models / "iris" / "v1.0.0" / file
    place.unlink()
    make(place)
    assert fetch_refusal(models).message == f"`{place}` is no plain file"


@pytest.mark.parametrize(("file", "limit"), [("card.json", 8 << 20), ("model.onnx", 64 << 20)])
def test_a_file_that_is_too_large_is_refused(file: str, limit: int, models: Path) -> None:
    place = models / "iris" / "v1.0.0" / file
    os.truncate(place, limit + 1)
    assert fetch_refusal(models).message == f"`{place}` is larger than {limit:,} bytes"


def test_every_flipped_byte_is_refused(models: Path) -> None:
    dice, place = random.Random(3), models / "iris" / "v1.0.0" / "model.onnx"
    content = place.read_bytes()
    for at in dice.sample(range(len(content)), 200):
        place.write_bytes(content[:at] + bytes([content[at] ^ 0x40]) + content[at + 1 :])
        error = fetch_refusal(models)
        assert f"`{place}` has sha256 " in error.message
        assert error.hint


@pytest.mark.parametrize("length", [0, 1, 900, 1902])
def test_a_file_cut_short_is_refused(length: int, models: Path) -> None:
    os.truncate(models / "iris" / "v1.0.0" / "model.onnx", length)
    assert "has sha256" in fetch_refusal(models).message


def test_bytes_that_a_forged_card_vouches_for_must_be_safe(models: Path) -> None:
    version = models / "iris" / "v1.0.0"
    (version / "model.onnx").write_bytes(loop_forever())
    forge(version)
    assert fetch_refusal(models).message == "the model file has the operator `Loop`"


# Cards


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"a": NaN}',
        b'{"a": ' + b"9" * 9999 + b"}",
    ],
    ids=range(8),
)
def test_a_card_that_is_no_record_is_refused(content: bytes, models: Path) -> None:
    card = models / "iris" / "v1.0.0" / "card.json"
    card.write_bytes(content)
    assert fetch_refusal(models).message.startswith(f"`{card}` is not ")


@pytest.mark.parametrize(
    "fields", [{"model": "spam"}, {"version": "v1.0.1"}, {"model": None}, {"version": ["v1.0.0"]}]
)
def test_a_card_of_another_version_is_refused(fields: dict[str, Any], models: Path) -> None:
    forge(models / "iris" / "v1.0.0", **fields)
    assert f"`{models}/iris/v1.0.0/card.json` is of " in fetch_refusal(models).message


@pytest.mark.parametrize("digest", [None, "", "0" * 64, 7, [], "X" * 10_000])
def test_a_card_of_other_bytes_is_refused(digest: Any, models: Path) -> None:
    forge(models / "iris" / "v1.0.0", sha256=digest)
    error = fetch_refusal(models)
    assert "has sha256" in error.message
    assert len(error.message) < 400


def test_a_withdrawn_version_is_not_served(models: Path) -> None:
    note = {"who": "ana", "when": "2026-01-01", "why": "wrong labels"}
    (models / "iris" / "v1.0.0" / "withdrawn.json").write_text(json.dumps(note), "utf-8")
    message = f"`{models}/iris/v1.0.0` was withdrawn by ana: wrong labels"
    assert fetch_refusal(models).message == message


def test_a_damaged_note_withdraws_all_the_same(models: Path) -> None:
    note = models / "iris" / "v1.0.0" / "withdrawn.json"
    note.write_text("{", "utf-8")
    assert f"`{note}` is not JSON" in fetch_refusal(models).message


# Stamps


def promote(models: Path) -> None:
    (models / "iris" / "production").write_text("v1.0.1\n", "utf-8")


def stage(models: Path) -> None:
    (models / "iris" / "staging").unlink()


def rewrite(models: Path) -> None:
    place = models / "iris" / "v1.0.0" / "model.onnx"
    place.write_bytes(place.read_bytes())


def replaced_with_the_same_time(models: Path) -> None:
    place = models / "iris" / "v1.0.0" / "card.json"
    before = place.stat()
    place.with_name("other").write_bytes(place.read_bytes()[::-1])
    place.with_name("other").replace(place)
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


def withdraw(models: Path) -> None:
    (models / "iris" / "v1.0.0" / "withdrawn.json").touch()


def rename(models: Path) -> None:
    (models / "iris" / "v1.0.0").rename(models / "iris" / "v1.0.1")


def add_version(models: Path) -> None:
    add(models, "v1.1.0")


def add_model(models: Path) -> None:
    (models / "other").mkdir()


def drop_model(models: Path) -> None:
    shutil.rmtree(models / "iris")


CHANGES = (
    *(promote, stage, rewrite, replaced_with_the_same_time, withdraw, rename, add_version),
    *(add_model, drop_model),
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_stamp_changes_with_what_it_sums_up(change: Callable[[Path], None], models: Path) -> None:
    source = Folder(models)
    before = source.stamp()
    assert source.stamp() == before
    change(models)
    assert source.stamp() != before
    assert hash(source.stamp()) != hash(before)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_reading_leaves_no_file_open(models: Path) -> None:
    source = Folder(models)
    (models / "iris" / "staging").write_text("nonsense", "utf-8")
    before = open_files()
    for _ in range(20):
        source.fetch("iris", "v1.0.0")
        refusal(source.line, "iris")
        refusal(source.fetch, "iris", "v9.0.0")
        source.stamp()
    assert open_files() == before
