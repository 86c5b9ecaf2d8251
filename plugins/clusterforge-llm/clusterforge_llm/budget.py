"""Calls, tokens and money: added up before the first call, and never exceeded."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from clusterforge_llm.plugin import LlmParams

TEMPLATE = 100  # tokens that an endpoint may put around the messages of a request
MILLION = 1e6


@dataclass(frozen=True)
class Amount:
    """What requests take: at most, or in fact."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
        )

    def __sub__(self, other: Amount) -> Amount:
        return self + Amount(-other.calls, -other.tokens_in, -other.tokens_out)

    @property
    def tokens(self) -> int:
        """Tokens of prompts and replies."""
        return self.tokens_in + self.tokens_out

    def cost(self, params: LlmParams) -> float | None:
        """Return the price; None where there are no prices."""
        if params.input_price is None or params.output_price is None:
            return None
        return (
            self.tokens_in * params.input_price + self.tokens_out * params.output_price
        ) / MILLION

    @classmethod
    def most(cls, request: bytes, params: LlmParams) -> Amount:
        """Return what a request can take at most: a token is a byte or more."""
        return cls(1, len(request) + TEMPLATE, params.reply_tokens)


@dataclass(frozen=True)
class Excess:
    """A limit that is too low: the key, what is needed at most, and what the limit is."""

    key: str
    needed: str
    limit: str

    def __str__(self) -> str:
        return f"{self.needed} may be needed and {self.key} is {self.limit}"


class Budget:
    """What is left of the limits of a run.

    The first request about each cluster is set aside; what else is left is for retries and corrections.
    A request is booked at what it can take at most before it is sent, and at what it took afterwards.

    Parameters
    ----------
    params
        The limits and prices.
    planned
        What the first requests about all clusters take at most.
    """

    def __init__(self, params: LlmParams, planned: Amount) -> None:
        self.params, self.planned, self.booked = params, planned, Amount()
        self._lock = Lock()

    def excess(self, amount: Amount | None = None) -> Excess | None:
        """Return the first limit that an amount exceeds, by default what is planned."""
        amount, params = self.planned if amount is None else amount, self.params
        if amount.calls > params.max_calls:
            return Excess("max_calls", _calls(amount.calls), f"{params.max_calls:,}")
        if params.max_tokens is not None and amount.tokens > params.max_tokens:
            return Excess("max_tokens", f"{amount.tokens:,} tokens", f"{params.max_tokens:,}")
        cost = amount.cost(params)
        if params.max_cost is not None and cost is not None and cost > params.max_cost:
            return Excess("max_cost", f"{cost:.4g}", f"{params.max_cost:g}")
        return None

    def book(self, most: Amount, first: bool) -> Excess | None:
        """Book a request before it is sent; return the limit that forbids it."""
        with self._lock:
            if first:
                self.planned = _floor(self.planned - most)
            excess = self.excess(self.booked + self.planned + most)
            if excess is None:
                self.booked += most
            return excess

    def settle(self, most: Amount, took: Amount) -> None:
        """Replace what a request could take by what it took."""
        with self._lock:
            self.booked += took - most

    def release(self, most: Amount) -> None:
        """Give back what was set aside for a cluster that is not asked about."""
        with self._lock:
            self.planned = _floor(self.planned - most)


def _floor(amount: Amount) -> Amount:
    return Amount(max(amount.calls, 0), max(amount.tokens_in, 0), max(amount.tokens_out, 0))


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count:,} calls"
