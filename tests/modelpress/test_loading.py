"""`load` finds its way through a checkout and a site alike, and vouches for what it gives."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelpress import places
from modelpress.errors import FileError
from modelpress.loading import load

ROW = {"amount": 0.5, "colour": "red", "note": "Free cash!"}


def refusal(path_or_url: str | Path, **options: str) -> FileError:
    with pytest.raises(FileError) as caught:
        load(path_or_url, **options)
    return caught.value


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_record(folder: Path, name: str, **record: object) -> None:
    (folder / name).write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture
def alone(tmp_path: Path, loan_file: bytes) -> Path:
    """A model file that nothing vouches for."""
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(loan_file)
    return folder


def test_a_models_folder_gives_the_version_in_production(registry: Path) -> None:
    model = load(registry)
    assert model.version == "v1.2.0"
    assert model.predict(ROW).label == "yes"
    assert model.predict(ROW).version == "v1.2.0"


@pytest.mark.parametrize("spell", [str, lambda folder: f"{folder}/", lambda folder: folder])
def test_a_folder_may_be_spelled_as_text_or_path(
    spell: Callable[[Path], str | Path], registry: Path
) -> None:
    assert load(spell(registry)).version == "v1.2.0"


def test_a_version_is_loaded_by_its_folder(registry: Path) -> None:
    """Its own card names it; the pointer of production plays no part."""
    (registry / "production").write_text("v9.9.9\n", encoding="utf-8")
    assert load(registry / "v1.2.0").version == "v1.2.0"


def test_a_version_is_loaded_by_its_file(registry: Path) -> None:
    assert load(registry / "v1.2.0" / "model.onnx").version == "v1.2.0"


def test_a_candidate_is_vouched_for_by_its_export(alone: Path, loan_file: bytes) -> None:
    write_record(alone, "export.json", sha256=digest(loan_file))
    model = load(alone)
    assert (model.version, model.sha256) == ("", digest(loan_file))


def test_the_card_goes_before_the_export(alone: Path, loan_file: bytes) -> None:
    write_record(alone, "card.json", sha256=digest(loan_file), version="v1.0.0")
    write_record(alone, "export.json", sha256="0" * 64)
    assert load(alone).version == "v1.0.0"


def test_a_file_is_loaded_from_the_working_directory(
    alone: Path, loan_file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(alone)
    assert load("model.onnx", sha256=digest(loan_file)).sha256 == digest(loan_file)


def test_a_file_may_have_another_name(alone: Path, loan_file: bytes) -> None:
    (alone / "model.onnx").rename(alone / "loan.onnx")
    (alone / "production").write_text("v9.9.9\n", encoding="utf-8")
    write_record(alone, "card.json", sha256=digest(loan_file), version="v3.0.0")
    assert load(alone / "loan.onnx").version == "v3.0.0"


def test_a_file_of_the_root_is_not_taken_from_the_working_directory(
    alone: Path, loan_file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (alone / "model.onnx").rename(alone / "no-such-model.onnx")
    monkeypatch.chdir(alone)
    error = refusal("/no-such-model.onnx", sha256=digest(loan_file))
    assert error.message.endswith("no-such-model.onnx` does not exist")


def test_a_changed_file_is_refused(registry: Path, loan_file: bytes) -> None:
    file = registry / "v1.2.0" / "model.onnx"
    file.write_bytes(loan_file + b"\0")
    error = refusal(registry)
    assert error.message == (
        f"`{file}` has sha256 {digest(file.read_bytes())}, not {digest(loan_file)}"
    )
    assert error.hint == "the file was changed or damaged: restore it from Git"


def test_a_file_that_nothing_vouches_for_is_refused(alone: Path, loan_file: bytes) -> None:
    error = refusal(alone)
    assert "nothing vouches for" in error.message
    assert "there is no card.json or export.json beside it" in error.message
    assert f'load(..., sha256="{digest(loan_file)}")' in error.hint


def test_a_record_without_a_digest_vouches_for_nothing(alone: Path) -> None:
    write_record(alone, "card.json", version="v1.0.0")
    assert "nothing vouches for" in refusal(alone).message


def test_a_caller_may_vouch_for_a_file(alone: Path, loan_file: bytes) -> None:
    assert load(alone, sha256=digest(loan_file)).predict(ROW).label == "yes"


def test_a_callers_digest_goes_before_the_records(registry: Path, loan_file: bytes) -> None:
    write_record(registry / "v1.2.0", "card.json", sha256="0" * 64, version="v1.2.0")
    assert load(registry, sha256=digest(loan_file)).version == "v1.2.0"
    write_record(registry / "v1.2.0", "card.json", sha256=digest(loan_file))
    assert f"not {'0' * 64}" in refusal(registry, sha256="0" * 64).message


@pytest.mark.parametrize("digest_of_card", [1, [], {"sha256": "x"}, "0" * 64, "NOT HEX"])
def test_a_record_with_a_wrong_digest_is_no_voucher(registry: Path, digest_of_card: object) -> None:
    write_record(registry / "v1.2.0", "card.json", sha256=digest_of_card)
    refusal(registry)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\xfa", b"[" * 100_000, b"[]", b"null"])
def test_a_record_that_is_none_is_refused(content: bytes, registry: Path) -> None:
    card = registry / "v1.2.0" / "card.json"
    card.write_bytes(content)
    error = refusal(registry)
    assert error.message.startswith(f"`{card}` is not ")
    assert error.hint == "restore it from Git"


@pytest.mark.parametrize("content", ["", "\n", "  \n\n"])
def test_a_model_with_nothing_in_production_is_refused(content: str, registry: Path) -> None:
    (registry / "production").write_text(content, encoding="utf-8")
    assert refusal(registry).message == f"`{registry}` has no version in production"


@pytest.mark.parametrize(
    "content",
    [
        b"1.2.0",
        b"v1.2",
        b"v1.2.0.onnx",
        b"v1.2.0\nv1.2.0",
        b"v1.2.0",
        b"latest",
        b"../../elsewhere",
        b"v1.2.0/../v1.2.0",
        b"/v1.2.0",
        b"<<<<<<< HEAD\nv1.2.0\n=======\nv1.3.0\n>>>>>>> theirs\n",
        b"v1.2.0\xff",
        b"v1.2.0\0",
        b"\xff\xfev\x001\x00",
        b"x" * 100_000,
    ],
)
def test_a_pointer_that_is_no_version_is_refused(content: bytes, registry: Path) -> None:
    (registry / "production").write_bytes(content)
    message = refusal(registry).message
    assert "which is no version" in message
    assert len(message) < 400


def test_a_version_that_does_not_exist_is_refused(registry: Path) -> None:
    (registry / "production").write_text("v2.0.0\n", encoding="utf-8")
    assert refusal(registry).message == f"`{registry}/v2.0.0/model.onnx` does not exist"


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert refusal(nowhere).message == f"`{nowhere}/model.onnx` does not exist"


def test_a_vouched_for_file_that_is_no_model_is_refused(registry: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\n"
    (registry / "v1.2.0" / "model.onnx").write_bytes(pointer)
    write_record(registry / "v1.2.0", "card.json", sha256=digest(pointer))
    assert "a Git LFS pointer" in refusal(registry).message


def test_a_site_gives_the_version_in_production(site: Any) -> None:
    model = load(site.url("models/loan"))
    assert model.version == "v1.2.0"
    assert model.predict(ROW).label == "yes"


def test_a_site_gives_a_version_by_its_address(site: Any) -> None:
    assert load(site.url("models/loan/v1.2.0/")).version == "v1.2.0"
    assert load(site.url("models/loan/v1.2.0/model.onnx")).version == "v1.2.0"


def test_a_file_that_a_site_has_changed_is_refused(site: Any, registry: Path) -> None:
    (registry / "v1.2.0" / "model.onnx").write_bytes(b"something else")
    assert "has sha256" in refusal(site.url("models/loan")).message


@pytest.mark.parametrize("published", ["{}", '{"version": ""}', '{"version": null}'])
def test_a_site_with_nothing_in_production_is_refused(
    published: str, site: Any, registry: Path
) -> None:
    (registry / "production.json").write_text(published, encoding="utf-8")
    assert refusal(site.url("models/loan")).message.endswith("has no version in production")


@pytest.mark.parametrize("published", ["", "v1.2.0", "[]", '"v1.2.0"', "<!doctype html>"])
def test_a_published_pointer_that_is_no_record_is_refused(
    published: str, site: Any, registry: Path
) -> None:
    (registry / "production.json").write_text(published, encoding="utf-8")
    assert "/models/loan/production.json` is not " in refusal(site.url("models/loan")).message


@pytest.mark.parametrize("version", ["latest", "../loan/v1.2.0", 1, ["v1.2.0"]])
def test_a_published_pointer_that_is_no_version_is_refused(
    version: object, site: Any, registry: Path
) -> None:
    write_record(registry, "production.json", version=version)
    assert "which is no version" in refusal(site.url("models/loan")).message


def test_a_site_without_the_model_is_refused(site: Any) -> None:
    assert refusal(site.url("models/other")).message.endswith("model.onnx` does not exist")


@pytest.mark.parametrize("file", ["production.json", "v1.2.0/model.onnx", "v1.2.0/card.json"])
def test_a_site_that_fails_is_refused(file: str, site: Any) -> None:
    """A record that cannot be read now is not a record that is not there."""
    site.failing[f"/models/loan/{file}"] = 500
    assert refusal(site.url("models/loan")).message == (
        f"`{site.url('models/loan')}/{file}` answers 500 Internal Server Error"
    )


def test_a_site_that_sends_too_much_is_refused(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LARGEST_BYTES", 100)
    assert "model.onnx` is larger than 100 bytes" in refusal(site.url("models/loan")).message
