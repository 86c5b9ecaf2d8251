"""The plugins of docs/first-plugin.md, one of each kind and one trained, fail no check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.docs.test_first_plugin import PACKAGE, PAGE, ROOT, write_files
from tests.scaffold.packages import install

SCRIPT = """
import json, sys
from clusterforge.registry import Registry
from clusterforge.testing import outcomes

registry = Registry.installed()
found = [
    (plugin.qualified, outcome.check.name, outcome.state, outcome.message)
    for plugin in registry.plugins
    if plugin.distribution.name == sys.argv[1]
    for outcome in outcomes(plugin, {}, registry)
]
print(json.dumps(found))
"""


def test_right_plugins_pass(tmp_path: Path) -> None:
    write_files(PAGE.read_text("utf-8"), tmp_path)
    install(tmp_path / PACKAGE)
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / PACKAGE), str(ROOT)]),
        "CLUSTERFORGE_PLUGINS": PACKAGE,
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, PACKAGE],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    names = {name.partition(":")[2] for name, *_ in found}
    assert names == {"pebbles", "log-scale", "squeeze", "huber", "leader", "balance"}
    assert [each for each in found if each[2] == "failed"] == []
