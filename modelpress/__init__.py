"""
The runtime: answers from a Modelpress model file, in any Python program.

    from modelpress import load

    model = load("models/spam")
    model.predict({"text": "You won, call now"}).label

It needs numpy and onnxruntime, and imports them only once a model is loaded.
"""

from typing import TYPE_CHECKING, Any

from modelpress.errors import FileError, InputError, ModelError
from modelpress.text import normalize_text

if TYPE_CHECKING:
    from modelpress.explanation import Explainer, Explanation, explain
    from modelpress.loading import load
    from modelpress.model import Model, Prediction

__all__ = [
    "Explainer",
    "Explanation",
    "FileError",
    "InputError",
    "Model",
    "ModelError",
    "Prediction",
    "explain",
    "load",
    "normalize_text",
]

_LAZY = {
    "Explainer": "modelpress.explanation",
    "Explanation": "modelpress.explanation",
    "explain": "modelpress.explanation",
    "load": "modelpress.loading",
    "Model": "modelpress.model",
    "Prediction": "modelpress.model",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562 asks for exactly this
    """Import what needs numpy only when it is asked for."""
    from importlib import import_module  # noqa: PLC0415 - see the docstring

    if name not in _LAZY:
        message = f"module `modelpress` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(_LAZY[name]), name)
