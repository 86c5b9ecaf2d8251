"""``clusterforge follow``: what it prints, and the status that a cron job reads."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from clusterforge.cli.commands.follow import _clusters
from clusterforge.taxonomy.following import follow
from tests.cli.conftest import Cli, cli
from tests.taxonomy.conftest import Week

__all__ = ["cli"]


def test_from_the_command_line(base: Path, week: Week, cli: Cli) -> None:
    first = cli("follow", str(base), str(week([0, 1, 2], 1)))
    assert first.status == 0, first.err
    assert "Nothing has changed: all 3 clusters are the same" in first.out
    assert "taxonomy: taxonomies/groups" in first.out

    later = cli(
        *("follow", "taxonomies/groups", str(week([0, 1, 2, 3], 2))),
        *("--fail-on", "new,gone", "--html", "page.html", "--json"),
    )
    assert later.status == 5
    printed = json.loads(later.out)
    schema = json.loads(cli("schema", "--of", "follow").out)
    jsonschema.validate(printed, schema)
    (new,) = [c for c in printed["generations"][0]["changes"] if c["kind"] == "new"]
    assert new["id"] == 3
    assert Path("page.html").read_text().startswith("<!doctype html>")

    calm = cli("follow", "taxonomies/groups", str(week([0, 1, 2, 3], 3)), "--fail-on", "new,gone")
    assert calm.status == 0, calm.out


def test_noise_has_a_line(
    base: Path, week: Week, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = follow(base, week([0, 1, 2], 1), out=tmp_path / "taxonomy")
    _clusters(done.taxonomy, done.generations[-1].model_copy(update={"noise": 30}))
    assert capsys.readouterr().out.splitlines()[-1].split() == ["noise", "30", "20.0", "%"]


def test_wrong_options(base: Path, week: Week, cli: Cli) -> None:
    data = str(week([0, 1, 2], 1))
    assert "holds the data" in cli("follow", str(base), data, "--html", data).err
    assert not Path("taxonomies").exists()
    wrong = cli("follow", str(base), data, "--fail-on", "nwe")
    assert wrong.status == 2
    assert "--fail-on: there is no change 'nwe'; did you mean 'new'?" in wrong.err
    assert cli("follow", str(base), data, "--period", "week").status == 2
    assert "nothing: does not exist" in cli("follow", "nothing", data).err
