"""
FastAPI with scikit-learn, as its tutorials have it: a peer of `benchmarks/service.py`.

    python fastapi_joblib.py FOLDER PORT
"""

import sys
from pathlib import Path

import joblib
import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

models = {file.stem: joblib.load(file) for file in Path(sys.argv[1]).glob("*.joblib")}
app = FastAPI()


class Numbers(BaseModel):
    """Rows of numbers."""

    rows: list[list[float]]


class Texts(BaseModel):
    """Texts."""

    rows: list[str]


class Probabilities(BaseModel):
    """The probability of each class, by row."""

    probabilities: list[list[float]]


# Not a thread for each request, which would take longer with one worker.
@app.post("/models/spam/predict")
async def predict_texts(asked: Texts) -> Probabilities:
    """Answer texts."""
    found = models["spam"].predict_proba(asked.rows)
    return Probabilities(probabilities=found.tolist())


@app.post("/models/{model}/predict")
async def predict(model: str, asked: Numbers) -> Probabilities:
    """Answer rows."""
    found = models[model].predict_proba(np.array(asked.rows))
    return Probabilities(probabilities=found.tolist())


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[2]), access_log=False, log_level="warning")
