"""Steps over a batch in which every place fails for itself: a fault takes the place of the value and passes through the steps that follow."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from enishi.errors import Fault
from enishi.mesh.faults import FaultForm as MeshForm
from enishi.mesh.faults import fault_of
from enishi.protocol.wire import FaultForm, Result

T = TypeVar("T")
R = TypeVar("R")


def attempt(do: Callable[[T], R], value: T) -> R | Fault:
    """The result, or the fault as a value."""
    try:
        return do(value)
    except Fault as fault:
        return fault


def each(do: Callable[[T], R], values: Sequence[T | Fault]) -> list[R | Fault]:
    """Apply a step to every place that has not failed yet."""
    return [value if isinstance(value, Fault) else attempt(do, value) for value in values]


def as_result(value: T | Fault) -> Result[T]:
    """The form in which one place travels back."""
    return Result(fault=FaultForm.of(value)) if isinstance(value, Fault) else Result(value=value)


def fault_from(form: FaultForm) -> Fault:
    """The fault that travelled in place of a result, as its own class."""
    return fault_of(MeshForm(form.status, form.code, form.detail, form.field))


def together(do: Callable[[Sequence[T]], Sequence[R | Fault]], values: Sequence[T | Fault], name: Callable[[T], Hashable]) -> list[R | Fault]:
    """Apply a step at once to all places that share a name and have not failed yet; it says one for one what came of them."""
    done: dict[int, R | Fault] = {place: value for place, value in enumerate(values) if isinstance(value, Fault)}
    good = [(place, value) for place, value in enumerate(values) if not isinstance(value, Fault)]
    for group in grouped(good, lambda one: name(one[1])):
        said = do([good[i][1] for i in group])
        done.update(zip((good[i][0] for i in group), said, strict=True))
    return [done[place] for place in range(len(values))]


def grouped(values: Sequence[T], name: Callable[[T], Hashable]) -> list[list[int]]:
    """The places of values that share a name, in order of appearance."""
    groups: dict[Hashable, list[int]] = {}
    for place, value in enumerate(values):
        groups.setdefault(name(value), []).append(place)
    return list(groups.values())
