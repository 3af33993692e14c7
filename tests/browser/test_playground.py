"""The playground, tried in a real browser on a site that was really built."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from edge import serving
from house import REPOSITORY
from playwright.sync_api import FileChooser, Page, Route, expect
from ruamel.yaml import YAML
from trial import FIRST, HOSTILE_TITLE

from modelpress import Explainer, load

pytestmark = pytest.mark.chromium

Visiting = Callable[..., Any]
BEGINNING = "Writ udg st as libr where 0900 relea ashmere"
SOURCE = "https://github.com/owner/repository"
MODELS = ("iris", "spam", "credit", "bikes", "bikes-count", "tickets")
HOSTILE = (
    "</textarea><script>document.title='owned'</script> ` \\ ' \" {{ 7 * 7 }} \u202e\u0000 é Σς 😀"
)


def told(page: Page) -> str:
    return page.locator(".pg-told-here").inner_text()


def answer(page: Page) -> str:
    return page.locator(".pg-verdict strong").inner_text()


def wait_for(page: Page, text: str) -> None:
    expect(page.locator(".pg-told-here")).to_contain_text(text)


def score(page: Page, content: bytes, name: str = "rows.csv") -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.locator("#pg-file").set_input_files(files=[file])
    expect(page.locator(".pg-part [role=status]").filter(has_text=name)).to_be_visible()


def scored(page: Page) -> str:
    status = page.locator("p.pg-note[role=status]")
    expect(status).to_contain_text("answered by")
    return status.inner_text()


def download(page: Page, button: str) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=button).click()
    text = Path(waiting.value.path()).read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


# The first answer


def test_a_deep_link_opens_with_an_answer_and_asks_nobody_else(visit: Visiting) -> None:
    visitor = visit().try_model("spam")
    page = visitor.page

    assert page.get_by_label("text", exact=True).input_value() == BEGINNING
    assert answer(page) == "ham"
    assert "52.6" in told(page)
    assert "86.3" in told(page)
    assert visitor.said == []
    assert visitor.hosts == {urlsplit(visitor.root).netloc}


def test_the_first_model_is_shown_without_a_link(visit: Visiting) -> None:
    visitor = visit().open("playground/")

    expect(visitor.page.locator("#pg[data-state=complete]")).to_be_visible()
    assert visitor.page.get_by_label("Model", exact=True).input_value() == FIRST
    assert visitor.said == []


def test_an_unknown_model_is_named_and_the_first_is_shown(visit: Visiting) -> None:
    page = visit().try_model("<b>x").page

    expect(page.get_by_role("alert")).to_contain_text("There is no model <b>x in production")
    assert page.get_by_label("Model", exact=True).input_value() == FIRST


def test_what_the_first_answer_needs_is_asked_for_once_and_before_it_runs(visit: Visiting) -> None:
    """A module that is missing in the page's list costs a round trip, one too many a download."""
    visitor = visit().open("playground/?model=spam")
    page = visitor.page
    expect(page.locator("#pg[data-state=complete]")).to_be_visible()
    links = page.evaluate(
        "[...document.querySelectorAll('link[rel=modulepreload]')].map(x => x.href)"
    )
    main = next(i for i, url in enumerate(visitor.asked) if url.endswith("parts.js"))
    before = [
        url for url in visitor.asked[:main] if re.search(r"/(playground|runtime)/\w+\.js", url)
    ]

    assert {x for x in links if "normalize" not in x} == set(before)
    models = [url for url in visitor.asked if "/models/" in url]
    assert [url.rpartition("/")[2] for url in models] == ["model.onnx", "card.json"]


def test_each_model_answers_as_python_does(visit: Visiting) -> None:
    visitor = visit().try_model("tickets")
    page = visitor.page
    for name in MODELS:
        page.get_by_label("Model", exact=True).select_option(name)
        card = json.loads((REPOSITORY / f"models/{name}/v1.0.0/card.json").read_text("utf-8"))
        expect(page.locator(".pg-origin")).to_contain_text(card["sha256"])
        expect(page.locator("#pg[data-state=complete]")).to_be_visible()
        page.get_by_role("button", name="Typical").click()
        typical = {x["name"]: x["typical"] if x["kind"] != "text" else "" for x in card["inputs"]}
        found = load(REPOSITORY / "models" / name).predict(typical)
        if found.label is None:
            wait_for(page, f"{found.value:.4g}")
        else:
            share = (found.probabilities or {})[found.label]
            wait_for(page, f"{found.label} {100 * share:.1f}")
        assert "v1.0.0" in page.locator(".pg-origin").inner_text()
    assert visitor.said == []


