"""
The last step of a build, whichever generator made it.

Names for what the theme leaves unnamed, a content security policy, a light search index, and a
check of every link.

`python -m pipeline.report.finish build/public`
"""

from pathlib import Path

from pipeline.report.finish.labels import labelled
from pipeline.report.finish.links import broken_links
from pipeline.report.finish.policy import with_policy
from pipeline.report.finish.search import lighten


def finish(public: Path) -> list[str]:
    """
    Finish every page of a built site, and list the links that lead nowhere.

    Doing it twice changes nothing.
    """
    for page in sorted(public.rglob("*.html")):
        text = page.read_text("utf-8")
        finished = with_policy(labelled(text))
        if finished != text:
            page.write_text(finished, "utf-8")
    lighten(public)
    return broken_links(public)
