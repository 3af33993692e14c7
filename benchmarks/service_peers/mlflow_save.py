"""
Write pipelines as MLflow models, for the peer of `benchmarks/service.py`.

    python mlflow_save.py FOLDER OUTPUT
"""

import sys
from pathlib import Path

import joblib
import mlflow.sklearn

if __name__ == "__main__":
    for file in Path(sys.argv[1]).glob("*.joblib"):
        mlflow.sklearn.save_model(
            joblib.load(file),
            str(Path(sys.argv[2]) / file.stem),
            pyfunc_predict_fn="predict_proba",
            # Read by the environment that wrote it.
            serialization_format="cloudpickle",
        )
