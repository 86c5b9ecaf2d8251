"""``python:`` names: what they may name, what is imported when, and what a class says of itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clusterforge.errors import InputError, PluginError
from clusterforge.registry import Registry
from clusterforge.registry.python_names import Imported, Named, PythonPlugin
from clusterforge.registry.python_specs import plugin_name

MINE = """
import numpy as np

class Halves:
    '''Cuts at the median.'''
    def __init__(self, column=0, cuts=(0.5,), dtype=np.float32, copy=True):
        self.column, self.cuts = column, cuts
    def fit_predict(self, X):
        return (X[:, self.column] > np.median(X[:, self.column])).astype(int)

class Sure(Halves):
    def __init__(self, random_state=None):
        self.random_state = random_state
    def predict(self, X):
        return self.fit_predict(X)

class Open:
    def __init__(self, needed, **more):
        self.needed, self.more = needed, more
    def fit(self, X, y):
        return self
    def transform(self, X):
        return X

class Board:
    def fit_transform(self, X):
        return X[:, :2]

def spread(X, labels, power=2):
    return 0.0

def agreement(ours, labels, theirs):
    return 0.0

class Scorer:
    def __init__(self, weight=1.0):
        self.weight = weight
    def __call__(self, points, labels):
        return self.weight

def nothing():
    return 0.0
"""
CONTRACT = """
from clusterforge.contracts import Clusterer, Metric, State
from clusterforge.params import Field, Params

class NearParams(Params):
    radius: float = Field(1.0, gt=0, description="Radius.")

class Near(Clusterer[NearParams]):
    clusterforge_spec = {"predicts": "approximate", "rule": "near", "stochastic": False}
    def fit(self, points, context): ...
    def predict(self, points, context): ...
    def state(self): return State()
    def restore(self, state): ...

class Nearer(Near):
    clusterforge_spec = {}

class Odd(Near):
    clusterforge_spec = {"predicts": "surely"}

class Typo(Near):
    clusterforge_spec = {"predict": "exact"}

class Bare(Metric):
    def score(self, clustering): ...
"""
ROUGH = """
class Meta(type):
    def __getattr__(cls, name):
        raise RuntimeError("meta")

class Raises(metaclass=Meta): ...

class Reserved:
    def __init__(self, model_config=1): ...
    def fit_predict(self, X): ...

class Wrong:
    clusterforge_spec = {"stochastic": "no"}
    def fit_predict(self, X): ...

class Takes:
    clusterforge_spec = {"takes": 5}
    def transform(self, X): ...

def __getattr__(name):
    raise SystemExit("gone")
"""
Find = Callable[..., Any]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "contract.py").write_text(CONTRACT)
    (tmp_path / "rough.py").write_text(ROUGH)
    names = Imported()

    def found(kind: Any, name: str) -> Any:
        return Registry([]).naming(names).find(kind, f"python:{name}", tmp_path)

    return found


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Put a module on the path."""
    before = set(sys.modules)
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def make(name: str, code: str) -> None:
        (site / f"{name}.py").write_text(code)

    yield make
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_file_relative_to_the_recipe(find: Find, tmp_path: Path) -> None:
    plugin = find("clusterer", "./mine.py:Halves")

    assert plugin.use == plugin.qualified == f"python:{tmp_path}/mine.py:Halves"
    assert (plugin.spec.name, plugin.spec.summary) == ("halves", "Cuts at the median.")
    assert plugin.spec.predicts == "none"
    assert not plugin.spec.stochastic
    assert not plugin.distribution.ours


def test_an_installed_module_comes_before_a_file_beside_the_recipe(
    find: Find, tmp_path: Path, module: Callable[[str, str], None]
) -> None:
    beside = find("clusterer", "mine:Halves")
    assert beside.use == f"python:{tmp_path}/mine.py:Halves"

    (tmp_path / "both.py").write_text(MINE)
    module("both", MINE)
    assert find("clusterer", "both:Halves").use == "python:both:Halves"


