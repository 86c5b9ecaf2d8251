"""What ``check`` does with a data set imports nothing heavy."""

import subprocess
import sys

CODE = """
import sys
from importlib import import_module
from clusterforge.builtin.datasets import SPECS

folder, csv = sys.argv[1:]
needed = {
    "huggingface": {"path": folder, "text": "text", "config": "plain", "label": "label"},
    "files": {"path": csv, "text": "text"},
}
for spec in SPECS:
    module, name = spec.target.split(":")
    assert getattr(import_module(module), name)(spec.params(**needed.get(spec.name, {}))).peek()
heavy = {"torch", "sklearn", "datasets", "transformers", "scipy", "PIL", "huggingface_hub"}
print(sorted(heavy & set(sys.modules)))
"""


def test_peek_of_every_data_set_imports_nothing_heavy(mirror, tmp_path):
    csv = tmp_path / "d.csv"
    csv.write_text("text\na\n")
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(mirror), str(csv)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.strip() == "[]"


def test_declaring_imports_no_numpy():
    code = (
        "import sys, clusterforge.builtin.datasets as d\n"
        "[spec.params.model_json_schema() for spec in d.SPECS]\n"
        "for spec in d.SPECS:\n"
        "    assert all(f.description for f in spec.params.model_fields.values()), spec\n"
        "print('numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("False", "")
