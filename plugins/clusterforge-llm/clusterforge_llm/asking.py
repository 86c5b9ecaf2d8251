"""Asking about clusters, several at a time: tries, waits, corrections, and when to give up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Lock
from time import monotonic

from clusterforge.contracts import ClusterEvidence, Context
from clusterforge_llm.budget import Amount, Budget
from clusterforge_llm.endpoint import Endpoint, Failed, Hopeless, Transient
from clusterforge_llm.plugin import LlmParams
from clusterforge_llm.prompt import Prompt
from clusterforge_llm.replies import Replies
from clusterforge_llm.reply import Reply, WrongReply, name_of

BACKOFF = 0.5  # seconds before the second try; doubled for each further one
GIVE_UP = 5  # clusters in a row without a name, after which the endpoint is not asked again


@dataclass(frozen=True)
class Question:
    """A prompt as a request.

    Parameters
    ----------
    prompt
        What is asked.
    body
        The request, as JSON.
    key
        The sha256 of address and request.
    most
        What it takes at most.
    """

    prompt: Prompt
    body: bytes
    key: str
    most: Amount

    @classmethod
    def of(cls, prompt: Prompt, params: LlmParams) -> Question:
        """Return the request for a prompt."""
        text = json.dumps(prompt.request(params), ensure_ascii=False, sort_keys=True)
        body = text.encode("utf-8", errors="replace")
        key = hashlib.sha256(params.base_url.encode() + b"\n" + body).hexdigest()
        return cls(prompt, body, key, Amount.most(body, params))

    @property
    def cluster(self) -> ClusterEvidence:
        """The cluster that it is about."""
        return self.prompt.cluster

    def took(self, reply: Reply) -> Amount:
        """Return what a reply took; at most, where the endpoint does not count."""
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        return Amount(
            1,
            self.most.tokens_in if tokens_in is None else tokens_in,
            self.most.tokens_out if tokens_out is None else tokens_out,
        )


@dataclass(frozen=True)
class Answer:
    """What became of a question.

    Parameters
    ----------
    question
        The question.
    name
        The name; empty without.
    took
        Calls and tokens of the replies.
    problem
        Why there is no name.
    """

    question: Question
    name: str
    took: Amount
    problem: str = ""


class Asking:
    """Asks about the clusters of a clustering.

    Parameters
    ----------
    params
        How often, and how many at a time.
    endpoint
        Whom; None where all replies are at hand.
    budget
        What it may take.
    replies
        Replies that are at hand.
    context
        Told of the progress.
    """

    def __init__(
        self,
        params: LlmParams,
        endpoint: Endpoint | None,
        budget: Budget,
        replies: Replies,
        context: Context,
    ) -> None:
        self.params, self.endpoint, self.budget = params, endpoint, budget
        self.replies, self.context = replies, context
        self.sent: set[str] = set()
        """Rows that were sent, now or for a reply that is reused, whatever became of them."""
        self._stop, self._lock = Event(), Lock()
        self._hopeless, self._in_a_row, self._not_before = "", 0, 0.0

    def all(self, questions: Sequence[Question]) -> list[Answer]:
        """Return the answers, in the order of the questions."""
        pool = ThreadPoolExecutor(self.params.concurrency, "clusterforge-llm")
        try:
            futures = [pool.submit(self._one, question) for question in questions]
            answers = []
            for future in futures:
                answers.append(future.result())
                self.context.progress(len(answers), len(questions))
            return answers
        except BaseException:
            self._stop.set()
            if self.endpoint:
                self.endpoint.end()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _one(self, first: Question) -> Answer:
        took, exchange, problem = Amount(), dict[str, Reply](), ""
        question = first
        try:
            for _ in range(1 + self.params.corrections):
                reply = self.replies.load(question.key)
                if reply is None:
                    reply = self._fetch(question, first=question is first)
                self._left(question)
                took += question.took(reply)
                exchange[question.key] = reply
                try:
                    name = name_of(reply.content)
                except WrongReply as wrong:
                    problem = str(wrong)
                    question = Question.of(
                        question.prompt.corrected(reply.content, problem), self.params
                    )
                else:
                    self.replies.save(exchange)
                    self._ended("")
                    return Answer(first, name, took)
        except Failed as error:
            problem = str(error)
            if error.sent:
                self._left(question)
        self._ended(problem)
        return Answer(first, "", took, problem)

    def _left(self, question: Question) -> None:
        """Remember that rows have left."""
        with self._lock:
            self.sent.update(question.prompt.rows)

    def _fetch(self, question: Question, first: bool) -> Reply:
        """Return a reply from the endpoint.

        Raises
        ------
        Failed
            Where there is none after all tries, or the budget allows no further one.
        """
        reached = False
        for attempt in range(1 + self.params.retries):
            self._wait()
            if self._hopeless or self.endpoint is None:
                if first and attempt == 0:
                    self.budget.release(question.most)
                raise Failed(self._hopeless or "its reply is damaged", sent=reached)
            if excess := self.budget.book(question.most, first and attempt == 0):
                raise Failed(f"the budget allows no further try: {excess}", sent=reached)
            try:
                reply = self.endpoint.complete(question.body)
            except Transient as error:
                self.budget.settle(question.most, error.took or question.most)
                reached = reached or error.sent
                last = str(error)
                self._retry_after(attempt, error)
            except Failed as error:
                self.budget.settle(question.most, Amount(1))
                if isinstance(error, Hopeless):
                    self._hopeless = str(error)
                raise
            else:
                self.budget.settle(question.most, question.took(reply))
                return reply
        tries = f" ({1 + self.params.retries} tries)" if self.params.retries else ""
        raise Failed(f"{last}{tries}", sent=reached)

    def _wait(self) -> None:
        """Wait as long as the endpoint has asked everybody to."""
        while not self._stop.is_set() and (rest := self._not_before - monotonic()) > 0:
            self._stop.wait(rest)
        if self._stop.is_set():
            raise Failed("interrupted", sent=False)

    def _retry_after(self, attempt: int, error: Transient) -> None:
        """Wait for the next try, as long as the endpoint asks or as experience says."""
        if attempt == self.params.retries:
            return
        if error.wait is None:
            self._stop.wait(min(BACKOFF * 2**attempt, self.params.patience))
        elif error.wait > self.params.patience:
            self._hopeless = f"{error}; it asks to wait {error.wait:,.0f} s, more than patience"
        else:
            with self._lock:
                self._not_before = max(self._not_before, monotonic() + error.wait)

    def _ended(self, problem: str) -> None:
        """Count clusters without a name that follow each other."""
        with self._lock:
            self._in_a_row = self._in_a_row + 1 if problem else 0
            if self._in_a_row >= GIVE_UP and not self._hopeless:
                self._hopeless = (
                    f"not asked after {GIVE_UP} clusters in a row without a name: {problem}"
                )
