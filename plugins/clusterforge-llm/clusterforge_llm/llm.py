"""The namer ``llm``."""

from __future__ import annotations

from collections.abc import Sequence

from clusterforge.contracts import ClusterEvidence, Context, DetailTable, Evidence, Name, Namer
from clusterforge.contracts.details import Value
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge_llm.asking import Answer, Asking, Question
from clusterforge_llm.budget import Amount, Budget, Excess
from clusterforge_llm.endpoint import Endpoint
from clusterforge_llm.plugin import LlmParams
from clusterforge_llm.prompt import prompt
from clusterforge_llm.replies import Replies

COLUMNS = (
    *("cluster", "rows", "name", "tokens in", "tokens out", "cost"),
    *("prompt (sha256)", "rows in the prompt", "why not named"),
)
HASH = 16  # hex digits of a prompt's hash in the table
LISTED = 3  # reasons in a warning
PARENT = Amount(tokens_in=400)  # what the name of a parent may add once it is known
LESS = "fewer clusters, typical, borderline, chars, words, reply_tokens"


class Llm(Namer[LlmParams]):
    """Asks a model once for each cluster; what is not answered is left to the core."""

    def __init__(self, params: LlmParams) -> None:
        super().__init__(params)
        self._budget: Budget | None = None
        self._refusal: Excess | None = None
        self._answers: list[Answer] = []
        self._asking: Asking | None = None
        self._problem = ""

    def prepare(self, evidence: Sequence[Evidence], context: Context) -> None:
        """Add up what the clusters take at most, and refuse what exceeds a limit."""
        replies = Replies.of(self.params, context)
        questions = [q for one in evidence for q in self._questions(one)]
        missing = [q for q in questions if replies.load(q.key) is None]
        planned = sum((q.most + PARENT if q.cluster.parent else q.most for q in missing), Amount())
        self._budget = Budget(self.params, planned)
        self._refusal = self._budget.excess()
        if self.params.on_failure == "error":
            self._check(len(missing))

    def names(self, evidence: Evidence, context: Context) -> dict[int, Name]:
        """Return the names that the model gives."""
        if self._budget is None:
            self.prepare([evidence], context)
        assert self._budget is not None
        questions = self._questions(evidence)
        replies = Replies.of(self.params, context)
        stored = [q for q in questions if replies.load(q.key) is not None]
        self._answers, self._asking, self._problem, endpoint = [], None, "", None
        if len(stored) < len(questions):
            try:
                endpoint = Endpoint(self.params)
                self._check(len(questions) - len(stored))
            except InputError as error:
                if self.params.on_failure == "error":
                    raise
                self._problem, questions = str(error), stored
        self._asking = Asking(self.params, endpoint, self._budget, replies, context)
        self._answers = self._asking.all(questions)
        if self.params.on_failure == "error" and (failed := self._failed()):
            raise EnvironmentProblem(f"{_clusters(len(failed))} not named: {failed[0].problem}")
        return {
            answer.question.cluster.cluster: Name(answer.name, _evidence(answer.question.cluster))
            for answer in self._answers
            if answer.name
        }

    def tables(self) -> tuple[DetailTable, ...]:
        """Return a row per cluster: what was asked, and what that took."""
        if not self._answers:
            return ()
        title = f"Names by {self.params.model} at {self.params.base_url}"
        return (DetailTable(title, COLUMNS, tuple(map(self._row, self._answers))),)

    def warnings(self) -> list[str]:
        """Return why clusters have no name of the model's."""
        failed = self._failed()
        reasons = list(dict.fromkeys(answer.problem for answer in failed))
        lines = [self._problem] if self._problem else []
        if failed:
            more = f"; and {len(reasons) - LISTED} more reasons" if len(reasons) > LISTED else ""
            lines.append(
                f"{_clusters(len(failed))} not named by {self.params.model}: "
                f"{'; '.join(reasons[:LISTED])}{more}"
            )
        return [
            f"{line}. They have names of words; run the recipe again to ask once more"
            for line in lines
        ]

    def sent(self) -> int:
        """Return how many members are in the requests."""
        return len(self._asking.sent) if self._asking else 0

    def _check(self, clusters: int) -> None:
        """Refuse what the budget does not allow."""
        if self._refusal:
            raise InputError(
                f"too little to name {_clusters(clusters)}: {self._refusal}",
                key=self._refusal.key,
                remedy=f"raise it, or ask for less: {LESS}",
            )

    def _failed(self) -> list[Answer]:
        return [answer for answer in self._answers if not answer.name]

    def _questions(self, evidence: Evidence) -> list[Question]:
        prompts = (prompt(cluster, evidence, self.params) for cluster in evidence.unnamed)
        return [Question.of(one, self.params) for one in prompts if one]

    def _row(self, answer: Answer) -> tuple[Value, ...]:
        cost = answer.took.cost(self.params)
        return (
            answer.question.cluster.cluster,
            answer.question.cluster.rows,
            answer.name or None,
            answer.took.tokens_in,
            answer.took.tokens_out,
            None if cost is None else round(cost, 8),
            answer.question.key[:HASH],
            ", ".join(answer.question.prompt.rows),
            answer.problem or None,
        )


def _evidence(cluster: ClusterEvidence) -> tuple[str, ...]:
    return tuple(p.text for p in cluster.phrases) or tuple(
        t.column if t.value is None else f"{t.column} {t.value}" for t in cluster.traits
    )


def _clusters(count: int) -> str:
    return "1 cluster" if count == 1 else f"{count:,} clusters"
