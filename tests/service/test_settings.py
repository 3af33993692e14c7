"""What an operator can set, by arguments, by environment, and in the guide."""

from dataclasses import fields

import pytest
from house import REPOSITORY

from service.settings import Settings, read_settings

GUIDE = REPOSITORY / "site" / "content" / "guide" / "service.md"


def test_without_anything_the_defaults_hold() -> None:
    assert read_settings([], {}) == Settings()


def test_the_environment_is_read_and_an_argument_stands_above_it() -> None:
    told = {"HOST": "0.0.0.0", "PORT": "81", "MODELPRESS_ORIGINS": "https://a, https://b"}  # noqa: S104 - read, not bound
    assert read_settings([], told) == Settings(
        host="0.0.0.0",  # noqa: S104 - see above
        port=81,
        origins=("https://a", "https://b"),
    )
    assert read_settings(["--port", "82"], told).port == 82
    assert read_settings(["--from", "https://x/api/models.json"], {}).source.startswith("https")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"PORT": "http"}, "PORT: `http` is not usable"),
        ({"MODELPRESS_FAST": "maybe"}, "MODELPRESS_FAST: `maybe` is not usable"),
        ({"MODELPRESS_UNKNOWN": "guess"}, "`guess` is none of pass, refuse"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    told: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_settings([], told)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("option", fields(Settings), ids=lambda x: x.name)
def test_every_setting_is_in_the_guide(option: object) -> None:
    name, metadata = option.name, option.metadata  # type: ignore[attr-defined]
    flag = metadata.get("flag", f"--{name.replace('_', '-')}")
    variable = metadata.get("env", f"MODELPRESS_{name.upper()}")
    rows = [x for x in GUIDE.read_text("utf-8").splitlines() if x.startswith(f"| `{flag}` |")]
    assert len(rows) == 1
    assert f"`{variable}`" in rows[0]
    assert metadata["help"] in rows[0]


def test_the_help_says_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(["--help"], {})
    told = capsys.readouterr().out
    for option in fields(Settings):
        assert option.metadata.get("flag", f"--{option.name.replace('_', '-')}") in told
