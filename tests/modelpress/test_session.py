"""Bytes become a session, or are refused; no other file is ever read."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from modelpress import session
from modelpress.errors import FileError
from modelpress.model import Model
from modelpress.session import open_session, read_metadata

Rewrite = Callable[[Callable[[ModelProto], object]], bytes]

LENGTHS = [step / 50 for step in range(50)]


def refusal(content: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        Model(content)
    return caught.value


def test_a_model_opens_and_tells_its_metadata(loan_file: bytes) -> None:
    opened = open_session(loan_file)
    assert [x.name for x in opened.get_inputs()] == ["amount", "colour", "note"]
    assert set(read_metadata(opened)) == {"modelpress"}


def test_a_session_keeps_to_one_thread(loan_file: bytes) -> None:
    options = open_session(loan_file).get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"").message == "the model file is empty"


def test_a_git_lfs_pointer_is_refused_with_the_way_out() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0a1b\nsize 120000\n"
    assert refusal(pointer).lines() == [
        "the model file is a Git LFS pointer, not a model",
        "hint: run `git lfs pull`",
    ]


def test_a_dvc_pointer_is_refused_with_the_way_out() -> None:
    pointer = b"outs:\n- md5: 0a1b\n  size: 120000\n  hash: md5\n  path: model.onnx\n"
    assert refusal(pointer).lines() == [
        "the model file is a DVC pointer, not a model",
        "hint: run `dvc pull`",
    ]


def test_a_file_beyond_the_largest_size_is_refused(
    loan_file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LARGEST_BYTES", len(loan_file))
    Model(loan_file)
    monkeypatch.setattr(session, "LARGEST_BYTES", len(loan_file) - 1)
    assert f"has {len(loan_file):,} bytes" in refusal(loan_file).message


@pytest.mark.parametrize("content", [b"\0", b"no model", b"<html></html>", b"\x80" * 99, b"PK\3\4"])
def test_bytes_of_something_else_are_refused(content: bytes) -> None:
    assert "onnxruntime refuses the model file" in refusal(content).message


@pytest.mark.parametrize("share", LENGTHS)
def test_a_file_cut_short_is_refused(share: float, loan_file: bytes) -> None:
    refusal(loan_file[: int(len(loan_file) * share)])


@pytest.mark.parametrize("start", range(16))
def test_a_damaged_file_opens_or_is_refused_and_nothing_is_printed(
    start: int, loan_file: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """One broken byte at a time, in the names and the metadata just as in the graph."""
    for position in range(start, len(loan_file), 16):
        damaged = bytearray(loan_file)
        damaged[position] ^= 0xA5
        try:
            Model(bytes(damaged))
        except FileError:
            continue
    assert capfd.readouterr() == ("", "")


def test_a_name_that_is_no_text_is_refused(loan_file: bytes) -> None:
    """The message of onnxruntime quotes the name, and is no text then either."""
    damaged = loan_file.replace(b"@score", b"@sc\xffre", 1)
    assert "onnxruntime refuses the model file" in refusal(damaged).message


def test_metadata_that_is_no_text_is_refused(loan_file: bytes) -> None:
    damaged = loan_file.replace(b'"positive"', b'"posi\xffive"')
    assert "metadata is not text" in refusal(damaged).message


def test_an_operator_that_nobody_knows_is_refused(rewritten: Rewrite) -> None:
    def rename(model: ModelProto) -> None:
        model.graph.node[0].op_type = "Divine"

    assert "Divine" in refusal(rewritten(rename)).message


def test_an_operator_without_an_implementation_is_refused(rewritten: Rewrite) -> None:
    """The standard has it for numbers of 64 bits, onnxruntime has not."""

    def widen(model: ModelProto) -> None:
        model.graph.input.append(helper.make_tensor_value_info("wide", TensorProto.DOUBLE, [1]))
        model.graph.node.append(helper.make_node("Acosh", ["wide"], ["@acosh"]))
        model.graph.output.append(helper.make_tensor_value_info("@acosh", TensorProto.DOUBLE, [1]))

    assert "Could not find an implementation" in refusal(rewritten(widen)).message


def test_a_model_without_our_signature_is_refused(rewritten: Rewrite) -> None:
    content = rewritten(lambda model: model.ClearField("metadata_props"))
    assert refusal(content).message == "the ONNX file has no Modelpress signature"


def test_a_model_of_a_later_schema_is_refused(rewritten: Rewrite) -> None:
    def age(model: ModelProto) -> None:
        entry = model.metadata_props[0]
        entry.value = entry.value.replace('"schema":1', '"schema":2')

    assert refusal(rewritten(age)).hint == "update `modelpress`"


OUTSIDE = np.full(64, 0.5, np.float32)


def _add_numbers(model: ModelProto) -> TensorProto:
    """Let the largest of 64 numbers count towards the score; onnxruntime refuses fewer anyway."""
    numbers = numpy_helper.from_array(OUTSIDE, "@numbers")
    largest = helper.make_node("ReduceMax", ["@numbers"], ["@largest"], keepdims=0)
    model.graph.node.insert(0, largest)
    next(x for x in model.graph.node if x.op_type == "Sum").input.append("@largest")
    return numbers


def _numbers_inside(model: ModelProto, location: str) -> None:  # noqa: ARG001 - as its siblings
    model.graph.initializer.append(_add_numbers(model))


def _numbers_outside(model: ModelProto, location: str) -> None:
    model.graph.initializer.append(_put_outside(_add_numbers(model), location))


def _numbers_outside_in_a_node(model: ModelProto, location: str) -> None:
    """Hide them in an attribute, where a look at the initializers does not find them."""
    numbers = _put_outside(_add_numbers(model), location)
    model.graph.node.insert(0, helper.make_node("Constant", [], ["@numbers"], value=numbers))


def _put_outside(tensor: TensorProto, location: str) -> TensorProto:
    length = str(len(tensor.raw_data))
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", length)):
        tensor.external_data.add(key=key, value=value)
    return tensor


def test_data_inside_the_file_is_read(rewritten: Rewrite) -> None:
    """What the next test refuses is refused for where its data lie and for nothing else."""
    model = Model(rewritten(lambda model: _numbers_inside(model, "")))
    probabilities = model.predict({"amount": 0, "colour": "", "note": ""}).probabilities
    assert probabilities == pytest.approx({"no": 0.3775407, "yes": 0.6224593})


@pytest.mark.parametrize("hide", [_numbers_outside, _numbers_outside_in_a_node])
@pytest.mark.parametrize(
    "location",
    ["secret.bin", "./secret.bin", "below/secret.bin", "../here/secret.bin", "{folder}/secret.bin"],
)
def test_data_outside_the_file_is_never_read(
    location: str,
    hide: Callable[[ModelProto, str], None],
    rewritten: Rewrite,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Left alone, onnxruntime follows such a name from the working directory, even from bytes."""
    folder = tmp_path / "here"
    (folder / "below").mkdir(parents=True)
    for secret in (folder / "secret.bin", folder / "below" / "secret.bin"):
        secret.write_bytes(OUTSIDE.tobytes())
    monkeypatch.chdir(folder)
    content = rewritten(lambda model: hide(model, location.format(folder=folder)))
    assert "onnxruntime refuses the model file" in refusal(content).message


@pytest.mark.parametrize("location", ["null", os.devnull, "../zero", "", "."])
def test_data_in_a_device_is_never_read(location: str, rewritten: Rewrite) -> None:
    refusal(rewritten(lambda model: _numbers_outside(model, location)))
