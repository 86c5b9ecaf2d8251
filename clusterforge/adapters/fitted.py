"""An object fitted, kept without a pickle, and proved before it is trusted again.

Every attribute that the fit has left and that is an array or a value is kept, private ones too: what
``predict`` reads is nobody's promise. Whether that is enough is tried at once, on an object built anew
from what was kept. Some rows and their answers are kept along, and tried again whenever the state is
taken up: the class may have changed since.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from clusterforge.adapters.values import learnt, take_up
from clusterforge.contracts import Context, State
from clusterforge.errors import InputError
from clusterforge.params import Params

TRIED, KEPT = 500, 32
RTOL, ATOL = 1e-3, 1e-5
SEED = "random_state"
Answer = Callable[[Any, Any], npt.NDArray[Any]]


class Adapter:
    """What the adapters of a fitted class share; stands before the contract among the bases.

    Attributes
    ----------
    target : type or object
        The class, or an unfitted object; set by a subclass.
    not_restorable : str or None
        Why the fitted state can't be used again, where it can't.
    """

    target: Any
    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)  # type: ignore[call-arg]
        self.not_restorable: str | None = None
        self._state = State()

    def _fresh(self, seed: int) -> Any:
        return fresh(self.target, self.params, seed)

    def _keep(self, fitted: Any, seed: int, rows: Any, answer: Answer, what: str) -> None:
        """Keep the state of a fitted object; a warning where it is not enough to go on."""
        self._state, refused = keep(fitted, lambda: self._fresh(seed), rows, answer)
        if refused:
            self.not_restorable = f"new rows can't be {what} later: {refused}"


def fresh(target: Any, params: Params, seed: int) -> Any:
    """Return a new, unfitted object.

    Parameters
    ----------
    target
        A class, called with the parameters that the recipe gives; or an object, which is copied.
    params
        The parameters.
    seed
        Given as ``random_state`` where there is one that nobody has set.
    """
    if not isinstance(target, type):
        return _copied(target, seed)
    parameters = inspect.signature(target).parameters
    arguments = params.model_dump(exclude_unset=True)
    for name, value in arguments.items():
        # TOML has lists only; where the default is a tuple, a tuple is meant.
        if (
            isinstance(value, list)
            and name in parameters
            and isinstance(parameters[name].default, tuple)
        ):
            arguments[name] = tuple(value)
    if SEED in parameters:
        arguments.setdefault(SEED, seed)
    return target(**arguments)


def _copied(target: Any, seed: int) -> Any:
    from sklearn.base import clone

    copied = clone(target, safe=False) if hasattr(target, "get_params") else copy.deepcopy(target)
    if hasattr(copied, "get_params"):
        names = copied.get_params()
        seeds = {n: seed for n in names if n.split("__")[-1] == SEED and names[n] is None}
        copied.set_params(**seeds)
    return copied


@contextmanager
def calling(target: Any, context: Context) -> Iterator[None]:
    """Run a class's code: reproducibly, and with scikit-learn's complaints as ours.

    Raises
    ------
    InputError
        Where a class of scikit-learn refuses what it was given; ``key`` names a parameter.
    """
    try:
        # With more than two threads, sums depend on which one comes first.
        with threadpool_limits(min(context.threads, 2)):
            yield
    except ValueError as error:
        if not _class_of(target).__module__.startswith("sklearn."):
            raise
        text = " ".join(str(error).split())[:300].rstrip(".")
        named = re.match(r"The '(\w+)' parameter", text)
        raise InputError(text, key=named[1] if named else None) from error


def keep(
    fitted: Any, make: Callable[[], Any], rows: Any, answer: Answer
) -> tuple[State, str | None]:
    """Return the state of a fitted object, and why it can't be used again, or None.

    What is no value is left out, and named: a tree that only the fit needs is no loss.

    Parameters
    ----------
    fitted
        The object.
    make
        Returns an unfitted one.
    rows
        Training rows to try it on: a matrix (n, d), or a list of texts.
    answer
        What an object makes of rows: an array (n,) or (n, d).
    """
    what, left = learnt(fitted, _given(fitted))
    if isinstance(rows, np.ndarray):
        rng = np.random.default_rng(0)
        some = rows[rng.permutation(len(rows))[:TRIED]]
        # Rows it has not seen, between those it has.
        tried: Any = np.vstack([some, (some + some[rng.permutation(len(some))]) / 2])
    else:
        tried = list(rows[:TRIED])
    reason = None
    try:
        again = make()
        take_up(again, what)
        expected, got = answer(fitted, tried), answer(again, tried)
        if not np.array_equal(expected, got):
            reason = "restored, it gives other answers"
    except Exception as error:
        reason = " ".join(f"restored, it fails: {type(error).__name__}: {error}".split())[:300]
    if reason is not None:
        reason += f" (can't be stored without a pickle: {', '.join(left)})" if left else ""
        return State(meta={"refused": reason}), reason
    state = what.within("fitted") | State(meta={"left_out": left})
    if isinstance(rows, np.ndarray):
        rest = {"rows": tried[:KEPT], "answers": expected[:KEPT]}
        state |= State({f"probe.{name}": np.ascontiguousarray(a) for name, a in rest.items()})
    return state, None


def restored(estimator: Any, state: State, answer: Answer) -> Any:
    """Return an unfitted object with the state taken up.

    Raises
    ------
    InputError
        Where the state was found not to be enough when the run was made, or no longer is.
    """
    what = type(estimator).__name__
    if "refused" in state.meta:
        raise InputError(
            f"what {what} has learnt could not be stored; {state.meta['refused']}",
            remedy="run the recipe again on all rows, or make it a plugin with a state of its own",
        )
    take_up(estimator, state.part("fitted"))
    probe = state.part("probe").arrays
    if probe:
        rows, expected = probe["rows"], probe["answers"]
        got = answer(estimator, rows)
        exact = got.dtype.kind != "f"
        if got.shape != expected.shape or not np.allclose(
            got, expected, 0 if exact else RTOL, 0 if exact else ATOL
        ):
            raise InputError(
                f"{what} does not answer as it did in the run",
                remedy="its code or its library has changed; run the recipe again",
            )
    return estimator


def _class_of(target: Any) -> type[Any]:
    return target if isinstance(target, type) else type(target)


def _given(fitted: Any) -> list[str]:
    if hasattr(fitted, "get_params"):
        return list(fitted.get_params(deep=False))
    return []
