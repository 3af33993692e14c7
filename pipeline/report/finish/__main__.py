"""Finish a built site: `python -m pipeline.report.finish build/public`."""

import sys
from pathlib import Path

from pipeline.report.finish import finish


def main(arguments: list[str]) -> int:
    """Finish the site in a folder; 1 if a link of it leads nowhere, 2 if there is no site."""
    public = Path(*arguments[:1]) if arguments else Path("build") / "public"
    if not (public / "index.html").exists():
        sys.stderr.write(f"{public}: there is no site here; `make site` builds one\n")
        return 2
    broken = finish(public)
    sys.stderr.writelines(f"{line}\n" for line in broken)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
