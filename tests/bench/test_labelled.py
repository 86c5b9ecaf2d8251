import pytest

from tests.bench import labelled


def test_a_set_is_computed_once_and_stored(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(labelled, "_folder", lambda: tmp_path)
    (iris,) = labelled.available(["iris"])
    assert (iris.embedding.shape[1], iris.k, iris.labels.min()) == (4, 3, 0)
    monkeypatch.setattr(labelled, "_computed", pytest.fail)
    (again,) = labelled.available(["iris"])
    assert (again.embedding == iris.embedding).all()
    assert (again.labels == iris.labels).all()
    assert not capsys.readouterr().out


def test_a_set_that_is_not_there_is_left_out_with_the_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(labelled, "_folder", lambda: tmp_path)
    absent = labelled.LabelledSet(
        "absent", {"use": "files", "path": str(tmp_path / "no.csv")}, (), held_back=True
    )
    monkeypatch.setattr(labelled, "SETS", (absent,))
    assert list(labelled.available()) == []
    assert "absent is left out" in capsys.readouterr().out
