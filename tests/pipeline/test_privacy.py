"""
What is published holds no training text.

Terms of a vocabulary are published, and so are the categories of a categorical feature: both are
what the model knows. A text of 20 characters or more is not, neither raw nor normalised.
"""

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from house import REPOSITORY, House, Rows, block
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto

from modelpress.text import normalize_text
from pipeline.estimators.tfidf import LONGEST_SHARED_TEXT, ChosenTfidf
from pipeline.registration import register
from pipeline.rows import read_rows

PUBLISHED = (
    *("model.onnx", "golden.json", "export.json", "schema.json", "training.json"),
    *("evaluation.json", "metrics.json", "gate.json"),
    *("plots/roc.json", "plots/pr.json", "plots/calibration.json", "plots/confusion.json"),
    "plots/tuning.json",
)
ALL_TERMS = {"min_df": 1, "select_words": None, "select_chars": None}
LONG_WORDS = (
    *("Unabhängigkeitserklärungen", "counterrevolutionaries", "достопримечательностями"),
    *("internationalization", "electroencephalography", "lieutenantgovernorship"),
)
PHRASES = (
    *("meet me at the old mill", "Nobody saw the red van!", "my father owes you money"),
    *("leave it under the mat", "we sell on Friday night", "tell her I am not coming"),
)


def text_block(**encoding: Any) -> dict[str, Any]:
    return block(
        features={"note": {"kind": "text"}},
        estimator={"name": "linear_svm", "text": encoding},
        threshold={"policy": "best_f1", "folds": 3},
        split={"method": "random", "validation": 0.2, "test": 0.2, "seed": 8},
        evaluate={"slices": {"note": [3, 6]}},
    )


def distinctive(count: int = 240) -> Rows:
    """Texts like customers' letters: everyday words, and a name that no other letter has."""
    dice = random.Random(11)
    words = ("refund", "invoice", "please", "Müller", "late", "won", "£5", "my order", "again")
    letters = "abcdefghijklmnopqrstuvwxyz"
    made: list[dict[str, object]] = []
    for number in range(count):
        name = "".join(dice.choices(letters, k=9)).capitalize()
        text = (
            f"Dear {name}, " + " ".join(dice.choices(words, k=dice.randint(2, 9))) + f"! {number}"
        )
        answer = "yes" if text.count("won") + dice.gauss(0, 0.4) > 0.6 else "no"
        made.append({"note": text, "answer": answer})
    return made


def nasty() -> Rows:
    """
    Texts that are terms: long words by themselves, phrases, and both inside of other texts.

    In enough rows of one class to be chosen whatever the selection.
    """
    rows = list(distinctive(60))
    dice = random.Random(3)
    for word, phrase in zip(LONG_WORDS, PHRASES, strict=True):
        for _ in range(5):
            ending = " ".join(dice.choices(("today", "soon", "now", "again"), k=2))
            texts = (word, phrase, f"{word} {ending}", f"So {phrase} {ending}, {word}er")
            rows += [{"note": t, "answer": "no" if dice.random() < 0.1 else "yes"} for t in texts]
    return rows


def training_texts(house: House) -> set[str]:
    """
    Give the texts of the training rows as they stood in the table.

    A text of the test rows can be told neither by the estimator nor to it: if it is a term, then
    because training rows have it among other words.
    """
    with (house.root / "data/m/table.csv").open(encoding="utf-8", newline="") as file:
        table = [row["note"] for row in csv.DictReader(file)]
    rows = read_rows(house.artifact("m", "train.parquet"))
    return {table[int(name.removeprefix("r")) - 1] for name in rows.row.tolist()}


def forms(text: str) -> set[str]:
    return {form for form in (text, normalize_text(text)) if len(form) >= LONGEST_SHARED_TEXT}


def published(folder: Path) -> dict[str, str]:
    """Everything that the stages publish, as text; terms of a graph as the model reads them."""
    found = {}
    for name in PUBLISHED:
        if (folder / name).exists():
            content = (folder / name).read_bytes()
            found[name] = content.decode("utf-8", "replace")
            if name == "model.onnx":
                found["terms of the graph"] = "\n".join(terms_of_graph(content))
            else:
                # Characters beyond ASCII may be written as escapes.
                found[f"{name}, unescaped"] = "\n".join(strings(json.loads(content)))
    return found


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def terms_of_graph(content: bytes) -> Iterator[str]:
    """Put the pieces of every term together, as anybody can who has the file."""
    graph = ModelProto.FromString(content).graph
    joints = [" " if list(settings(n)["separators"]) == [b" "] else ""
              for n in graph.node if n.op_type == "Tokenizer"]  # fmt: skip
    vectorizers = [settings(node) for node in graph.node if node.op_type == "TfIdfVectorizer"]
    for joint, vectorizer in zip(joints, vectorizers, strict=True):
        pool = [piece.decode() for piece in vectorizer["pool_strings"]]
        starts = [*vectorizer["ngram_counts"], len(pool)]
        for length in range(1, len(starts)):
            for start in range(starts[length - 1], starts[length], length):
                yield joint.join(pool[start : start + length])