def test_the_contributions_are_those_of_python(visit: Visiting) -> None:
    page = visit().try_model("spam").page
    text = "You won a free prize, call 09061701461 now"
    page.get_by_label("text", exact=True).fill(text)
    wait_for(page, "spam 89.6")
    lines = [line.split("\n") for line in page.locator(".pg-moves li").all_inner_texts()]
    shown = {line[0]: line[-1].replace("\N{MINUS SIGN}", "-") for line in lines}
    explained = Explainer(load(REPOSITORY / "models" / "spam")).explain({"text": text})

    expected = {x.word: f"{100 * x.amount:+.1f}" for x in explained.contributions}
    assert {
        x: y.replace("+0.0", "0.0").replace("-0.0", "0.0") for x, y in expected.items()
    } == shown
    assert "10 rows in one call" in page.locator(".pg-count").inner_text()


# The form


def test_it_answers_while_one_types_and_says_what_is_unusual(visit: Visiting) -> None:
    page = visit().try_model("iris").page
    page.get_by_label("petal_length", exact=True).fill("99")

    expect(page.locator(".pg-beyond")).to_contain_text("this is beyond")
    wait_for(page, "virginica")


def test_what_is_no_number_is_refused_in_the_words_of_python(visit: Visiting) -> None:
    visitor = visit().try_model("iris")
    field = visitor.page.get_by_label("petal_length", exact=True)
    field.fill("1,5")

    wait_for(visitor.page, "field petal_length: '1,5' is not a number")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("1.5")
    wait_for(visitor.page, "setosa")
    assert field.get_attribute("aria-invalid") == "false"
    assert visitor.said == []


def test_a_category_may_be_another_or_missing(visit: Visiting) -> None:
    page = visit().try_model("tickets").page
    page.get_by_label("tier", exact=True).select_option(label="another value…")
    page.get_by_label("Another value of tier").fill("platinum")
    expect(page.locator(".pg-beyond")).to_contain_text("training did not know it")
    expect(page.locator(".pg-moves").first).to_be_visible()
    page.get_by_label("tier", exact=True).select_option(label="missing")
    expect(page.get_by_label("Another value of tier")).to_be_hidden()
    page.get_by_role("button", name="This is wrong").click()
    expect(page.locator(".pg-public pre")).to_contain_text('"tier": null')


def test_examples_are_made_up_and_lead_where_they_say(visit: Visiting) -> None:
    page = visit().try_model("spam").page
    for label in ("ham", "spam"):
        page.get_by_role("button", name=f"Towards {label}").click()
        expect(page.locator(".pg-verdict strong")).to_have_text(label)
    before = page.get_by_label("text", exact=True).input_value()
    page.get_by_role("button", name="Made up").click()
    assert page.get_by_label("text", exact=True).input_value() != before
    page.get_by_role("button", name="Nothing").click()
    assert page.get_by_label("text", exact=True).input_value() == ""
    wait_for(page, "ham 87.6")


def test_the_latest_snapshot_is_offered_where_there_is_one(visit: Visiting) -> None:
    page = visit().try_model("bikes").page
    page.get_by_label("Row of the latest snapshot").select_option(label="s02")

    assert page.get_by_label("free_bikes", exact=True).input_value() == "2"
    expect(page.locator(".pg-snapshot")).to_contain_text("21 Nov 2026, 10:00 UTC")
    page.get_by_label("Model", exact=True).select_option("iris")
    expect(page.locator(".pg-origin code")).to_contain_text("c18165df")
    expect(page.get_by_role("button", name="Latest snapshot")).to_have_count(0)
    assert page.url.endswith("?model=iris")


def test_hostile_strings_stay_text(visit: Visiting) -> None:
    visitor = visit().try_model("spam")
    page = visitor.page
    title = page.title()
    page.get_by_label("text", exact=True).fill(HOSTILE)
    expect(page.locator(".pg-moves").first).to_contain_text("textarea")
    option = page.get_by_label("Model", exact=True).locator("option").first.inner_text()

    assert HOSTILE_TITLE in option
    assert page.title() == title
    assert visitor.said == []


def test_a_text_too_long_to_be_explained_is_answered(visit: Visiting) -> None:
    page = visit().try_model("spam").page
    page.get_by_label("text", exact=True).fill("abcdefghijklmnop " * 1900)

    expect(page.locator(".pg-why-here")).to_contain_text("too long to be explained")
    expect(page.locator(".pg-verdict")).to_be_visible()


