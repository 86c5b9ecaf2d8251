"""Workbooks, databases, and data sets that other libraries save."""

from datetime import date, time, timedelta

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
        "xlsx, two tables side by side",
        xlsx("d.xlsx", s=[["a", None, "b"], [1, None, 2], [3, None, 4]]),
        BOOK,
        "train: 2 × table a, b: (1, 2) (3, 4). an empty column without a name stands between 'a' and 'b' of d.xlsx: if these are two tables side by side, write each to a file of its own",
        XLSX,
    ),
    Case(
        "xlsx, an error of the spreadsheet",
        xlsx("d.xlsx", s=[["a", "b"], [1, 2], ["#DIV/0!", 3]]),
        {**BOOK, "missing": "drop"},
        "train: 1 × table a, b: (1, 2). left out: 1 of train, a missing value. d.xlsx: cells with errors are gaps: #DIV/0! in 1 cell. 1 of the 2 rows of train has a missing value; left out",
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
        "Refused: text: there is no column 'data.body'; did you mean 'data.y'? known: data.text, data.y",
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
    Case(
        "xlsx, a number after dates",
        xlsx("d.xlsx", s=[["t", "b"], [date(2024, 1, 1), 2], [date(2024, 1, 2), 3], [45000, 4]]),
        BOOK,
        "Refused: path: d.xlsx: the values of 't' are not of one kind: a date in row 1, a number in row 3; write all of one kind",
        XLSX,
    ),
    Case(
        "xlsx, a number after times",
        xlsx("d.xlsx", s=[["t", "b"], [time(3), 2], [time(4), 3], [7.5, 4]]),
        BOOK,
        "Refused: path: d.xlsx: the values of 't' are not of one kind: a time in row 1, a number in row 3; write all of one kind",
        XLSX,
    ),
    Case(
        "xlsx, a number after durations",
        xlsx("d.xlsx", s=[["t", "b"], [timedelta(1.5), 2], [timedelta(2.5), 3], [45000, 4]]),
        BOOK,
        "Refused: path: d.xlsx: the values of 't' are not of one kind: a duration in row 1, a number in row 3; write all of one kind",
        XLSX,
    ),
    Case(
        "xlsx, a number after dates that are labels",
        xlsx("d.xlsx", s=[["t", "b"], [date(2024, 1, 1), 2], [date(2024, 1, 2), 3], [0, 4]]),
        {**BOOK, "features": ["b"], "label": "t"},
        "Refused: path: d.xlsx: the values of 't' are not of one kind: a date in row 1, a number in row 3; write all of one kind",
        XLSX,
    ),
    Case(
        "xlsx, no header",
        xlsx("d.xlsx", s=[[5.1, 3.5, "x"], [4.9, 3, "y"], [4.7, 3.1, "x"]]),
        BOOK,
        "Refused: header: the first row of d.xlsx looks like values, not names: '5.1' is a number; set header = false if there are no names, header = true if these are the names",
        XLSX,
    ),
    Case(
        "xlsx, no header, said",
        xlsx("d.xlsx", s=[[5.1, 3.5, "x"], [4.9, 3, "y"], [4.7, 3.1, "x"]]),
        {**BOOK, "header": False},
        "train: 3 × table 0, 1, 2 (category): (5.1, 3.5, x) (4.9, 3, y) (4.7, 3.1, x)",
        XLSX,
    ),
    Case(
        "xlsx, no header, texts",
        xlsx("d.xlsx", s=[["x", "y"], ["x", "z"], ["z", "y"]]),
        BOOK,
        "Refused: header: the first row of d.xlsx looks like values, not names: 'x' is also a value of its column, and so on; set header = false if there are no names, header = true if these are the names",
        XLSX,
    ),
    Case(
        "xlsx, years as names",
        xlsx("d.xlsx", s=[["n", 2020, 2021], ["x", 3, 4], ["y", 3, 5]]),
        BOOK,
        "train: 2 × table n (category), 2020, 2021: (x, 3, 4) (y, 3, 5)",
        XLSX,
    ),
    Case(
        "xlsx, two columns of one name",
        xlsx("d.xlsx", s=[["n", "n"], ["x", 4], ["y", 6]]),
        BOOK,
        "Refused: path: d.xlsx has two columns named 'n'; give each its own name (joined, where names stand in two rows), or set header = false if the first row holds values, or set drop = [\"n\"] if no such column is needed",
        XLSX,
    ),
    Case(
        "sqlite, texts and bytes in one column",
        sqlite("d.sqlite", "create table t (a)", "insert into t values ('x'), (x'00')"),
        {"path": "d.sqlite", "text": "a"},
        "Refused: path: d.sqlite: the values of 'a' are not of one kind: a text in row 1, bytes in row 2; write all of one kind",
    ),
    Case(
        "save_to_disk, no train",
        saved("d", train_sft={"text": ["one"]}, test_sft={"text": ["two"]}),
        {"path": "d", "text": "text"},
        'Refused: path: d has no split called train, but train_sft, test_sft; name the folder of one: path = "d/train_sft", test = "d/test_sft"',
    ),
    Case(
        "save_to_disk, its splits named",
        saved("d", train_sft={"text": ["one"]}, test_sft={"text": ["two"]}),
        {"path": "d/train_sft", "test": "d/test_sft", "text": "text"},
        "train: 1 × text 'one'. test: 1 × text 'two'",
    ),
    Case(
        "save_to_disk, splits by language",
        saved("d", english={"text": ["one"]}, german={"text": ["eins"]}),
        {"path": "d", "text": "text"},
        'Refused: path: d has no split called train, but english, german; name the folder of one: path = "d/english"',
    ),
    Case(
        "save_to_disk, test alone",
        saved("d", test={"text": ["one"]}),
        {"path": "d", "text": "text"},
        'Refused: path: d has no split called train, but test; name the folder of one: path = "d/test"',
    ),
    Case(
        "save_to_disk, no train, as test",
        several(
            saved("d", train={"text": ["one"]}), saved("t", a={"text": ["b"]}, b={"text": ["c"]})
        ),
        {"path": "d", "text": "text", "test": "t"},
        'Refused: test: t has no split called train, but a, b; name the folder of one: test = "t/a"',
    ),
    Case(
        "save_to_disk, a split missing",
        file("d/dataset_dict.json", '{"splits": ["train"]}'),
        {"path": "d", "text": "text"},
        "Refused: path: d/train is not there, but dataset_dict.json names it; save the data set again",
    ),
    Case(
        "csv of image addresses",
        file("d.csv", "file\nhttps://example.org/a.png\n"),
        {"path": "d.csv", "image": "file"},
        "Refused: image: column 'file' holds addresses: row 1; download the files, and name their paths",
    ),
    Case(
        "csv of images as base64 text",
        file("d.csv", f"file\np/a.png\n{'iVBORw0KGgo':A<6000}\n"),
        {"path": "d.csv", "image": "file"},
        "Refused: image: column 'file' holds images as base64 text: row 2; write them as files (base64.b64decode), and name their paths, or as bytes into parquet",
    ),
    Case(
        "jsonl of images as data URIs",
        json_lines("d.jsonl", {"file": f"data:image/png;base64,{'iVBORw0KGgo':A<6000}"}),
        {"path": "d.jsonl", "image": "file"},
        "Refused: image: column 'file' holds images as base64 text: row 1; write them as files (base64.b64decode), and name their paths, or as bytes into parquet",
    ),
    Case(
        "csv of image paths that no file can have",
        file("d.csv", f"file\n{'x' * 5000}\n"),
        {"path": "d.csv", "image": "file", "missing": "drop"},
        "Refused: path: the only row of train has no image",
    ),
)