def settings(node: Any) -> dict[str, Any]:
    return {
        attribute.name: attribute.i or list(attribute.strings) or list(attribute.ints)
        for attribute in node.attribute
    }


def leaks(folder: Path, texts: set[str]) -> list[tuple[str, str]]:
    places = published(folder)
    wanted = {form for text in texts for form in forms(text)}
    return [(name, form) for name, told in places.items() for form in wanted if form in told]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A model of distinctive texts, with every term of theirs that may be."""
    house = House.make(tmp_path_factory.mktemp("letters"))
    house.add("m", text_block(words=[1, 3], chars=[2, 5], **ALL_TERMS), distinctive())
    return house.stages("m")


def test_no_text_of_the_table_is_in_anything_that_is_published(letters: House) -> None:
    texts = {str(row["note"]) for row in distinctive()}

    assert sum(len(forms(text)) for text in texts) > 400
    assert leaks(letters.root / "artifacts" / "m", texts) == []


def test_every_published_file_was_looked_through(letters: House) -> None:
    places = published(letters.root / "artifacts" / "m")
    made = {
        str(file.relative_to(letters.root / "artifacts" / "m"))
        for file in (letters.root / "artifacts" / "m").rglob("*")
        if file.is_file() and file.suffix not in {".parquet", ".skops"}
    }

    assert made - set(places) == {"timing.json"}
    assert len(places["terms of the graph"].splitlines()) > 1000
    assert {"refund", "please", "muller"} <= set(places["terms of the graph"].splitlines())


ENCODINGS = {
    "words": {"words": [1, 2]},
    "longer runs of words": {"words": [1, 8]},
    "runs without single words": {"words": [2, 3]},
    "characters": {"words": None, "chars": [2, 5]},
    "long runs of characters": {"words": None, "chars": [18, 27], "min_df": 4},
    "both": {"words": [1, 6], "chars": [20, 26], "min_df": 2},
}


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_a_text_that_is_a_term_of_many_rows_is_not_published(
    house: House, encoding: dict[str, Any]
) -> None:
    house.add("m", text_block(**{**ALL_TERMS, **encoding}), nasty()).stages("m")

    texts = training_texts(house)

    assert min(len(texts & set(LONG_WORDS)), len(texts & set(PHRASES))) >= 2
    assert leaks(house.root / "artifacts" / "m", texts) == []


def test_a_long_word_that_is_no_text_is_a_term_like_any_other(house: House) -> None:
    """The counterpart: where nobody wrote the word alone, the model may know it."""
    rows = [row for row in nasty() if row["note"] not in LONG_WORDS]
    house.add("m", text_block(words=[1, 2], **ALL_TERMS), rows).stages("m", "export")
    terms = published(house.root / "artifacts" / "m")["terms of the graph"].splitlines()

    assert len({normalize_text(word) for word in LONG_WORDS} & set(terms)) >= 3


WORDS = st.sampled_from(("a", "bc", "lantern", "counterclockwise", "internationalization", "xyz"))


@given(
    texts=st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=4, max_size=20),
    words=st.booleans(),
)
def test_no_term_holds_a_whole_long_text(texts: list[str], *, words: bool) -> None:
    texts = [*texts, "xyz", "xyz a"]
    tfidf = ChosenTfidf(
        analyzer="word" if words else "char", ngram_range=(1, 5) if words else (18, 24)
    )
    if not words:
        texts = [*texts, "some text that is long enough for a term"]
    tfidf.fit(texts, np.arange(len(texts)) % 2)
    long = {text for text in texts if len(text) >= LONGEST_SHARED_TEXT}

    assert [term for term in tfidf.terms if any(text in term for text in long)] == []
    assert tfidf.terms


def test_a_card_counts_words_and_holds_neither_text_nor_word(letters: House) -> None:
    register(letters.root, "m")
    card = json.loads((letters.root / "models/m/v1.0.0/card.json").read_text("utf-8"))
    counted = card["reference"]["note"]
    told = "\n".join(strings(card))
    words = {word for row in distinctive() for word in normalize_text(str(row["note"])).split()}
    names = {word for word in words if len(word) == 9 and word.isalpha()}

    assert len(names) > 200
    assert [text for row in distinctive() for text in forms(str(row["note"])) if text in told] == []
    assert [name for name in names if name in "\n".join(strings(counted))] == []
    assert sum(counted["buckets"]) > 500


def committed_texts() -> set[str]:
    with (REPOSITORY / "data/spam/table.csv").open(encoding="utf-8", newline="") as file:
        return {row["text"] for row in csv.DictReader(file)}


def test_the_committed_files_of_the_spam_model_hold_no_message() -> None:
    """The sample is made up, but a fork's table is not; model.onnx is there once it is built."""
    folder = REPOSITORY / "artifacts" / "spam"
    places = published(folder)

    assert {"golden.json", "evaluation.json", "metrics.json", "gate.json"} <= set(places)
    assert sum(len(forms(text)) for text in committed_texts()) > 5000
    assert leaks(folder, committed_texts()) == []