# By keyboard alone


def test_the_whole_way_goes_by_keyboard(visit: Visiting) -> None:
    visitor = visit().try_model("spam")
    page = visitor.page
    # Long before the key: the browser takes a while to leave its own dialog out.
    chosen: list[FileChooser] = []

    def offer(one: FileChooser) -> None:
        chosen.append(one)

    page.on("filechooser", offer)

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = "document.activeElement"
            words = page.evaluate(
                f"{focused}.labels?.[0]?.textContent ?? {focused}.getAttribute('aria-label')"
                f" ?? {focused}.textContent"
            )
            if words.strip() == name:
                outline = page.evaluate(f"getComputedStyle({focused}).outlineStyle")
                assert outline != "none", f"{name} does not show that it has the focus"
                return
        pytest.fail(f"{name} cannot be reached")

    tab_to("Model")
    page.keyboard.press("i")
    expect(page.get_by_label("petal_width", exact=True)).to_be_visible()
    expect(page.locator("#pg[data-state=complete]")).to_be_visible()
    tab_to("petal_width")
    page.keyboard.press("Control+a")
    page.keyboard.type("0.2")
    page.keyboard.press("Enter")
    wait_for(page, "setosa")
    tab_to("Towards virginica")
    page.keyboard.press("Space")
    wait_for(page, "virginica")
    tab_to("Drop a CSV here, or choose one")
    page.keyboard.press("Enter")
    while not chosen:
        page.wait_for_timeout(20)
    tab_to("This is wrong")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "pg-expected"
    tab_to("Open the issue form")
    tab_to("Close")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "This is wrong"


# Two versions, two runtimes


def test_staging_answers_beside_production(visit: Visiting) -> None:
    """Its threshold is twice as high, and the answer lies between the two."""
    visitor = visit().try_model("credit")
    page = visitor.page
    beside = page.get_by_role("region", name="Production beside staging")
    page.get_by_role("button", name="Typical").click()
    expect(beside).to_contain_text("Both say the same")
    page.get_by_label("pay_0", exact=True).fill("2")

    expect(beside).to_contain_text("They do not agree")
    assert beside.locator("tbody tr").nth(0).inner_text().split()[:3] == [
        "production",
        "v1.0.0",
        "default",
    ]
    assert beside.locator("tbody tr").nth(1).inner_text().split()[:3] == [
        "staging",
        "v1.1.0",
        "paid",
    ]
    expect(beside).to_contain_text("Staging differs by 0.0 percentage points")
    assert visitor.said == []


def test_staging_that_is_production_is_not_shown(visit: Visiting) -> None:
    page = visit().try_model("spam").page

    expect(page.get_by_role("region", name="Production beside staging")).to_have_count(0)


@pytest.mark.parametrize("name", ["spam", "bikes-count"])
def test_onnxruntime_is_loaded_on_request_and_agrees(visit: Visiting, name: str) -> None:
    visitor = visit().try_model(name)
    page = visitor.page
    assert not any(".wasm" in url for url in visitor.asked)
    page.get_by_role("button", name="Verify with onnxruntime").click()

    part = page.get_by_role("region", name="A second opinion")
    expect(part).to_contain_text("They agree")
    assert any(".wasm" in url for url in visitor.asked)
    page.get_by_role("button", name="Typical").click()
    expect(part).to_contain_text("They agree")
    assert visitor.hosts == {urlsplit(visitor.root).netloc}
    assert visitor.said == []


def test_onnxruntime_that_is_not_there_is_said_and_may_be_tried_again(visit: Visiting) -> None:
    visitor = visit()
    visitor.page.route("**/ort*.mjs", lambda route: route.fulfill(status=404))
    page = visitor.try_model("spam").page
    page.get_by_role("button", name="Verify with onnxruntime").click()

    expect(page.get_by_role("alert")).to_contain_text("onnxruntime-web cannot be loaded")
    expect(page.get_by_role("button", name="Verify with onnxruntime")).to_be_enabled()


# States


def test_a_wrong_digest_is_never_run(visit: Visiting) -> None:
    def damage(route: Route) -> None:
        content = bytearray(route.fetch().body())
        content[-1] ^= 1
        route.fulfill(body=bytes(content))

    visitor = visit()
    visitor.page.route("**/model.onnx", damage)
    page = visitor.open("playground/?model=spam").page

    expect(page.get_by_role("alert")).to_contain_text("The model was not run")
    expect(page.get_by_role("alert")).to_contain_text("not f144f8441d7d051d8c2d1fb44ccc2331")
    expect(page.locator(".pg-verdict")).to_have_count(0)


