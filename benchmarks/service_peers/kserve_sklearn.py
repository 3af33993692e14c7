"""
KServe's model server with its scikit-learn runtime: a peer of `benchmarks/service.py`.

The runtime itself, `sklearnserver`, is not on PyPI; what it does with a request is done here.

    python kserve_sklearn.py --http_port PORT --enable_grpc false ... FOLDER
"""

import sys
from pathlib import Path
from typing import Any

import joblib
from kserve import Model, ModelServer
from kserve.utils.utils import get_predict_input, get_predict_response


class Estimator(Model):  # type: ignore[misc] # not installed where types are checked
    """A pipeline that answers by its probabilities."""

    def __init__(self, file: Path) -> None:
        super().__init__(file.stem)
        self._estimator = joblib.load(file)
        self.ready = True

    def predict(self, payload: Any, *_: object, **__: object) -> Any:  # noqa: ANN401 - KServe's
        """Answer a request."""
        found = self._estimator.predict_proba(get_predict_input(payload))
        return get_predict_response(payload, found, self.name)


if __name__ == "__main__":
    files = sorted(Path(sys.argv[-1]).glob("*.joblib"))
    ModelServer().start([Estimator(file) for file in files])
