"""A linear support vector machine that says probabilities."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.svm import LinearSVC
from sklearn.utils.extmath import safe_sparse_dot


class SigmoidLinearSVC(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # sklearn has no types
    """
    `LinearSVC` with a sigmoid per class (Platt 1999), folded into its weights.

    The sigmoid 1 / (1 + exp(a m + b)) of a margin m = w x + c is the sigmoid of another linear
    function, -(a w) x - (a c + b). Folded, the model is as small and as exact in ONNX as a logistic
    regression. Several classes are calibrated one by one and their probabilities normalised.

    Args:
        C: Inverse strength of the penalty.
        class_weight: As in scikit-learn.
        max_iter: Iterations before liblinear gives up.
        random_state: Seed of liblinear's order and of the calibration's folds.
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        class_weight: str | dict[int, float] | None = None,
        max_iter: int = 5000,
        random_state: int = 0,
    ) -> None:
        self.C = C
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: NDArray[np.float64], y: NDArray[np.int64]) -> "SigmoidLinearSVC":
        """Fit margins and sigmoids."""
        machine = LinearSVC(
            C=self.C,
            class_weight=self.class_weight,
            max_iter=self.max_iter,
            random_state=self.random_state,
        )
        calibrated = CalibratedClassifierCV(machine, method="sigmoid", ensemble=False).fit(X, y)
        fitted = calibrated.calibrated_classifiers_[0]
        slopes = np.array([sigmoid.a_ for sigmoid in fitted.calibrators])
        shifts = np.array([sigmoid.b_ for sigmoid in fitted.calibrators])
        self.classes_ = calibrated.classes_
        self.coef_ = -slopes[:, None] * fitted.estimator.coef_
        self.intercept_ = -(slopes * fitted.estimator.intercept_ + shifts)
        return self

    def predict_proba(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the probability of each class, shape `[n, classes]`."""
        share = expit(safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_)
        if len(self.classes_) == 2:
            return np.column_stack([1 - share[:, 0], share[:, 0]])
        return np.asarray(share / share.sum(axis=1, keepdims=True))

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the most probable class."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])
