"""Names of causes and tests, as people say them."""

_CAUSES = {
    "prior": "shares of the classes",
    "prediction": "answers",
    "performance": "performance",
    "estimated_performance": "estimated performance",
    "feed": "feed",
    "feed_gap": "gap in the feed",
    "service": "service",
}
_OF_A_FEATURE = {
    "drift": "drift of `{}`",
    "vocabulary": "new words in `{}`",
    "missing": "missing values of `{}`",
    "unknown": "unknown categories of `{}`",
}
_UNITS = {
    "ks": "Kolmogorov-Smirnov distance",
    "wasserstein": "Wasserstein distance, in standard deviations",
    "chi_square": "Cramér's V",
    "jensen_shannon": "Jensen-Shannon distance",
    "psi": "population stability index",
    "domain_auc": "AUC of a classifier that tells the texts apart",
    "vocabulary": "rise of the share of unknown words",
    "unknown": "rise of the share of unknown categories",
    "missing": "rise of the share of missing values",
    "prior": "largest change of a class's share",
}
_FEATURES = {"@target": "target", "@prediction": "answers"}


def cause_title(cause: str) -> str:
    """Name the cause of an alert; one that is not known is its own name."""
    kind, _, feature = cause.partition(":")
    if kind in _OF_A_FEATURE and feature:
        return _OF_A_FEATURE[kind].format(feature)
    return _CAUSES.get(cause, cause)


def unit_of(test: str) -> str:
    """Name what a drift test measures."""
    return _UNITS.get(test, test)


def feature_title(name: str) -> str:
    """Name a feature; target and answers have names of their own."""
    return _FEATURES.get(name, name)
