"""
What no single key of a block can say: rules between them.

A rule is a generator whose parameters are named after the keys it needs; it runs as soon as those
are sound, so that one broken key does not hide another's fault.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.config.breach import Breach
from pipeline.config.data import Data, Feature, Split, Target
from pipeline.config.estimators import EstimatorBlock
from pipeline.config.judge import Evaluate, Gate, Threshold, Tune
from pipeline.config.metrics import METRICS, MetricId, Task, metric_ids
from pipeline.config.search import search_names_parameters
from pipeline.config.sources import CityBikes, OpenMeteo

Rule = Callable[..., Iterator[Breach]]


def breaches(sound: Mapping[str, Any]) -> Iterator[Breach]:
    """Run every rule whose keys are sound."""
    for rule in RULES:
        needs = inspect.signature(rule).parameters
        if needs.keys() <= sound.keys():
            yield from rule(**{name: sound[name] for name in needs})


def names_belong_to_one_column(target: Target, features: dict[str, Feature]) -> Iterator[Breach]:
    """Refuse the target among the features, and an alias that two columns claim."""
    owners = dict.fromkeys((target.column, *target.aliases), "target")
    for feature, block in features.items():
        for name in dict.fromkeys((feature, *block.aliases)):
            if owners.get(name) == "target":
                yield Breach(
                    f"features.{feature}",
                    f"`{name}` is the target",
                    "a model that sees its target has nothing to learn; remove the feature",
                )
            elif name in owners:
                yield Breach(
                    f"features.{feature}", f"the name `{name}` belongs to `{owners[name]}` already"
                )
            owners.setdefault(name, feature)


def optional_features_are_categories(features: dict[str, Feature]) -> Iterator[Breach]:
    """Of an empty column, only an encoder of categories can be fitted."""
    for name, feature in features.items():
        if feature.optional and feature.kind != "categorical":
            yield Breach(
                f"features.{name}.optional",
                f"`{name}` is {feature.kind}",
                "only a categorical feature may be optional: an empty number has no median, "
                "an empty text no terms",
            )


OUTPUTS: dict[Task, tuple[str, ...]] = {
    "binary": ("label", "probabilities"),
    "multiclass": ("label", "probabilities"),
    "regression": ("value",),
}


def features_are_no_outputs(task: Task, features: dict[str, Feature]) -> Iterator[Breach]:
    """A graph cannot have an input and an output of one name."""
    for name in OUTPUTS[task]:
        if name in features:
            yield Breach(
                f"features.{name}",
                f"`{name}` is what the model's own answer is called",
                f"give the feature another name and `aliases: [{name}]`",
            )


def target_fits_task(task: Task, target: Target) -> Iterator[Breach]:
    """A binary task names its positive class, several may name one, a regression has none."""
    labels = sorted(set(target.classes.values()))
    if task == "regression" and (target.classes or target.positive):
        yield Breach("target", "a regression has no classes", "remove classes and positive")
    if task == "binary" and not target.positive:
        yield Breach(
            "target.positive", "a binary task needs it", "name the class that is looked for"
        )
    if task == "binary" and labels and (len(labels) != 2 or target.positive not in labels):
        yield Breach(
            "target.classes",
            f"the labels are {', '.join(labels)}",
            "a binary task has two, and positive is one of them",
        )
    if task == "multiclass" and labels and target.positive and target.positive not in labels:
        yield Breach(
            "target.positive",
            f"`{target.positive}` is no label; the labels are {', '.join(labels)}",
            "name one of them, or none",
        )


def a_number_is_cut_once(task: Task, target: Target) -> Iterator[Breach]:
    """Two classes of a number need one cut, a binary task, and names for `0` and `1` at most."""
    if not target.cuts:
        return
    if target.at_least is not None and target.above_quantile is not None:
        yield Breach("target.above_quantile", "at_least cuts the number already", "remove one")
    if task != "binary":
        yield Breach("target", f"a {task} task has no number to cut", "write task: binary")
    if target.classes and set(target.classes) != {"0", "1"}:
        yield Breach("target.classes", "a number that is cut becomes `0` or `1`", "name these two")
    if target.positive and not target.classes and target.positive not in {"0", "1"}:
        yield Breach(
            "target.positive",
            f"there is no class `{target.positive}`",
            f'name it: classes: {{"0": not_{target.positive}, "1": {target.positive}}}',
        )


def estimator_fits_task(task: Task, estimator: EstimatorBlock) -> Iterator[Breach]:
    """Classifiers classify, regressors regress."""
    if task not in estimator.tasks:
        fits = " and ".join(sorted(estimator.tasks))
        yield Breach("estimator.name", f"`{estimator.name}` is for {fits}, the task is {task}")


def trees_take_numbers_as_they_are(estimator: EstimatorBlock) -> Iterator[Breach]:
    """A scaler before trees moves values across their cuts once it is exported."""
    numeric = estimator.numeric
    if estimator.family != "linear" and (numeric.scale == "standard" or numeric.clip is not None):
        yield Breach(
            "estimator.numeric",
            f"`{estimator.name}` must see numbers as they are",
            "scaled values round across the trees' cuts in ONNX, silently (off by up to 0.75); "
            "remove scale and clip",
        )


def missing_numbers_are_imputed(estimator: EstimatorBlock) -> Iterator[Breach]:
    """Only gradient boosting takes a missing number along its own way in ONNX."""
    if estimator.family != "boosting" and estimator.numeric.impute == "none":
        reason = {
            "forest": "forests that see missing numbers export silently wrong (off by up to 0.19)",
            "linear": "a linear model cannot take missing numbers",
        }
        yield Breach(
            "estimator.numeric.impute",
            f"`{estimator.name}` needs an imputer",
            f"{reason[estimator.family]}; write median or mean",
        )


def text_needs_a_sparse_estimator(
    estimator: EstimatorBlock,
    features: dict[str, Feature],
) -> Iterator[Breach]:
    """Gradient boosting wants every row dense, which text of ten thousand terms is not."""
    texts = [name for name, feature in features.items() if feature.kind == "text"]
    if texts and estimator.family == "boosting":
        yield Breach(
            "estimator.name",
            f"`{estimator.name}` cannot take the text feature `{texts[0]}`",
            "write linear_svm or logistic_regression; boosting needs dense rows",
        )
    if texts and not (estimator.text.words or estimator.text.chars):
        yield Breach(
            "estimator.text", "neither words nor chars", "one of them must be a pair of lengths"
        )


def threshold_fits_task(task: Task, threshold: Threshold) -> Iterator[Breach]:
    """Only a binary task has a threshold; each policy has its figures."""
    if task != "binary" and threshold.policy != "none":
        yield Breach(
            "threshold.policy", f"`{threshold.policy}` needs a binary task", "write policy: none"
        )
    if threshold.policy == "precision_first" and threshold.min_precision is None:
        yield Breach("threshold.min_precision", "precision_first needs it", "for example 0.95")
    if threshold.policy == "fixed" and threshold.value is None:
        yield Breach("threshold.value", "a fixed threshold needs it", "for example 0.5")
    if (threshold.relax_to or 0) > (threshold.min_precision or 1):
        yield Breach("threshold.relax_to", "it is above min_precision")


def metrics_fit_task(task: Task, target: Target, gate: Gate, tune: Tune) -> Iterator[Breach]:
    """Every metric that is asked for can be computed."""
    known = metric_ids(task, target.positive)
    asked: dict[str, MetricId | None] = {"gate.metric": gate.metric, "tune.metric": tune.metric}
    if gate.beats_baseline:
        asked["gate.beats_baseline.metric"] = gate.beats_baseline.metric
    asked |= {f"gate.floors.{name}": name for name in gate.floors}
    asked |= {f"gate.max_regression.{name}": name for name in gate.max_regression}
    asked |= {f"gate.slices.{i}.metric": rule.metric for i, rule in enumerate(gate.slices)}
    for key, metric in asked.items():
        if metric is not None and metric not in known:
            yield _misfit(key, metric, task, known)
    for name, allowance in gate.max_regression.items():
        if (allowance.absolute is None) == (allowance.relative is None):
            yield Breach(f"gate.max_regression.{name}", "give either absolute or relative")


def _misfit(key: str, metric: MetricId, task: Task, known: list[MetricId]) -> Breach:
    if task in METRICS[metric].tasks:
        said, hint = f"`{metric}` is about one class", "name it under target.positive, or "
    else:
        said, hint = f"`{metric}` does not fit a {task} task", ""
    return Breach(key, said, f"{hint}use {', '.join(known)}")


def slices_are_features(
    features: dict[str, Feature], evaluate: Evaluate, gate: Gate
) -> Iterator[Breach]:
    """Slices and series are cut along features, and a gate judges slices that are measured."""
    by = evaluate.series.by if evaluate.series else ()
    for key, name in [("slices", name) for name in evaluate.slices] + [("series", n) for n in by]:
        if name not in features:
            yield Breach(f"evaluate.{key}.{name}", f"there is no feature `{name}`")
    for name, cut in evaluate.slices.items():
        if name in features and (cut == "categories") != (features[name].kind == "categorical"):
            yield Breach(
                f"evaluate.slices.{name}",
                f"`{name}` is {features[name].kind}",
                "categorical: write categories; numbers and text: write the edges of bins",
            )
    for i, rule in enumerate(gate.slices):
        if rule.feature not in evaluate.slices:
            yield Breach(f"gate.slices.{i}", f"evaluate.slices does not cut by `{rule.feature}`")


def polls_have_a_source(data: Data) -> Iterator[Breach]:
    """Polls come from one network and one sky, or from another model."""
    if data.polls is None or data.polls.of:
        return
    sources = list(data.sources.values())
    networks = sum(isinstance(source, CityBikes) for source in sources)
    skies = sum(isinstance(source, OpenMeteo) for source in sources)
    if networks != 1 or skies > 1:
        yield Breach(
            "data.polls",
            f"{networks} sources are networks of stations, {skies} are weather",
            "one must be `connector: citybikes`, at most one `open_meteo`; "
            "or say with `of` whose polls these are",
        )


def parts_leave_rows_to_train(split: Split) -> Iterator[Breach]:
    """Validation and test may not take everything."""
    if split.validation + split.test >= 1:
        yield Breach("split", "validation and test take all rows", "together they must be below 1")


RULES: tuple[Rule, ...] = (
    names_belong_to_one_column,
    optional_features_are_categories,
    features_are_no_outputs,
    target_fits_task,
    a_number_is_cut_once,
    estimator_fits_task,
    trees_take_numbers_as_they_are,
    missing_numbers_are_imputed,
    text_needs_a_sparse_estimator,
    threshold_fits_task,
    search_names_parameters,
    metrics_fit_task,
    slices_are_features,
    polls_have_a_source,
    parts_leave_rows_to_train,
)
