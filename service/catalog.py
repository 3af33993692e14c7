"""Which versions are loaded, and which of them a request means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.problem import Problem
from service.served import Served

_REFERENCE = re.compile(r"([a-z][a-z0-9-]{0,39})(?:@(production|staging|v\d+\.\d+\.\d+))?")


@dataclass(frozen=True)
class Line:
    """
    One model: what its pointers name, and what is loaded of it.

    Attributes:
        versions: Every version that can be loaded, newest last.
        served: What is loaded, by version.
        fault: Why the last look for something newer failed; empty if it did not.
    """

    name: str
    production: str = ""
    staging: str = ""
    versions: tuple[str, ...] = ()
    served: Mapping[str, Served] = field(default_factory=dict)
    fault: str = ""

    def at(self, stage: str) -> Served | None:
        """Give what a stage or a version means, if it is loaded."""
        named = {"production": self.production, "staging": self.staging}.get(stage, stage)
        return self.served.get(named)


@dataclass(frozen=True)
class Catalog:
    """All models, as they stand at one moment: a new look makes a new one."""

    lines: Mapping[str, Line] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether every model that has something in production answers from it."""
        named = [line for line in self.lines.values() if line.production]
        return bool(named) and all(line.at("production") for line in named)

    def line(self, name: str) -> Line:
        """
        Find a model.

        Raises:
            Problem: 404, there is none.
        """
        found = self.lines.get(name)
        if found is None:
            known = ", ".join(sorted(self.lines)) or "none"
            raise Problem(404, f"there is no model `{name[:80]}`", hint=f"there are {known}")
        return found

    def split(self, reference: str) -> tuple[Line, str]:
        """
        Split `m`, `m@production`, `m@staging` or `m@v1.2.0` into the model and what is meant of it.

        Raises:
            Problem: 404, there is no such model.
        """
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            detail = f"`{reference[:80]}` names no model"
            raise Problem(404, detail, hint="model, model@staging or model@v1.2.0")
        return self.line(match[1]), match[2] or "production"
