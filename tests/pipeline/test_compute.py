"""The run's threads hold in every numeric library, inside every stage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A process of its own: what is loaded before the limit is set decides whom it reaches.
SCRIPT = """
import json, sys
from pathlib import Path
from threadpoolctl import threadpool_info
import clusterforge
from tests.pipeline import toy

found = {}

def look(stage):
    import scipy.linalg, sklearn.cluster, torch
    found[stage] = {Path(p["filepath"]).name: p["num_threads"] for p in threadpool_info()}
    found[stage]["torch"] = torch.get_num_threads()

for kind, method in ((toy.Shift, "fit"), (toy.Cut, "fit"), (toy.Cut, "predict")):
    def watched(self, given, context, own=getattr(kind, method), name=f"{kind.__name__}.{method}"):
        look(name)
        done = own(self, given, context)
        import faiss, torch  # a library that comes with a stage, and what the OpenMP of numba does
        torch.set_num_threads(3)
        return done
    setattr(kind, method, watched)

done = clusterforge.run(
    toy.recipe(compute={"threads": 1}, report={"projection": "none"}),
    out=sys.argv[1], registry=toy.registry(), cache=False,
)
look("after the run")
found["Cut.predict"] = None
done.predict(toy.Dots(toy.DotsParams()).load(None).train.items)
look("after predict")
print(json.dumps(found))
"""


def test_one_thread_is_one_thread_inside_the_stages(tmp_path: Path) -> None:
    wanted = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "3")

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "run")],
        cwd=ROOT,
        env={**os.environ, **wanted, "CLUSTERFORGE_PLUGINS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"Shift.fit", "Cut.fit", "Cut.predict", "after the run", "after predict"}
    for stage in ("Shift.fit", "Cut.fit", "Cut.predict"):
        assert set(found[stage].values()) == {1}, (stage, found[stage])
        assert len(found[stage]) > 2, found[stage]
    for stage in ("after the run", "after predict"):
        assert max(found[stage].values()) > 1, found[stage]
