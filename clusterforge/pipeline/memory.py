"""Phases of training that are done, in the cache: what follows them can change without them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from safetensors import SafetensorError

from clusterforge.contracts import State
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.phases import Phase
from clusterforge.pipeline.keys import PluginCode, digest
from clusterforge.registry import Registry
from clusterforge.storage.cache import Cache
from clusterforge.storage.stages import seal
from clusterforge.storage.states import read_state, write_state


@dataclass(frozen=True)
class PhaseMemory:
    """Finished phases of one encoder's training.

    Two encoders with the same network from the same seed on the same data share the phases that
    they begin with: DEC and IDEC their pre-training, say.

    Parameters
    ----------
    cache
        Where they are kept.
    rests_on
        What the training rests on besides the network and the phases: data, seed, precision, the
        encoder's code and those of its parameters that do not reach it through the phases alone.
    registry
        What phases name.
    """

    cache: Cache
    rests_on: object
    registry: Registry

    def load(self, network: str, phases: Sequence[Phase]) -> State | None:
        """Return the state after these phases, if it is here and whole."""
        key = self._key(network, phases)
        with suppress(OSError, InputError), self.cache.scratch() as folder:
            if self.cache.fetch(key, folder):
                return read_state(folder)
        return None

    def save(self, network: str, phases: Sequence[Phase], state: State) -> None:
        """Keep the state after these phases, if there is room: the cache is a convenience."""
        key = self._key(network, phases)
        with suppress(OSError, SafetensorError, EnvironmentProblem), self.cache.scratch() as folder:
            write_state(folder, state)
            seal(folder, key)
            self.cache.keep(key, folder)

    def _key(self, network: str, phases: Sequence[Phase]) -> str:
        names = sorted({(kind, use.use) for phase in phases for kind, use in phase.plugins()})
        return digest(
            {
                "network": network,
                "phases": list(phases),
                "parts": [PluginCode.of(self.registry.find(*name)) for name in names],
                "rests on": self.rests_on,
            }
        )
