"""What an operator can set: environment variables, and the same as arguments."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _option(default: Any, text: str, **more: Any) -> Any:  # noqa: ANN401 - dataclasses.field is so
    return field(default=default, metadata={"help": text, **more})


@dataclass(frozen=True)
class Settings:
    """
    How the service runs.

    Each field is an option `--name-in-kebab-case` and an environment variable, which is
    `MODELPRESS_NAME` unless its metadata says otherwise. Lists are separated by commas.
    """

    host: str = _option("127.0.0.1", "address to listen on", env="HOST")
    port: int = _option(8000, "port to listen on; 0 is a free one", env="PORT")
    workers: int = _option(1, "processes that answer")
    root: str = _option(".", "the checkout: models/, data/, monitoring/")
    source: str = _option(
        "",
        "a published site's api/models.json instead of the checkout",
        flag="--from",
        env="MODELPRESS_FROM",
    )
    allow_hosts: tuple[str, ...] = _option(
        (), "hosts that models may come from, beside that of --from"
    )
    model: str = _option("", "the model that the short forms ask; default: the only one")
    origins: tuple[str, ...] = _option(
        (), "pages that may ask from a browser, e.g. https://me.github.io"
    )
    key: str = _option("", "bearer key that every question needs")
    rate: int = _option(0, "questions a minute for each key or address; 0: no limit")
    reload_token: str = _option("", "bearer token of POST /reload; without one it is off")
    poll: float = _option(5.0, "seconds between two looks for new versions; 0: never")
    max_body: int = _option(8 * 1024 * 1024, "bytes that a body may have")
    max_rows: int = _option(10_000, "rows that a body may have")
    deadline: float = _option(10.0, "seconds that a request may take")
    drain: float = _option(10.0, "seconds that running requests get at SIGTERM")
    unknown: str = _option(
        "pass", "categories that training did not know", choices=("pass", "refuse")
    )
    beyond: str = _option(
        "pass", "numbers beyond the range of training", choices=("pass", "refuse")
    )
    shadow: tuple[str, ...] = _option((), "versions that answer, too, and only count: m@staging")
    canary: tuple[str, ...] = _option(
        (), "versions that answer a share of the callers: m@staging=0.1"
    )
    public_key: str = _option("", "only versions signed by this key, in PEM")
    log_predictions: str = _option("", "an SQLite file that keeps every prediction")
    log_rows: int = _option(100_000, "rows that the file keeps")
    redact: tuple[str, ...] = _option((), "fields that the file does not keep: m.field")
    access_log: bool = _option(
        default=True, text="a line of JSON for each request", env="MODELPRESS_ACCESS_LOG"
    )
    fast: bool = _option(default=True, text="the way around the framework for single models")
    debug: bool = _option(default=False, text="faults on demand, to prove the alerts")
    grafana: str = _option("", "URL of Grafana, for a link on the dashboard")
    prometheus: str = _option("", "URL of Prometheus, for a link on the dashboard")

    @property
    def folder(self) -> Path:
        """The checkout."""
        return Path(self.root)


def read_settings(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
) -> Settings:
    """Read the arguments, and where there are none the environment; exits with 2 on a wrong one."""
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    for option in fields(Settings):
        _add(parser, option.name, option.type, dict(option.metadata), option.default)
    chosen = vars(parser.parse_args(arguments))
    told = {
        option.name: environment[name]
        for option in fields(Settings)
        if (name := _variable(option.name, option.metadata)) in environment
        and chosen[option.name] is None
    }
    for name, text in told.items():
        action = next(a for a in parser._actions if a.dest == name)  # noqa: SLF001 - one parser, two sources
        chosen[name] = _parsed(parser, action, _variable_of(name), text)
    return Settings(**{name: value for name, value in chosen.items() if value is not None})


def _variable_of(name: str) -> str:
    return next(_variable(x.name, x.metadata) for x in fields(Settings) if x.name == name)


def _variable(name: str, metadata: Mapping[str, Any]) -> str:
    return str(metadata.get("env", f"MODELPRESS_{name.upper()}"))


def _parsed(parser: argparse.ArgumentParser, action: argparse.Action, name: str, text: str) -> Any:  # noqa: ANN401 - of any option
    try:
        value = action.type(text) if callable(action.type) else text
    except ValueError:
        parser.error(f"environment variable {name}: `{text}` is not usable: {action.help}")
    if action.choices and value not in action.choices:
        parser.error(
            f"environment variable {name}: `{text}` is none of {', '.join(action.choices)}"
        )
    return value


def _add(
    parser: argparse.ArgumentParser, name: str, kind: object, metadata: dict[str, Any], default: Any  # noqa: ANN401 - of any option
) -> None:  # fmt: skip
    flag = metadata.get("flag", f"--{name.replace('_', '-')}")
    text = f"{metadata['help']} [{_variable(name, metadata)}; default: {_shown(default)}]"
    parser.add_argument(
        flag,
        dest=name,
        type=_READERS[kind],
        choices=metadata.get("choices"),
        help=text.replace("%", "%%"),
        metavar=None if "choices" in metadata else name.upper(),
    )


def _shown(default: object) -> str:
    return "none" if default in ("", ()) else str(default)


def _switch(text: str) -> bool:
    if text.lower() not in ("0", "1", "false", "true", "no", "yes"):
        raise ValueError(text)
    return text.lower() in ("1", "true", "yes")


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_READERS: dict[object, Any] = {
    str: str,
    int: int,
    float: float,
    bool: _switch,
    tuple[str, ...]: _list,
}
