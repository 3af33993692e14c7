"""Blocks go into params.yaml and out of it; every other byte stays what it was."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.amend import Defaults, add_block, read_defaults, remove_block
from pipeline.errors import ParamsError

BLOCK = "<<: *d\ntitle: New\n\n# about the card\ncard: {summary: x}"

FILE = """\
# the whole file
defaults: &d # to take over
  tune: {trials: 0}

models:
  # the first of all
  a:
    <<: *d
    title: A # kept
    text: |
      lines of it

      and more
    # the end of a

  # what b is for
  b: {title: "B # no comment",
      note: 'x'}

  c:
    list:
      - 1
      - two: "2

          3"
    # the end of c

# after all models
"""


BLOCK_A = """\
  a:
    <<: *d
    title: A # kept
    text: |
      lines of it

      and more
    # the end of a

"""


def laid(folder: Path, text: str) -> Path:
    (folder / "params.yaml").write_bytes(text.encode())
    return folder


def read(folder: Path) -> str:
    return (folder / "params.yaml").read_bytes().decode()


def models(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(read(folder))["models"]
    return found


def is_subsequence(lines: list[str], of: list[str]) -> bool:
    rest = iter(of)
    return all(line in rest for line in lines)


def test_a_block_goes_behind_the_last_one_and_nothing_else_moves(tmp_path: Path) -> None:
    add_block(laid(tmp_path, FILE), "n", BLOCK)

    assert read(tmp_path) == FILE.replace(
        '          3"\n',
        '          3"\n\n  n:\n    <<: *d\n    title: New\n\n    # about the card\n'
        "    card: {summary: x}\n",
    )
    assert list(models(tmp_path)) == ["a", "b", "c", "n"]


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("a", BLOCK_A),
        ("b", "  b: {title: \"B # no comment\",\n      note: 'x'}\n\n"),
        (
            "c",
            '  c:\n    list:\n      - 1\n      - two: "2\n\n          3"\n    # the end of c\n\n',
        ),
    ],
    ids=["first", "on two lines", "last"],
)
def test_only_one_block_goes_and_the_comments_of_its_neighbours_stay(
    tmp_path: Path, name: str, gone: str
) -> None:
    assert gone in FILE
    remove_block(laid(tmp_path, FILE), name)

    assert read(tmp_path) == FILE.replace(gone, "")


FILES = {
    "plain": "models:\n  a: {title: A}\n",
    "no last line end": "models:\n  a: {title: A}",
    "four spaces": "models:\n    a:\n        title: A\n",
    "defaults behind": "models:\n  a:\n    title: A\n\ndefaults: &d\n  tune: {trials: 0}\n",
    "CRLF": "models:\r\n  a:\r\n    title: A\r\n",
    "byte order mark": "\ufeffmodels:\n  a:\n    title: A\n",
    "a line end inside a comment": "# one\u2028# two\x85# three\nmodels:\n  a:\n    title: A\n",
    "beyond ASCII": "models:\n  a:\n    title: Größe 😀\n",
    "an alias as a block": "defaults: &d\n  title: D\nmodels:\n  a: *d\n",
    "empty lines at the end": "models:\n  a:\n    title: A\n\n\n",
    "an empty block": "models:\n  a:\n  b:\n",
    "a document": "---\nmodels:\n  a:\n    title: A\n...\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_block_fits_into_files_of_every_hand(tmp_path: Path, text: str) -> None:
    before = models(laid(tmp_path, text))
    add_block(tmp_path, "n", "title: New\ncard: {summary: x}")

    assert models(tmp_path) == before | {"n": {"title": "New", "card": {"summary": "x"}}}
    assert is_subsequence(text.splitlines(), read(tmp_path).splitlines())
    remove_block(tmp_path, "n")
    assert read(tmp_path).rstrip() == text.rstrip()
    remove_block(tmp_path, "a")
    del before["a"]
    assert models(tmp_path) == before


@pytest.mark.parametrize("text", ["models: {}\n", "models: {} # none yet\n", "models:   {\n}"])
def test_the_first_block_of_all_and_back(tmp_path: Path, text: str) -> None:
    add_block(laid(tmp_path, text), "n", "title: New")

    assert models(tmp_path) == {"n": {"title": "New"}}
    assert ("# none yet" in text) == ("# none yet" in read(tmp_path))


def test_the_last_block_leaves_a_file_without_models(tmp_path: Path) -> None:
    laid(tmp_path, "# x\nmodels: # ours\n  # first\n  a:\n    title: A\n\ndefaults: {}\n")
    remove_block(tmp_path, "a")

    assert read(tmp_path) == "# x\nmodels: {} # ours\n  # first\n\ndefaults: {}\n"
    assert models(tmp_path) == {}
    add_block(tmp_path, "n", "title: New")
    assert models(tmp_path) == {"n": {"title": "New"}}


HARD = {
    "models in one line": ("models: {a: {title: A}, b: {title: B}}\n", "a"),
    "an anchor inside": ("models:\n  a:\n    card: &c {summary: x}\n  b:\n    card: *c\n", "a"),
    "a block that another merges": ("models:\n  a: &a\n    title: A\n  b:\n    <<: *a\n", "a"),
}


@pytest.mark.parametrize(("text", "name"), HARD.values(), ids=HARD)
def test_a_block_that_cannot_go_alone_is_refused(tmp_path: Path, text: str, name: str) -> None:
    laid(tmp_path, text)
    with pytest.raises(ParamsError) as caught:
        remove_block(tmp_path, name)

    assert "cannot be removed without a change to others" in caught.value.lines()[0]
    assert "edit it by hand" in caught.value.lines()[1]
    assert read(tmp_path) == text


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("models: {a: {title: A}}\n", "title: New"),
        ("models:\n  a: {title: A}\n", "title: [1"),
        ("models:\n  a: {title: A}\n", "<<: *unknown"),
        ("models:\n  n: {title: A}\n", "title: New"),
    ],
    ids=["models in one line", "no YAML", "no such anchor", "a name that is there"],
)
def test_a_block_that_does_not_fit_is_refused(tmp_path: Path, text: str, block: str) -> None:
    laid(tmp_path, text)
    with pytest.raises(ParamsError, match="1 fault"):
        add_block(tmp_path, "n", block)

    assert read(tmp_path) == text


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError) as caught:
        remove_block(laid(tmp_path, FILE), "n")

    assert caught.value.lines() == ["params.yaml: there is no model `n`", "hint: there are a, b, c"]


def _block_of(values: list[str]) -> str:
    lines = []
    for i, value in enumerate(values):
        head, *rest = value.split("\n")
        flat = not head.startswith(("k", "#", " "))
        own = [f"k{i}: {head}"] if flat else [f"k{i}:", f"  {head}"]
        lines += [f"# before k{i}", *own, *(f"  {x}" if x else "" for x in rest), ""]
    return "\n".join(lines)


VALUES = st.recursive(
    st.sampled_from(
        ["1", "word", '"# no comment"', "'it''s'", "{x: 1, y: [2]}", "[]", "|\n  a\n\n  b"]
    ),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(_block_of),
    max_leaves=6,
)


NAMES = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """A file with blocks, comments and empty lines of any kind, and a model in it."""
    names = draw(NAMES)
    lines = ["# head", "models:"]
    for name in names:
        value = draw(st.lists(VALUES, min_size=1, max_size=3).map(_block_of))
        lines += draw(st.sampled_from([[], [""], [f"  # about {name}"], ["", f"  # about {name}"]]))
        lines += [f"  {name}:", *(f"    {x}" if x else "" for x in value.split("\n"))]
    lines += draw(st.sampled_from([[], ["# tail"], ["", "defaults: {}"]]))
    return "\n".join(lines) + "\n", draw(st.sampled_from(names))


@settings(deadline=None, max_examples=40)
@given(file=files())
def test_any_file_keeps_its_lines_when_a_block_comes_and_goes(
    tmp_path_factory: pytest.TempPathFactory, file: tuple[str, str]
) -> None:
    text, name = file
    folder = laid(tmp_path_factory.mktemp("p"), text)
    before = models(folder)

    add_block(folder, "new", "title: New")
    assert models(folder) == before | {"new": {"title": "New"}}
    assert is_subsequence(text.splitlines(), read(folder).splitlines())
    remove_block(folder, "new")
    assert read(folder) == text

    remove_block(folder, name)
    del before[name]
    assert models(folder) == before
    lines, left = text.splitlines(), read(folder).splitlines()
    assert is_subsequence([x.replace("models: {}", "models:") for x in left], lines)
    assert [x for x in lines if "about" in x] == [x for x in left if "about" in x]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("models: {}\n", Defaults("", frozenset())),
        ("defaults: {tune: {}}\nmodels: {}\n", Defaults("", frozenset())),
        (
            "defaults: &d {tune: {}, data: {}}\nmodels: {}\n",
            Defaults("d", frozenset({"tune", "data"})),
        ),
    ],
    ids=["none", "no anchor", "two keys"],
)
def test_what_can_be_taken_over_is_read(tmp_path: Path, text: str, expected: Defaults) -> None:
    assert read_defaults(laid(tmp_path, text)) == expected
