"""
A BentoML service with scikit-learn: a peer of `benchmarks/service.py`.

    MODELS=FOLDER BATCH=no bentoml serve bentoml_service:Peer
"""

import os
from pathlib import Path

import bentoml
import joblib
import numpy as np

# Requests that wait are run together, in batches whose size BentoML finds by itself.
api = bentoml.api(batchable=os.environ["BATCH"] == "yes", max_batch_size=256, max_latency_ms=1000)


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Peer:
    """One route for each model."""

    def __init__(self) -> None:
        files = Path(os.environ["MODELS"]).glob("*.joblib")
        self.models = {file.stem: joblib.load(file) for file in files}

    @api
    async def iris(self, rows: list[list[float]]) -> list[list[float]]:
        """Answer flowers."""
        return self._answer("iris", rows)

    @api
    async def credit(self, rows: list[list[float]]) -> list[list[float]]:
        """Answer card holders."""
        return self._answer("credit", rows)

    @api
    async def spam(self, rows: list[str]) -> list[list[float]]:
        """Answer texts."""
        return self.models["spam"].predict_proba(rows).tolist()

    def _answer(self, model: str, rows: list[list[float]]) -> list[list[float]]:
        return self.models[model].predict_proba(np.array(rows)).tolist()
