"""The last step of a site's build: labels, a policy, links."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.report.finish import finish
from pipeline.report.finish.policy import digests, policy

HEAD = '<!doctype html><html lang="en"><head><title>x</title></head>'


def lay(public: Path, **pages: str) -> Path:
    for name, body in pages.items():
        place = public / ("index.html" if name == "home" else f"{name}/index.html")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{HEAD}<body>{body}</body></html>", "utf-8")
    return public


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("a/", ""),
        ("./a/#there", ""),
        ("a/index.html?model=x#there", ""),
        ("a/#n%6fwhere", "there is no such place on the page"),
        ("a/#nowhere", "there is no such place on the page"),
        ("b/", "nothing is there"),
        ("a/file.csv", "nothing is there"),
        ("/a/", "it leaves the site"),
        ("../elsewhere/", "it leaves the site"),
        ("https://example.org/b/", ""),
        ("mailto:a@example.org", ""),
        ("#__search", ""),
    ],
)
def test_a_link_is_followed(tmp_path: Path, link: str, fault: str) -> None:
    public = lay(tmp_path, home=f'<a href="{link}">x</a>', a='<h2 id="there">x</h2>')

    assert finish(public) == ([f"index.html: {link}: {fault}"] if fault else [])


def test_pictures_and_scripts_are_links_too(tmp_path: Path) -> None:
    public = lay(tmp_path, home='<img src="no.svg"><script src="no.js"></script>')

    assert len(finish(public)) == 2


def test_doing_it_twice_changes_nothing(tmp_path: Path) -> None:
    public = lay(tmp_path, home='<div class="md-search" role="dialog"></div><script>1</script>')
    finish(public)
    once = (public / "index.html").read_bytes()
    finish(public)

    assert (public / "index.html").read_bytes() == once
    assert once.count(b'aria-label="Search"') == once.count(b"Content-Security-Policy") == 1


def test_the_policy_names_each_script_that_stands_in_the_page() -> None:
    page = (
        "<script>one</script><script src=a.js></script><script>two</script>"
        '<script type="application/json">{}</script><script type=module>three</script>'
    )

    assert len(digests(page)) == 3
    assert "unsafe-eval'" not in policy(page).replace("'wasm-unsafe-eval'", "")


def test_the_program_says_what_is_broken(tmp_path: Path) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pipeline.report.finish", str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run().returncode == 2
    lay(tmp_path, home='<a href="no/">x</a>')
    done = run()
    assert (done.returncode, done.stderr) == (1, "index.html: no/: nothing is there\n")
    lay(tmp_path, home="fine")
    assert run().returncode == 0


def test_the_search_index_keeps_titles_and_beginnings(tmp_path: Path) -> None:
    public = lay(tmp_path, home="x")
    place = public / "search" / "search_index.json"
    place.parent.mkdir()
    docs = [
        {"location": "guide/", "title": "Guide", "text": f"<p>a &lt;b <code>c</code> {'d ' * 200}"},
        {"location": "models/m/", "title": "M", "text": ""},
        {"location": "models/m/#gate", "title": "Gate", "text": "x"},
    ]
    place.write_text(json.dumps({"config": {}, "docs": docs}), "utf-8")
    finish(public)
    found = json.loads(place.read_bytes())["docs"]

    assert [one["location"] for one in found] == ["guide/", "models/m/"]
    assert found[0]["text"].startswith("a &lt;b c d d")
    assert len(found[0]["text"]) <= 204
    once = place.read_bytes()
    finish(public)
    assert place.read_bytes() == once