@pytest.mark.parametrize("file", ["model.onnx", "card.json"])
def test_a_file_that_cannot_be_had_may_be_tried_again(visit: Visiting, file: str) -> None:
    visitor = visit()
    visitor.page.route(f"**/{file}", lambda route: route.fulfill(status=503))
    page = visitor.open("playground/?model=spam").page

    expect(page.get_by_role("alert")).to_contain_text("The model did not load")
    expect(page.get_by_role("alert")).to_contain_text("the server says 503")
    page.unroute(f"**/{file}")
    page.get_by_role("button", name="Try again").click()
    wait_for(page, "ham 47.4")


def test_no_connection_is_said(visit: Visiting) -> None:
    visitor = visit()
    visitor.page.route("**/model.onnx", lambda route: route.abort())
    page = visitor.open("playground/?model=spam").page

    expect(page.get_by_role("alert")).to_contain_text("there is no connection")


def test_loading_is_shown(visit: Visiting) -> None:
    visitor = visit()
    visitor.page.route("**/model.onnx", lambda _route: None)
    page = visitor.open("playground/?model=spam").page

    expect(page.locator(".pg-loading").last).to_contain_text("Loading spam v1.0.0")


def test_no_model_in_production(visit: Visiting) -> None:
    def empty(route: Route) -> None:
        text = route.fetch().text()
        changed = re.sub(r"data-models='\[.*?\]'", "data-models='[]'", text)
        route.fulfill(body=changed, content_type="text/html")

    visitor = visit()
    visitor.page.route("**/playground/", empty)
    page = visitor.open("playground/").page

    expect(page.locator("#pg")).to_contain_text("No model is published yet")


def test_without_scripts_the_page_says_what_to_do(visit: Visiting) -> None:
    page = visit(java_script_enabled=False).open("playground/").page

    expect(page.locator("noscript strong")).to_be_visible()
    expect(page.locator("#pg-begin")).to_be_hidden()
    expect(page.locator("#pg-disk")).to_be_hidden()


def test_from_a_disk_the_page_names_the_server(visit: Visiting, site: Path) -> None:
    visitor = visit()
    visitor.page.goto((site / "playground" / "index.html").as_uri())

    expect(visitor.page.get_by_text("make serve-site")).to_be_visible()
    assert visitor.said == []


@pytest.mark.parametrize("name", ["credit", "tickets"])
def test_nothing_is_wider_than_the_window(visit: Visiting, name: str) -> None:
    page = visit().try_model(name).page
    for width in (320, 768, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })"


def violations(page: Page) -> list[str]:
    """What axe finds, with the first element of each kind."""
    found: Any = page.evaluate(AXE, RULES)
    return [f"{x['id']}: {x['nodes'][0]['html'][:200]}" for x in found["violations"]]


LOOKS = [(theme, width) for theme in ("light", "dark") for width in (390, 1366)]


def violations_in_all_looks(page: Page) -> list[str]:
    found: list[str] = []
    for theme, width in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 860})
        scheme = {"light": "default", "dark": "slate"}[theme]
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme)
        found += [f"{theme} {width}: {one}" for one in violations(page)]
    return found


def test_axe_finds_nothing_with_everything_open(visit: Visiting, axe: str) -> None:
    page = visit().try_model("spam").page
    page.evaluate(axe)
    score(page, b'text,more\n"win a prize",1\nhello,\nx\n')
    scored(page)
    page.get_by_role("button", name="Verify with onnxruntime").click()
    expect(page.get_by_role("region", name="A second opinion")).to_contain_text("They agree")
    page.get_by_role("button", name="This is wrong").click()
    for summary in page.locator("#pg summary").all():
        summary.click()

    assert violations_in_all_looks(page) == []


def test_axe_finds_nothing_beside_staging_with_a_refusal(visit: Visiting, axe: str) -> None:
    page = visit().try_model("credit").page
    page.evaluate(axe)
    expect(page.locator(".pg-table tbody tr")).to_have_count(2)
    page.get_by_label("age", exact=True).fill("x")
    expect(page.get_by_role("alert")).to_be_visible()

    assert violations_in_all_looks(page) == []


