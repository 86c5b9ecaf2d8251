from __future__ import annotations

import pytest

from clusterforge.distributed import Node, room_for
from clusterforge.errors import EnvironmentProblem


def nodes(*offers: tuple[float, float]) -> list[Node]:
    return [Node(str(i), f"10.0.0.{i}", cpus, gpus) for i, (cpus, gpus) in enumerate(offers)]


@pytest.mark.parametrize(
    ("offers", "threads", "workers", "device", "expected"),
    [
        ([(4, 0), (2, 0)], 1, None, "auto", (6, 0)),
        ([(4, 0), (3, 0)], 2, None, "auto", (3, 0)),
        ([(4, 0)], 1, 9, "auto", (9, 0)),  # a cluster that grows makes room for them
        ([(16, 1), (16, 0)], 1, None, "auto", (4, 0.25)),  # the node without a GPU takes no part
        ([(16, 1), (16, 0)], 1, None, "cpu", (32, 0)),
        ([(16, 2)], 1, 6, "cuda", (6, 0.3333)),
        ([(2, 4)], 1, None, "cuda", (2, 1)),
    ],
)
def test_room(
    offers: list[tuple[float, float]],
    threads: int,
    workers: int | None,
    device: str,
    expected: tuple[int, float],
) -> None:
    room = room_for(nodes(*offers), threads, workers, device)
    assert (room.workers, room.gpus) == expected


def test_no_room() -> None:
    with pytest.raises(EnvironmentProblem, match="no node of the cluster has 8 processors"):
        room_for(nodes((4, 0), (4, 0)), 8, None, "cpu")
