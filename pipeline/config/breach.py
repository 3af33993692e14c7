"""What a rule of `params.yaml` says when it is broken."""

from typing import NamedTuple


class Breach(NamedTuple):
    """A broken rule: the key it shows at, what is wrong, what to do."""

    key: str
    message: str
    hint: str = ""
