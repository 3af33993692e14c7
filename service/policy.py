"""Values that the model can answer, and an operator may not want it to."""

from collections.abc import Sequence
from dataclasses import dataclass

from modelpress.encode import Row
from modelpress.signature import Input
from service.problem import Problem


@dataclass(frozen=True)
class Policy:
    """Whether unknown categories, and numbers beyond the range of training, are refused."""

    unknown: bool = False
    beyond: bool = False

    @property
    def asks_nothing(self) -> bool:
        """Whether every value passes."""
        return not (self.unknown or self.beyond)

    def check(self, inputs: Sequence[Input], rows: Sequence[Row]) -> None:
        """
        Look at rows that fit the signature.

        Raises:
            Problem: 422, for the first value that is refused.
        """
        for number, row in enumerate(rows):
            for field in inputs:
                if (fault := self._fault(field, row[field.name])) is not None:
                    detail = f"row {number}: field `{field.name}`: {fault[0]}"
                    raise Problem(422, detail, hint=fault[1])

    def _fault(self, field: Input, value: object) -> tuple[str, str] | None:
        if self.unknown and field.kind == "categorical" and not _is_known(field, value):
            shown = ", ".join(field.categories[:20])
            return f"`{str(value)[:80]}` is an unknown category", f"known are {shown}"
        if self.beyond and field.range and isinstance(value, int | float):
            low, high = field.range
            if not low <= value <= high:
                return f"`{value}` is beyond the range of training", f"from {low:g} to {high:g}"
        return None


def _is_known(field: Input, value: object) -> bool:
    return value is None or str(value) in field.categories
