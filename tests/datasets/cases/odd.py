"""Values that may not be meant as they stand, and files that are not what they are called."""

import gzip
import io
import tarfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from .case import Case
from .writers import file, json_lines, link, npy, parquet, pictures, saved, several, sqlite, xlsx

TABLE = {"path": "d.csv", "features": "all"}
LABELLED = {**TABLE, "label": "y"}
TEXT = {"path": "d.csv", "text": "text"}
BOOK = {"path": "d.xlsx", "features": "all"}
LINES = {"path": "d.jsonl", "features": "all"}
COUNTED = "".join(f"{row % 7},{row * 3 % 5}\n" for row in range(12))
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
XLSX = "openpyxl"


def tar(folder: Path) -> None:
    """Write a tar archive that is called a csv file."""
    data = b"a,b\n1,2\n"
    with tarfile.open(folder / "d.csv", "w") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))


def merged(folder: Path) -> None:
    """Write a workbook with merged cells and a hidden row."""
    from openpyxl import load_workbook

    rows = [["a", "b"], ["x", 1], [None, 2], ["y", 3], ["x", 4]]
    xlsx("d.xlsx", s=rows)(folder)
    book = load_workbook(folder / "d.xlsx")
    book["s"].merge_cells("A2:A3")
    book["s"].row_dimensions[4].hidden = True
    book.save(folder / "d.xlsx")


