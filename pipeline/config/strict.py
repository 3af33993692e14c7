"""The manners of every block of `params.yaml`."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

# Whatever stands in the file, before it is checked.
Yaml = Any


class Strict(BaseModel):
    """A block that is frozen, refuses keys it does not know and converts nothing silently."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        # Whatever is held against NaN fails, or passes, unseen.
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


Share = Annotated[float, Field(gt=0, lt=1)]
"""A share of a whole: above 0, below 1."""

# YAML knows lists only; frozen values want tuples.
Words = Annotated[tuple[str, ...], Field(strict=False)]
Numbers = Annotated[tuple[float, ...], Field(strict=False)]
