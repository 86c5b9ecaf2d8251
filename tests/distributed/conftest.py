from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

OBJECTS = 80 << 20
# A node that refuses connections is dead after a second; one that is slow has half a minute to answer.
DEATH = {"health_check_period_ms": 500, "health_check_failure_threshold": 3}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three nodes of one processor, as on three machines: each has a cache of its own."""
    pytest.importorskip("ray", reason="Ray is not installed")
    root = tmp_path_factory.mktemp("nodes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(root)
        yield cluster
        cluster.end()


class Cluster:
    """A Ray cluster of this machine; this process is connected to it."""

    def __init__(self, root: Path) -> None:
        import ray
        from ray.cluster_utils import Cluster as Nodes

        self.root = root
        self._started, self._others = 0, list[Any]()
        head = {**self._arguments(), "_system_config": DEATH}
        self._nodes = Nodes(initialize_head=True, head_node_args=head)
        # First, so that it is the head that this process is connected to.
        ray.init(self._nodes.address, log_to_driver=False, logging_level="ERROR")
        for _ in range(2):
            self._others.append(self._nodes.add_node(wait=False, **self._arguments()))
        self._nodes.wait_for_nodes()

    def _arguments(self) -> dict[str, object]:
        name = f"node{self._started}"
        self._started += 1
        variables = {"CLUSTERFORGE_CACHE": str(self.root / name), "NODE": name}
        return {
            "num_cpus": 1,
            "object_store_memory": OBJECTS,
            "env_vars": variables,
            "include_dashboard": False,
        }

    def remove_last(self) -> None:
        """Take a node away, whatever it is doing."""
        self._nodes.remove_node(self._others.pop(), allow_graceful=False)

    def end(self) -> None:
        import ray

        ray.shutdown()
        self._nodes.shutdown()
