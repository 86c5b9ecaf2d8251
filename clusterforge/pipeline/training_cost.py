"""What training in phases costs: layers times rows times epochs."""

from __future__ import annotations

from dataclasses import replace

from clusterforge.costs import Cost, Size
from clusterforge.phases import Phase, TrainedParams
from clusterforge.registry import Registry
from clusterforge.specs import LossSpec, PairSourceSpec

PASSES = 3  # forward, and twice as much backward
ROWS = {"items": 1, "views": 2, "pairs": 2, "triplets": 3}  # that a batch holds of each
STEP = 2.2e-3  # seconds of one step, however small the network
UPDATE = 2.5e-9  # seconds per weight and step, of the optimiser
VALUE = 2.0e-9  # seconds per value of a row that is read
AUGMENTED = 2.5e-8  # seconds per value of a row that is augmented
START = 2.0  # seconds until the libraries of training are there
SLOWER = 2  # times that layers of a transformer take in training, beyond their operations
KEPT = 0.03  # bytes per operation of such layers, which one step keeps for going back
ACTIVATIONS = 12  # bytes per weight: gradients, and two moments of the optimiser


def training(params: TrainedParams, size: Size, row: Cost, registry: Registry) -> Cost:
    """Return the cost of training in phases, and of encoding every row.

    Parameters
    ----------
    params
        With the phases.
    size
        The rows that come in.
    row
        What one costs on its way to the embedding, and the weights.
    registry
        Knows the losses.
    """
    whole = Cost(network=size.every * row.network, width=row.width, start=START)
    for phase in params.phases:
        whole += _phase(phase, size, row, registry)
    return whole + Cost(
        memory=ACTIVATIONS / 4 * 2 * row.memory + 8.0 * size.rows * size.width + 1e8
    )


def training_below(params: TrainedParams, size: Size, below: Cost, registry: Registry) -> Cost:
    """Return what the encoder below a trained one costs, in training and in encoding every row.

    Parameters
    ----------
    params
        Of the trained encoder, with the phases.
    size
        The rows that come in.
    below
        What it costs to send every row through the encoder below once.
    registry
        Knows the losses.
    """
    stated = params.backbone
    assert stated is not None
    if not stated.trainable:
        return below
    share = (
        min(1.0, stated.last_layers / below.layers) if stated.last_layers and below.layers else 1
    )
    # What the lower layers make of a row is computed once.
    often, held = 1.0, 0.0
    for phase in params.phases:
        each, _, head = _batches(phase, registry)
        rows = SLOWER * phase.epochs * size.rows * each * PASSES + head * size.rows
        often += share * rows / size.every
        held = max(held, phase.batch * each * share * below.network / size.every * KEPT)
    return replace(below.times(often), memory=below.memory + held)


def _batches(phase: Phase, registry: Registry) -> tuple[int, int, bool]:
    """Return how many rows a batch holds of each, how many ways they go, and whether there is a head."""
    losses = [registry.find("loss", use.use).spec for use in phase.loss]
    specs = [spec for spec in losses if isinstance(spec, LossSpec)]
    return (
        max(ROWS[spec.batch] for spec in specs),
        2 if any(spec.needs_decoder for spec in specs) else 1,
        any(spec.gives_head for spec in specs),
    )


def _phase(phase: Phase, size: Size, row: Cost, registry: Registry) -> Cost:
    each, ways, head = _batches(phase, registry)
    rows, steps = phase.epochs * size.rows, phase.epochs * -(-size.rows // phase.batch)
    weights = ways * row.memory / 4
    values = rows * each * size.width * (AUGMENTED if phase.augment else VALUE)
    cost = Cost(
        seconds=steps * STEP + values,
        products=steps * weights * UPDATE * 1.8e11,
        network=rows * each * PASSES * ways * row.network,
    )
    if head:
        cost += Cost(0.5, network=phase.epochs * size.rows * row.network)  # targets, centroids
    source = phase.pairs and registry.find("pairs", phase.pairs.use).spec
    if each > 1 and isinstance(source, PairSourceSpec) and source.needs_points:
        cost += Cost(products=float(size.rows) ** 2 * (2 * size.width + 60))
    return cost