# Files of rows


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16")]
)
def test_a_file_is_read_as_it_was_saved(visit: Visiting, delimiter: str, encoding: str) -> None:
    text = '"Wörter, mit ; und\t Trennern\r\nund Zeilen, ""so"""'
    lines = [f"row_id{delimiter}text{delimiter}more", f"a{delimiter}{text}{delimiter}x"]
    page = visit().try_model("spam").page
    score(page, "\r\n".join([*lines, f"b{delimiter}hello{delimiter}"]).encode(encoding))

    assert "2 rows of rows.csv answered by v1.0.0 in" in scored(page)
    found = download(page, "Download the answers")
    model = load(REPOSITORY / "models" / "spam")
    texts = ['Wörter, mit ; und\t Trennern\r\nund Zeilen, "so"', "hello"]
    for line, row_id, expected in zip(found, "ab", texts, strict=True):
        prediction = model.predict({"text": expected})
        assert (line["row_id"], line["label"], line["version"]) == (
            row_id,
            prediction.label,
            "v1.0.0",
        )
        for name, share in (prediction.probabilities or {}).items():
            assert float(line[f"probability_{name}"]) == pytest.approx(share, abs=2e-6)


def test_twenty_thousand_lines_with_bad_ones(visit: Visiting) -> None:
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    lines = [",".join(names), *(f"{4 + i % 4},3,{1 + i % 6},0.{i % 10}" for i in range(20_000))]
    lines[7], lines[5_000], lines[9_000] = "1,2,3", "1,2,abc,4", "1,1e39,3,4"
    lines[12_000], lines[20_000] = '"1"2,3,4,5', '1,2,3,"4'
    visitor = visit().try_model("iris")
    page = visitor.page
    score(page, "\n".join(lines).encode())

    assert "19,995 rows of rows.csv answered by v1.0.0, 5 bad rows" in scored(page)
    bad = download(page, "Download the bad rows")
    assert [(int(x["line"]), x["field"], x["reason"]) for x in bad] == [
        (8, "", "3 fields, the header has 4"),
        (5_001, "petal_length", "`'abc'` is not a number"),
        (9_001, "sepal_width", "`1e+39` is not a finite 32-bit number"),
        (12_001, "", "',' expected after '\"'"),
        (20_001, "", "a quote is never closed; line 20001 is lost"),
    ]
    assert page.locator(".pg-scroll tbody tr").count() == 5
    answers = download(page, "Download the answers")
    assert len(answers) == 19_995
    assert answers[0]["row_id"] == "r000001"
    assert answers[-1]["row_id"] == "r019999"
    expect(page.get_by_label("Rows of each label").locator("li")).to_have_count(3)
    assert visitor.said == []


def test_scoring_can_be_cancelled(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.try_model("spam").page
    score(page, b"text\n" + b"you won a prize, call now\n" * 100_000)
    page.get_by_role("button", name="Cancel").click()

    status = page.locator("p.pg-note[role=status]")
    expect(status).to_contain_text("Cancelled after")
    assert page.evaluate("document.activeElement.id") == "pg-file"
    score(page, b"text\nhello\n", "again.csv")
    assert "1 row of again.csv" in scored(page)
    assert visitor.said == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"a,b\n1,2\n", "there is no column text"),
        (b"text,text\nx,y\n", "the column text is there twice"),
        (b'"text"x\nhello\n', "the first line cannot be read"),
    ],
)
def test_a_file_that_cannot_be_scored_says_why(visit: Visiting, content: bytes, words: str) -> None:
    page = visit().try_model("spam").page
    file = {"name": "rows.csv", "mimeType": "text/csv", "buffer": content}
    page.locator("#pg-file").set_input_files(files=[file])

    expect(page.get_by_role("alert")).to_contain_text(words)


def test_a_file_can_be_dropped_and_what_it_holds_stays_text(visit: Visiting) -> None:
    visitor = visit().try_model("tickets")
    page = visitor.page
    content = "title,description,source,tier,<b>\n" + "<i>x</i>,\0,a\0b,free,1\nx,y,email,free,2\n"
    drop = """(content) => {
      const given = new DataTransfer();
      given.items.add(new File([content], "<u>dropped</u>.csv", { type: "text/csv" }));
      const options = { dataTransfer: given, bubbles: true, cancelable: true };
      document.querySelector(".pg-drop").dispatchEvent(new DragEvent("drop", options));
    }"""
    page.evaluate(drop, content)

    assert "1 row of <u>dropped</u>.csv answered by v1.0.0, 1 bad row" in scored(page)
    expect(page.locator(".pg-scored")).to_contain_text("1 column not used: <b>")
    expect(page.locator(".pg-scroll tbody tr")).to_contain_text("is not a category")
    assert visitor.said == []


