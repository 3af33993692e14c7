"""A model card as the Hugging Face Hub reads it: YAML front matter, then Markdown."""

import json
import re

from pipeline.report.facts import Facts, Model, Version
from pipeline.report.pages.words import figure, interval, metric, quoted, several

_TASKS = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}


def card(model: Model, facts: Facts) -> str:
    """Write the card of the version in production, else of the newest."""
    version = model.live or (model.versions[-1] if model.versions else None)
    lines = ["---", *_front_matter(model), "---", "", f"# {_plain(model.title)}", ""]
    if model.words.summary:
        lines += [_plain(model.words.summary), ""]
    for title, text in (
        ("Intended use", model.words.intended_use),
        ("Limitations", model.words.limitations),
    ):
        if text:
            lines += [f"## {title}", "", _plain(text), ""]
    if version:
        lines += ["## Evaluation", "", "| metric | value | interval |", "| --- | --- | --- |"]
        lines += [
            f"| {metric(name)} | {figure(of.value)} | {interval(of)} |"
            for name, of in version.metrics.items()
        ]
        lines += ["", _said_of(version), ""]
    if facts.source:
        lines += [f"Source: {facts.source}", ""]
    return "\n".join(lines)


def _said_of(version: Version) -> str:
    made = version.made_of
    return (
        f"Version {version.version}, measured on the test rows of its own run; made from "
        f"{several(made.rows, 'row')} at commit `{made.commit[:12]}`. "
        f"SHA-256 of `model.onnx`: `{version.sha256}`."
    )


def _front_matter(model: Model) -> list[str]:
    """Keys of the Hub; JSON's strings are YAML's, whatever is in them."""
    text = any(one.kind == "text" for one in (model.interface.inputs if model.interface else ()))
    task = "text-classification" if text and model.task != "regression" else _TASKS.get(model.task)
    said = {
        "license": model.words.license.lower(),
        "library_name": "onnx",
        "pipeline_tag": task or "",
        "model_name": model.title,
    }
    lines = [f"{key}: {quoted(value)}" for key, value in said.items() if value]
    tags = f"tags: [onnx, modelpress, {'text' if text else 'tabular'}]"
    return [*lines, tags, *_index(model, task or "other")]


def _index(model: Model, task: str) -> list[str]:
    live = model.live
    if live is None:
        return []
    found = [
        {"type": name, "name": metric(name), "value": of.value}
        for name, of in live.metrics.items()
        if of.value is not None
    ]
    result = {
        "task": {"type": task},
        "dataset": {"name": f"data/{model.name}", "type": "table"},
        "metrics": found,
    }
    name = "".join(filter(str.isprintable, model.title))
    listed = json.dumps([{"name": name, "results": [result]}], ensure_ascii=False)
    return [f"model-index: {listed}"]


def _plain(text: str) -> str:
    """Keep words that people wrote from being Markdown or HTML."""
    flat = " ".join(text.split())
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", flat)
