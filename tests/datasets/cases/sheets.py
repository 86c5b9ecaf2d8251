"""Workbooks, databases, and data sets that other libraries save."""

from .case import Case
from .writers import file, json_lines, parquet, pictures, saved, several, sqlite, xlsx

BOOK = {"path": "d.xlsx", "features": "all"}
ROWS = [["a", "b", "y"], [1, 2.5, "u"], [3, 4, "v"]]
BASE = {"path": "d.sqlite", "text": "body"}
NOTES = (
    "create table notes (body text, y text); insert into notes values ('one', 'u'), ('two', null)"
)
OTHER = "create table other (n integer)"
RECORDS = ({"data": {"text": "one", "y": "u"}}, {"data": {"text": "two"}})
XLSX = "openpyxl"

CASES = (
    Case(
        "xlsx",
        xlsx("d.xlsx", s=ROWS),
        {**BOOK, "label": "y"},
        "train: 2 × table a, b: (1, 2.5) (3, 4), labels u v",
        XLSX,
    ),
    Case(
        "xlsx, empty rows and columns",
        xlsx("d.xlsx", s=[[], [*ROWS[0], None, None], *ROWS[1:], [None]]),
        {**BOOK, "label": "y"},
        "train: 2 × table a, b: (1, 2.5) (3, 4), labels u v",
        XLSX,
    ),
    Case(
        "xlsx, an error of the spreadsheet",
        xlsx("d.xlsx", s=[["a", "b"], [1, 2], ["#DIV/0!", 3]]),
        {**BOOK, "missing": "drop"},
        "train: 1 × table a, b: (1, 2). left out: 1 of train, a missing value. 1 of the 2 rows of train has a missing value; left out",
        XLSX,
    ),
    Case(
        "xlsx, formulas that were never calculated",
        xlsx("d.xlsx", s=[["a", "b", "c"], [1, "=A2*2", 5], [3, "=A3*2", 6]]),
        BOOK,
        "train: 2 × table a, c: (1, 5) (3, 6). d.xlsx: formulas without a calculated value are gaps: 2 of 2, the first in row 2 of the sheet; save the file in a spreadsheet program. column 'b' is left out: it has no values",
        XLSX,
    ),
    Case(
        "xlsx, a formula that was never calculated",
        xlsx("d.xlsx", s=[["a", "b"], [1, 5], [3, "=A3*2"]]),
        {**BOOK, "missing": "drop"},
        "train: 1 × table a, b: (1, 5). left out: 1 of train, a missing value. d.xlsx: formulas without a calculated value are gaps: 1 of 1, the first in row 3 of the sheet; save the file in a spreadsheet program. 1 of the 2 rows of train has a missing value; left out",
        XLSX,
    ),
    Case(
        "xlsx, several sheets",
        xlsx("d.xlsx", first=ROWS, second=ROWS, third=[]),
        BOOK,
        "Refused: table: d.xlsx has 2 sheets; name one: first, second",
        XLSX,
    ),
    Case(
        "xlsx, several sheets, one named",
        xlsx("d.xlsx", first=ROWS, second=ROWS[:2]),
        {**BOOK, "table": "second", "label": "y"},
        "train: 1 × table a, b: (1, 2.5), labels u",
        XLSX,
    ),
    Case(
        "xlsx, a sheet that is not there",
        xlsx("d.xlsx", first=ROWS),
        {**BOOK, "table": "frist"},
        "Refused: table: d.xlsx has no sheet 'frist'; did you mean 'first'? known: first",
        XLSX,
    ),
    Case(
        "xlsx, empty",
        xlsx("d.xlsx", s=[]),
        BOOK,
        "Refused: path: d.xlsx has no sheet that holds anything",
        XLSX,
    ),
    Case(
        "xlsx, numbers that are texts",
        xlsx("d.xlsx", s=[["text"], [7], ["x"]]),
        {"path": "d.xlsx", "text": "text"},
        "train: 2 × text '7' 'x'",
        XLSX,
    ),
    Case(
        "xlsx, nonsense",
        file("d.xlsx", "nonsense"),
        BOOK,
        "Refused: path: d.xlsx can't be read as xlsx: File is not a zip file",
        XLSX,
    ),
    Case(
        "sqlite",
        sqlite("d.sqlite", NOTES),
        {**BASE, "label": "y"},
        "train: 2 × text 'one' 'two', labels u -",
    ),
    Case(
        "sqlite, several tables",
        sqlite("d.sqlite", NOTES, OTHER),
        BASE,
        "Refused: table: d.sqlite has 2 tables; name one: notes, other",
    ),
    Case(
        "sqlite, several tables, one named",
        sqlite("d.sqlite", NOTES, OTHER),
        {**BASE, "table": "notes"},
        "train: 2 × text 'one' 'two'",
    ),
    Case(
        "sqlite, a query",
        sqlite("d.sqlite", NOTES),
        {**BASE, "query": "select upper(body) as body from notes"},
        "train: 2 × text 'ONE' 'TWO'",
    ),
    Case(
        "sqlite, a query that would write",
        sqlite("d.sqlite", NOTES),
        {**BASE, "query": "delete from notes"},
        "Refused: query: d.sqlite has no answer to it: attempt to write a readonly database",
    ),
    Case(
        "sqlite, a query that would make a file",
        sqlite("d.sqlite", NOTES),
        {**BASE, "query": "attach database 'd.sqlite-new' as other"},
        "Refused: query: d.sqlite has no answer to it: not authorized",
    ),
    Case(
        "sqlite, a query that would copy the database",
        sqlite("d.sqlite", NOTES),
        {**BASE, "query": "vacuum into 'd.sqlite-new'"},
        "Refused: query: d.sqlite has no answer to it: authorization denied",
    ),
    Case(
        "sqlite, a query that fails",
        sqlite("d.sqlite", NOTES),
        {**BASE, "query": "select x from notes"},
        "Refused: query: d.sqlite has no answer to it: no such column: x",
    ),
    Case(
        "sqlite, numbers and texts in one column",
        sqlite("d.sqlite", "create table t (a)", "insert into t values (1), ('x')"),
        {"path": "d.sqlite", "features": "all"},
        "Refused: path: d.sqlite: the values of 'a' are not of one kind: a number in row 1, a text in row 2; write all of them as text, or all as numbers",
    ),
    Case(
        "sqlite, nonsense",
        file("d.sqlite", "nonsense of some length"),
        BASE,
        "Refused: path: d.sqlite can't be read as sqlite: file is not a database",
    ),
    Case(
        "save_to_disk",
        saved("d", train={"text": ["one", "two"]}, test={"text": ["three"]}),
        {"path": "d", "text": "text"},
        "train: 2 × text 'one' 'two'. test: 1 × text 'three'",
    ),
    Case(
        "save_to_disk, one split under two names",
        saved(
            "d", train={"text": ["one"]}, valid={"text": ["two"]}, validation={"text": ["three"]}
        ),
        {"path": "d", "text": "text"},
        "train: 1 × text 'one'. validation: 2 × text 'two' 'three'",
    ),
    Case(
        "jsonl, fields within fields",
        json_lines("d.jsonl", *RECORDS),
        {"path": "d.jsonl", "text": "data.text", "label": "data.y"},
        "train: 2 × text 'one' 'two', labels u -",
    ),
    Case(
        "jsonl, a field that is not there",
        json_lines("d.jsonl", *RECORDS),
        {"path": "d.jsonl", "text": "data.body"},
        "Refused: text: there is no column 'data.body'; known: data",
    ),
    Case(
        "parquet, fields within fields",
        parquet("d.parquet", data=[{"text": "one"}, {"text": "two"}]),
        {"path": "d.parquet", "text": "data.text"},
        "train: 2 × text 'one' 'two'",
    ),
    Case(
        "csv of image paths",
        several(file("d.csv", "file,y\np/a.png,u\np/b.png,v\n"), pictures("p/a.png", "p/b.png")),
        {"path": "d.csv", "image": "file", "label": "y"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels u v",
    ),
    Case(
        "csv of image paths, one missing",
        several(file("d.csv", "file,y\np/a.png,u\np/b.png,v\n"), pictures("p/a.png")),
        {"path": "d.csv", "image": "file"},
        "Refused: image: 1 of 2 rows of train has no value in 'file' (no such file: p/b.png), the first is row 2; set missing = \"drop\"",
    ),
    Case(
        "csv of image paths, one missing, dropped",
        several(file("d.csv", "file,y\np/a.png,u\np/b.png,v\n"), pictures("p/a.png")),
        {"path": "d.csv", "image": "file", "missing": "drop"},
        "train: 1 × image (2, 3, 1) of 100. left out: 1 of train, no image. 1 of the 2 rows of train has no image; left out",
    ),
)
