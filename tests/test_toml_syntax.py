"""A recipe that is not TOML is refused with the parser's words and what to write instead."""

from __future__ import annotations

import tomllib

import pytest

from clusterforge.errors import RecipeError
from clusterforge.recipe import source
from clusterforge.toml_syntax import syntax_remedy, value_remedy


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("a = abc.csv\n", 'text needs quotes: write a = "abc.csv"'),
        ("a = 5%  # half\n", 'text needs quotes: write a = "5%"'),
        ("path = C:\\x\n", r'text needs quotes: write path = "C:\\x"'),
        ('path = "C:\\Users"\n', "in a path write / for each \\, or put it in single quotes"),
        ('path = "C:\\data"\n', "in a path write / for each \\, or put it in single quotes"),
        ("a = True\n", "write a = true"),
        ("a = None\n", "leave the line out: there is no such value"),
        ("a = 06\n", "numbers have no leading zeros: write a = 6"),
        ("a = 1,5\n", "write a = 1.5"),
        ("a = .5\n", "write a = 0.5"),
        ("a = ('lower',)\n", 'write a = ["lower"]'),
        ("a = [x, y]\n", 'write a = ["x", "y"]'),
        (
            "a = \N{LEFT DOUBLE QUOTATION MARK}x\N{RIGHT DOUBLE QUOTATION MARK}\n",
            'write straight quotes: "',
        ),
        ("a =\n", "write a = and a value"),
        ("a = 1 b = 2\n", "write each key on a line of its own"),
        ("a = 'it's'\n", "write nothing behind the value, and each key on a line of its own"),
        ("use: files\n", 'write use = "files"'),
        ("- n: 5\n", "write n = 5"),
        ("a = {x: 1}\n", "write key = value, within { } too"),
        ("key word = 5\n", 'write the key in quotes: "key word" = 5'),
        ("words\n", "write key = value, and # before what is a comment"),
        ('{"a": 1}\n', "write key = value on each line, and # before what is a comment"),
        ("[dataset\n", "close the name of the table: [dataset]"),
        ('a = "x\n', "close the quotes of the text on its line"),
        ("a = [1,\n", "close what is open: each [, each { and all quotes"),
        ("a = [\n b,\n]\n", "put each text in quotes, and write true and false in small letters"),
        ("a = {x = 1,}\n", "write what is within { } on one line, without a comma before }"),
        ("a = 1\na = 2\n", "a stands twice: keep one of the lines"),
        ("a = {x = 1, x = 2}\n", "x stands twice: keep one"),
        ("a = {x = 1}\na = {y = 2}\n", "a stands twice: write all within one, a = {…, …}"),
        ("a = {x = 1}\na.y = 2\n", "a stands there already: write y = 2 within it"),
        ("[a]\nx = 1\n[a]\n", "a stands twice: write it once, with all that belongs to it"),
        ("a = {x = 1}\n[a]\n", "a stands twice: write it once, with all that belongs to it"),
    ],
)
def test_what_to_write(text: str, remedy: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError) as refused:
        tomllib.loads(text)
    assert syntax_remedy(text, str(refused.value)) == remedy
    if remedy.partition("write ")[2].startswith("a = "):
        tomllib.loads(
            remedy.partition("write ")[2].replace("{…, …}", "{}").replace("and a value", "1")
        )


@pytest.mark.parametrize(
    ("text", "value", "listed"),
    [
        ("('lower',)", 'write ["lower"] (in a shell within single quotes)', None),
        ("lower", None, 'write ["lower"] (in a shell within single quotes)'),
        ("06", "numbers have no leading zeros: write 6", None),
        ("1,5", "write 1.5", None),
        ("False", "write false", None),
        ("None", *["leave the key out: there is no such value"] * 2),
    ],
)
def test_values_of_other_languages(text: str, value: str | None, listed: str | None) -> None:
    assert value_remedy(text) == value
    if listed:
        assert value_remedy(text, is_list=True) == listed


@pytest.mark.parametrize(
    ("override", "remedy"),
    [
        (
            "clusterer.n_clusters=5",
            "write clusterer.kmeans.n_clusters=5 or clusterer.0.n_clusters=5; entries: 0 (kmeans), 1 (b)",
        ),
        ("clusterer.kmean.n_clusters=5", "did you mean 'kmeans'? entries: 0 (kmeans), 1 (b)"),
        ("clusterer.7.n_clusters=5", "entries: 0 (kmeans), 1 (b)"),
    ],
)
def test_entries_are_named(override: str, remedy: str) -> None:
    entries = [{"use": "kmeans"}, {"use": "dbscan", "id": "b"}]
    with pytest.raises(RecipeError) as refused:
        source.read({"clusterer": entries}, [override])
    assert refused.value.remedy == remedy
