"""
What a year of hourly polls does to a Git repository.

    python -P benchmarks/snapshots.py [--days N] [--stations N]

Every hour a made-up network is polled through the real verb, on recorded payloads and a frozen
clock, and Git commits what has changed: a line of JSON, the newest rows, and once a day the Parquet
file of the day before and the table. After some days the repository is packed, again at the end;
the second half of the days is what a day costs, and 365 of those are the year.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline.cli import main as modelpress

ROOT = Path(__file__).parent.parent
START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR, GOAL_MB, MEGABYTE = 365, 100, 1_000_000


def main() -> int:
    """Print what the days take, and the year."""
    parser = argparse.ArgumentParser(description="A year of hourly polls in Git.")
    parser.add_argument("--days", type=int, default=16)
    parser.add_argument("--stations", type=int, default=121)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        lay_out(place)
        os.chdir(place)
        network = Network(options.stations)
        half = options.days // 2
        sizes = []
        for days in (range(half), range(half, options.days)):
            for hour in range(24 * days.start, 24 * days.stop):
                poll(place, network, hour)
            sizes.append(packed(place))
        table = (place / "data/bikes/table.csv").stat().st_size
    a_day = (sizes[1] - sizes[0]) / (options.days - half)
    year = (sizes[0] + a_day * (YEAR - half)) / MEGABYTE
    first, last = (size / MEGABYTE for size in sizes)
    print(
        f"{options.stations} stations, {24 * options.days} hourly commits: {last:.2f} MB packed "
        f"(after {half} days {first:.2f}); the table has {table / MEGABYTE:.1f} MB"
    )
    verdict = "ok" if year <= GOAL_MB else "MISSED"
    said = f"{a_day / 1000:.0f} kB a day: {year:.0f} MB a year, extrapolated"
    print(f"{said}; goal <= {GOAL_MB} {verdict}")
    return 0


def lay_out(place: Path) -> None:
    """Make a repository with one block: the shipped one, under its own name."""
    yaml = YAML(typ="safe")
    block: dict[str, Any] = yaml.load((ROOT / "params.yaml").read_text("utf-8"))["models"]["bikes"]
    with (place / "params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump({"models": {"bikes": block}}, file)
    (place / ".gitignore").write_text(".*.tmp\n/replay/\n", encoding="utf-8")
    git(place, "init", "--quiet")


class Network:
    """Stations whose bikes come and go, and a sky; ids are as long as CityBikes' own."""

    def __init__(self, stations: int) -> None:
        self._dice = random.Random(stations)  # noqa: S311 - seeded, and no cryptography
        self._slots = [self._dice.randrange(12, 41) for _ in range(stations)]
        self._free = [slots // 2 for slots in self._slots]
        self._ids = [f"{self._dice.getrandbits(128):032x}" for _ in range(stations)]

    def payloads(self, hour: int) -> dict[str, Any]:
        """Give what both services say an hour later."""
        at = START + timedelta(hours=hour, seconds=self._dice.randrange(60))
        dice = self._dice
        self._free = [
            min(slots, max(0, free + round(dice.gauss(0, 2.5))))
            for free, slots in zip(self._free, self._slots, strict=True)
        ]
        hours = [
            (at.replace(minute=0) - timedelta(hours=i)).strftime("%Y-%m-%dT%H:%M") for i in (1, 0)
        ]
        hourly = {
            "time": hours,
            "temperature_2m": [round(dice.gauss(10, 4), 1) for _ in hours],
            "precipitation": [max(0.0, round(dice.gauss(-1, 1), 1)) for _ in hours],
            "wind_speed_10m": [round(abs(dice.gauss(4, 2)), 2) for _ in hours],
        }
        units = {"temperature_2m": "°C", "precipitation": "mm", "wind_speed_10m": "m/s"}
        return {
            "stations": {
                "network": {"stations": [self._station(i, at) for i in range(len(self._ids))]}
            },
            "weather": {"utc_offset_seconds": 0, "hourly": hourly, "hourly_units": units},
        }

    def _station(self, index: int, at: datetime) -> dict[str, Any]:
        updated = int(at.timestamp()) - self._dice.randrange(20, 900)
        free, slots = self._free[index], self._slots[index]
        return {
            "id": self._ids[index],
            "name": f"Station {index}",
            "latitude": round(53.3 + index / 1000, 5),
            "longitude": round(-6.3 + index / 700, 5),
            "timestamp": f"{at.isoformat()}Z",
            "free_bikes": free,
            "empty_slots": slots - free,
            "extra": {"slots": slots, "renting": True, "last_updated": updated},
        }


def poll(place: Path, network: Network, hour: int) -> None:
    """Poll by the verb, an hour later, and commit."""
    replay = place / "replay"
    replay.mkdir(exist_ok=True)
    for name, payload in network.payloads(hour).items():
        (replay / f"{name}.json").write_text(json.dumps(payload), encoding="utf-8")
    os.environ["SOURCE_DATE_EPOCH"] = str(
        int((START + timedelta(hours=hour, minutes=2)).timestamp())
    )
    if modelpress(["ingest", "bikes", "--replay", str(replay)]):
        raise SystemExit("the poll failed")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", f"Poll {hour}")


def packed(place: Path) -> int:
    """Pack the repository as `git gc` does, and give the bytes of its packs."""
    git(place, "gc", "--quiet", "--prune=now")
    return sum(file.stat().st_size for file in (place / ".git/objects/pack").iterdir())


def git(place: Path, *words: str) -> None:
    """Call Git as nobody in particular."""
    who = {
        f"GIT_{role}_{what}": "bench"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    subprocess.run(["git", *words], cwd=place, check=True, env={**os.environ, **who})


if __name__ == "__main__":
    sys.exit(main())
