"""`/dashboard` in a real browser, drawn from a service that really answers."""

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
from browsing import EVERY, Visit, chromium, visiting
from house import REPOSITORY
from playwright.sync_api import Browser, Error, expect
from serving import PATIENCE, ROWS, Running, checkout, serving

pytestmark = pytest.mark.chromium

IRIS, SPAM = ROWS["iris"], ROWS["spam"]
NO_VALUE = "\N{EN DASH}"
MINUS = "-\N{MINUS SIGN}"
Open = Callable[..., contextlib.AbstractContextManager[Visit]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def dashboard(browser: Browser) -> Open:
    """Open the dashboard of a service."""

    def opened(running: Running, **options: Any) -> contextlib.AbstractContextManager[Visit]:
        return visiting(browser, running, "/dashboard", **options)

    return opened


def _starting(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")


def _inside(text: str) -> str:
    """Write a text as it stands within the quotes of JSON."""
    return json.dumps(text)[1:-1]


def choose(visit: Visit, model: str) -> None:
    visit.page.get_by_label("Model", exact=True).select_option(model)


def type_in(visit: Visit, row: dict[str, Any]) -> None:
    for name, value in row.items():
        visit.page.get_by_label(name, exact=True).fill(str(value))


def predict(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Predict").click()


def test_it_loads_without_a_complaint_and_asks_nobody_else(fast: Running, dashboard: Open) -> None:
    with dashboard(fast) as visit:
        expect(visit.page.locator("#models tbody tr")).to_have_count(6)
        expect(visit.page.locator("#health")).to_contain_text("Ready")
        expect(visit.page.locator("#health")).to_contain_text("6 of 6 models in production")
        visit.look_again()
        expect(visit.page.locator("#rate .line")).to_have_count(1)
        assert visit.said == []
        assert visit.hosts == {f"127.0.0.1:{fast.port}"}


def test_the_policy_of_the_page_lets_nothing_else_in(fast: Running, dashboard: Open) -> None:
    policy = fast.get("/dashboard").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    with dashboard(fast) as visit, pytest.raises(Error, match="TrustedHTML"):
        visit.page.evaluate("document.body.innerHTML = '<b>x</b>'")


@pytest.mark.parametrize("name", ["..%2Fdocs.html", "%2e%2e", "main.py", "nothing.js", "x" * 9000])
def test_only_its_own_files_are_given(fast: Running, name: str) -> None:
    assert fast.get(f"/dashboard/{name}").status in (400, 404, 414)


def test_the_rate_moves_with_the_predictions(fast: Running, dashboard: Open) -> None:
    line, rate = "#rate path.line", "#figures dd >> nth=0"
    with dashboard(fast) as visit:
        expect(visit.page.locator("#models tbody tr")).to_have_count(6)
        visit.look_again()
        expect(visit.page.locator(line)).to_have_attribute("d", _starting("M"))
        before = visit.page.locator(line).get_attribute("d")
        label = fast.predict("iris", [IRIS] * 100).json["predictions"][0]["label"]
        visit.look_again()
        expect(visit.page.locator(rate)).not_to_have_text("0 a second")
        assert visit.page.locator(line).get_attribute("d") != before
        visit.page.locator("#rate summary").click()
        told = visit.page.locator("#rate tbody td").all_inner_texts()
        assert float(told[0].replace(",", "")) > 0
        balance = visit.page.get_by_role("list", name="Classes of iris")
        expect(balance.get_by_text(label)).to_be_visible()
        expect(visit.page.locator("#flow")).to_contain_text("rows through the model")
        assert visit.said == []


def test_the_chart_is_read_with_the_keyboard(fast: Running, dashboard: Open) -> None:
    with dashboard(fast) as visit:
        expect(visit.page.locator("#models tbody tr")).to_have_count(6)
        visit.look_again()
        expect(visit.page.locator("#rate .dot")).to_have_count(1)
        visit.page.locator("#rate .plot").press("ArrowLeft")
        expect(visit.page.locator("#rate .tip")).to_contain_text("predictions a second")
        visit.page.locator("#rate .plot").blur()
        expect(visit.page.locator("#rate .tip")).to_be_hidden()


@pytest.mark.parametrize("way", ["button", "keyboard", "hidden"])
def test_a_pause_asks_nothing(fast: Running, dashboard: Open, way: str) -> None:
    with dashboard(fast) as visit:
        expect(visit.page.locator("#live")).to_have_text("Live")
        pause(visit, way)
        # What was under way ends; from then on there is silence, for a minute of the page.
        visit.page.wait_for_load_state("networkidle")
        visit.asked.clear()
        for _ in range(12):
            visit.page.clock.fast_forward(EVERY)
        assert visit.asked == []
        with visit.page.expect_response(lambda reply: reply.url.endswith("/metrics")):
            resume(visit, way)
        expect(visit.page.locator("#live")).to_have_text("Live")


def pause(visit: Visit, way: str) -> None:
    if way == "hidden":
        visible(visit, "hidden")
        return
    if way == "button":
        visit.page.get_by_role("button", name="Pause").click()
    else:
        visit.page.keyboard.press("Alt+p")
    expect(visit.page.locator("#live")).to_have_text("Paused")


def resume(visit: Visit, way: str) -> None:
    if way == "hidden":
        visible(visit, "visible")
    elif way == "button":
        visit.page.get_by_role("button", name="Resume").press("Enter")
    else:
        visit.page.keyboard.press("Alt+p")


def visible(visit: Visit, state: str) -> None:
    """Say what a browser says when its tab goes to the back; without a window it never does."""
    visit.page.evaluate(
        """state => {
          Object.defineProperty(document, "hidden", { get: () => state === "hidden", configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",  # noqa: E501 - JavaScript
        state,
    )


@pytest.mark.parametrize(("model", "row"), [("iris", IRIS), ("spam", SPAM)])
def test_the_form_predicts(fast: Running, dashboard: Open, model: str, row: dict[str, Any]) -> None:
    told = fast.predict(model, row).json
    with dashboard(fast) as visit:
        choose(visit, model)
        type_in(visit, row)
        predict(visit)
        verdict = visit.page.locator(".told .verdict")
        expect(verdict).to_contain_text(told["label"])
        expect(verdict).to_contain_text(f"{100 * told['probabilities'][told['label']]:.1f}")
        bars = visit.page.get_by_role("list", name="Probabilities").locator("li")
        expect(bars).to_have_count(len(told["probabilities"]))
        expect(visit.page.locator(".told")).to_contain_text(f"{model} v1.0.0")
        assert visit.said == []


def test_every_model_answers_its_typical_values(fast: Running, dashboard: Open) -> None:
    with dashboard(fast) as visit:
        names = visit.page.locator("#model option").all_inner_texts
        expect(visit.page.locator("#model option")).to_have_count(6)
        for name in names():
            choose(visit, name)
            visit.page.get_by_role("button", name="Fill in typical values").click()
            predict(visit)
            expect(visit.page.locator(".told")).to_contain_text(f"{name} v1.0.0")
        assert visit.said == []


def test_the_form_is_sent_by_the_keyboard_and_kept_for_each_model(
    fast: Running, dashboard: Open
) -> None:
    with dashboard(fast) as visit:
        choose(visit, "iris")
        type_in(visit, IRIS)
        visit.page.get_by_label("petal_width", exact=True).press("Enter")
        expect(visit.page.locator(".told .verdict")).to_be_visible()
        choose(visit, "credit")
        expect(visit.page.get_by_label("limit_bal", exact=True)).to_be_empty()
        choose(visit, "iris")
        expect(visit.page.get_by_label("petal_width", exact=True)).to_have_value("1.3")
        visit.look_again()
        expect(visit.page.get_by_label("petal_width", exact=True)).to_have_value("1.3")


def test_the_fields_say_what_is_known(fast: Running, dashboard: Open) -> None:
    with dashboard(fast) as visit:
        choose(visit, "iris")
        field = visit.page.get_by_label("sepal_length", exact=True)
        expect(field).to_have_attribute("placeholder", "5.7")
        expect(field).to_have_accessible_description("4.4 to 7.7 in training")
        field.fill("99")
        expect(field).to_have_accessible_description("4.4 to 7.7 in training: this is beyond")
        choose(visit, "bikes")
        assert visit.page.locator("datalist").first.locator("option").count() == 10
        choose(visit, "spam")
        assert visit.page.locator("#ask textarea").count() == 1


@pytest.mark.parametrize("value", ["five", "1e99", "5,7", "0x10", "<b>5</b>"])
def test_an_invalid_value_is_refused_in_the_services_words(
    fast: Running, dashboard: Open, value: str
) -> None:
    number = 1e99 if value == "1e99" else value
    refusal = fast.predict("iris", {**IRIS, "sepal_width": number}).json
    with dashboard(fast) as visit:
        choose(visit, "iris")
        type_in(visit, {**IRIS, "sepal_width": value})
        predict(visit)
        expect(visit.page.locator(".told")).to_contain_text(refusal["detail"])
        expect(visit.page.locator(".told")).to_contain_text(refusal.get("hint", ""))
        field = visit.page.get_by_label("sepal_width", exact=True)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
        assert visit.page.locator(".told b").count() == 0


HOSTILE = '<img src=x onerror="document.title=`owned`">"}\\ {le="</script>' + "W" * 200


def hostile(root: Path) -> None:
    """Give a model of the checkout a label and a category that are no friends of the page."""
    folder = root / "models" / "bikes" / "v1.0.0"
    card = json.loads((folder / "card.json").read_text("utf-8"))
    model = onnx.load(folder / "model.onnx")
    signature = json.loads(model.metadata_props[0].value)
    for told in (card, signature):
        told["classes"] = [HOSTILE, *told["classes"][1:]]
        place = next(x for x in told["inputs"] if x["name"] == "status")
        place["categories"] = [*place["categories"], HOSTILE]
    model.metadata_props[0].value = json.dumps(signature)
    for one in model.graph.initializer:
        if b"scarce" in one.string_data:
            one.string_data[list(one.string_data).index(b"scarce")] = HOSTILE.encode()
    content = model.SerializeToString()
    card["sha256"] = hashlib.sha256(content).hexdigest()
    card["size_bytes"] = len(content)
    card["golden"] = json.loads(json.dumps(card["golden"]).replace("scarce", _inside(HOSTILE)))
    (folder / "model.onnx").write_bytes(content)
    (folder / "card.json").write_text(json.dumps(card), "utf-8")


def test_a_hostile_label_is_only_ever_text(dashboard: Open, tmp_path: Path) -> None:
    root = checkout(tmp_path, "bikes")
    hostile(root)
    row = json.loads((root / "models/bikes/v1.0.0/card.json").read_text("utf-8"))["golden"][0][
        "row"
    ]
    with serving(root) as running:
        assert HOSTILE in running.predict("bikes", row).json["probabilities"]
        with dashboard(running, viewport={"width": 360, "height": 760}) as visit:
            expect(visit.page.get_by_role("list", name="Classes of bikes")).to_contain_text(HOSTILE)
            type_in(visit, row | {"status": HOSTILE})
            predict(visit)
            bars = visit.page.get_by_role("list", name="Probabilities")
            expect(bars).to_contain_text(HOSTILE)
            visit.look_again()
            assert visit.page.locator("img, script:not([src])").count() == 0
            assert "owned" not in visit.page.title()
            assert visit.overflow() <= 0
            assert visit.said == []
            assert visit.hosts == {f"127.0.0.1:{running.port}"}


def test_a_service_that_is_gone_is_said_to_be_and_comes_back(
    dashboard: Open, tmp_path: Path
) -> None:
    with serving(checkout(tmp_path, "iris")) as running, dashboard(running) as visit:
        running.predict("iris", [IRIS] * 50)
        expect(visit.page.locator("#models tbody tr")).to_have_count(1)
        visit.look_again()
        running.process.kill()
        running.process.wait(PATIENCE)
        visit.page.clock.fast_forward(EVERY)
        notice = visit.page.locator("#notices")
        expect(notice).to_contain_text("The service has not answered since")
        expect(notice).to_contain_text(f"since {visit.text('#seen')}")
        expect(visit.page.locator("#live")).to_have_text("No answer")
        assert "50 rows since the start" in visit.text("#figures")
        type_in(visit, IRIS)
        predict(visit)
        expect(visit.page.locator(".told")).to_contain_text("The service does not answer")
        with again(running):
            running.predict("iris", [IRIS] * 3)
            visit.page.clock.fast_forward(EVERY)
            expect(visit.page.locator("#live")).to_have_text("Live")
            expect(visit.page.locator("#figures")).to_contain_text("3 rows since the start")
            expect(notice).to_be_empty()
            visit.page.locator("#rate summary").click()
            told = visit.page.locator("#rate tbody td").all_inner_texts()
            assert NO_VALUE in told
            assert not any(value[0] in MINUS for value in told)


@contextlib.contextmanager
def again(running: Running) -> Iterator[None]:
    """Start a service anew, at the same port."""
    with running.errors.open("a") as stream:
        process = subprocess.Popen(running.process.args, stderr=stream, cwd=running.root)
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                running.get("/health")
                break
            time.sleep(0.05)
        yield
    finally:
        running.client.close()
        process.terminate()
        process.wait(PATIENCE)


def test_a_key_opens_the_models_and_is_kept_nowhere(root: Path, dashboard: Open) -> None:
    with serving(root, "--key", "s3cret") as running, dashboard(running) as visit:
        key = visit.page.get_by_label("This service wants a key to show its models.")
        expect(key).to_be_visible()
        expect(visit.page.locator("#models tbody tr")).to_have_count(6)
        expect(visit.page.locator("#ask form")).to_be_hidden()
        key.fill("another")
        key.press("Enter")
        expect(visit.page.locator("#key-hint")).to_have_text("The service does not take this key.")
        key.fill("s3cret")
        visit.page.get_by_role("button", name="Use it").click()
        expect(key).to_be_hidden()
        choose(visit, "iris")
        type_in(visit, IRIS)
        predict(visit)
        expect(visit.page.locator(".told .verdict")).to_be_visible()
        kept = "JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])"
        assert "s3cret" not in visit.page.evaluate(kept)
        assert not any("s3cret" in url for url in visit.asked)
        assert "s3cret" not in (visit.page.locator("pre").text_content() or "")
        visit.page.reload()
        expect(key).to_be_visible()
        expect(key).to_be_empty()


def test_faults_staging_and_drift_are_told_in_words(dashboard: Open, tmp_path: Path) -> None:
    root = checkout(tmp_path, "iris", "spam")
    folder = root / "models" / "iris"
    shutil.copytree(folder / "v1.0.0", folder / "v1.1.0")
    card = json.loads((folder / "v1.1.0" / "card.json").read_text("utf-8"))
    (folder / "v1.1.0" / "card.json").write_text(json.dumps(card | {"version": "v1.1.0"}), "utf-8")
    (folder / "staging").write_text("v1.1.0\n", "utf-8")
    alert = {
        "state": "alert",
        "since": "2026-11-01",
        "reason": "<b>too far</b>",
        "action": "retrain",
    }
    day = {"date": "2026-11-02", "alert": {"drift:petal_width": alert}}
    (root / "monitoring" / "iris").mkdir(parents=True)
    (root / "monitoring" / "iris" / "2026-11-02.json").write_text(json.dumps(day), "utf-8")
    with serving(root) as running, dashboard(running) as visit:
        iris = visit.page.locator("#models tr", has_text="iris")
        expect(iris).to_contain_text("v1.1.0")
        expect(iris).to_contain_text("Alert")
        expect(visit.page.locator("#drift")).to_contain_text("<b>too far</b>")
        expect(visit.page.locator("#model option")).to_have_count(3)
        choose(visit, "iris@staging")
        type_in(visit, IRIS)
        predict(visit)
        expect(visit.page.locator(".told")).to_contain_text("iris v1.1.0")
        assert visit.said == []
        (root / "models" / "spam" / "production").write_text("v9.9.9\n", "utf-8")
        running.wait_for("the fault", "/health", lambda x: "fault" in x["models"]["spam"])
        visit.look_again()
        expect(visit.page.locator("#notices")).to_contain_text("v9.9.9")
        expect(visit.page.locator("#notices")).to_contain_text("v1.0.0 still answers")


def test_a_service_without_models_says_so(dashboard: Open, tmp_path: Path) -> None:
    root = checkout(tmp_path, "iris")
    with serving(root) as running:
        shutil.rmtree(root / "models" / "iris")
        running.wait_for("its end", "/models", lambda x: not x["models"])
        with dashboard(running) as visit:
            expect(visit.page.locator("#health")).to_contain_text("Not ready")
            expect(visit.page.locator("#health")).to_contain_text("There is no model")
            expect(visit.page.locator("#models")).to_have_text("No model is loaded.")
            expect(visit.page.locator("#ask")).to_contain_text("There is no model to ask.")
            shutil.copytree(REPOSITORY / "models" / "iris", root / "models" / "iris")
            running.wait_for("its return", "/models", lambda x: bool(x["models"]))
            visit.look_again()
            expect(visit.page.locator("#model option")).to_have_count(1)


def test_nothing_asked_yet_is_said(dashboard: Open, tmp_path: Path) -> None:
    with serving(checkout(tmp_path, "iris")) as running, dashboard(running) as visit:
        expect(visit.page.locator("#balance")).to_have_text("Nothing asked yet.")
        expect(visit.page.locator("#figures")).to_contain_text("nothing asked yet")
        expect(visit.page.locator("#rate .quiet")).to_contain_text("five seconds")
        visit.look_again()
        expect(visit.page.locator("#rate .quiet")).to_have_text("Nothing asked in the last minutes")


def test_tools_are_linked_where_they_have_a_web_address(dashboard: Open, tmp_path: Path) -> None:
    grafana = 'https://grafana.example/d/x?a="><script>alert(1)</script>'
    tools = ("--grafana", grafana, "--prometheus", "javascript:alert(1)")
    with serving(checkout(tmp_path, "iris"), *tools) as running, dashboard(running) as visit:
        links = visit.page.locator("#tools a")
        expect(links).to_have_count(1)
        expect(links).to_have_attribute("href", grafana)
        assert visit.page.locator("script:not([src])").count() == 0
        assert "javascript:" not in running.get("/dashboard").body.decode()
        assert visit.said == []


# The colour behind a text is that of the nearest element that has one.
_CONTRASTS = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = colour => parts(colour).slice(0, 3).map(x => linear(x / 255))
    .reduce((sum, x, at) => sum + x * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, texts.currentNode.data]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 820, 1366])
def test_it_fits_every_window_and_is_read_in_every_light(
    fast: Running, dashboard: Open, scheme: str, width: int
) -> None:
    fast.predict("iris", IRIS)
    fast.predict("iris", {})
    size = {"width": width, "height": 800}
    with dashboard(fast, viewport=size, color_scheme=scheme) as visit:
        choose(visit, "credit")
        type_in(visit, {"age": "x"})
        predict(visit)
        expect(visit.page.locator(".told .notice")).to_be_visible()
        visit.look_again()
        assert visit.overflow() <= 0
        contrasts = visit.page.evaluate(_CONTRASTS)
        assert len(contrasts) > 100
        assert [text for ratio, text in contrasts if ratio < 4.5] == []


def test_everything_that_can_be_used_has_a_name(fast: Running, dashboard: Open) -> None:
    with dashboard(fast) as visit:
        choose(visit, "tickets")
        nameless = visit.page.evaluate(
            """() => [...document.querySelectorAll("a, button, input, select, textarea, [tabindex='0']")]
              .filter(one => !(one.labels?.length || one.ariaLabel || one.textContent.trim()))
              .map(one => one.outerHTML)"""  # noqa: E501 - JavaScript
        )
        assert nameless == []
        assert visit.page.locator("h1").count() == 1


def test_who_wants_no_motion_gets_none(fast: Running, dashboard: Open) -> None:
    with dashboard(fast, reduced_motion="reduce") as still, dashboard(fast) as moving:
        for visit in (still, moving):
            expect(visit.page.locator("#models tbody tr")).to_have_count(6)
        fast.predict("iris", [IRIS] * 9)
        for visit in (still, moving):
            visit.look_again()
            expect(visit.page.locator(".flow")).to_have_class("flow busy")
        assert still.page.evaluate("document.getAnimations().length") == 0
        assert moving.page.evaluate("document.getAnimations().length") > 0
