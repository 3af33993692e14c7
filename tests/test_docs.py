"""README and guide say what is: verbs, keys, defaults, estimators, messages, links, examples."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from house import REPOSITORY
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from pipeline.cli import VERBS, main
from pipeline.config import EstimatorBlock, ModelBlock, load_params
from pipeline.config.estimators import REFUSED
from pipeline.config.metrics import METRICS
from pipeline.config.sources import Source
from pipeline.config.watch import Limits
from pipeline.decision import Verdict
from pipeline.watch.causes import _UNITS as UNITS

GUIDE = REPOSITORY / "site" / "content" / "guide"
README = REPOSITORY / "README.md"
PAGES = sorted(
    {*REPOSITORY.glob("*.md"), *(REPOSITORY / "site" / "content").rglob("*.md")}, key=str
)
BLOCKS = get_args(get_args(EstimatorBlock)[0])
ESTIMATORS = {get_args(block.model_fields["name"].annotation)[0]: block for block in BLOCKS}
CONNECTORS: dict[str, list[Any]] = {}
for _tagged in get_args(get_args(Source)[0]):
    _block = get_args(_tagged)[0]
    for _name in get_args(_block.model_fields["connector"].annotation):
        CONNECTORS.setdefault(_name, []).append(_block)
OF_NO_TEST = {"performance", "availability", "p95_ms"}
DRIFT_TESTS = sorted(set(Limits.model_fields) - OF_NO_TEST)
INDEXES = {"connectors": "connectors.md", "drift": "monitor.md"}
"""From each folder of the guide to the page that leads into it."""

Node = dict[str, Any]
Table = list[dict[str, str]]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def every_page() -> str:
    return "\n".join([text_of(README), *(text_of(page) for page in GUIDE.rglob("*.md"))])


def tables(page: str, first: str) -> Table:
    """The rows of all tables of a guide page whose first column has that header."""
    rows, header = [], []
    for line in text_of(GUIDE / page).split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if not cells or not header:
            header = cells
        elif header[0] == first and set(cells[0]) != {"-"}:
            rows.append(dict(zip(header, cells, strict=True)))
    return rows


def code(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def fences(page: Path, language: str = "") -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)
    return [content for name, content in found if name == language]


# Verbs


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_told_in_the_guide_and_named_in_the_readme(verb: str) -> None:
    assert f"`{verb}`" in text_of(README) or f"modelpress {verb} " in text_of(README)
    assert f"`modelpress {verb}" in text_of(GUIDE / "index.md")


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_documented(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}

    assert [option for option in sorted(options) if option not in every_page()] == []


def test_only_verbs_that_exist_are_spelled_as_commands() -> None:
    named = set(re.findall(r"(?:`|^\$ )modelpress ([a-z]+)", every_page(), re.MULTILINE))

    assert named - set(VERBS) == set()


# Commands of the Makefile


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_readme_has_the_command_on_a_line_of_its_own(command: str) -> None:
    assert command in [line for fence in fences(README) for line in fence.split("\n")]


def test_only_targets_that_exist_are_named() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(REPOSITORY / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", every_page(), re.MULTILINE))

    assert named - targets == set()


# Keys of params.yaml


def keys_of(schema: Node, node: Node, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every key below a node of the JSON Schema, with its default, or `required`."""
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    for choice in [*node.get("anyOf", ()), *node.get("oneOf", ())]:
        yield from keys_of(schema, choice, path)
    for name, child in node.get("properties", {}).items():
        below = f"{path}.{name}".removeprefix(".")
        required = name in node.get("required", ())
        yield below, "required" if required else child.get("default", {})
        yield from keys_of(schema, child, below)
    yield from keys_of_entries(schema, node, path)


