"""The network that a run has trained, as one ONNX file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from clusterforge import __version__
from clusterforge.errors import EnvironmentProblem, InputError
from clusterforge.models import Model
from clusterforge.models.build import encoder_spec, network_encoder
from clusterforge.recipe import Recipe
from clusterforge.specs import EncoderSpec
from clusterforge.storage.atomic import replacing

SUFFIX, KEY = ".onnx", "--onnx"


def check_onnx(recipe: Recipe, path: Path) -> None:
    """See that a file can be written as ONNX.

    Raises
    ------
    InputError
        Where its suffix is another one, or the recipe trains no network.
    EnvironmentProblem
        Where a package is not installed.
    """
    if path.suffix.lower() != SUFFIX:
        raise InputError(f"{path} does not end with {SUFFIX}", key=KEY, remedy="name another file")
    if not any(entry.spec(EncoderSpec).trained for entry in recipe.encoders):
        names = ", ".join(entry.plugin.use for entry in recipe.encoders)
        raise InputError(
            f"the run has trained no network ({names}), so there is none to write",
            key=KEY,
            remedy="write the whole model: --hub FOLDER",
        )
    for package in ("onnx", "onnxscript"):
        if find_spec(package) is None:
            raise EnvironmentProblem(
                f"ONNX files need {package}, which is not installed; pip install 'clusterforge[onnx]'"
            )


def export_onnx(model: Model, path: Path) -> None:
    """Write the last encoder that the run has trained: ``rows`` in, ``embedding`` out.

    Parameters
    ----------
    model
        The run's model; ``check_onnx`` has seen its recipe.
    path
        The file. Its metadata say which encoder it is, what its rows are, and what they come from.

    Raises
    ------
    InputError
        Where the network has a backbone, or a part that ONNX has not.
    EnvironmentProblem
        Where the file can't be written.
    """
    import torch

    *_, (number, entry, network) = (
        (number, entry, network)
        for number, entry in enumerate(model.recipe.encoders)
        if (network := network_encoder(entry.plugin, model.encoder(entry))) is not None
    )
    try:
        encoding = network.encoding()
    except InputError as error:
        raise InputError(f"{entry.stage}: {error.problem}", key=KEY) from None
    below = model.recipe.links[number].below
    below = () if encoder_spec(entry).also_reads else below
    before = ", ".join(model.recipe.encoders[one].id for one in below)
    facts = {
        "clusterforge": __version__,
        "run": model.recipe.name,
        "encoder": entry.id,
        "rows": f"the embedding by {before}" if before else f"the {model.form.content} itself",
    }
    if not before and model.form.content == "image":
        facts["pixel_range"] = "{:g} to {:g}".format(*encoding.image_range)
    try:
        with _quiet(), torch.no_grad():
            program = torch.onnx.export(
                encoding,
                (torch.zeros(2, *encoding.shape),),
                input_names=["rows"],
                output_names=["embedding"],
                dynamic_shapes={"rows": {0: torch.export.Dim("n")}},
                dynamo=True,
                verbose=False,
            )
    except (torch.onnx.OnnxExporterError, RuntimeError) as error:
        why = " ".join(str(error).split())[:200]
        raise InputError(f"{entry.stage} can't be written as ONNX ({why})", key=KEY) from error
    assert program is not None
    program.model.metadata_props.update(facts)
    with replacing(path) as part:
        program.save(part, external_data=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks on itself from the user."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        logger.setLevel(level)
