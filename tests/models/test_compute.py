"""The threads that libraries may use within a block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import ModuleType

import torch
from threadpoolctl import threadpool_info

from clusterforge.models import compute
from clusterforge.models.compute import Resources, using


def resources(threads: int) -> Resources:
    return Resources("cpu", "float32", threads)


def limits() -> set[int]:
    """Return the threads of each pool of NumPy, SciPy, scikit-learn and torch."""
    return {pool["num_threads"] for pool in threadpool_info()} | {torch.get_num_threads()}


def test_blocks_within_blocks_keep_to_their_own_threads() -> None:
    before = limits()
    with using(resources(2)):
        assert limits() == {2}
        with using(resources(2)):
            assert limits() == {2}
        assert limits() == {2}
        with using(resources(1)):
            assert limits() == {1}
        assert limits() == {2}
    assert limits() == before


def test_the_same_block_again_looks_for_pools_only_after_an_import(monkeypatch) -> None:
    looked: list[int] = []
    pools = compute.pools

    def counted(modules: int):
        looked.append(modules)
        return pools(modules)

    monkeypatch.setattr(compute, "pools", counted)
    with using(resources(1)):
        with using(resources(1)):
            assert len(looked) == 1
        monkeypatch.setitem(sys.modules, "brings_threads", ModuleType("brings_threads"))
        with using(resources(1)):
            assert len(looked) == 2
    assert len(looked) == 3  # for what was loaded within the block
    with using(resources(1)):
        assert len(looked) == 4


LATER = """
import json
from threadpoolctl import threadpool_info
from clusterforge.models.compute import Resources, using

with using(Resources("cpu", "float32", 1)):
    before = {pool["filepath"] for pool in threadpool_info()}
    import sklearn.utils._openmp_helpers
    later = [pool for pool in threadpool_info() if pool["filepath"] not in before]
names = {pool["filepath"] for pool in later}
left = [pool for pool in threadpool_info() if pool["filepath"] in names]
print(json.dumps([[pool["num_threads"] for pool in pools] for pools in (later, left)]))
"""


def test_a_library_that_is_loaded_within_a_block_keeps_to_its_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATER],
        env={**os.environ, "OMP_NUM_THREADS": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    within, left = json.loads(done.stdout)
    assert within
    assert {*within} == {1}
    assert {*left} == {min(3, len(os.sched_getaffinity(0)))}


def test_blocks_of_several_threads_leave_the_variable_as_it_was(monkeypatch) -> None:
    monkeypatch.delenv(compute.OPENMP, raising=False)
    threads = compute.available_threads()
    first, second = (compute._libraries_to_come.limited(1) for _ in range(2))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert os.environ[compute.OPENMP] == "1"
    assert compute.available_threads() == threads
    second.__exit__(None, None, None)
    assert compute.OPENMP not in os.environ