def keys_of_entries(schema: Node, node: Node, path: str) -> Iterator[tuple[str, Any]]:
    """The keys below a mapping of names, and below a list of blocks."""
    named = [node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
    for child in (child for child in named if isinstance(child, dict)):
        if "$ref" in child or "oneOf" in child:
            yield from keys_of(schema, child, f"{path}.<name>")
        else:
            yield f"{path}.<name>", "required"
    if "$ref" in node.get("items", {}):
        yield from keys_of(schema, node["items"], f"{path}[]")


def known_keys() -> dict[str, Any]:
    """From each key to its default; the estimators' keys fall together."""
    schema = ModelBlock.model_json_schema()
    return dict(keys_of(schema, schema))


def told_keys() -> dict[str, str]:
    return {code(row["key"])[0]: row["if left out"] for row in tables("params.md", "key")}


def test_the_guide_has_every_key_of_a_block_and_no_other() -> None:
    assert told_keys().keys() == known_keys().keys()
    assert len(told_keys()) > 100


def test_no_key_is_told_twice() -> None:
    rows = [row["key"] for row in tables("params.md", "key")]

    assert len(rows) == len(set(rows))


def test_the_guide_names_what_must_be_written_and_what_a_key_is_if_left_out() -> None:
    told, known = told_keys(), known_keys()
    plain = {key for key, cell in told.items() if not cell.startswith("by ")}
    read = {key: yaml(told[key].strip("`")) for key in plain}

    of_several = ("estimator.", "data.sources.<name>.")
    assert {key for key in told.keys() - plain if not key.startswith(of_several)} == set()
    assert read == {key: known[key] for key in plain}


def test_the_guide_has_every_metric_with_its_tasks_and_direction() -> None:
    told = {code(row["metric"])[0]: row for row in tables("params.md", "metric")}
    known = {
        name: (sorted(fit.tasks), "more" if fit.greater_is_better else "less")
        for name, fit in METRICS.items()
    }

    assert {k: (row["tasks"].split(", "), row["better"]) for k, row in told.items()} == known


# Examples


GUIDE_EXAMPLES = [
    pytest.param(example, id=f"{page.relative_to(GUIDE).with_suffix('')}-{number}")
    for page in sorted(GUIDE.rglob("*.md"))
    for number, example in enumerate(fences(page, "yaml"))
]


@pytest.mark.parametrize("example", GUIDE_EXAMPLES)
def test_an_example_of_the_guide_is_sound(example: str, tmp_path: Path) -> None:
    content = yaml(example)
    if "models" in content:
        (tmp_path / "params.yaml").write_text(example, encoding="utf-8")
        assert load_params(tmp_path).faults == {}
        return
    for key, value in content.items():
        annotation = ModelBlock.model_fields[key].rebuild_annotation()
        TypeAdapter(annotation).validate_python(value)


def test_the_guide_has_a_block_as_a_whole() -> None:
    assert any("models:" in example for example in fences(GUIDE / "params.md", "yaml"))


# Estimators


def test_the_catalogue_has_every_estimator_and_no_other() -> None:
    catalogue = [row for row in tables("estimators.md", "estimator") if "what it is" in row]
    told = {code(row["estimator"])[0]: row for row in catalogue}
    known = {name: (sorted(block.tasks), block.family) for name, block in ESTIMATORS.items()}

    assert {k: (row["tasks"].split(", "), row["family"]) for k, row in told.items()} == known


def told_parameters() -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    names: list[str] = []
    for row in (row for row in tables("estimators.md", "estimator") if "parameter" in row):
        names = code(row["estimator"]) or names
        for name in names:
            told.setdefault(name, {})[code(row["parameter"])[0]] = yaml(code(row["if left out"])[0])
    return told


@pytest.mark.parametrize("estimator", sorted(ESTIMATORS))
def test_the_guide_has_every_parameter_of_an_estimator_with_its_default(estimator: str) -> None:
    block = TypeAdapter(EstimatorBlock).validate_python({"name": estimator})

    assert told_parameters()[estimator] == block.parameters.model_dump()


def test_every_refused_name_stands_in_the_guide_with_its_reason() -> None:
    rows = [row for row in tables("estimators.md", "key") if "reason" in row]
    told = {
        (code(row["key"])[0].rpartition(".")[2], code(row["value"])[0]): row["reason"]
        for row in rows
    }

    assert told == REFUSED


# Connectors and drift tests


def page_of(folder: str, name: str) -> Path:
    return GUIDE / folder / f"{name.replace('_', '-')}.md"


def leads_to(folder: str) -> set[str]:
    """The pages of a folder that its index links to."""
    return set(re.findall(rf"\]\({folder}/([\w-]+\.md)\)", text_of(GUIDE / INDEXES[folder])))


@pytest.mark.parametrize(
    ("folder", "names"), [("connectors", sorted(CONNECTORS)), ("drift", DRIFT_TESTS)]
)
def test_each_has_a_page_that_its_index_leads_to_and_there_is_no_other(
    folder: str, names: list[str]
) -> None:
    pages = {page_of(folder, name).name for name in names}

    assert {page.name for page in (GUIDE / folder).iterdir()} == pages
    assert leads_to(folder) == pages


def test_every_folder_of_the_guide_has_an_index() -> None:
    assert {page.parent.name for page in GUIDE.glob("*/**/*.md")} == set(INDEXES)


def test_each_test_of_drift_has_a_limit_that_is_no_other_s() -> None:
    """Whoever adds a test must give it a limit; so the limits name the tests."""
    assert {*OF_NO_TEST, *DRIFT_TESTS} == set(Limits.model_fields)
    assert set(UNITS) == set(DRIFT_TESTS)


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_the_page_of_a_connector_has_its_keys_with_their_defaults(name: str) -> None:
    rows = tables(str(page_of("connectors", name).relative_to(GUIDE)), "key")
    told = {code(row["key"])[0]: yaml(row["if left out"].strip("`")) for row in rows}
    known: dict[str, set[str]] = {}
    for block in CONNECTORS[name]:
        schema = block.model_json_schema()
        for key, node in schema["properties"].items():
            default = "required" if key in schema.get("required", ()) else node.get("default", {})
            known.setdefault(key, set()).add(json.dumps(default))

    assert told.keys() == known.keys()
    # A workbook's `format` must be written; that of text need not.
    assert {key for key, x in told.items() if json.dumps(x) not in known[key]} == set()
    assert all(row["meaning"] or code(row["key"]) == ["connector"] for row in rows)


@pytest.mark.parametrize("test", DRIFT_TESTS)
def test_the_page_of_a_drift_test_has_its_limit_and_says_when_it_lies(test: str) -> None:
    page = page_of("drift", test)
    (row,) = tables(str(page.relative_to(GUIDE)), "key")

    assert code(row["key"]) == [f"monitor.limits.{test}"]
    assert yaml(row["if left out"].strip("`")) == Limits.model_fields[test].default
    assert text_of(page).startswith(f"# `{test}`: ")
    assert {"when-it-lies", "what-to-do-when-it-fires"} <= anchors(page)


@pytest.mark.slow
@pytest.mark.parametrize("test", DRIFT_TESTS)
def test_the_tables_of_a_drift_test_are_what_the_benchmark_prints(test: str) -> None:
    words = [sys.executable, str(REPOSITORY / "benchmarks" / "drift_tables.py"), test]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.split("\n") if line.startswith("|")]
    told = text_of(page_of("drift", test)).split("\n")

    assert len(lines) > 5
    assert [line for line in lines if line not in told] == []