def test_the_hash_is_that_of_the_source(find: Find, tmp_path: Path) -> None:
    first = find("clusterer", "./mine.py:Halves")
    (tmp_path / "mine.py").write_text(MINE.replace("median", "nanmed"))
    second = Imported().find("clusterer", "python:./mine.py:Halves", tmp_path)

    assert first.code_hash != second.code_hash
    assert first.target is not second.target
    assert "nanmed" not in first.target.fit_predict.__code__.co_names
    assert "nanmed" in second.target.fit_predict.__code__.co_names


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("./mine.py:Halfs", "has no 'Halfs'; did you mean 'Halves'?"),
        ("./gone.py:Halves", "gone.py can't be read"),
        ("gone:Halves", "there is no module 'gone'"),
        ("mine.gone:Halves", "there is no module 'mine.gone'"),
        ("mine", "does not name a module and a class"),
        ("mine:", "does not name a module and a class"),
        ("mi ne:Halves", "'mi ne' is not a module"),
        ("./mine.py:spread", "can't cluster"),
        ("./mine.py:Board", "can't cluster"),
        ("./contract.py:Bare", "is a metric, not a clusterer"),
        ("./contract.py:Odd", "predicts: Input should be 'exact', 'approximate' or 'none'"),
        ("os:system", "can't cluster"),
        ("sys:exit", "can't cluster"),
        ("builtins:int", "can't cluster"),
        ("__main__:Halves", "is a different program each time"),
        ("a\0b.py:Halves", "is not a file name"),
        ("./rough.py:Reserved", "has arguments that can't be keys"),
        ("./rough.py:Wrong", "stochastic: Input should be a valid boolean"),
        ("./contract.py:Typo", "unknown key 'predict'; did you mean 'predicts'?"),
    ],
)
def test_a_name_that_is_no_clusterer(find: Find, name: str, message: str) -> None:
    with pytest.raises(InputError) as failed:
        find("clusterer", name)

    assert message in str(failed.value)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("encoder", "./mine.py:Halves", "can't encode"),
        (
            "encoder",
            "./rough.py:Takes",
            "takes must be embedding or image or mixed or table or text",
        ),
        ("metric", "./mine.py:nothing", "can't score"),
        ("metric", "./contract.py:Bare", "declares no parameters"),
        ("loss", "./mine.py:Halves", "must be one"),
        ("dataset", "./mine.py:Halves", "must be one"),
    ],
)
def test_a_name_of_another_kind(find: Find, kind: str, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find(kind, name)


@pytest.mark.parametrize("code", ["1 / 0", "import sys; sys.exit(3)", "import nowhere", "def"])
def test_a_module_that_fails_is_named(find: Find, tmp_path: Path, code: str) -> None:
    (tmp_path / "bad.py").write_text(code)

    with pytest.raises(PluginError, match=r"python:.*bad.* can't be imported"):
        find("clusterer", "./bad.py:Halves")


@pytest.mark.parametrize(("name", "message"), [("Raises", "meta"), ("Gone", "SystemExit: gone")])
def test_code_that_raises_when_it_is_looked_at_is_named(
    find: Find, name: str, message: str
) -> None:
    with pytest.raises(PluginError, match=f"rough.py.* can't be used: .*{message}"):
        find("clusterer", f"./rough.py:{name}")


def test_a_module_whose_own_import_fails_is_not_called_missing(
    find: Find, module: Callable[[str, str], None]
) -> None:
    module("needy", "import nowhere_at_all")

    with pytest.raises(PluginError, match="nowhere_at_all"):
        find("clusterer", "needy:Halves")


def test_parameters_are_those_of_the_signature(find: Find) -> None:
    params = find("clusterer", "./mine.py:Halves").spec.params

    assert list(params.model_fields) == ["column", "cuts", "dtype", "copy"]
    full = params().model_dump(mode="json")
    assert full == {"column": 0, "cuts": [0.5], "dtype": "<class 'numpy.float32'>", "copy": True}
    assert params().model_dump(exclude_unset=True) == {}


def test_what_a_class_tells(find: Find) -> None:
    sure, opened = find("clusterer", "./mine.py:Sure").spec, find("encoder", "./mine.py:Open").spec

    assert (sure.predicts, sure.stochastic) == ("exact", True)
    assert opened.params.model_config["extra"] == "allow"
    assert opened.params.model_fields["needed"].is_required()
    assert opened.params(needed=1).uses_labels
    assert opened.inductive
    assert not find("encoder", "./mine.py:Board").spec.inductive


@pytest.mark.parametrize(
    ("name", "takes", "keys"),
    [
        ("spread", {"X": "embedding", "labels": "labels"}, ["power"]),
        ("agreement", {"ours": "embedding", "labels": "labels", "theirs": "truth"}, []),
        ("Scorer", {"points": "embedding", "labels": "labels"}, ["weight"]),
    ],
)
def test_what_a_metric_takes(find: Find, name: str, takes: dict[str, str], keys: list[str]) -> None:
    plugin = find("metric", f"./mine.py:{name}")

    assert plugin.load().takes == takes
    assert list(plugin.spec.params.model_fields) == keys
    assert plugin.spec.needs_labels == ("truth" in takes.values())
    assert plugin.spec.direction == "none"


def test_two_labellings_are_told_by_name(find: Find) -> None:
    plugin = find("metric", "sklearn.metrics:adjusted_rand_score")

    assert plugin.load().takes == {"labels_true": "truth", "labels_pred": "labels"}
    assert plugin.spec.needs_labels


def test_one_of_our_contracts_brings_its_model(find: Find) -> None:
    near, nearer = (
        find("clusterer", "./contract.py:Near"),
        find("clusterer", "./contract.py:Nearer"),
    )

    assert list(near.spec.params.model_fields) == ["radius"]
    assert near.load() is near.target
    assert (near.spec.predicts, near.spec.rule) == ("approximate", "near")
    assert (nearer.spec.predicts, nearer.spec.stochastic) == ("exact", True)


def test_nothing_is_imported_unless_it_was_allowed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("raise SystemExit('imported')")
    name = "python:./mine.py:Halves"

    with pytest.raises(InputError, match="is not imported when a folder is opened; allow it"):
        Registry([]).find("clusterer", name, tmp_path)
    plugin = Registry([]).naming(Named()).find("clusterer", name, tmp_path)
    assert isinstance(plugin, PythonPlugin)
    assert plugin.spec.params.model_validate({"any": [1]}).model_dump() == {"any": [1]}
    with pytest.raises(InputError, match="is not imported"):
        plugin.load()


def test_a_name_allowed_for_one_recipe_is_not_allowed_for_the_next(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    registry = Registry([])

    registry.naming(Imported()).find("clusterer", "python:./mine.py:Halves", tmp_path)

    with pytest.raises(InputError, match="is not imported"):
        registry.find("clusterer", "python:./mine.py:Halves", tmp_path)


def test_finding_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        MINE.replace("import numpy as np", "").split("class Sure")[0].replace("np.float32", "None")
    )
    code = (
        "import sys, pathlib\n"
        "from clusterforge.registry import Registry\n"
        "from clusterforge.registry.python_names import Imported\n"
        "names = Registry([]).naming(Imported())\n"
        "names.find('clusterer', 'python:./mine.py:Halves', pathlib.Path('.'))\n"
        "print(sorted({'numpy', 'torch', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MiniBatchKMeans", "mini-batch-k-means"),
        ("DBSCAN", "dbscan"),
        ("TfidfVectorizer", "tfidf-vectorizer"),
        ("my_score", "my-score"),
        ("PCA2d", "pca2d"),
        ("Ünï", "n"),
        ("Ñ", "unnamed"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert plugin_name(name) == expected