def test_no_row_leaves_the_browser(visit: Visiting) -> None:
    visitor = visit().try_model("spam")
    bodies: list[str | None] = []
    visitor.page.on("request", lambda request: bodies.append(request.post_data))
    before = len(visitor.asked)
    visitor.page.get_by_label("text", exact=True).fill("a secret prize")
    wait_for(visitor.page, "%")
    score(visitor.page, b"text\nanother secret\n")
    scored(visitor.page)

    assert [url for url in visitor.asked[before:] if "secret" in url] == []
    assert all(body is None for body in bodies)
    assert visitor.page.evaluate("document.cookie + JSON.stringify(sessionStorage)") == "{}"
    assert "secret" not in visitor.page.evaluate("JSON.stringify(localStorage)")


# Reports of wrong answers


def test_a_wrong_answer_becomes_a_filled_in_issue(visit: Visiting) -> None:
    page = visit().try_model("spam").page
    page.get_by_role("button", name="This is wrong").click()
    page.get_by_label("text", exact=True).fill("win & call? #1 é")
    expect(page.get_by_role("group", name="What becomes public")).to_contain_text("public")
    expect(page.locator(".pg-public")).to_contain_text("win & call? #1 é")
    page.get_by_label("What would have been right?").select_option("ham")
    link = page.get_by_role("link", name="Open the issue form")
    href, rel = link.get_attribute("href") or "", link.get_attribute("rel")
    asked = {key: value[0] for key, value in parse_qs(urlsplit(href).query).items()}

    assert href.startswith(f"{SOURCE}/issues/new?")
    assert rel == "noopener noreferrer"
    assert json.loads(asked["row"]) == {"text": "win & call? #1 é"}
    assert (asked["model"], asked["version"], asked["expected"]) == ("spam", "v1.0.0", "ham")
    form = REPOSITORY / ".github" / "ISSUE_TEMPLATE" / asked["template"]
    fields = YAML(typ="safe").load(form.read_text("utf-8"))["body"]
    assert {"model", "version", "row", "expected"} <= {x.get("id") for x in fields}


def test_a_row_too_long_for_an_address_is_left_to_the_visitor(visit: Visiting) -> None:
    page = visit().try_model("spam").page
    page.get_by_role("button", name="This is wrong").click()
    page.get_by_label("text", exact=True).fill("long " * 3000)
    expect(page.get_by_text("The row is too long for an address")).to_be_visible()
    href = page.get_by_role("link", name="Open the issue form").get_attribute("href") or ""

    assert len(href) < 8000
    assert "row" not in parse_qs(urlsplit(href).query)


# Somebody else's page


def test_another_page_uses_a_model_by_one_import(visit: Visiting) -> None:
    visitor = visit().open("embed/index.html?model=spam")
    page = visitor.page
    expect(page.locator("#answer")).to_contain_text('"label": "ham"')
    page.get_by_label("text").fill("You won a free prize, call 09061701461 now")
    expect(page.locator("#answer")).to_contain_text('"label": "spam"')
    snippet = page.locator("#snippet").inner_text()

    assert snippet.count("import") == 1
    assert f'load("{visitor.root}models/spam")' in snippet
    assert visitor.said == []


def test_the_snippet_runs_as_it_stands_on_a_page_of_another_origin(
    visit: Visiting, tmp_path: Path
) -> None:
    shown = visit().open("embed/index.html?model=spam").page
    expect(shown.locator("#snippet")).to_contain_text("import")
    snippet = shown.locator("#snippet").inner_text()
    head = '<!doctype html><title>x</title><link rel="icon" href="data:,">'
    (tmp_path / "page.html").write_text(head + snippet, "utf-8")
    stranger = visit().page
    with serving(tmp_path) as port, stranger.expect_console_message() as said:
        stranger.goto(f"http://localhost:{port}/page.html")

    assert "ham" in said.value.text


def test_another_page_says_that_there_is_no_model(visit: Visiting) -> None:
    visitor = visit()
    visitor.page.route("**/api/models.json", lambda route: route.fulfill(json={"models": []}))
    page = visitor.open("embed/index.html").page

    expect(page.locator("#answer")).to_have_text("No model is published yet.")
    assert visitor.said == []