# The gate


def test_every_verdict_is_explained() -> None:
    told = {code(row["verdict"])[0] for row in tables("gate.md", "verdict")}

    assert told == set(get_args(Verdict))


def test_every_rule_that_the_repository_s_models_were_judged_by_is_explained() -> None:
    told = {re.split("[:<]", code(row["rule"])[0])[0] for row in tables("gate.md", "rule")}
    judged = {
        rule["id"].partition(":")[0]
        for file in (REPOSITORY / "artifacts").glob("*/gate.json")
        for rule in json.loads(text_of(file))["rules"]
    }

    assert judged - told == set()


# Messages


@cache
def literals(*places: str) -> str:
    """All texts in the sources of modules and folders, what is filled in replaced by a mark."""
    found = []
    for place in places:
        path = REPOSITORY / "pipeline" / place
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            nodes = ast.walk(ast.parse(text_of(file)))
            found += [str(node.value) for node in nodes if isinstance(node, ast.Constant)]
    return "\n".join(found)


def told_messages() -> list[str]:
    """What the guide says that `ingest` says: on its own page, and on those of connectors."""
    pages = ["ingest.md", "connectors.md", *(f"connectors/{x}" for x in leads_to("connectors"))]
    cells = {row["message"]: None for page in pages for row in tables(page, "message")}
    return sorted(cell.strip("`").strip() for cell in cells)


@pytest.mark.parametrize("message", told_messages())
def test_a_message_of_the_guide_is_one_of_the_sources(message: str) -> None:
    texts = literals(
        *("ingest.py", "connectors", "polls", "source", "table.py", "columns.py", "prepare"),
        "config/faults.py",
    )
    parts = [part.strip("` ") for part in message.replace("row_id", "…").split("…")]

    assert [part for part in parts if part not in texts] == []


# Links


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_between_the_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(
        r"\]\(([^)\s]+)\)",
        re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL),
    )
    for link in (link for link in links if not link.startswith(("http://", "https://"))):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_guide_s_first_page_leads_to_every_other() -> None:
    links = set(re.findall(r"\]\((\w+\.md)\)", text_of(GUIDE / "index.md")))

    assert links == {page.name for page in GUIDE.glob("*.md")} - {"index.md"}


# What the README says of the repository


def test_the_readme_stays_short() -> None:
    assert len(text_of(README).split("\n")) <= 150


def test_the_readme_names_every_model_of_the_repository_that_has_a_sample() -> None:
    samples = {path.parent.name for path in (REPOSITORY / "data").glob("*/sample.py")}

    assert {name for name in samples if f"`{name}`" not in text_of(README)} == set()
