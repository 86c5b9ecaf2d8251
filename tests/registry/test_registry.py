"""Names: what a recipe means by one, and what it is told where there is none or several."""

from __future__ import annotations

import pytest

from clusterforge.errors import InputError, PluginError
from clusterforge.packages import PACKAGES, Package
from clusterforge.recipe import read, resolve
from clusterforge.recipe.schema import recipe_schema
from clusterforge.registry import Registry
from clusterforge.registry.registry import package_hash
from tests.registry.conftest import Install

HOOK = "\n@hookimpl\ndef clusterforge_clusterers():\n    "


def test_two_packages_with_one_name_are_both_there(install: Install) -> None:
    install("left", HOOK + "return [easy('leaf')]")
    install("right", HOOK + "return [easy('leaf')]")

    registry = Registry.installed()

    states = {p.qualified: p.state for p in registry.of("clusterer") if p.spec.name == "leaf"}
    assert states == {"left:leaf": "duplicate", "right:leaf": "duplicate"}
    with pytest.raises(InputError) as error:
        registry.find("clusterer", "leaf")
    assert "'left:leaf' or 'right:leaf'" in str(error.value)
    assert registry.find("clusterer", "right:leaf").distribution.name == "right"


def test_a_built_in_keeps_its_name(install: Install) -> None:
    install("thief", HOOK + "return [easy('kmeans')]")

    registry = Registry.installed()

    assert registry.find("clusterer", "kmeans").distribution.ours
    stolen = registry.find("clusterer", "thief:kmeans")
    assert (stolen.state, stolen.distribution.name) == ("shadowed", "thief")


def test_one_name_for_two_kinds_is_no_clash(install: Install) -> None:
    install("shared", HOOK + "return [easy('silhouette')]")

    registry = Registry.installed()

    assert registry.find("clusterer", "silhouette").state == "ok"
    assert registry.find("metric", "silhouette").state == "ok"


def test_a_failed_look_up_lists_what_exists_and_the_nearest() -> None:
    with pytest.raises(InputError) as error:
        Registry.installed("").find("clusterer", "k-means")

    assert "did you mean 'kmeans'" in str(error.value)
    assert "dbscan" in str(error.value)


def test_a_failed_look_up_tells_of_the_package_that_is_ill(install: Install) -> None:
    install("clusterforge-leaf", "\nimport no_such_thing")

    with pytest.raises(InputError) as error:
        Registry.installed().find("clusterer", "leaf")

    assert "clusterforge-leaf 1.0 is broken" in str(error.value)
    assert "no_such_thing" in str(error.value)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.use)
@pytest.mark.parametrize("prefix", ["", "distribution:"])
def test_a_plugin_of_a_package_that_is_not_installed_says_how_to_install_it(
    package: Package, prefix: str
) -> None:
    registry = Registry([])
    name = f"{prefix and f'{package.distribution}:'}{package.use}"
    wanted = f"; it is in the package {package.distribution}, which is not installed: pip install "

    with pytest.raises(InputError) as error:
        registry.find(package.kind, name)

    assert wanted in str(error.value)
    assert str(error.value).endswith(f"/plugins/{package.distribution}")


def test_a_package_that_is_installed_and_turned_off_is_not_installed_again(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("clusterforge-efficientnet", HOOK + "return []")
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")

    with pytest.raises(InputError, match="is disabled: turned off by CLUSTERFORGE_PLUGINS; add"):
        Registry.installed().find("encoder", "efficientnet-lite0")


def test_a_plugin_of_another_kind_says_its_kind_though_it_is_not_installed() -> None:
    with pytest.raises(InputError, match="'leiden' is of the kind clusterer"):
        Registry([]).find("encoder", "leiden")


def test_the_package_of_a_stranger_is_named_by_what_a_run_has_recorded() -> None:
    registry = Registry([]).remembering({("clusterer", "shells"): "shells-of-mine 1.2"})

    with pytest.raises(
        InputError, match=r"; it is of the package shells-of-mine 1\.2, which is not"
    ):
        registry.find("clusterer", "shells")
    with pytest.raises(InputError, match="; it is of the package theirs, which is not installed"):
        registry.find("clusterer", "theirs:shells")
    with pytest.raises(InputError, match=r"; there are none$"):
        registry.find("metric", "shells")


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("leaf_code:Gone", "x = 1"),
        ("leaf_code:Leaf", "raise RuntimeError('torch?')"),
        ("leaf_code:Leaf", "import sys\nsys.exit(1)"),
        ("leaf_code:Leaf", "def Leaf(params): ..."),
        ("no_such_module:Leaf", ""),
    ],
)
def test_a_target_that_can_not_be_loaded_is_the_plugins_fault(
    target: str, code: str, install: Install
) -> None:
    site = install("leaf", HOOK + f"return [easy('leaf', '{target}')]")
    (site / "leaf_code.py").write_text(code)

    plugin = Registry.installed().find("clusterer", "leaf")

    with pytest.raises(PluginError, match=r"clusterer 'leaf' of leaf 1\.0"):
        plugin.load()


def test_parameters_that_can_not_be_read_are_the_plugins_fault(install: Install) -> None:
    install(
        "leaf",
        """
class BadParams(Params):
    x: "Nowhere" = 3

@hookimpl
def clusterforge_clusterers():
    return [ClustererSpec("leaf", "A leaf.", BadParams, "nowhere:Leaf")]
""",
    )
    registry = Registry.installed()
    recipe = {
        "dataset": {"use": "blobs"},
        "encoder": [{"use": "scale"}],
        "clusterer": [{"use": "leaf"}],
    }

    with pytest.raises(PluginError, match=r"clusterer 'leaf' of leaf 1\.0: clusterer\.0"):
        resolve(read(recipe), registry)
    assert "clusterer.leaf.leaf.id.layers" in recipe_schema(registry)["$defs"]


def test_the_hash_of_a_package_changes_with_any_of_its_files(install: Install) -> None:
    site = install("leaf", HOOK + "return [easy('leaf', 'leaf_code.deep:Leaf')]")
    (site / "leaf_code").mkdir()
    (site / "leaf_code" / "__init__.py").write_text("")
    (site / "leaf_code" / "deep.py").write_text("class Leaf: ...")
    registry = Registry.installed()
    first = registry.find("clusterer", "leaf").code_hash

    package_hash.cache_clear()
    (site / "leaf_code" / "deep.py").write_text("class Leaf: x = 1")

    assert package_hash("leaf_code") != first


@pytest.mark.parametrize("name", ["csv", "parquet", "XLSX"])
def test_a_data_set_called_like_files_names_the_one_that_reads_them(name: str) -> None:
    with pytest.raises(InputError) as caught:
        Registry.installed().find("dataset", name)
    assert f'use = "files", which reads {name} files' in (caught.value.remedy or "")
