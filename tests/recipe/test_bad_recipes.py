"""Bad recipes through the whole command line: status 2, one line, the file and the key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from clusterforge.cli.main import main

GOOD = """
name = "good"
seed = 0

[dataset]
use = "blobs"
rows = 40

[[encoder]]
use = "scale"

[[clusterer]]
use = "kmeans"
n_clusters = 3

[report]
projection = "none"
"""
DATASET = '[dataset]\nuse = "blobs"\nrows = 40\n'
TAIL = '\n[[clusterer]]\nuse = "kmeans"\nn_clusters = 3\n[report]\nprojection = "none"\n'
ENCODER = '[[encoder]]\nuse = "scale"\n'
TRIPLET = '[[encoder]]\nuse = "triplet"\nlayers = [4]\ndim = 2\n'
AUTOENCODER = '[[encoder]]\nuse = "autoencoder"\nlayers = [4]\ndim = 2\nepochs = 1\n'
TEXTS = '[dataset]\nuse = "files"\npath = "rows.csv"\ntext = "{}"\n'
TFIDF = '[[encoder]]\nuse = "tfidf"\n'
UNLABELLED = '[dataset]\nuse = "files"\npath = "rows.csv"\nfeatures = "all"\n'


@dataclass(frozen=True)
class Bad:
    """One bad recipe.

    ``recipe`` is its text; ``says`` must all be in the message; ``args`` follow on the command line.
    """

    name: str
    recipe: str | bytes
    key: str
    says: tuple[str, ...] = ()
    args: tuple[str, ...] = ()


def swapped(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def with_encoder(text: str) -> str:
    return DATASET + text + TAIL


def setting(*overrides: str) -> tuple[str, ...]:
    return tuple(part for override in overrides for part in ("--set", override))


BAD = [
    # Types and values
    Bad(
        "no features",
        UNLABELLED.replace('"all"', "[]") + ENCODER + TAIL,
        "dataset.features",
        (": must not be empty",),
    ),
    Bad("one table", swapped("[[encoder]]", "[encoder]"), "encoder", ("write [[encoder]]",)),
    Bad("two single tables", GOOD + "[clusterer]\n", "", ("not TOML", "write [[clusterer]]")),
    Bad("wrong type", swapped("seed = 0", "seed = []"), "seed", ("integer",)),
    Bad("text for number", swapped("rows = 40", 'rows = "40"'), "dataset.rows", ("integer",)),
    Bad("float for int", swapped("rows = 40", "rows = 40.5"), "dataset.rows", ("integer",)),
    Bad("bool for int", swapped("rows = 40", "rows = true"), "dataset.rows", ("integer", "true")),
    Bad("int for text", swapped('name = "good"', "name = 3"), "name", ("text",)),
    Bad(
        "int for bool", swapped("rows = 40", "balanced = 1"), "dataset.balanced", ("true or false",)
    ),
    Bad("list for text", swapped('use = "blobs"', 'use = ["blobs"]'), "dataset.use"),
    Bad("nan", swapped("rows = 40", "spread = nan"), "dataset.spread", ("finite",)),
    Bad("infinity", swapped("rows = 40", "spread = -inf"), "dataset.spread", ("finite",)),
    Bad("date", swapped("rows = 40", "rows = 2024-01-01"), "dataset.rows", ("date",)),
    Bad("time", swapped("rows = 40", "rows = 07:32:00"), "dataset.rows", ("time",)),
    Bad("negative seed", swapped("seed = 0", "seed = -1"), "seed", ("0", "-1")),
    Bad("seed above 32 bits", swapped("seed = 0", "seed = 4294967296"), "seed"),
    Bad("zero rows", swapped("rows = 40", "rows = 0"), "dataset.rows", ("2",)),
    Bad("huge integer", swapped("rows = 40", f"rows = {'9' * 30}"), "dataset.rows"),
    Bad("endless integer", swapped("rows = 40", f"rows = {'9' * 5000}"), "", ("TOML",)),
    Bad("zero clusters", swapped("n_clusters = 3", "n_clusters = 0"), "clusterer.0.n_clusters"),
    Bad(
        "word for clusters",
        swapped("n_clusters = 3", 'n_clusters = "class"'),
        "clusterer.0.n_clusters",
        ("did you mean 'classes'",),
    ),
    Bad("missing parameter", swapped("n_clusters = 3", ""), "clusterer.0.n_clusters", ("missing",)),
    Bad("bad device", GOOD + '[compute]\ndevice = "gpu"\n', "compute.device"),
    Bad("no such device", GOOD + '[compute]\ndevice = "cuda:77"\n', "compute.device", ("cuda:77",)),
    Bad("no threads", GOOD + "[compute]\nthreads = 0\n", "compute.threads"),
    Bad("bad precision", GOOD + '[compute]\nprecision = "half"\n', "compute.precision"),
    # Keys and names
    Bad(
        "key of an entry at the top",
        GOOD,
        "n_clusters",
        (
            "a key of clusterer.kmeans",
            "below its [[clusterer]], or --set clusterer.kmeans.n_clusters=",
        ),
        setting("n_clusters=5"),
    ),
    Bad(
        "key of a table in the data set",
        swapped("rows = 40", "refits = 40"),
        "dataset.refits",
        ("a key of evaluation", "below [evaluation], or --set evaluation.refits="),
    ),
    Bad(
        "a number with a zero before it",
        GOOD,
        "clusterer.0.n_clusters",
        ("no leading zeros: write 6",),
        setting("clusterer.kmeans.n_clusters=06"),
    ),
    Bad(
        "unknown top key",
        swapped("seed = 0", "sead = 0"),
        "sead",
        ("unknown", "did you mean 'seed'"),
    ),
    Bad(
        "unknown table",
        GOOD + "[computer]\nthreads = 1\n",
        "computer",
        ("did you mean 'compute'",),
    ),
    Bad(
        "unknown parameter",
        swapped("n_clusters = 3", "n_cluster = 3"),
        "clusterer.0.n_cluster",
        ("did you mean 'n_clusters'",),
    ),
    Bad("unknown data set", swapped('"blobs"', '"blob"'), "dataset.use", ("did you mean 'blobs'",)),
    Bad("unknown encoder", swapped('"scale"', '"scales"'), "encoder.0.use", ("'scale'",)),
    Bad("unknown clusterer", swapped('"kmeans"', '"k-means"'), "clusterer.0.use", ("'kmeans'",)),
    Bad("unknown metric", GOOD + '[[metric]]\nuse = "nmii"\n', "metric.0.use", ("'nmi'",)),
    Bad("unknown package", swapped('"kmeans"', '"other:kmeans"'), "clusterer.0.use"),
    Bad(
        "unknown projection",
        swapped('"none"', '"umapp"'),
        "report.projection.use",
        ("umapp", '"none"'),
    ),
    Bad("empty name", swapped('"kmeans"', '""'), "clusterer.0.use"),
    Bad("missing use", swapped('use = "kmeans"', ""), "clusterer.0.use", ("missing",)),
    Bad("run name with slash", swapped('"good"', '"../good"'), "name"),
    Bad("run name of dots", swapped('"good"', '".."'), "name"),
    Bad("run name with line break", swapped('"good"', '"good\\n"'), "name"),
    Bad("id with slash", swapped("n_clusters = 3", 'n_clusters = 3\nid = "a/b"'), "clusterer.0.id"),
    Bad("empty id", swapped("n_clusters = 3", 'n_clusters = 3\nid = ""'), "clusterer.0.id"),
    Bad("markup in a name", swapped('"blobs"', '"[red]blobs[/red]"'), "dataset.use", ("[red]",)),
    Bad("broken markup", swapped('"blobs"', '"[/nope]"'), "dataset.use", ("[/nope]",)),
    Bad("control characters", swapped('"blobs"', '"\\u001b[31mblobs\\u0007"'), "dataset.use"),
    Bad("bidi override", swapped('"good"', '"good\\u202egpj"'), "name"),
    Bad("line break in a key", GOOD + '"a\\nb" = 1\n', "report.a b"),
    *(
        Bad(
            f"clusterer named {name}",
            swapped("n_clusters = 3", f'n_clusters = 3\nid = "{name}"'),
            "clusterer.0.id",
            (f"'{name}' is already a column of assignments.parquet", "another id"),
        )
        for name in ("split", "id", "label")
    ),
    Bad(
        "id on the projection", swapped('"none"', '{use = "pca", id = "x"}'), "report.projection.id"
    ),
    # Structure
    Bad("empty file", "", "dataset", ("missing",)),
    Bad("no data set", swapped(DATASET.strip(), ""), "dataset", ("missing",)),
    Bad("no encoder", swapped(ENCODER, ""), "encoder", ("missing",)),
    Bad("no clusterer", DATASET + ENCODER, "clusterer", ("missing",)),
    Bad("empty list", "encoder = []\n" + swapped(ENCODER, ""), "encoder"),
    Bad("table for list", swapped("[[encoder]]", "[encoder]"), "encoder"),
    Bad("list for table", swapped("[dataset]", "[[dataset]]"), "dataset"),
    Bad("text for table", 'dataset = "blobs"\n' + ENCODER + TAIL, "dataset"),
    Bad(
        "two without id",
        GOOD + '[[clusterer]]\nuse = "kmeans"\nn_clusters = 2\n',
        "clusterer.1.id",
        ("'kmeans'",),
    ),
    Bad(
        "duplicate ids",
        swapped("n_clusters = 3", 'n_clusters = 3\nid = "x"')
        + '[[clusterer]]\nuse = "dbscan"\nid = "x"\n',
        "clusterer.1.id",
        ("'x'",),
    ),
    Bad("not TOML", "[dataset\n", "", ("TOML", "line 1")),
    Bad("key twice", swapped("seed = 0", "seed = 0\nseed = 1"), "", ("TOML", "seed stands twice")),
    Bad("not UTF-8", b'name = "caf\xe9"\n', "", ("UTF-8",)),
    Bad("byte order mark", b"\xef\xbb\xbf" + GOOD.encode(), "", ("byte order mark",)),
    Bad("UTF-16", GOOD.encode("utf-16"), "", ("UTF-8",)),
    Bad("null bytes", b"a = 1\n\x00\n", "", ("TOML",)),
    Bad("deep lists", "a = " + "[" * 5000 + "]" * 5000, "", ("deep",)),
    Bad("quite deep lists", "a = " + "[" * 40 + "]" * 40, "", ("deep",)),
    Bad("deep tables", "[" + ".".join("a" * 60) + "]\n", "", ("deep",)),
    Bad("too large", "# " + "x" * (1 << 20), "", ("1 MiB",)),
    # Chains
    Bad(
        "text encoder second",
        with_encoder(ENCODER + '[[encoder]]\nuse = "tfidf"\n'),
        "encoder.1.use",
        ("text",),
    ),
    Bad(
        "tsne in the chain", with_encoder('[[encoder]]\nuse = "tsne"\n'), "encoder.0.use", ("tsne",)
    ),
    Bad(
        "head without a network",
        swapped('use = "kmeans"\nn_clusters = 3', 'use = "head"'),
        "clusterer.0.use",
        ("'scale' has none", "dec"),
    ),
    Bad(
        "text encoder as projection", swapped('"none"', '"tfidf"'), "report.projection", ("tfidf",)
    ),
    Bad("projection rows", swapped('"none"', '{use = "pca", rows = 0}'), "report.projection.rows"),
    Bad("projection without use", swapped('"none"', "{rows = 10}"), "report.projection.use"),
    Bad(
        "an interval of one resample",
        swapped("[report]", "[evaluation]\nresamples = 1\n[report]"),
        "evaluation.resamples",
        ("at least 20",),
    ),
    Bad(
        "no resamples",
        swapped("[report]", "[evaluation]\nresamples = false\n[report]"),
        "evaluation.resamples",
    ),
    Bad(
        "one refit",
        swapped("[report]", "[evaluation]\nrefits = 1\n[report]"),
        "evaluation.refits",
        ("at least 2",),
    ),
    Bad("projection 0", swapped('"none"', "0"), "report.projection"),
    Bad(
        "projection without its parameters",
        swapped('"none"', '"dec"'),
        "report.projection.n_clusters",
        ('(number of centroids); "none" draws no map',),
    ),
    Bad("projection on", swapped('"none"', "true"), "report.projection", ("or false", "not true")),
    Bad("projection a number", swapped('"none"', "3"), "report.projection"),
    Bad(
        "text encoder on a table",
        with_encoder('[[encoder]]\nuse = "tfidf"\n'),
        "encoder.0.use",
        ("text", "table"),
    ),
    Bad(
        "text encoder on images",
        '[dataset]\nuse = "digits"\nlimit = 50\n[[encoder]]\nuse = "tfidf"\n' + TAIL,
        "encoder.0.use",
        ("text", "image"),
    ),
    Bad(
        "head without a head",
        swapped('use = "kmeans"\nn_clusters = 3', 'use = "head"'),
        "clusterer.0.use",
        ("head",),
    ),
    Bad(
        "more clusters than rows",
        swapped("n_clusters = 3", "n_clusters = 300"),
        "clusterer.0.n_clusters",
        ("300", "32"),
    ),
    Bad(
        "radius whose square is no number",
        swapped('use = "kmeans"\nn_clusters = 3', 'use = "dbscan"\neps = 1.1e15'),
        "clusterer.0.eps",
        ("at most 1000000000000000.0",),
    ),
    Bad(
        "hardly a degree of freedom",
        with_encoder('[[encoder]]\nuse = "dec"\nn_clusters = 3\nalpha = 0.0009\n'),
        "encoder.0.alpha",
        ("0.001",),
    ),
    Bad(
        "hardly a degree of freedom in a phase",
        with_encoder(
            AUTOENCODER
            + '[[encoder.phase]]\nloss = {use = "dec", n_clusters = 3, alpha = 0.0009}\n'
        ),
        "encoder.0.phase.0.loss.alpha",
        ("0.001",),
    ),
    # Phases
    Bad("no epochs", with_encoder(TRIPLET + "epochs = -1\n"), "encoder.0.epochs", ("-1",)),
    Bad("zero batch", with_encoder(TRIPLET + "batch = 0\n"), "encoder.0.batch"),
    Bad("zero layer", with_encoder(TRIPLET.replace("[4]", "[4, 0]")), "encoder.0.layers.1"),
    Bad(
        "unknown phase key",
        with_encoder(TRIPLET + '[[encoder.phase]]\nloss = "triplet"\nepoch = 1\n'),
        "encoder.0.phase.0.epoch",
        ("did you mean 'epochs'",),
    ),
    Bad(
        "negative rate",
        with_encoder(TRIPLET + '[[encoder.phase]]\nloss = "triplet"\nlr = -1.0\n'),
        "encoder.0.phase.0.lr",
    ),
    Bad(
        "phase without a loss",
        with_encoder(TRIPLET + "[[encoder.phase]]\nepochs = 1\n"),
        "encoder.0.phase.0.loss",
        ("missing",),
    ),
    Bad(
        "unknown loss",
        with_encoder(TRIPLET + '[[encoder.phase]]\nloss = "triplets"\n'),
        "encoder.0.phase.0.loss",
        ("did you mean 'triplet'",),
    ),
    Bad(
        "unknown key of a loss",
        with_encoder(
            TRIPLET
            + '[[encoder.phase]]\nloss = ["triplet", {use = "reconstruction", margin = 1}]\n'
        ),
        "encoder.0.phase.0.loss.1.margin",
    ),
    Bad(
        "bad weight",
        with_encoder(TRIPLET + '[[encoder.phase]]\nloss = [{use = "triplet", weight = -1.0}]\n'),
        "encoder.0.phase.0.loss.0.weight",
    ),
    Bad(
        "unknown optimizer",
        with_encoder(TRIPLET + '[[encoder.phase]]\nloss = "triplet"\noptimizer = "adamm"\n'),
        "encoder.0.phase.0.optimizer",
        ("did you mean 'adam",),
    ),
    Bad(
        "unknown pairs",
        with_encoder(TRIPLET + 'pairs = "neighbours"\n'),
        "encoder.0.pairs",
        ("'neighbors'",),
    ),
    Bad(
        "unknown key of pairs",
        with_encoder(TRIPLET + 'pairs = {use = "neighbors", kk = 3}\n'),
        "encoder.0.pairs.kk",
    ),
    Bad(
        "unknown backbone",
        with_encoder(TRIPLET + 'backbone = {use = "sbert"}\n'),
        "encoder.0.backbone.use",
        ("sbert",),
    ),
    Bad(
        "unknown key of a backbone",
        with_encoder(TRIPLET + 'backbone = {use = "sentence-transformer", modl = "x"}\n'),
        "encoder.0.backbone.modl",
    ),
    # What needs the data
    Bad(
        "pairs of labels without labels",
        UNLABELLED + TRIPLET + 'pairs = "labels"\n' + TAIL,
        "encoder.0",
        ("label",),
    ),
    Bad(
        "classes without labels",
        UNLABELLED + ENCODER + TAIL.replace("= 3", '= "classes"'),
        "clusterer.0.n_clusters",
        ("label",),
    ),
    Bad(
        "missing data file",
        UNLABELLED.replace("rows.csv", "gone.csv") + ENCODER + TAIL,
        "dataset.path",
        ("gone.csv",),
    ),
    Bad(
        "missing column",
        UNLABELLED.replace('"all"', '["a", "nope"]') + ENCODER + TAIL,
        "dataset.features",
        ("nope",),
    ),
    Bad(
        "missing label column",
        UNLABELLED + 'label = "clas"\n' + ENCODER + TAIL,
        "dataset.label",
        ("clas",),
    ),
    Bad(
        "missing split",
        '[dataset]\nuse = "huggingface"\npath = "./hub"\nfeatures = "all"\ntrain = "nope"\n'
        + ENCODER
        + TAIL,
        "dataset.train",
        ("'nope'",),
    ),
    Bad(
        "missing test file",
        UNLABELLED + 'test = "gone.csv"\n' + ENCODER + TAIL,
        "dataset.test",
        ("gone.csv",),
    ),
    Bad(
        "one row a step and batch normalisation",
        with_encoder(AUTOENCODER + 'batch = 1\nbatch_norm = "before"\n'),
        "encoder.0.batch: ",
        ("at least 2", "batch_norm"),
    ),
    Bad(
        "cross-entropy of values that are no shares",
        with_encoder(AUTOENCODER + 'error = "bce"\n'),
        "encoder.0: binary cross-entropy",
        ("[0, 1]", "sigmoid"),
    ),
    Bad(
        "cross-entropy of such values in a phase",
        with_encoder(
            AUTOENCODER + '[[encoder.phase]]\nloss = {use = "reconstruction", kind = "bce"}\n'
        ),
        "encoder.0: binary cross-entropy",
        ("[0, 1]", "sigmoid"),
    ),
    Bad(
        "texts without words",
        TEXTS.format("b") + TFIDF + TAIL,
        "encoder.0: no term is left",
        ("no words",),
    ),
    Bad(
        "terms in more texts than there are",
        TEXTS.format("a") + TFIDF + "min_df = 40\n" + TAIL,
        "encoder.0.min_df: ",
        ("lower it",),
    ),
    Bad(
        "terms in more texts than any is",
        TEXTS.format("a") + TFIDF + "min_df = 5\n" + TAIL,
        "encoder.0.min_df: no term is left",
        ("lower min_df",),
    ),
    # extends and --set
    Bad("extends nothing", 'extends = "gone.toml"\n', "extends", ("gone.toml",)),
    Bad("extends a number", "extends = 3\n", "extends"),
    Bad("extends a folder", 'extends = "."\n', "extends"),
    Bad("extends itself", 'extends = "bad.toml"\n', "extends", ("circle",)),
    Bad("extends in a circle", 'extends = "circle.toml"\n', "extends", ("circle",)),
    Bad("set without a value", GOOD, "--set", ("key=value",), setting("seed")),
    Bad("set without a key", GOOD, "--set", ("key=value",), setting("=3")),
    Bad("set with a hole", GOOD, "--set", ("key=value",), setting("dataset..rows=3")),
    Bad("set a bad index", GOOD, "--set", ("'7'",), setting("encoder.7.use='pca'")),
    Bad("set a name as index", GOOD, "--set", ("'nope'",), setting("encoder.nope.dim=3")),
    Bad("set below a value", GOOD, "--set", (), setting("seed.x.y=3")),
    Bad("set an unknown key", GOOD, "dataset.row", ("'rows'",), setting("dataset.row=3")),
    Bad("set a bad value", GOOD, "dataset.rows", ("integer",), setting("dataset.rows=many")),
    Bad("set nan", GOOD, "dataset.spread", ("finite",), setting("dataset.spread=nan")),
    Bad("set a date", GOOD, "seed", ("date",), setting("seed=2024-01-01")),
    Bad("set deep", GOOD, "", ("deep",), setting(".".join("a" * 60) + "=1")),
    Bad("set a deep value", GOOD, "seed", (), setting("seed=" + "[" * 5000)),
    Bad("set an endless number", GOOD, "seed", (), setting("seed=" + "9" * 5000)),
    Bad("set two lines", GOOD, "seed", (), setting("seed=1\nname='x'")),
    Bad("seed option", GOOD, "seed", (), ("--seed", "-5")),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_recipe_is_one_line(
    bad: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("CLUSTERFORGE_PLUGINS", "")
    rows = "a,b\n" + "".join(f"{i * 7 % 31},{i % 3}.5\n" for i in range(30))
    Path("rows.csv").write_text(rows)
    Path("circle.toml").write_text('extends = "bad.toml"\n')
    Path("hub").mkdir()
    Path("hub/other.csv").write_text(rows)
    text = bad.recipe if isinstance(bad.recipe, bytes) else bad.recipe.encode()
    Path("bad.toml").write_bytes(text)

    status = main(["run", "bad.toml", "--no-cache", "--quiet", *bad.args])

    out, err = capsys.readouterr()
    assert status == 2, err
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert not any(ord(c) < 32 or ord(c) == 127 or 0x80 <= ord(c) < 0xA0 for c in err[:-1])
    assert "\u202e" not in err
    assert len(err) < 600
    # What was written behind --set is quoted: the message may come from Python as well.
    place = bad.args[1] if bad.key == "--set" else f"bad.toml: {bad.key}"
    assert place in err or f"circle.toml: {bad.key}" in err
    for words in bad.says:
        assert words in err


@pytest.mark.parametrize("name", ["gone.toml", ".", "rows.csv/x.toml"])
def test_what_is_no_file_is_one_line(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("a\n1\n")

    assert main(["run", name]) == 2
    assert main(["check", name]) == 2

    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert all(line.startswith(f"error: {name}: ") for line in err)


def test_the_good_recipe_is_good(tmp_path: Path) -> None:
    """Else every test above could pass for the wrong reason."""
    recipe = tmp_path / "good.toml"
    recipe.write_text(GOOD)

    assert main(["check", str(recipe)]) == 0


def test_there_are_enough() -> None:
    assert len({bad.name for bad in BAD}) == len(BAD) >= 45
