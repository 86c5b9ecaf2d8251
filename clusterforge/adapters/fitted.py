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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from clusterforge.adapters.values import learnt, take_up
from clusterforge.contracts import Context, State
from clusterforge.errors import InputError
from clusterforge.numerics.threads import at_most
from clusterforge.params import Params

TRIED, KEPT = 500, 32
RTOL, ATOL = 1e-3, 1e-5
SEED = "random_state"


class Adapter:
    """What the adapters of a fitted class share; stands before the contract among the bases.

    Attributes
    ----------
    target : type or object
        The class, or an unfitted object; set by a subclass.
    done : str
        What is done with new rows, for a message; set by a subclass.
    not_restorable : str or None
        Why the fitted state can't be used again, where it can't.
    """

    target: Any
    done: str
    params: Params

    def __init__(self, params: Params) -> None:
        super().__init__(params)  # type: ignore[call-arg]
        self.not_restorable: str | None = None
        self._state = State()

    @staticmethod
    def answer(estimator: Any, rows: Any) -> npt.NDArray[Any]:
        """Return what an object makes of rows: an array (n,) or (n, d)."""
        raise NotImplementedError

    def state(self) -> State:
        """Return what the fit has left that is an array or a value."""
        return self._state

    def fresh(self, seed: int) -> Any:
        """Return a new, unfitted object.

        A class is called with the parameters that the recipe gives, an object is copied; the seed is its
        ``random_state`` where there is one that nobody has set.
        """
        if not isinstance(self.target, type):
            return _copied(self.target, seed)
        parameters = inspect.signature(self.target).parameters
        arguments = self.params.model_dump(exclude_unset=True)
        for name, value in arguments.items():
            # TOML has lists only; where the default is a tuple, a tuple is meant.
            tuples = name in parameters and isinstance(parameters[name].default, tuple)
            if tuples and isinstance(value, list):
                arguments[name] = tuple(value)
        if SEED in parameters:
            arguments.setdefault(SEED, seed)
        return self.target(**arguments)

    def keep(self, fitted: Any, seed: int, rows: Any) -> None:
        """Keep the state of a fitted object, and why it can't be used again where it can't.

        What is no value is left out, and named: a tree that only the fit needs is no loss.

        Parameters
        ----------
        fitted
            The object.
        seed
            Of an unfitted one.
        rows
            Training rows to try it on: a matrix (n, d), or a list of texts.
        """
        own = list(fitted.get_params(deep=False)) if hasattr(fitted, "get_params") else []
        what, left = learnt(fitted, own)
        if isinstance(rows, np.ndarray):
            rng = np.random.default_rng(0)
            some = rows[rng.permutation(len(rows))[:TRIED]]
            # Rows it has not seen, between those it has.
            tried: Any = np.vstack([some, (some + some[rng.permutation(len(some))]) / 2])
        else:
            tried = list(rows[:TRIED])
        reason = None
        try:
            again = self.fresh(seed)
            take_up(again, what)
            expected = self.answer(fitted, tried)
            if not np.array_equal(expected, self.answer(again, tried)):
                reason = "once restored, it gives other results"
        except Exception as error:
            reason = " ".join(f"once restored, it fails: {type(error).__name__}: {error}".split())[
                :300
            ]
        if reason is not None:
            reason += f" (can't be stored without a pickle: {', '.join(left)})" if left else ""
            self._state = State(meta={"refused": reason})
            self.not_restorable = f"new rows can't be {self.done} later: {reason}"
            return
        self._state = what.within("fitted") | State(meta={"left_out": left})
        if isinstance(rows, np.ndarray):
            rest = {"probe.rows": tried[:KEPT], "probe.answers": expected[:KEPT]}
            self._state |= State({name: np.ascontiguousarray(a) for name, a in rest.items()})

    def restore(self, state: State) -> None:
        """Take up a state, if that is enough for a fresh object to answer as the fitted one did.

        Raises
        ------
        InputError
            Where the state was found not to be enough when the run was made, or no longer is.
        """
        estimator = self.fresh(0)
        what = type(estimator).__name__
        if "refused" in state.meta:
            raise InputError(
                f"the fitted state of {what} could not be stored; {state.meta['refused']}",
                remedy="run the recipe again on all rows, or make it a plugin with its own state",
            )
        take_up(estimator, state.part("fitted"))
        probe = state.part("probe").arrays
        if probe:
            got, expected = self.answer(estimator, probe["rows"]), probe["answers"]
            near = (RTOL, ATOL) if got.dtype.kind == "f" else (0, 0)
            if got.shape != expected.shape or not np.allclose(got, expected, *near):
                raise InputError(
                    f"{what} does not answer as it did in the run",
                    remedy="its code or its library has changed; run the recipe again",
                )
        self._made, self._state = estimator, state


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
        with at_most(min(context.threads, 2)):
            yield
    except ValueError as error:
        whose = target if isinstance(target, type) else type(target)
        if not whose.__module__.startswith("sklearn."):
            raise
        text = " ".join(str(error).split())[:300].rstrip(".")
        named = re.match(r"The '(\w+)' parameter", text)
        raise InputError(text, key=named[1] if named else None) from error
