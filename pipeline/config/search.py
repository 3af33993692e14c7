"""Rules about tuning: what may be tried, and that every try is an estimator."""

from collections.abc import Iterator

from pydantic import ValidationError

from pipeline.config.breach import Breach
from pipeline.config.estimators import EstimatorBlock
from pipeline.config.judge import Search, Tune


def search_names_parameters(estimator: EstimatorBlock, tune: Tune) -> Iterator[Breach]:
    """Tuning can try what the estimator has, from where it stands."""
    own = estimator.parameters.model_dump()
    for name, search in tune.search.items():
        key = f"tune.search.{name}"
        if name not in own:
            known = ", ".join(own)
            yield Breach(key, f"`{estimator.name}` has no parameter `{name}`", f"it has {known}")
        elif bool(search.choices) == (search.low is not None and search.high is not None):
            yield Breach(key, "give either low and high, or choices")
        else:
            for message, hint in _search_faults(search, own[name]):
                yield Breach(key, message, hint)
            yield from _untriable(estimator, name, search)
    if tune.trials and not tune.search:
        yield Breach("tune.search", f"{tune.trials} trials, and nothing to try")


def _search_faults(search: Search, own: object) -> Iterator[tuple[str, str]]:
    """Judge a span or choices beside the estimator's own value, which is the first trial."""
    stands = f"the estimator's own value is `{own}`"
    if search.choices:
        # Typed, as 1 and True are equal to Python and not to an estimator.
        if not any(type(own) is type(choice) and own == choice for choice in search.choices):
            yield stands, "the first trial is the block's own: name it among the choices"
        return
    low, high = search.low or 0.0, search.high or 0.0
    if not 0 <= low < high:
        yield f"low is {low:g}, high {high:g}", "low must be below high, and not negative"
    elif search.log and low == 0:
        yield "a logarithmic span cannot begin at 0", "begin above it, or leave log out"
    elif isinstance(own, bool) or not isinstance(own, int | float):
        yield f"{stands}, which is in no span", "write choices"
    elif not low <= own <= high:
        yield f"{stands}, outside of the span", "the first trial is the block's own: widen the span"
    elif isinstance(own, int) and not (low.is_integer() and high.is_integer()):
        yield f"`{own}` counts, and the span ends between two counts", "end it at whole numbers"


def _untriable(estimator: EstimatorBlock, name: str, search: Search) -> Iterator[Breach]:
    """Try every end of a search as if it stood in the estimator's block."""
    own = estimator.parameters.model_dump()
    whole = isinstance(own[name], int)
    ends = [x for x in (search.low, search.high) if x is not None]
    for value in search.choices or [int(x) if whole and x.is_integer() else x for x in ends]:
        try:
            type(estimator.parameters).model_validate(own | {name: value})
        except ValidationError as error:
            told = error.errors(include_url=False)[0]["msg"]
            yield Breach(f"tune.search.{name}", f"`{value}`: {told[0].lower()}{told[1:]}")
