"""Tokens appear nowhere; paths of a machine are not in its report; csv is text for a spreadsheet."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from clusterforge.cli import terminal
from clusterforge.cli.terminal import plain
from clusterforge.errors import InputError, redacted
from tests.cli.conftest import BLOBS, Cli

HF, SK = "hf_" + "aB3dE5gH7jK9" * 3, "sk-proj-" + "aB3dE5gH7jK9" * 3
URL = "https://ann:s3cr3t@host.example/rows.csv"
QUERY = "https://host.example/rows.csv?user=ann&access_token=s3cr3t"


@pytest.mark.parametrize("text", [URL, QUERY, f"token {HF}", SK, "Bearer s3cr3ts3cr3ts3cr3t"])
def test_errors_and_notes_leave_secrets_out(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.note(text)
    shown = capsys.readouterr().err + str(InputError(text, key=text, remedy=text))
    for secret in ("s3cr3t", "ann:", HF, SK):
        assert secret not in shown
    assert "…" in shown


@pytest.mark.parametrize(
    "key",
    ["?apikey", "?accessToken", "#access_token", "?access%5Ftoken", ";jsessionid", "?a=1&pwd"],
)
def test_the_secrets_of_an_address_have_many_names(key: str) -> None:
    assert redacted(f"https://host.example/a{key}=s3cr3t") == f"https://host.example/a{key}=…"


@pytest.mark.parametrize(
    "token",
    [
        "xoxb-" + "123456789012-" * 2 + "aB3dE5gH7jK9",
        "AIza" + "Sy_-1" * 7,
        "npm_" + "aB3dE5gH7" * 4,
        "ASIA" + "0123ABCD" * 2,
    ],
)
def test_tokens_of_services_are_known_by_their_form(token: str) -> None:
    assert redacted(f"with {token} in it") == "with … in it"


@pytest.mark.parametrize(
    "text",
    [
        "https://host.example/a?page=2",
        "https://host.example/a?monkey=2#keys",
        "xoxo-with-much-love-from-here",
        "npm_config_registry_of_packages",
        "data/rows@home.csv",
        "s3://rows/a",
        "sk-learn",
        "key=4 tokens",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("secret", [URL, QUERY, HF])
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_recipe_with_a_secret_is_refused_and_leaves_nothing(
    secret: str, command: str, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "r.toml").write_text(f'description = "{secret}"\n{BLOBS}')
    done = cli(command, "r.toml")

    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("error: r.toml: description: holds a password or a token")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] in ([], ["cache"])
    again = cli(command, "r.toml", "--set", f"dataset.path={secret}", "--set", "description=a")
    assert again.status == 2
    assert "s3cr3t" not in done.err + again.err
    assert HF not in done.err + again.err


def test_a_report_does_not_tell_where_it_was_made(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home of ann"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    rows = "".join(f"{n % 7},{n % 5 + 10 * (n % 2)}\n" for n in range(60))
    for name, at in {"inside": home / "inside.csv", "outside": tmp_path / "outside.csv"}.items():
        at.write_text(f"a,b\n{rows}")
        data = f'use = "files"\npath = "{at}"\nfeatures = "all"\n'
        recipe = BLOBS.replace('use = "blobs"\nrows = 60\n', data)
        (tmp_path / f"{name}.toml").write_text(recipe)
        assert cli("run", f"{name}.toml", "--out", name, "--quiet").status == 0
        page = (tmp_path / name / "report.html").read_text()
        assert str(tmp_path) not in page
        assert "home of ann" not in page
        assert f"~/{name}.csv" in page or f"…/{tmp_path.name}/{name}.csv" in page


def test_predict_writes_ids_with_their_tabs_and_no_formulas(cli: Cli, tmp_path: Path) -> None:
    rows = [f"r{n},{n % 2 * 9}.{n},{n % 3}" for n in range(40)]
    (tmp_path / "rows.csv").write_text("id,x,y\n" + "\n".join(rows) + "\n")
    data = 'use = "files"\npath = "rows.csv"\nid = "id"\nfeatures = ["x", "y"]\n'
    (tmp_path / "r.toml").write_text(BLOBS.replace('use = "blobs"\nrows = 60\n', data))
    assert cli("run", "r.toml", "--out", "done", "--quiet").status == 0
    (tmp_path / "new.csv").write_text('id,x,y\n"a\tb",1,1\n=1+1,1,1\n-5,1,1\n')
    done = cli("predict", "done", "new.csv")

    assert done.status == 0, done.err
    ids = [line.split(",")[0] for line in done.out.splitlines()[1:]]
    assert ids == ["a\tb", "'=1+1", "-5"]


@pytest.mark.parametrize("part", ["x", "sk-", "a.", "bearer ", "?token_", "://", "\x9d", "\x1b]"])
def test_a_long_word_takes_no_longer_for_each_letter(part: str) -> None:
    """A value of 300 KB in a request kept a server busy for minutes."""
    begun = time.monotonic()
    redacted(part * 100_000)
    plain(part * 100_000)
    assert time.monotonic() - begun < 10
