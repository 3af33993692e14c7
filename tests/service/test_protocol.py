"""The Open Inference Protocol v2, with Triton's own client, unmodified, and by hand."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from serving import ROWS, Running
from tritonclient.utils import InferenceServerException

IRIS = ROWS["iris"]


@pytest.fixture
def client(service: Running) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(f"127.0.0.1:{service.port}") as found:
        yield found


def tensors(rows: list[dict[str, Any]], *, binary: bool) -> list[triton.InferInput]:
    told = []
    for name, value in rows[0].items():
        words = isinstance(value, str)
        column = np.array([[row[name]] for row in rows], np.object_ if words else np.float32)
        tensor = triton.InferInput(name, [len(rows), 1], "BYTES" if words else "FP32")
        tensor.set_data_from_numpy(column, binary_data=binary)
        told.append(tensor)
    return told


def test_the_server_and_its_models_describe_themselves(
    client: triton.InferenceServerClient,
) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("iris")
    assert client.is_model_ready("iris", "v1.0.0")
    assert not client.is_model_ready("rose")
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    told = client.get_model_metadata("spam")
    assert told["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1, 1]}]
    assert {x["name"]: x["shape"] for x in told["outputs"]} == {
        "label": [-1],
        "probabilities": [-1, 2],
    }


@pytest.mark.parametrize("binary_in", ["bytes", "json"])
@pytest.mark.parametrize("binary_out", ["bytes", "json"])
@pytest.mark.parametrize("model", ["iris", "spam"])
def test_tensors_are_answered_as_rows_are(
    service: Running,
    client: triton.InferenceServerClient,
    model: str,
    binary_in: str,
    binary_out: str,
) -> None:
    rows = [ROWS[model]] * 3
    wanted = service.predict(model, rows).json["predictions"]
    outputs = [
        triton.InferRequestedOutput(name, binary_data=binary_out == "bytes")
        for name in ("probabilities", "label")
    ]
    told = client.infer(
        model, tensors(rows, binary=binary_in == "bytes"), outputs=outputs, request_id="r-1"
    )
    assert told.get_response()["id"] == "r-1"
    assert told.get_response()["model_version"] == "v1.0.0"
    labels = [x.decode() if isinstance(x, bytes) else x for x in told.as_numpy("label").tolist()]
    assert labels == [x["label"] for x in wanted]
    shares = np.array([list(x["probabilities"].values()) for x in wanted], np.float32)
    assert np.array_equal(told.as_numpy("probabilities"), shares)


def test_a_version_and_some_outputs_are_answered(client: triton.InferenceServerClient) -> None:
    outputs = [triton.InferRequestedOutput("label")]
    told = client.infer(
        "iris", tensors([IRIS], binary=True), model_version="v1.0.0", outputs=outputs
    )
    assert [x["name"] for x in told.get_response()["outputs"]] == ["label"]


def test_a_regression_answers_values(service: Running) -> None:
    row = json.loads(service.get("/openapi.json").body)
    body = row["paths"]["/v2/models/bikes-count/infer"]["post"]["requestBody"]
    example = body["content"]["application/json"]["example"]
    told = service.ask("POST", "/v2/models/bikes-count/infer", example).json
    assert [x["name"] for x in told["outputs"]] == ["value"]
    assert told["outputs"][0]["shape"] == [1]


def test_triton_s_client_is_told_what_is_wrong(client: triton.InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match="input `sepal_length` is absent"):
        client.infer(
            "iris", tensors([{k: v for k, v in IRIS.items() if k != "sepal_length"}], binary=True)
        )
    with pytest.raises(InferenceServerException, match="no model `rose`"):
        client.infer("rose", tensors([IRIS], binary=True))


def request(**changes: Any) -> dict[str, Any]:
    inputs = [
        {"name": k, "shape": [1, 1], "datatype": "FP32", "data": [v]} for k, v in IRIS.items()
    ]
    return {"inputs": inputs, **changes}


def with_first(**changes: Any) -> dict[str, Any]:
    told = request()
    told["inputs"][0] |= changes
    return told


REFUSED: dict[str, tuple[Any, int, str]] = {
    "no inputs": ({}, 400, "`inputs` is no list"),
    "a text": ("x", 400, "the request is no object"),
    "inputs of texts": ({"inputs": ["x"]}, 400, "`inputs` is no list of tensors"),
    "another name": (with_first(name="x"), 422, "there is no input `x`"),
    "a name twice": (with_first(name="sepal_width"), 422, "`sepal_width` stands twice"),
    "another type": (with_first(datatype="BYTES"), 422, "datatype `BYTES`"),
    "no type": (with_first(datatype=None), 422, "datatype `None`"),
    "a shape": (with_first(shape=[2, 2]), 422, "shape `[2, 2]`"),
    "a shape below zero": (with_first(shape=[-1, 1]), 422, "shape `[-1, 1]`"),
    "a shape of texts": (with_first(shape=["1"]), 422, "shape `['1']`"),
    "a shape too long": (with_first(shape=[2, 1]), 422, "1 values for a shape of 2 rows"),
    "other rows": (with_first(shape=[2, 1], data=[1, 2]), 422, "1 and 2 rows"),
    "no data": (with_first(data=None), 422, "`data` is no list"),
    "a text as a number": (with_first(data=["x"]), 422, "`'x'` is not a number"),
    "nested": (with_first(data=[[1, 2]]), 422, "another shape"),
    "half nested": (with_first(shape=[2], data=[[1], 2]), 422, "another shape"),
    "an output": (request(outputs=[{"name": "x"}]), 422, "there is no output `x`"),
    "outputs": (request(outputs="label"), 400, "`outputs` is no list"),
    "an id": (request(id=7), 400, "`id` is no text"),
    "parameters": (request(parameters=[1]), 400, "`parameters` is no object"),
    "no bytes": (with_first(parameters={"binary_data_size": 4}), 400, "`binary_data_size` is 4"),
    "true bytes": (with_first(parameters={"binary_data_size": True}), 400, "is True, of 0"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_with_a_tensor_is_named(service: Running, what: str) -> None:
    body, status, said = REFUSED[what]
    reply = service.ask("POST", "/v2/models/iris/infer", body)
    assert (reply.status, said in reply.json["error"]) == (status, True), reply.body


def binary(parts: dict[str, bytes], datatype: str, rows: int) -> tuple[bytes, dict[str, str]]:
    inputs = [
        {
            "name": name,
            "shape": [rows, 1],
            "datatype": datatype,
            "parameters": {"binary_data_size": len(part)},
        }
        for name, part in parts.items()
    ]
    head = json.dumps({"inputs": inputs}).encode()
    return head + b"".join(parts.values()), {"Inference-Header-Content-Length": str(len(head))}


@pytest.mark.parametrize(("datatype", "form"), [("FP64", "<d"), ("INT16", "<h"), ("UINT8", "<B")])
def test_numbers_come_in_any_width(service: Running, datatype: str, form: str) -> None:
    values = {name: int(value) for name, value in IRIS.items()}
    parts = {name: struct.pack(form, value) for name, value in values.items()}
    body, headers = binary(parts, datatype, 1)
    told = service.ask("POST", "/v2/models/iris/infer", body, headers).json
    assert told["outputs"][0]["data"] == [service.predict("iris", values).json["label"]]


def test_nan_is_a_missing_number(service: Running) -> None:
    parts = {name: struct.pack("<f", float("nan")) for name in IRIS}
    body, headers = binary(parts, "FP32", 1)
    told = service.ask("POST", "/v2/models/iris/infer", body, headers).json
    assert told["outputs"][0]["data"] == [
        service.predict("iris", dict.fromkeys(IRIS)).json["label"]
    ]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (b"\x05\x00\x00\x00ab", "cut within a word"),
        (b"\x01\x00", "cut within a word"),
        (b"\x01\x00\x00\x00\xff", "not UTF-8"),
        (b"\xff\xff\xff\xff", "cut within a word"),
    ],
)
def test_words_that_are_cut_are_refused(service: Running, word: bytes, said: str) -> None:
    body, headers = binary({"text": word}, "BYTES", 1)
    reply = service.ask("POST", "/v2/models/spam/infer", body, headers)
    assert reply.status in (400, 422)
    assert said in reply.json["error"]


@pytest.mark.parametrize("length", ["-1", "x", "999999", "²", ""])
def test_a_header_s_length_that_is_none_is_refused(service: Running, length: str) -> None:
    headers = {"Inference-Header-Content-Length": length}
    reply = service.ask("POST", "/v2/models/iris/infer", json.dumps(request()).encode(), headers)
    assert reply.status == 400
    assert "Inference-Header-Content-Length" in reply.json["error"]


def test_bytes_that_belong_to_nobody_are_refused(service: Running) -> None:
    head = json.dumps(request()).encode()
    headers = {"Inference-Header-Content-Length": str(len(head))}
    reply = service.ask("POST", "/v2/models/iris/infer", head + b"more", headers)
    assert "4 bytes belong to no tensor" in reply.json["error"]
