"""The training loop: phases → epochs → batches."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from torch import Tensor

from clusterforge import interrupts
from clusterforge.contracts import Epoch, PairsUsed, PhaseEnd, State
from clusterforge.contracts.training import Loss, Network
from clusterforge.phases import Phase
from clusterforge.training.course import Course
from clusterforge.training.parts import MakePart, Part
from clusterforge.training.phase_run import PhaseRun
from clusterforge.training.seeds import seeded
from clusterforge.training.tensors import load_module, module_state
from clusterforge.training.turns import give_away

SAVE_EVERY = 20.0  # seconds of training between checkpoints
WORTH = 2.0  # seconds of a phase from which on it is kept for later runs
TELL_EVERY = 0.1  # seconds between reports of progress
COLLAPSED = 1e-6  # variance of an embedding, as a share of its mean square


def train(course: Course) -> None:
    """Train a network through its phases."""
    teller, saver, recaller = Teller(course), Saver(course), Recaller(course)
    saved = (saver.checkpoint.load() if saver.checkpoint else None) or recaller.load()
    if course.ranks:
        saved = course.ranks.told(saved)  # all go on from where the first is
    for run in course_runs(course, saved, recaller):
        while run.reason is None and run.epoch < run.phase.epochs:
            with seeded(run.device, run.seed, "epoch", run.epoch), interrupts.postponed():
                for job, x in run.begin_epoch():
                    run.begin_step()
                    made = run.take_step(job, x)
                    run.end_step(made.batch)
                    run.meter.add(made.total, made.terms, len(job.rows))
                    del made  # its graph is bound to the stream of this step
                    teller.tell(run)
                    if run.should_stop():
                        break
                    saver.save(run)
                    if run.recorder:  # the device has work for a while
                        give_away()
            values = run.end_epoch()
            course.history.append(Epoch(run.phase.title, run.epoch, values))
            course.context.on_epoch(run.phase.title, run.epoch, values)
            saver.save(run)


def course_runs(course: Course, saved: State | None, recaller: Recaller) -> Iterator[PhaseRun]:
    """Yield the phases still to do, each ready to train; the first may be under way."""
    done = 0
    if saved is not None:
        done = saved.meta["phase"]
        load_module(course.network, saved.part("network").arrays)
        for name, record in _RECORDS.items():
            setattr(course, name, [record(**values) for values in saved.meta[name]])
        course.warnings = list(saved.meta["warnings"])
        for line in course.history:  # a tracker of the resumed run has not heard of them
            course.context.on_epoch(line.phase, line.epoch, line.values)
        if saved.meta["head"]:
            course.head_at = (saved.meta["head"][0], saved.meta["head"][1])
            course.head = restored_head(
                course.make, course.phases, course.head_at, saved.part("head")
            )
        kept = saved.part("after").arrays
        course.after = [kept[str(number)] for number in range(len(kept))]
    for index in range(done, len(course.phases)):
        run = PhaseRun(course, index)
        if saved is not None and index == done and saved.meta["running"]:
            run.restore(saved.part("run"))
        else:
            run.setup()
        started = time.perf_counter()
        yield run
        run.finish()
        finish(course, run)
        recaller.save(run, time.perf_counter() - started)


def finish(course: Course, run: PhaseRun) -> None:
    """Record how a phase ended, what it made of the rows, and the head it leaves."""
    title = run.phase.title
    z = course.sampled()
    course.warnings += [f"phase {title} {text}" for text in concerns(run, z)]
    course.after.append(z.cpu().numpy())
    if run.pairs:
        assert run.batches.source is not None
        with run.batches.source as source:
            details = source.details()
        course.pairs.append(PairsUsed(title, run.pairs.use, run.labels_used, details))
    course.ends.append(PhaseEnd(title, run.epoch, run.reason))
    for number, gives_head in enumerate(run.heads):
        if gives_head:
            course.head, course.head_at = run.losses[number], (run.index, number)


def concerns(run: PhaseRun, z: Tensor) -> list[str]:
    """Return what a user should know of a phase that ended, one line each, to go behind ``phase <title>``.

    Parameters
    ----------
    run
        The phase.
    z
        Embedding of a sample of the training rows: float32 (m, d).
    """
    lines = []
    if run.reason and run.reason.startswith("diverged"):
        lines.append(
            f"{run.reason}: the weights of the previous epoch were kept; lower lr, or set clip"
        )
    spread = z.var(dim=0, correction=0).sum()
    if len(z) > 1 and bool(spread <= COLLAPSED * z.square().sum(dim=1).mean()):
        lines.append(
            "collapsed the embedding: all rows are at one point, and scores on it mean nothing"
        )
    if run.refused:
        lines.append(
            f"took its steps one by one: they can't be recorded, though all parts say so ({run.refused})"
        )
    return [*lines, *(text for texts in run.each(lambda loss: loss.warnings()) for text in texts)]


def restored_head(
    make: MakePart, phases: tuple[Phase, ...], at: tuple[int, int], state: State
) -> Part[Loss[Any]]:
    """Return the loss at a place in the phases, with its state from before."""
    head: Part[Loss[Any]] = make("loss", phases[at[0]].loss[at[1]])
    with head as made:
        made.restore(state)
    return head


class Teller:
    """Reports progress, at most ten times a second."""

    def __init__(self, course: Course) -> None:
        self.course, self.next = course, 0.0
        self.total = sum(phase.epochs for phase in course.phases)

    def tell(self, run: PhaseRun) -> None:
        """Say how far training is, in epochs."""
        now = time.perf_counter()
        if now < self.next:
            return
        self.next = now + TELL_EVERY
        phases = self.course.phases
        before = sum(phase.epochs for phase in phases[: run.index])
        done = before + min(run.step / run.steps, run.phase.epochs)
        text = f"{run.phase.title} {run.epoch + 1}/{run.phase.epochs}"
        if run.epoch and self.course.history:
            text += f" loss {self.course.history[-1].values.get('loss', float('nan')):.4g}"
        self.course.context.progress(done, self.total, text)


_RECORDS = {"history": Epoch, "pairs": PairsUsed, "ends": PhaseEnd}


class Saver:
    """Leaves a checkpoint after a batch or an epoch: now and then, and when a signal has come."""

    def __init__(self, course: Course) -> None:
        self.course, self.next = course, time.perf_counter() + SAVE_EVERY
        self.checkpoint = course.context.checkpoint

    def save(self, run: PhaseRun) -> None:
        """Save, if there is somewhere to and it is time; then let a signal through."""
        started = time.perf_counter()
        if self.checkpoint and (started >= self.next or interrupts.pending()):
            place = State(meta={"place": run.place})
            state = snapshot(self.course, run.index) | run.state().within("run") | place
            self.checkpoint.save(state)
            ended = time.perf_counter()
            self.next = ended + SAVE_EVERY * max(1.0, ended - started)  # 5 % of the time at most
        interrupts.let_through()


class Recaller:
    """Keeps the state after each phase, and finds the last one that was reached before."""

    def __init__(self, course: Course) -> None:
        self.course, self.memory = course, course.context.memory
        self.network = fingerprint(course.network) if self.memory else ""

    def load(self) -> State | None:
        """Return the state after as many of the phases as are remembered."""
        if self.memory:
            phases = self.course.phases
            for done in range(len(phases), 0, -1):
                if state := self.memory.load(self.network, phases[:done]):
                    return state
        return None

    def save(self, run: PhaseRun, seconds: float) -> None:
        """Keep the state after a phase that took a while."""
        course = self.course
        if self.memory and seconds >= WORTH:
            state = snapshot(course, run.index + 1, running=False)
            self.memory.save(self.network, course.phases[: run.index + 1], state)


def snapshot(course: Course, phase: int, *, running: bool = True) -> State:
    """Return the network, the head and the records; ``phase`` is the next one, or under way."""
    state = module_state(course.network).within("network")
    state |= State({f"after.{number}": z for number, z in enumerate(course.after)})
    if course.head:
        with course.head as head:
            state |= head.state().within("head")
    records = {name: [asdict(r) for r in getattr(course, name)] for name in _RECORDS}
    where = {"phase": phase, "running": running, "head": course.head_at}
    return state | State(meta={**where, "warnings": list(course.warnings), **records})


def fingerprint(network: Network) -> str:
    """Return a hash of a network's structure and weights."""
    digest = hashlib.sha256(repr(network).encode())
    for name, array in sorted(module_state(network).arrays.items()):
        digest.update(name.encode() + array.tobytes())
    return digest.hexdigest()
