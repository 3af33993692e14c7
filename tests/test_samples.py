"""The sample tables are what their generators write, and hold the quirks they promise."""

import csv
import importlib.util
import re
import runpy
import shutil
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).resolve().parents[1] / "data"
ROWS = {"iris": 150, "spam": 5_000, "credit": 20_400, "tickets": 4_000}
TARGET = {"iris": "species", "spam": "label", "credit": "default", "tickets": "priority"}
DAYS = {"iris": 120, "spam": 120, "credit": 120, "tickets": 180}
LAST_DAY = datetime(2026, 10, 28, tzinfo=UTC).date()
QUOTED = re.compile(rb'"(?:[^"]|"")*"')
DRAMA_NUMBER = re.compile(r"7700900|01632960|02079460|01614960|02920180|0808157|0909879")

every_model = pytest.mark.parametrize("model", ROWS)


@cache
def sample(model: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"sample_{model}", DATA / model / "sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def table(model: str) -> list[dict[str, str]]:
    with (DATA / model / "table.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(model: str, name: str) -> list[str]:
    return [row[name] for row in table(model)]


@cache
def labels_by_features(model: str) -> dict[tuple[str, ...], list[str]]:
    """Return the labels of each distinct set of features."""
    ignored = {"row_id", "timestamp", TARGET[model]}
    found = defaultdict(list)
    for row in table(model):
        features = tuple(value for name, value in row.items() if name not in ignored)
        found[features].append(row[TARGET[model]])
    return found


def repeats(model: str) -> int:
    return sum(len(labels) - 1 for labels in labels_by_features(model).values())


def contradictions(model: str) -> int:
    return sum(len(set(labels)) > 1 for labels in labels_by_features(model).values())


@every_model
def test_committed_table_is_what_the_generator_writes(model: str, tmp_path: Path) -> None:
    sample(model).write(tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == (DATA / model / "table.csv").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"], "a draft is left"


@every_model
def test_table_has_its_rows_and_columns(model: str) -> None:
    assert len(table(model)) == ROWS[model]
    assert tuple(table(model)[0]) == sample(model).COLUMNS
    assert sample(model).COLUMNS[:2] == ("row_id", "timestamp")
    assert sample(model).COLUMNS[-1] == TARGET[model]


@every_model
def test_row_ids_are_unique(model: str) -> None:
    assert len(set(column(model, "row_id"))) == ROWS[model]


@every_model
def test_timestamps_ascend_over_each_day_to_the_same_last_one(model: str) -> None:
    stamps = [
        datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        for stamp in column(model, "timestamp")
    ]
    assert stamps == sorted(stamps)
    assert {stamp.date() for stamp in stamps} == {
        LAST_DAY - timedelta(days=day) for day in range(DAYS[model])
    }


@every_model
def test_rows_end_in_a_line_feed_only(model: str) -> None:
    content = (DATA / model / "table.csv").read_bytes()
    assert b"\r" not in QUOTED.sub(b"", content)
    assert content.endswith(b"\n")


def test_iris_has_fifty_flowers_of_each_species() -> None:
    assert set(Counter(column("iris", "species")).values()) == {50}


def test_iris_misses_twelve_measurements() -> None:
    assert sum(value == "" for row in table("iris") for value in row.values()) == 12


def test_iris_keeps_its_two_identical_flowers() -> None:
    assert repeats("iris") == 1


def test_spam_is_about_one_message_in_seven() -> None:
    assert 0.13 < column("spam", "label").count("spam") / ROWS["spam"] < 0.15


def test_spam_repeats_about_six_messages_in_a_hundred() -> None:
    assert 0.05 < repeats("spam") / ROWS["spam"] < 0.07


def test_spam_nearly_repeats_some_messages() -> None:
    texts = set(column("spam", "text"))
    assert len(texts) - len({text.casefold().rstrip(".!") for text in texts}) > 20


def test_spam_writes_other_scripts_in_about_a_tenth_of_its_messages() -> None:
    texts = column("spam", "text")
    assert 0.08 < sum(not text.isascii() for text in texts) / ROWS["spam"] < 0.10
    together = "".join(texts)
    for (
        sign
    ) in "£€é\N{COMBINING ACUTE ACCENT}\N{NO-BREAK SPACE}\N{RIGHT SINGLE QUOTATION MARK}дλは😀":
        assert sign in together, f"no {sign!a}"


def test_spam_mislabels_one_message_in_a_hundred() -> None:
    """Wrong labels show in the file where only one copy of a message got one."""
    assert sum(sample("spam").MISLABELLED.values()) == 50
    assert contradictions("spam") == 11


def test_spam_has_empty_short_long_and_broken_texts() -> None:
    texts = column("spam", "text")
    assert texts.count("") == 2
    assert sum(0 < len(text) < 4 for text in texts) > 5
    assert sum(len(text) > 400 for text in texts) > 5
    for sign in ('"', ",", "\n"):
        assert sum(sign in text for text in texts) > 20


def test_spam_drifts_from_ringtones_to_crypto() -> None:
    def count(word: str, rows: list[dict[str, str]]) -> int:
        return sum(word in row["text"].casefold() for row in rows if row["label"] == "spam")

    early, late = table("spam")[:1500], table("spam")[-1500:]
    assert count("tone", early) > 2 * count("tone", late)
    assert count("coin", late) > 2 * count("coin", early)


def test_spam_names_only_addresses_reserved_for_examples() -> None:
    hosts = re.findall(
        r"(?:https?://|www\.)[^/\s\"]+", "\n".join(column("spam", "text")).casefold()
    )
    assert len(hosts) > 500
    assert all(re.search(r"\bexample\.(com|net|org)\.?$", host) for host in hosts)


def test_spam_names_only_phone_numbers_reserved_for_drama() -> None:
    texts = (re.sub(r"[ ()-]", "", text) for text in column("spam", "text"))
    numbers = [number for text in texts for number in re.findall(r"\d{10,}", text)]
    assert len(numbers) > 200
    assert [number for number in numbers if not DRAMA_NUMBER.search(number)] == []


def test_credit_defaults_in_about_22_of_100_rows() -> None:
    assert 0.21 < column("credit", "default").count("1") / ROWS["credit"] < 0.23


def test_credit_misses_about_one_value_in_a_hundred_of_five_columns() -> None:
    missing = Counter(name for row in table("credit") for name, value in row.items() if value == "")
    assert set(missing) == {"age", "education", "bill_amt2", "bill_amt4", "bill_amt6"}
    assert all(0.007 < count / ROWS["credit"] < 0.013 for count in missing.values())


def test_credit_has_forty_twins_fourteen_of_them_contradicting() -> None:
    assert repeats("credit") == 40
    assert contradictions("credit") == 14


def test_credit_uses_undocumented_codes() -> None:
    assert {"0", "5", "6"} < set(column("credit", "education"))
    assert 0 < column("credit", "marriage").count("0") < 100
    assert set(column("credit", "pay_0")) == {str(code) for code in range(-2, 9)}
    assert "1" not in column("credit", "pay_2")


def test_credit_names_no_pay_1() -> None:
    names = list(table("credit")[0])
    assert names[names.index("pay_0") + 1] == "pay_2"


def test_credit_amounts_keep_to_their_shapes() -> None:
    assert all(int(limit) % 10_000 == 0 for limit in column("credit", "limit_bal"))
    assert {age for age in column("credit", "age") if age} <= {str(age) for age in range(21, 76)}
    assert sum(bill.startswith("-") for bill in column("credit", "bill_amt1")) > 50
    assert 0.2 < column("credit", "pay_amt1").count("0") / ROWS["credit"] < 0.5


def test_credit_table_stays_below_its_size() -> None:
    assert (DATA / "credit" / "table.csv").stat().st_size < 1_950_000


def test_tickets_are_of_high_priority_about_once_in_seven_rows() -> None:
    shares = {name: count / 4_000 for name, count in Counter(column("tickets", "priority")).items()}
    assert set(shares) == {"high", "medium", "low"}
    assert 0.11 < shares["high"] < 0.16
    assert 0.5 < shares["medium"] < 0.6


def test_tickets_lack_what_real_ones_lack() -> None:
    missing = Counter(name for row in table("tickets") for name, value in row.items() if not value)
    assert set(missing) == {"description", "source", "tier"}
    assert 0.04 < missing["description"] / 4_000 < 0.07
    assert 0.02 < missing["tier"] / 4_000 < 0.04


def test_tickets_hold_what_breaks_careless_readers() -> None:
    texts = column("tickets", "description")
    assert sum("\r\n" in text for text in texts) > 400
    assert sum("\N{NO-BREAK SPACE}" in text for text in texts) > 100
    assert sum(not text.isascii() for text in texts) > 800
    assert sum('"' in text for text in texts) > 200
    assert sum(len(text) > 800 for text in texts) > 20
    assert max(map(len, texts)) > 30_000


def test_tickets_come_twice_some_with_another_priority() -> None:
    assert 100 < repeats("tickets") < 250
    assert 5 < contradictions("tickets") < 40
    titles = Counter((row["title"], row["description"]) for row in table("tickets"))
    forwarded = sum(count - 1 for count in titles.values()) - repeats("tickets")
    assert forwarded > 20


def test_tickets_drift_from_mail_to_chat_and_to_a_new_topic() -> None:
    early, late = table("tickets")[:1000], table("tickets")[-1000:]

    def count(rows: list[dict[str, str]], name: str, word: str) -> int:
        return sum(word in row[name] for row in rows)

    assert count(early, "source", "email") > 1.4 * count(late, "source", "email")
    assert count(late, "source", "chat") > 1.5 * count(early, "source", "chat")
    assert count(late, "title", "Copilot") > 3 * count(early, "title", "Copilot")


def test_tickets_table_stays_below_its_size() -> None:
    assert (DATA / "tickets" / "table.csv").stat().st_size < 1_500_000


def test_what_arrived_since_is_what_the_generators_write(tmp_path: Path) -> None:
    """In a copy of data/, from the scripts alone."""
    shutil.copy(DATA.parent / "params.yaml", tmp_path)
    scripts = shutil.ignore_patterns("current", "latest.json", "*.csv")
    shutil.copytree(DATA, tmp_path / "data", ignore=scripts)
    runpy.run_path(str(tmp_path / "data" / "arrivals.py"), run_name="__main__")

    written = {*tmp_path.glob("data/*/current/*"), *tmp_path.glob("data/*/latest.json")}
    committed = {*DATA.glob("*/current/*"), *DATA.glob("*/latest.json")}
    assert {x.relative_to(tmp_path / "data") for x in written} == {
        x.relative_to(DATA) for x in committed
    }
    assert len(written) == 6 * 14 + 2
    for file in committed:
        assert (tmp_path / "data" / file.relative_to(DATA)).read_bytes() == file.read_bytes()
