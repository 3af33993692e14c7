"""The one place where onnxruntime is opened: always from bytes, never from a path."""

import os
from typing import Any

from modelpress.errors import FileError

LARGEST_BYTES = 64 * 1024 * 1024

_EXTERNAL_DATA_FOLDER = "session.model_external_initializers_file_folder_path"
_DAMAGED = "the file is damaged: restore it from Git, or retrain"

_POINTERS = {
    b"version https://git-lfs": ("a Git LFS pointer", "run `git lfs pull`"),
    b"outs:\n": ("a DVC pointer", "run `dvc pull`"),
}


def open_session(content: bytes) -> Any:  # noqa: ANN401 - onnxruntime carries no types
    """
    Open an inference session that answers single rows fast: one thread, CPU.

    A path is never handed over, because onnxruntime follows external data from there; and since it
    follows it from the working directory otherwise, it is told of a folder that holds nothing.

    Raises:
        FileError: The bytes are no ONNX model, or a pointer to one, or too many.
    """
    # Here, not above: the stages that only normalise text do not pay for it.
    import onnxruntime  # noqa: PLC0415
    from onnxruntime.capi import onnxruntime_pybind11_state as ort  # noqa: PLC0415

    _refuse_what_is_no_model(content)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry(_EXTERNAL_DATA_FOLDER, os.devnull)
    refusals = (
        *(ort.Fail, ort.InvalidGraph, ort.InvalidProtobuf, ort.InvalidArgument),
        *(ort.NotImplemented, ort.RuntimeException),
        # The refusal names something in the file, and damage has left no text of the name.
        UnicodeDecodeError,
    )
    try:
        return onnxruntime.InferenceSession(
            content,
            options,
            providers=["CPUExecutionProvider"],
            # It would print to stdout and try the same once more.
            enable_fallback=0,
        )
    except refusals as error:
        raise FileError(
            f"onnxruntime refuses the model file: {str(error).splitlines()[0]}", hint=_DAMAGED
        ) from error


def read_metadata(session: Any) -> dict[str, str]:  # noqa: ANN401 - see above
    """
    Read what the makers of a model file wrote beside its graph.

    Raises:
        FileError: It is not text.
    """
    try:
        metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError as error:
        raise FileError(f"the model file's metadata is not text: {error}", hint=_DAMAGED) from error
    return metadata


def _refuse_what_is_no_model(content: bytes) -> None:
    if not content:
        raise FileError("the model file is empty", hint="restore it from Git, or retrain")
    if len(content) > LARGEST_BYTES:
        raise FileError(f"the model file has {len(content):,} bytes; {LARGEST_BYTES:,} are allowed")
    for start, (what, remedy) in _POINTERS.items():
        if content.startswith(start):
            raise FileError(f"the model file is {what}, not a model", hint=remedy)
