"""A sensible block for a table, as the lines of `params.yaml`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.amend import Defaults
from pipeline.config.metrics import Task
from pipeline.config.rules import OUTPUTS
from pipeline.config.sources import Delimited
from pipeline.new.look import Look, is_number
from pipeline.new.names import RESERVED, feature_names, flow, said, word

_MANY_ROWS = 1000
_MOST_CLASSES = 20
_METRIC: dict[Task, str] = {
    "binary": "average_precision",
    "multiclass": "f1_macro",
    "regression": "mean_absolute_error",
}
_KINDS = frozenset({"numeric", "categorical", "text"})
_USUAL = {
    "contract": "{min_rows_share: 0.8}",
    "split": "{method: random, validation: 0.2, test: 0.2, seed: 7}",
    "tune": "{trials: 0}",
    "threshold": "{policy: none}",
    "evaluate": "{}",
    "monitor": "{windows_days: [7, 14]}",
}
"""What a block says about a key that neither the table nor the file's defaults decide."""


@dataclass(frozen=True)
class Draft:
    """What the table says, for a block to be written from."""

    name: str
    task: Task
    target: str
    labels: Counter[str]
    looks: Sequence[Look]
    source: Delimited
    missing: Sequence[str]
    rows: int

    def with_role(self, role: str) -> list[Look]:
        """The columns of one role."""
        return [look for look in self.looks if look.role == role]

    @property
    def features(self) -> list[Look]:
        """The columns that the model can see."""
        return [look for look in self.looks if look.role in _KINDS]

    @property
    def ordered(self) -> bool:
        """Whether every row has a moment, so that the oldest can train."""
        return any(look.complete for look in self.with_role("timestamp")[:1])


def task_of(values: Sequence[str]) -> Task:
    """Tell the task: two classes, a few, or numbers."""
    labels = set(values) - {""}
    if len(labels) == 2:
        return "binary"
    if not all(map(is_number, labels)):
        return "multiclass"
    measured = any(not float(label).is_integer() for label in labels)
    return "regression" if measured or len(labels) > _MOST_CLASSES else "multiclass"


def compose(draft: Draft, defaults: Defaults) -> str:
    """Write the block, with a comment wherever a choice was made."""
    parts = [
        [f"<<: *{defaults.anchor}"] if defaults.anchor else [],
        [f"title: {_title(draft)}", "owner: nobody yet", f"task: {draft.task}"],
        _data(draft),
        _target(draft),
        _features(draft),
        _split(draft),
        [f"estimator: {{name: {_estimator(draft)}}}"],
        ["threshold: {policy: best_f1}"] if draft.task == "binary" else [],
        _gate(draft),
        ["card:", f"  summary: {_words(draft)}, from {draft.rows:,} rows."],
    ]
    written = {line.partition(":")[0] for part in parts for line in part}
    parts += [[f"{k}: {v}"] for k, v in _USUAL.items() if k not in written | defaults.keys]
    return "\n".join(line for part in parts for line in part)


def _words(draft: Draft) -> str:
    return draft.name.replace("-", " ").capitalize()


def _title(draft: Draft) -> str:
    title = _words(draft)
    return f'"{title}"' if title.lower() in RESERVED else title


def _data(draft: Draft) -> list[str]:
    source = draft.source
    fields = {"encoding": source.encoding, "delimiter": source.delimiter, "quoting": source.quoting}
    lines = ["data:", "  sources:", f"    file: {flow(fields)}"]
    lines += [f"  row_id: {word(look.column)}" for look in draft.with_role("row_id")[:1]]
    for look in draft.with_role("timestamp")[:1]:
        zone = "# the zone of values that name none"
        lines.append(f"  timestamp: {flow({'column': look.column, 'timezone': 'UTC'})}  {zone}")
    if draft.missing:
        lines.append(f"  missing: [{', '.join(map(word, ('', *draft.missing)))}]")
    return lines


def _target(draft: Draft) -> list[str]:
    lines = ["target:", f"  column: {word(draft.target)}"]
    if draft.task == "binary":
        rarest = min(draft.labels, key=lambda label: (draft.labels[label], label))
        lines.append(f"  positive: {word(rarest)}  # the rarer of the two classes")
    return lines


def _features(draft: Draft) -> list[str]:
    taken = {draft.target, *OUTPUTS[draft.task]}
    names = feature_names([look.column for look in draft.features], taken)
    lines = ["features:"]
    for look in draft.looks:
        why = said(look.why)
        if look.column in names:
            name = names[look.column]
            alias = f", aliases: [{word(look.column)}]" if name != look.column else ""
            comment = f"  # {why}" if why else ""
            lines.append(f"  {word(name)}: {{kind: {look.role}{alias}}}{comment}")
        else:
            lines.append(f"  # {said(look.column)}: left out, {look.role}: {why}")
    return lines


def _split(draft: Draft) -> list[str]:
    if not draft.ordered:
        return []
    return ["split: {method: time, validation: 0.2, test: 0.2, seed: 7}  # oldest rows train"]


def _estimator(draft: Draft) -> str:
    classifies = draft.task != "regression"
    if draft.with_role("text"):
        return "linear_svm" if classifies else "ridge"
    if draft.rows >= _MANY_ROWS:
        return "hist_gradient_boosting" if classifies else "hist_gradient_boosting_regressor"
    return "logistic_regression" if classifies else "ridge"


def _gate(draft: Draft) -> list[str]:
    metric = _METRIC[draft.task]
    return [
        "gate:",
        f"  metric: {metric}",
        "  promote_on: not_worse",
        "  floors: {}  # the worst values you would put into production",
        "  max_regression:",
        f"    {metric}: {{relative: 0.02}}",
        f"  beats_baseline: {{metric: {metric}}}",
    ]
