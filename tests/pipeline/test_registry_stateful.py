"""The registry through many operations, some of which die in the middle of a write."""

import contextlib
import hashlib
import json
import os
import shutil
import stat
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from house import House, binary_rows, block
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pipeline import promote, retire, rollback, verify
from pipeline.artifacts import Paths
from pipeline.decision import read_decision, write_decision
from pipeline.errors import RegistryError
from pipeline.gate import run as judge
from pipeline.registration import Registration, register
from pipeline.registry import (
    CARD,
    MODEL,
    production,
    read_champion,
    read_version,
    staging,
    versions,
    withdrawal,
    withdrawn,
)


def changed(**changes: Any) -> dict[str, Any]:
    gate = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
    return block(gate=gate) | changes


CANDIDATES = {
    "first": (changed(), binary_rows(200)),
    "parameters": (
        changed(estimator={"name": "logistic_regression", "parameters": {"C": 0.5}}),
        binary_rows(200),
    ),
    "data": (changed(), binary_rows(220)),
    "interface": (changed(features={"size": {"kind": "numeric"}}), binary_rows(200)),
}

# What a registration or a rollback that was cut off may leave, and says so.
LEFT_BEHIND = ("bytes without a card", "was withdrawn")

# After how many changes to the disk a process may die: as many as each operation makes, and more.
MOST = 40
IN_REGISTER, IN_PROMOTE, IN_ROLLBACK, IN_RETIRE = (
    st.none() | st.integers(0, most) for most in (MOST, 6, 16, 30)
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each candidate's repository, as far as the registry reads it."""
    folders = {}
    for name, (model, rows) in CANDIDATES.items():
        house = House.make(tmp_path_factory.mktemp("made") / name).add("m", model, rows)
        folders[name] = house.stages("m", until="evaluate").root
    return folders


class Death(BaseException):
    """The process is gone: nothing of ours catches this, and nothing follows it."""


class Process:
    """
    A process that dies at one of its changes to the disk, or never.

    Args:
        cut: How many changes it lives to make; None for all of them.
    """

    def __init__(self, cut: int | None) -> None:
        self.left = cut

    def step(self) -> None:
        """Make a change, or die; whoever is dead makes none."""
        if self.left == 0:
            raise Death
        if self.left is not None:
            self.left -= 1

    def change(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Let a call of the system count as a change."""

        def counted(*arguments: Any, **keywords: Any) -> Any:
            self.step()
            return real(*arguments, **keywords)

        return counted

    def flush(self, descriptor: int) -> None:
        """Flush a file; who dies of it leaves half of the bytes. There is no disk to wait for."""
        try:
            self.step()
        except Death:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode):
                os.ftruncate(descriptor, found.st_size // 2)
            raise

    @contextmanager
    def running(self) -> Iterator[None]:
        """Stand between the house and the system."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("replace", "unlink", "mkdir"):
                patch.setattr(os, name, self.change(getattr(os, name)))
            patch.setattr(os, "fsync", self.flush)
            yield


def died(operation: Callable[[], object], cut: int | None) -> bool:
    with Process(cut).running():
        try:
            operation()
        except Death:
            return True
    return False


class Registry(RuleBasedStateMachine):
    """
    One model's registry.

    Args:
        made: The candidates' repositories.
        root: A folder of its own.
    """

    def __init__(self, made: dict[str, Path], root: Path) -> None:
        super().__init__()
        self.made, self.paths = made, Paths(root, "m")
        self.seen: dict[Path, bytes] = {}
        self.numbers: list[str] = []
        self.half_withdrawn: set[str] = set()
        self.went_live = False
        shutil.copytree(made["first"] / "models", root / "models")
        self.lay("first")

    def lay(self, name: str) -> None:
        """Let a candidate be the last run's."""
        for folder in ("artifacts", "data"):
            shutil.copytree(self.made[name] / folder, self.paths.root / folder, dirs_exist_ok=True)
        shutil.copy(self.made[name] / "params.yaml", self.paths.root)

    def register_laid(self) -> Registration:
        """Judge the candidate, overrule the gate but for what was withdrawn, and register."""
        judge(self.paths.root, "m")
        decision = read_decision(self.paths)
        recalled = any(found.id == "withdrawn" for found in decision.rules)
        if decision.verdict != "unchanged" and not recalled:
            fields = {**vars(decision), "verdict": "accepted"}
            write_decision(self.paths, type(decision)(**fields))
        done = register(self.paths.root, "m")
        assert recalled or done.version == production(self.paths)
        return done

    def carry_out(self, operation: Callable[[], object], cut: int | None, *, again: bool) -> None:
        """Run an operation; if it dies, run it again, or leave it at that."""
        before = self.faults()
        if died(operation, cut):
            self.everything_holds()
            if not again:
                return
            operation()
        assert self.faults() <= before

    def faults(self) -> set[str]:
        """What `verify` says."""
        return {message for message, _ in verify.check(self.paths)}

    @initialize(names=st.permutations(sorted(CANDIDATES)), count=st.integers(0, 3))
    def begins(self, names: list[str], count: int) -> None:
        """Some versions are there before anything goes wrong."""
        for name in names[:count]:
            self.registers(name, None, again=False)

    @rule(name=st.sampled_from(sorted(CANDIDATES)), cut=IN_REGISTER, again=st.booleans())
    def registers(self, name: str, cut: int | None, *, again: bool) -> None:
        """A candidate is judged and registered."""
        self.lay(name)
        self.carry_out(self.register_laid, cut, again=again)

    @rule(cut=IN_REGISTER)
    def registers_what_was_judged_before(self, cut: int | None) -> None:
        """The verb alone acts on a decision of any age."""
        if not self.paths.gate.exists():
            return
        with contextlib.suppress(RegistryError):
            died(lambda: register(self.paths.root, "m"), cut)

    @rule(pick=st.integers(0, 9), cut=IN_PROMOTE, again=st.booleans())
    def promotes(self, pick: int, cut: int | None, *, again: bool) -> None:
        """A version goes into production, unless it was withdrawn."""
        if not (there := versions(self.paths)):
            return
        version = there[pick % len(there)]
        if version in withdrawn(self.paths):
            with pytest.raises(RegistryError, match="was withdrawn by"):
                promote.run(self.paths, version)
            return
        self.carry_out(lambda: promote.run(self.paths, version), cut, again=again)
        assert not again or production(self.paths) == version

    @rule(pick=st.none() | st.integers(0, 9), cut=IN_ROLLBACK, again=st.booleans())
    def rolls_back(self, pick: int | None, cut: int | None, *, again: bool) -> None:
        """The version in production is withdrawn, if there is another to go back to."""
        there, live = versions(self.paths), production(self.paths)
        to = there[pick % len(there)] if there and pick is not None else None
        if self.refuses_to_roll_back(live, to):
            return

        reason = f"reason {len(withdrawn(self.paths))}"
        self.half_withdrawn.add(live)
        self.carry_out(lambda: rollback.run(self.paths, to, reason), cut, again=again)
        if production(self.paths) != live:
            self.half_withdrawn.discard(live)
            assert withdrawal(self.paths, live)
            assert staging(self.paths) != live

    @rule(cut=IN_RETIRE, again=st.booleans())
    def retires(self, cut: int | None, *, again: bool) -> None:
        """The model goes out of params.yaml; what it was stays."""

        def go_on() -> None:
            if "m:" in (self.paths.root / "params.yaml").read_text():
                retire.command(self.paths.root, Namespace(model="m", format="text"))

        self.went_live = False
        self.carry_out(go_on, cut, again=again)
        self.went_live = bool(production(self.paths))
        if again or cut is None:
            assert production(self.paths) == ""
            assert not self.paths.artifacts.exists()
            # Whoever wants it back lays its block and its table again.
            self.lay("first")

    def refuses_to_roll_back(self, live: str, to: str | None) -> bool:
        """Find out without the operation's own words whether there is anything to go back to."""
        recalled = withdrawn(self.paths)
        possible = bool(live) and (to is None or (to != live and to not in recalled))
        if possible and (to or self.has_sound_parent(live)):
            return False
        with pytest.raises(RegistryError):
            rollback.run(self.paths, to, "a reason")
        return True

    def has_sound_parent(self, version: str) -> bool:
        """Walk up the cards by other means than the house does."""
        seen = {version}
        while version := self.card(version)["parent"]:
            if version in seen:
                return False
            if not (self.paths.registry / version / "withdrawn.json").exists():
                return True
            seen.add(version)
        return False

    def card(self, version: str) -> dict[str, Any]:
        """Read a card as any program would."""
        found: dict[str, Any] = json.loads((self.paths.registry / version / CARD).read_text())
        return found

    def everything_holds(self) -> None:
        """Check every invariant, in the middle of an operation, too."""
        self.bytes_are_those_of_their_card()
        self.nothing_that_was_there_changes()
        self.numbers_only_go_up()
        self.pointers_name_sound_versions()
        self.verify_finds_only_what_is_left_behind()

    @invariant()
    def bytes_are_those_of_their_card(self) -> None:
        """A card vouches for its version."""
        for version in versions(self.paths):
            content = (self.paths.registry / version / MODEL).read_bytes()
            assert hashlib.sha256(content).hexdigest() == self.card(version)["sha256"]

    @invariant()
    def nothing_that_was_there_changes(self) -> None:
        """Bytes, cards and notes are for good."""
        for place, content in self.seen.items():
            assert place.read_bytes() == content
        for version in versions(self.paths):
            found = (self.paths.registry / version).glob("[!.]*")
            self.seen |= {place: place.read_bytes() for place in found}

    @invariant()
    def numbers_only_go_up(self) -> None:
        """A new version is above all earlier ones, so none is a number that was used."""
        there = versions(self.paths)
        assert there[: len(self.numbers)] == self.numbers
        self.numbers = there

    @invariant()
    def pointers_name_sound_versions(self) -> None:
        """Production never falls empty, and nothing withdrawn comes back."""
        live = read_champion(self.paths)
        assert live or not self.went_live
        self.went_live = live is not None
        if newest := staging(self.paths):
            read_version(self.paths, newest)
        for version in (production(self.paths), newest):
            assert version not in withdrawn(self.paths) or version in self.half_withdrawn

    @invariant()
    def verify_finds_only_what_is_left_behind(self) -> None:
        """And says so of nothing else."""
        for fault in self.faults():
            assert any(kind in fault for kind in LEFT_BEHIND), fault


def test_the_registry_stays_sound_whatever_is_done_to_it_and_wherever_it_dies(
    made: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    run_state_machine_as_test(
        lambda: Registry(made, tmp_path_factory.mktemp("registry")),
        settings=settings(
            max_examples=30,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_a_longest_operation_dies_at_every_change_that_it_makes(
    made: dict[str, Path], tmp_path: Path
) -> None:
    """What the machine above draws from is all there is: no death is out of its reach."""
    deaths = 0
    for cut in range(MOST + 1):
        registry = Registry(made, tmp_path / str(cut))
        deaths += died(registry.register_laid, cut)
        registry.everything_holds()
        registry.register_laid()
        assert registry.faults() == set()
        assert production(registry.paths) == "v1.0.0"

    assert MOST / 2 < deaths < MOST + 1


def test_a_decision_from_before_a_rollback_does_not_bring_the_withdrawn_version_back(
    made: dict[str, Path], tmp_path: Path
) -> None:
    registry = Registry(made, tmp_path / "registry")
    registry.begins(["first", "parameters"], 2)
    rollback.run(registry.paths, None, "blocks too much")
    before = {place: place.read_bytes() for place in tmp_path.rglob("m/[!d]*") if place.is_file()}
    with pytest.raises(RegistryError, match=r"before v1\.1\.0 was withdrawn: blocks too much"):
        register(registry.paths.root, "m")

    assert {place: place.read_bytes() for place in before} == before
    assert registry.faults() == set()