CASES = (
    Case(
        "csv, semicolons and decimal comma after a byte order mark",
        file("d.csv", "\ufeffa;b\n1,5;2,5\n3,5;4,5\n"),
        {**TABLE, "delimiter": ";", "decimal": ","},
        "train: 2 × table a, b: (1.5, 2.5) (3.5, 4.5)",
    ),
    Case(
        "csv, numbers with the minus of typesetters",
        file("d.csv", "a,b\n−1,1\n−2,2\n3,5\n"),
        TABLE,
        "train: 3 × table b: (1) (2) (5). column 'a' is left out: it holds text of 3 different values, each in one row. column 'a' is no column of numbers, for '−1' (row 1), but 3 of its 3 different values are numbers: set number in types, which reads them as they are, or say in types what it is",
    ),
    Case(
        "csv, numbers with digits of another script",
        file("d.csv", "a,b\n١٢,1\n١٣,2\n"),
        TABLE,
        "train: 2 × table a (category), b: (١٢, 1) (١٣, 2). column 'a' is no column of numbers, for '١٢' (row 1), but 2 of its 2 different values are numbers: set number in types, which reads them as they are, or say in types what it is",
    ),
    Case(
        "csv, numbers within single quotes",
        file("d.csv", "a,b\n'1',1\n'2',2\n"),
        TABLE,
        "train: 2 × table a (category), b: ('1', 1) ('2', 2). column 'a' is no column of numbers, for \"'1'\" (row 1), but 2 of its 2 different values are numbers: set number in types, which reads them as they are, or say in types what it is",
    ),
    Case(
        "csv, thousands with fixed spaces",
        file("d.csv", "a,b\n1\u00a0234,1\n2\u202f345,2\n"),
        {**TABLE, "thousands": " "},
        "train: 2 × table a, b: (1234, 1) (2345, 2)",
    ),
    Case(
        "csv, a row of units below the names",
        file("d.csv", "a,b\nkg,cm\n1,2\n3,4\n"),
        TABLE,
        "Refused: features: no column can be a feature ('a': it holds text of 3 different values, each in one row; 'b': it holds text of 3 different values, each in one row); column 'a' is no column of numbers, for 'kg' (row 1), but 2 of its 3 different values are numbers: name such values in na_values, or say in types what it is; if these values stand for none, set na_values = {a = [\"kg\"], b = [\"cm\"]}",
    ),
    Case(
        "csv, a word among the numbers of a column that is named",
        file("d.csv", "a,b\n1,2\n3,4\nabc,6\n7,8\n"),
        {"path": "d.csv", "features": ["a", "b"]},
        "Refused: features: column 'a' can't be a feature: it holds text of 4 different values, each in one row; column 'a' is no column of numbers, for 'abc' (row 3), but 3 of its 4 different values are numbers: name such values in na_values, or say in types what it is",
    ),
    Case(
        "csv, a row of units, said",
        file("d.csv", "a,b\nkg,cm\n1,2\n3,4\n"),
        {**TABLE, "na_values": ["kg", "cm"]},
        "train: 3 × table a, b: (-, -) (1, 2) (3, 4). 1 of the 3 rows of train has no value in any feature, the first is row 1: remove them from the file if they are no rows",
    ),
    Case(
        "csv, a title above the names",
        file("d.csv", "Report 2024\na,b\n1,2\n"),
        TABLE,
        "Refused: skip: d.csv: row 1 has 2 values, the header has 1; set it to 1, if the columns are called a, b",
    ),
    Case(
        "csv, -999 for no value",
        file("d.csv", f"a,b\n{COUNTED}-999,2\n"),
        TABLE,
        "train: 13 × table a, b: (0, 0) (1, 3) (2, 1) (3, 4) …. a number apart from all others looks like a sign for no value in 'a' (-999 in 1 row): if it is one, set na_values = {a = [\"-999\"]}",
    ),
    Case(
        "csv, -1 and 1",
        file("d.csv", "a,b\n" + "-1,0\n1,99\n" * 6 + "1,0\n" * 6),
        TABLE,
        "train: 18 × table a, b: (-1, 0) (1, 99) (-1, 0) (1, 99) …",
    ),
    Case(
        "csv, -999 for no value, said",
        file("d.csv", f"a,b\n{COUNTED}-999,2\n"),
        {**TABLE, "na_values": ["-999"]},
        "train: 13 × table a, b: (0, 0) (1, 3) (2, 1) (3, 4) …",
    ),
    Case(
        "csv, a number beyond 64 bits",
        file("d.csv", "a,b\n1e400,1\n2,2\n"),
        TABLE,
        'Refused: features: 1 value in \'a\' of train is infinite or beyond 3.4e38, the first is row 1; set missing = "drop" or "mean"',
    ),
    Case(
        "csv, days with slashes",
        file("d.csv", "a,t\n1,13/02/2024\n2,14/02/2024\n"),
        TABLE,
        "train: 2 × table a, t (category): (1, 13/02/2024) (2, 14/02/2024). column 't' looks like dates ('13/02/2024'): to use them as dates, set types = {t = \"%d/%m/%Y\"}",
    ),
    Case(
        "csv, days with slashes, either way round",
        file("d.csv", "a,t\n1,01/02/2024\n2,02/03/2024\n"),
        TABLE,
        "train: 2 × table a, t (category): (1, 01/02/2024) (2, 02/03/2024). column 't' looks like dates ('01/02/2024'): to use them as dates, set types = {t = \"%d/%m/%Y\"}, or \"%m/%d/%Y\"",
    ),
    Case(
        "csv, days with slashes, said",
        file("d.csv", "a,t\n1,01/02/2024\n2,02/03/2024\n"),
        {**TABLE, "types": {"t": "%d/%m/%Y"}},
        "train: 2 × table a, t (date): (1, 2024-02-01) (2, 2024-03-02)",
    ),
    Case(
        "csv, moments with AM and PM",
        file("d.csv", "a,t\n1,2024-01-01 10:30 PM\n2,2024-01-01 11:30 PM\n"),
        TABLE,
        "train: 2 × table a, t (category): (1, 2024-01-01 10:30 PM) (2, 2024-01-01 11:30 PM). column 't' looks like dates ('2024-01-01 10:30 PM'): to use them as dates, set types = {t = \"%Y-%m-%d %I:%M %p\"}",
    ),
    Case(
        "csv, None among categories",
        file("d.csv", "a,b\nNone,1\nred,2\nNone,3\nred,2\n"),
        TABLE,
        "train: 4 × table a (category), b: (None, 1) (red, 2) (None, 3) (red, 2). column 'a' holds 'None' or the like in 2 rows (row 1): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, columns called like those of a run",
        file("d.csv", "cluster,split,confidence\n1,2,3\n3,4,2\n"),
        TABLE,
        "train: 2 × table cluster, split, confidence: (1, 2, 3) (3, 4, 2). column 'cluster' is called like what a clustering has found: if so, leave it out, by drop",
    ),
    Case(
        "csv, labels that are NaN",
        file("d.csv", "a,y\n1,NaN\n2,cat\n3,dog\n"),
        LABELLED,
        "train: 3 × table a: (1) (2) (3), labels NaN cat dog. 'NaN' is a class of 'y' with 1 row: if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, labels that differ by a space",
        file("d.csv", "a,y\n1,cat\n2,cat \n3,Cat\n"),
        LABELLED,
        "train: 3 × table a: (1) (2) (3), labels cat cat  Cat. labels of 'y' that differ in case, spaces or what can't be seen alone are classes of their own: 'Cat' and 'cat' and 'cat '",
    ),
    Case(
        "csv, a label for each row",
        file("d.csv", "a,y\n" + "".join(f"{row % 7},u{row}\n" for row in range(12))),
        LABELLED,
        "train: 12 × table a: (0) (1) (2) (3) …, labels u0 u1 u2 u3. each of the 12 labels in 'y' is that of one row: is it an id?",
    ),
    Case(
        "csv, an empty column of labels",
        file("d.csv", "a,y\n1,\n2,\n"),
        LABELLED,
        "train: 2 × table a: (1) (2), labels - -. column 'y' has no label in train",
    ),
    Case(
        "csv, an id missing",
        file("d.csv", "a,k\n1,u\n2,\n"),
        {**TABLE, "id": "k"},
        "Refused: id: column 'k' has 1 row without an id, the first is row 2; fill them in, or leave id out",
    ),
    Case(
        "csv, texts that are nan",
        file("d.csv", "text\nnan\nNone\nnan\nx y\n"),
        TEXT,
        "train: 4 × text 'nan' 'None' 'nan' 'x y'. column 'text' holds 'nan' or the like in 3 rows (row 1): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, texts of what can't be seen",
        file("d.csv", "text\n\u200b\u200d\nx y\n"),
        TEXT,
        "Refused: text: 1 of 2 rows of train has no value in 'text', the first is row 1; set missing = \"drop\"",
    ),
    Case(
        "csv, texts that were read in another encoding",
        file("d.csv", "text\ncafÃ© au lait\nx y\n"),
        TEXT,
        "train: 2 × text 'cafÃ© au lait' 'x y'. column 'text' holds in 1 row what is left of characters that were read in another encoding (row 1: 'cafÃ© au lait'); write the file anew from its source",
    ),
    Case(
        "csv, texts with null bytes",
        file("d.csv", b"text\na\x00b c\nd e\n"),
        TEXT,
        "train: 2 × text 'a\\x00b c' 'd e'",
    ),
    Case(
        "txt, UTF-32",
        file("d.txt", "hello world\nsecond\n".encode("utf-32")),
        {"path": "d.txt"},
        'Refused: encoding: d.txt is utf-32; set it to "utf-32"',
    ),
    Case(
        "txt, null bytes alone",
        file("d.txt", bytes(8)),
        {"path": "d.txt"},
        "Refused: text: 1 of 1 row of train has no value in 'text', the first is row 1; set missing = \"drop\"",
    ),
    Case(
        "jsonl, a list of objects",
        file("d.jsonl", '[\n{"a":1},\n{"a":2}\n]\n'),
        LINES,
        "Refused: path: d.jsonl, line 1, is not JSON: Expecting value, column 2; write one object per line, or one list of objects into a .json file",
    ),
    Case(
        "jsonl, commas at the ends of lines",
        file("d.jsonl", '{"a":1},\n{"a":2},\n'),
        LINES,
        "Refused: path: d.jsonl, line 1, is not JSON: Extra data, column 8; write one object per line, or one list of objects into a .json file",
    ),
    Case(
        "jsonl, objects and numbers in one column",
        json_lines("d.jsonl", {"a": {"x": 1}}, {"a": 2}),
        LINES,
        "Refused: path: d.jsonl: the values of 'a' are not of one kind: an object in row 1, a number in row 2; write all of one kind",
    ),
    Case(
        "jsonl, numbers that are texts",
        json_lines("d.jsonl", {"a": "1", "b": 2}, {"a": "2.5", "b": 3}, {"a": "1", "b": 4}),
        LINES,
        "train: 3 × table a (category), b: (1, 2) (2.5, 3) (1, 4). column 'a' holds numbers that are written as texts: to use them as numbers, set types = {a = \"number\"}",
    ),
    Case(
        "jsonl, numbers that are texts, said",
        json_lines("d.jsonl", {"a": "1", "b": 2}, {"a": "2.5", "b": 3}),
        {**LINES, "types": {"a": "number"}},
        "train: 2 × table a, b: (1, 2) (2.5, 3)",
    ),
    Case(
        "parquet, half floats",
        parquet("d.parquet", a=pa.array(np.array([1, 2.5], np.float16)), b=[1, 3]),
        {"path": "d.parquet", "features": "all"},
        "train: 2 × table a, b: (1, 1) (2.5, 3)",
    ),
    Case(
        "parquet, decimals, moments with a zone, nothing, objects",
        parquet(
            "d.parquet",
            a=pa.array([1.5, 2.25]).cast(pa.decimal128(10, 2)),
            t=pa.array(
                [datetime(2024, 1, 1), datetime(2024, 1, 2)], pa.timestamp("us", "Europe/Berlin")
            ),
            n=pa.nulls(2),
            o=[{"x": 1}, {"x": 2}],
        ),
        {"path": "d.parquet", "features": "all"},
        "train: 2 × table a, t (date): (1.5, 2024-01-01) (2.25, 2024-01-02). column 'n' is left out: it has no values. column 'o' is left out: it holds fields: name them, as 'o.x'",
    ),
    Case(
        "npy, half floats",
        npy("d.npy", np.array([[1, 2.5], [3, 4]], np.float16)),
        {"path": "d.npy"},
        "train: 2 × table values.0, values.1: (1, 2.5) (3, 4)",
    ),
    Case(
        "npy, a header that is no Python",
        file("d.npy", b'\x93NUMPY\x01\x00\x10\x00{"descr":garbage\n'),
        {"path": "d.npy"},
        "Refused: path: d.npy can't be read as npy: ('EOF in multi-line statement', (2, 0))",
    ),
    Case(
        "xlsx, a title above the names",
        xlsx("d.xlsx", s=[["Report"], [], ["a", "b"], [1, 2]]),
        BOOK,
        "Refused: skip: d.xlsx: the first row that holds anything names 1 of 2 columns: 'Report'; set it to 2, if the columns are called a, b",
        XLSX,
    ),
    Case(
        "xlsx, merged cells and a hidden row",
        merged,
        BOOK,
        "train: 4 × table a (category), b: (x, 1) (-, 2) (y, 3) (x, 4). d.xlsx: of merged cells only the first has the value, the others are gaps: A2:A3. d.xlsx: hidden rows of the sheet are read as well: 1",
        XLSX,
    ),
    Case(
        "xlsx, a cell of spaces far below",
        xlsx("d.xlsx", s=[["a", "b"], [1, 2], [3, 4], [], [None, None, None, " "]]),
        BOOK,
        "train: 2 × table a, b: (1, 2) (3, 4)",
        XLSX,
    ),
    Case(
        "xlsx, dates and texts in one column",
        xlsx("d.xlsx", s=[["a", "t"], [1, datetime(2024, 1, 1)], [2, "soon"]]),
        BOOK,
        "Refused: path: d.xlsx: the values of 't' are not of one kind: a date in row 1, a text in row 2; write all of one kind",
        XLSX,
    ),
    Case(
        "xlsx with a password, or xls",
        file("d.xlsx", XLS),
        BOOK,
        "Refused: path: d.xlsx is an .xls workbook, or one with a password; save it as .xlsx without a password",
        XLSX,
    ),
    Case(
        "sqlite, bytes among texts",
        sqlite("d.db", "create table t (body)", "insert into t values (x'6869'), ('x y')"),
        {"path": "d.db", "text": "body"},
        "Refused: path: d.db: the values of 'body' are not of one kind: bytes in row 1, a text in row 2; write all of one kind",
    ),
    Case(
        "sqlite, a view",
        sqlite(
            "d.db",
            "create table t (a, b)",
            "insert into t values (1, 2), (3, 4)",
            "create view v as select a * 2 as a2 from t",
        ),
        {"path": "d.db", "features": "all", "table": "v"},
        "train: 2 × table a2: (2) (6)",
    ),
    Case(
        "save_to_disk, a file missing",
        several(
            saved("d", train={"text": ["one"]}),
            lambda folder: next((folder / "d").rglob("*.arrow")).unlink(),
        ),
        {"path": "d", "text": "text"},
        "Refused: path: d/train/data-00000-of-00001.arrow is not there, but state.json names it; save the data set again",
    ),
    Case(
        "csv that is a web page",
        file("d.csv", "<!DOCTYPE html>\n<html><body>404</body></html>\n"),
        TABLE,
        "Refused: path: d.csv is a web page, not the file; download the file itself",
    ),
    Case(
        "csv with a column PAR1",
        file("d.csv", "PAR1,ARROW1\n1,2\n3,4\n"),
        TABLE,
        "train: 2 × table PAR1, ARROW1: (1, 2) (3, 4)",
    ),
    Case(
        "csv that is a parquet file",
        file("d.csv", b"PAR1\x15\x04" + bytes(60)),
        TABLE,
        "Refused: path: d.csv is a parquet file; call it .parquet",
    ),
    Case(
        "csv that is a workbook",
        file("d.csv", XLS),
        TABLE,
        "Refused: path: d.csv is an .xls workbook, or one with a password; save it as .xlsx without a password",
    ),
    Case(
        "csv that Git LFS has not fetched",
        file("d.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
        TABLE,
        "Refused: path: d.csv is what Git LFS keeps in place of the file; run git lfs pull",
    ),
    Case(
        "csv that is a tar archive", tar, TABLE, "Refused: path: d.csv is a tar archive; unpack it"
    ),
    Case(
        "csv, compressed twice",
        file("d.csv.gz", gzip.compress(gzip.compress(b"a\n1\n", mtime=0), mtime=0)),
        {**TABLE, "path": "d.csv.gz"},
        "Refused: path: d.csv.gz is compressed by gzip, within gzip; unpack it",
    ),
    Case(
        "zip",
        file("d.zip", b"PK\x03\x04"),
        {**TABLE, "path": "d.zip"},
        "Refused: path: d.zip is not of a supported kind; unpack it",
    ),
    Case(
        "tar.gz",
        file("d.tar.gz", gzip.compress(b"", mtime=0)),
        {**TABLE, "path": "d.tar.gz"},
        "Refused: path: d.tar.gz is not of a supported kind; unpack it",
    ),
    Case(
        "pickle",
        file("d.pkl", b"\x80\x04."),
        {**TABLE, "path": "d.pkl"},
        "Refused: path: d.pkl is not of a supported kind; write it as .parquet",
    ),
    Case(
        "an address",
        file("x", ""),
        {**TABLE, "path": "https://example.org/d.csv"},
        "Refused: path: https://example.org/d.csv is an address, not a file; download the file, and name it",
    ),
    Case(
        "a folder of images with a broken link",
        several(pictures("i/a.png"), link("i/b.png", "nowhere.png")),
        {"path": "i"},
        "train: 1 × image (2, 3, 1) of 100, ids a.png. left out: 1, a link that leads nowhere. 1 row left out, a link that leads nowhere: b.png",
    ),
    Case(
        "csv, no row without a gap, dropped",
        file("d.csv", "a,b\n1,\n,2\n"),
        {**TABLE, "missing": "drop"},
        "Refused: path: all 2 rows of train have a missing value",
    ),
)
