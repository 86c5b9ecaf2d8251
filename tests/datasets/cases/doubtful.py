"""Rows, columns, labels and keys that a reader may take for something else than they are."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from .case import Case
from .writers import file, json_lines, npy, npz, parquet, pictures, several, xlsx

TABLE = {"path": "d.csv", "features": "all"}
LABELLED = {**TABLE, "label": "y"}
GERMAN = {**TABLE, "delimiter": ";", "decimal": ",", "thousands": "."}
LINES = {"path": "d.jsonl", "features": "all"}
BOOK = {"path": "d.xlsx", "features": "all"}
FOLDER = {"path": "d", "text": "text"}
CODES = "".join(f"{5_551_230 + 7919 * row % 10_007},{row * 7 % 23}\n" for row in range(24))
DAYS = "".join(f"2024-01-{day:02},{day * 3 % 7}\n" for day in range(1, 13))
AMOUNTS = "".join(f"{'xyz'[row % 3]},{row * 7 % 5 + 1}\n" for row in range(6))
XLSX = "openpyxl"


def hidden(folder: Path) -> None:
    """Write a workbook with a hidden column, and a text as a workbook escapes it."""
    from openpyxl import load_workbook

    xlsx("d.xlsx", s=[["a", "b", "c"], ["x_x000D_\ny", 1, 5], ["z", 2, 6]])(folder)
    book = load_workbook(folder / "d.xlsx")
    book["s"].column_dimensions["B"].hidden = True
    book.save(folder / "d.xlsx")


CASES = (
    Case(
        "csv, files joined with their byte order marks",
        file("d.csv", "\ufefftext,y\none,a\n\ufefftext,y\ntwo,b\n"),
        {"path": "d.csv", "text": "text", "label": "y"},
        "Refused: path: d.csv: row 2 repeats the header; remove it",
    ),
    Case(
        "csv, a byte order mark within",
        file("d.csv", "\ufefftext\none\n\ufefftwo\n"),
        {"path": "d.csv", "text": "text"},
        "train: 2 × text 'one' '\\ufefftwo'. column 'text' begins with a byte order mark in 1 row (row 2), as where files were joined: is a header among the rows?",
    ),
    Case(
        "csv, commas alone at the end",
        file("d.csv", "a,b\n1,2\n3,4\n,\n,\n"),
        TABLE,
        "train: 4 × table a, b: (1, 2) (3, 4) (-, -) (-, -). 2 of the 4 rows of train have no value in any feature, the first is row 3: remove them from the file if they are no rows",
    ),
    Case(
        "csv, a total below the rows",
        file("d.csv", f"shop,sold\n{AMOUNTS}Total,16\n"),
        TABLE,
        "train: 7 × table shop (category), sold: (x, 1) (y, 3) (z, 5) (x, 2) …. categories of 'shop' include 'Total': remove rows of sums and means from the file, if it has some. row 7 of train looks like a total: in 'sold' it is the sum of all above it: remove it from the file, if it is no row",
    ),
    Case(
        "csv, points between thousands, unsaid",
        file("d.csv", "a;b\n1.500;1\n950;2\n12.250;3\n"),
        {**TABLE, "delimiter": ";"},
        "train: 3 × table a, b: (1.5, 1) (950, 2) (12.25, 3). column 'a' may have points between thousands ('1.500'), read as decimals: if so, set decimal = \",\" and thousands = \".\"",
    ),
    Case(
        "csv, numbers that begin with zeros",
        file("d.csv", "zip,a\n01234,1\n99999,2\n01235,3\n"),
        TABLE,
        "train: 3 × table zip, a: (1234, 1) (99999, 2) (1235, 3). column 'zip' holds numbers that begin with 0 (01234): if they are codes, set types = {zip = \"category\"}",
    ),
    Case(
        "csv, numbers that begin with zeros beside columns with types",
        file("d.csv", "zip,a\n01234,1\n99999,2\n01235,3\n"),
        {**TABLE, "types": {"a": "number"}},
        "train: 3 × table zip, a: (1234, 1) (99999, 2) (1235, 3). column 'zip' holds numbers that begin with 0 (01234): if they are codes, set zip = \"category\" within types",
    ),
    Case(
        "csv, numbers that begin with zeros in a column that is left out",
        file("d.csv", "zip,a\n01234,1\n99999,2\n01235,3\n"),
        {**TABLE, "drop": ["zip"]},
        "train: 3 × table a: (1) (2) (3)",
    ),
    Case(
        "csv files, another type in a column that is left out",
        several(
            file("d/1.csv", "a,b\n1,1\n2,5\n"), file("d/2.csv", "a,b\n3,1970-01-01\n4,1970-01-02\n")
        ),
        {"path": "d", "features": "all", "drop": ["b"]},
        "train: 4 × table a: (1) (2) (3) (4)",
    ),
    Case(
        "csv, decimal comma and the minus of typesetters",
        file("d.csv", "a;b\n−1,5;1\n3,5;2\n"),
        {**TABLE, "delimiter": ";", "decimal": ","},
        "train: 2 × table a, b: (-1.5, 1) (3.5, 2)",
    ),
    Case(
        "csv, three decimals",
        file("d.csv", "a,b\n1.500,1\n9.125,2\n0.950,3\n"),
        TABLE,
        "train: 3 × table a, b: (1.5, 1) (9.125, 2) (0.95, 3)",
    ),
    Case(
        "csv, points between thousands, said",
        file("d.csv", "a;b\n1.500;1\n950;2\n12.250;3\n"),
        GERMAN,
        "train: 3 × table a, b: (1500, 1) (950, 2) (12250, 3)",
    ),
    Case(
        "csv, decimal points where decimal is a comma",
        file("d.csv", "a;b\n1.5;1\n2.250;2\n3.75;3\n1.5;1\n"),
        GERMAN,
        "train: 4 × table a (category), b: (1.5, 1) (2.250, 2) (3.75, 3) (1.5, 1). column 'a' is no column of numbers, for '1.5' (row 1), but 3 of its 3 different values are numbers: write all with plain digits and signs as decimal and thousands say, or set these otherwise, or say in types what it is",
    ),
    Case(
        "csv, the same, said to be numbers",
        file("d.csv", "a;b\n1.5;1\n2.250;2\n"),
        {**GERMAN, "types": {"a": "number"}},
        "Refused: features: d.csv: column 'a', row 1: '1.5' is no number with decimal = ',' and thousands = '.'; write all with plain digits and signs as decimal and thousands say, or set these otherwise",
    ),
    Case(
        "csv, thousands as in India",
        file("d.csv", 'a,b\n"1,23,456",1\n"12,34,567.5",2\n"950",3\n'),
        {**TABLE, "thousands": ","},
        "train: 3 × table a, b: (123456, 1) (1.23457e+06, 2) (950, 3)",
    ),
    Case(
        "jsonl, decimal comma, said",
        json_lines("d.jsonl", {"a": "1,5", "b": 1}, {"a": "2,5", "b": 2}),
        {**LINES, "decimal": ","},
        "train: 2 × table a, b: (1.5, 1) (2.5, 2)",
    ),
    Case(
        "csv, a number for no value, written as integer and fraction",
        file("d.csv", "a,b\n-999,1\n-999.0,2\n3.5,4\n"),
        {**TABLE, "na_values": ["-999"]},
        "train: 3 × table a, b: (-, 1) (-, 2) (3.5, 4)",
    ),
    Case(
        "jsonl, a number for no value, and a sign among numbers",
        json_lines("d.jsonl", {"a": -999, "b": "?"}, {"a": 2, "b": 3}),
        {**LINES, "na_values": ["-999", "?"]},
        "train: 2 × table a, b: (-, -) (2, 3). 1 of the 2 rows of train has no value in any feature, the first is row 1: remove them from the file if they are no rows",
    ),
    Case(
        "xlsx, a sign for no value among numbers",
        xlsx("d.xlsx", s=[["a", "b"], ["-", 1], [2, 3]]),
        {**BOOK, "na_values": ["-"]},
        "train: 2 × table a, b: (-, 1) (2, 3)",
        needs=XLSX,
    ),
    Case(
        "parquet, a sign for no value among ordered categories and in lists",
        parquet(
            "d.parquet",
            size=pa.DictionaryArray.from_arrays(
                pa.array([0, 2, 1], pa.int8()), pa.array(["?", "small", "big"]), ordered=True
            ),
            v=[[1.0, -999.0], [3.0, 4.0], [5.0, 6.0]],
        ),
        {"path": "d.parquet", "features": "all", "na_values": ["?", "-999"]},
        "train: 3 × table size (ordinal), v.0, v.1: (-, 1, -) (big, 3, 4) (small, 5, 6)",
    ),
    Case(
        "parquet, a number for no value, and lists that are missing or of lists",
        parquet(
            "d.parquet",
            v=[[1.0, -999.0], None, [3.0, 4.0]],
            w=pa.array([[1.0, 5.0], None, [-999.0, 4.0]], pa.list_(pa.float64(), 2)),
            n=[[["x"]], [["?"]], [["z"]]],
        ),
        {"path": "d.parquet", "features": "all", "na_values": ["?", "-999"]},
        "train: 3 × table v.0, v.1, w.0, w.1: (1, -, 1, 5) (-, -, -, -) (3, 4, -, 4). column 'n' is left out: it holds list<element: list<element: string>>: to use it, write a column of its own for each value. 1 of the 3 rows of train has no value in any feature, the first is row 2: remove them from the file if they are no rows",
    ),
    Case(
        "parquet, a sign for no value, and lists of words that are not used",
        parquet("d.parquet", x=[1, -999], tags=[["a"], ["?"]], lists=[[["a"]], [["?"]]]),
        {"path": "d.parquet", "features": ["x"], "na_values": ["?", "-999"]},
        "train: 2 × table x: (1) (-). 1 of the 2 rows of train has no value in any feature, the first is row 2: remove them from the file if they are no rows",
    ),
    Case(
        "jsonl, codes next to numbers with a decimal comma",
        json_lines(
            "d.jsonl",
            {"a": "1,5", "code": "01", "k": "12345678901234567", "n": "2"},
            {"a": "2", "code": "02", "k": "12345678901234568", "n": "3"},
            {"a": "2,5", "code": "01", "k": "12345678901234568", "n": "3"},
        ),
        {**LINES, "decimal": ","},
        "train: 3 × table a, code (category), k (category), n (category): (1.5, 01, 12345678901234567, 2) (2, 02, 12345678901234568, 3) (2.5, 01, 12345678901234568, 3). column 'k' holds numbers that are written as texts: to use them as numbers, set types = {k = \"number\"}. column 'n' holds numbers that are written as texts: to use them as numbers, set types = {n = \"number\"}",
    ),
    Case(
        "jsonl, two files, whole numbers in one and a decimal comma in the other",
        several(json_lines("d/1.jsonl", {"a": "2"}), json_lines("d/2.jsonl", {"a": "1,5"})),
        {"path": "d", "features": "all", "decimal": ","},
        "train: 2 × table a: (2) (1.5)",
    ),
    Case(
        "csv, two files with codes",
        several(
            file("d/1.csv", "zip,a\n01234,1\n99999,2\n"),
            file("d/2.csv", "zip,a\n01235,3\n99998,4\n"),
        ),
        {"path": "d", "features": "all"},
        "train: 4 × table zip, a: (1234, 1) (99999, 2) (1235, 3) (99998, 4). column 'zip' holds numbers that begin with 0 (01234): if they are codes, set types = {zip = \"category\"}",
    ),
    Case(
        "csv, days with slashes, and a word after many",
        file(
            "d.csv",
            "t,a\n"
            + "".join(f"13/{n % 12 + 1:02}/{1950 + n},{n % 5}\n" for n in range(50))
            + "unknown,1\n",
        ),
        TABLE,
        "train: 51 × table a: (0) (1) (2) (3) …. column 't' is left out: it holds text of 51 different values, each in one row. column 't' is no column of dates, for 'unknown' (row 51), but 50 of 51 different values are dates: set types = {t = \"%d/%m/%Y\"}, and name such values in na_values, or write all in one form",
    ),
    Case(
        "csv, a day in another form for no value, unsaid",
        file(
            "d.csv",
            "t,a\n31.12.9999,0\n"
            + "".join(f"{day}.1.2024,{day * 3 % 7}\n" for day in range(1, 13)),
        ),
        {**TABLE, "types": {"t": "%d.%m.%Y"}},
        "train: 13 × table t (date), a: (9999-12-31, 0) (2024-01-01, 3) (2024-01-02, 6) (2024-01-03, 2) …. a date apart from all others looks like a sign for no value in 't' (31.12.9999 in 1 row): if it is one, set na_values = {t = [\"31.12.9999\"]}",
    ),
    Case(
        "csv, labels of many digits",
        file("d.csv", "a,y\n1,12345678901234567\n2,12345678901234568\n3,012345678901234568\n"),
        LABELLED,
        "train: 3 × table a: (1) (2) (3), labels 12345678901234567 12345678901234568 012345678901234568. labels of 'y' that are one number, written in several ways, are classes of their own: '012345678901234568' and '12345678901234568'",
    ),
    Case(
        "csv, a label for each row, in two forms",
        file("d.csv", "a,y\n" + "".join(f"{row % 7},{row}\n" for row in range(12)) + "1,01\n"),
        LABELLED,
        "train: 13 × table a: (0) (1) (2) (3) …, labels 0 1 2 3. each of the 13 labels in 'y' is that of one row: is it an id?",
    ),
    Case(
        "jsonl, a sign for no value in a field within a field",
        json_lines("d.jsonl", {"d": {"t": "?"}}, {"d": {"t": "x"}}),
        {"path": "d.jsonl", "text": "d.t", "na_values": ["?"], "missing": "drop"},
        "train: 1 × text 'x', ids 1. left out: 1 of train, no text. 1 of the 2 rows of train has no text; left out",
    ),
    Case(
        "parquet, a day for no value",
        parquet("d.parquet", t=pa.array([date(9999, 12, 31), date(2024, 1, 2)]), a=[1, 2]),
        {"path": "d.parquet", "features": "all", "na_values": ["9999-12-31"]},
        "train: 2 × table t (date), a: (-, 1) (2024-01-02, 2)",
    ),
    Case(
        "csv, a day for no value, unsaid",
        file("d.csv", f"t,a\n9999-12-31,0\n{DAYS}"),
        TABLE,
        "train: 13 × table t (date), a: (9999-12-31, 0) (2024-01-01, 3) (2024-01-02, 6) (2024-01-03, 2) …. a date apart from all others looks like a sign for no value in 't' (9999-12-31 in 1 row): if it is one, set na_values = {t = [\"9999-12-31\"]}",
    ),
    Case(
        "csv, days as whole numbers",
        file("d.csv", "t,a\n20240131,1\n20240201,2\n20241231,3\n"),
        TABLE,
        "train: 3 × table t, a: (2.02401e+07, 1) (2.02402e+07, 2) (2.02412e+07, 3). column 't' holds numbers that look like dates (20240131): to use them as dates, set types = {t = \"%Y%m%d\"}",
    ),
    Case(
        "parquet, days as whole numbers, said",
        parquet("d.parquet", t=[20240131, None, 20240201], a=[1, 2, 3]),
        {"path": "d.parquet", "features": "all", "types": {"t": "%Y%m%d"}},
        "train: 3 × table t (date), a: (2024-01-31, 1) (-, 2) (2024-02-01, 3)",
    ),
    Case(
        "csv, days as whole numbers, said to be dates",
        file("d.csv", "t,a\n20240131,1\n20240201,2\n"),
        {**TABLE, "types": {"t": "date"}},
        'Refused: features: column \'t\', row 1: 20240131 is no date: numbers are Unix seconds, or all thousandths, millionths or billionths of them, between 1973 and 2100; set the format in types, as "%Y%m%d" or "%Y", make it a number, or name such values in na_values',
    ),
    Case(
        "csv, Unix seconds, said to be dates",
        file("d.csv", "t,a\n1700000000,1\n1700086400,2\n"),
        {**TABLE, "types": {"t": "date"}},
        "train: 2 × table t (date), a: (2023-11-14 22:13:20, 1) (2023-11-15 22:13:20, 2)",
    ),
    Case(
        "csv, Unix milliseconds, said to be dates",
        file("d.csv", "t,a\n1700000000000,1\n1700086400000,2\n"),
        {**TABLE, "types": {"t": "date"}},
        "train: 2 × table t (date), a: (2023-11-14 22:13:20, 1) (2023-11-15 22:13:20, 2)",
    ),
    Case(
        "csv, Unix seconds, unsaid",
        file("d.csv", "t,a\n1700000000,1\n1700086400,2\n"),
        TABLE,
        "train: 2 × table t, a: (1.7e+09, 1) (1.70009e+09, 2). column 't' holds numbers that look like Unix seconds (1700000000): to use them as dates, set types = {t = \"date\"}",
    ),
    Case(
        "parquet, Unix nanoseconds and a gap, unsaid",
        parquet("d.parquet", t=[1_700_000_000 * 10**9, None, 1_700_086_400 * 10**9], a=[1, 2, 3]),
        {"path": "d.parquet", "features": "all"},
        "train: 3 × table t, a: (1.7e+18, 1) (-, 2) (1.70009e+18, 3). column 't' holds numbers that look like Unix nanoseconds (1.7e+18): to use them as dates, set types = {t = \"date\"}",
    ),
    Case(
        "csv, the days of a spreadsheet",
        file("d.csv", "order_date,a\n44927,1\n44930,2\n45001,3\n"),
        TABLE,
        "train: 3 × table order_date, a: (44927, 1) (44930, 2) (45001, 3). column 'order_date' holds numbers that look like the days of a spreadsheet or of a program of statistics (44927): to use them as dates, give them the form of a date there, and write the file again",
    ),
    Case(
        "csv, numbers between 20,000 and 60,000 that are no days",
        file("d.csv", "income,a\n44927,1\n44930,2\n45001,3\n"),
        TABLE,
        "train: 3 × table income, a: (44927, 1) (44930, 2) (45001, 3)",
    ),
    Case(
        "csv, phone numbers",
        file("d.csv", "phone,a\n" + CODES),
        TABLE,
        "train: 24 × table phone, a: (5.55123e+06, 0) (5.55915e+06, 7) (5.55706e+06, 14) (5.55497e+06, 21) …. whole numbers in columns called like ids or codes ('phone') are used as amounts: if they are none, name the columns in drop, or set types = {phone = \"category\"}",
    ),
    Case(
        "csv, ids of customers that may repeat, and an amount paid",
        file("d.csv", "customerId,amountPaid\n" + CODES),
        TABLE,
        "train: 24 × table customerId, amountPaid: (5.55123e+06, 0) (5.55915e+06, 7) (5.55706e+06, 14) (5.55497e+06, 21) …. whole numbers in columns called like ids or codes ('customerId') are used as amounts: if they are none, name the columns in drop, or set types = {customerId = \"category\"}",
    ),
    Case(
        "csv, ids of customers, said to be numbers",
        file("d.csv", "customerId,a\n" + CODES),
        {**TABLE, "types": {"customerId": "number"}},
        "train: 24 × table customerId, a: (5.55123e+06, 0) (5.55915e+06, 7) (5.55706e+06, 14) (5.55497e+06, 21) …",
    ),
    Case(
        "csv, a zero before a group of three digits",
        file("d.csv", "a;b\n0.500;1\n1.500;2\n"),
        {**TABLE, "delimiter": ";", "decimal": ",", "thousands": ".", "types": {"a": "number"}},
        "Refused: features: d.csv: column 'a', row 1: '0.500' is no number with decimal = ',' and thousands = '.'; write all with plain digits and signs as decimal and thousands say, or set these otherwise",
    ),
    Case(
        "csv, a zero before a group of three digits, unsaid",
        file("d.csv", 'a,b\n"0,500",1\n"1,500",2\n'),
        {**TABLE, "thousands": ","},
        "train: 2 × table a (category), b: (0,500, 1) (1,500, 2). column 'a' is no column of numbers, for '0,500' (row 1), but 2 of its 2 different values are numbers: write all with plain digits and signs as decimal and thousands say, or set these otherwise, or say in types what it is",
    ),
    Case(
        "csv, dates and a word",
        file("d.csv", "t,a\n2024-01-01,1\n2024-01-02,2\nunknown,3\n"),
        TABLE,
        "train: 3 × table a: (1) (2) (3). column 't' is left out: it holds text of 3 different values, each in one row. column 't' is no column of dates, for 'unknown' (row 3), but 2 of 3 different values are dates: name such values in na_values, or write all in one form",
    ),
    Case(
        "csv, days with slashes and a word",
        file("d.csv", "t,a\n13/02/2024,1\n14/02/2024,2\nunknown,3\n13/02/2024,1\n"),
        TABLE,
        "train: 4 × table t (category), a: (13/02/2024, 1) (14/02/2024, 2) (unknown, 3) (13/02/2024, 1). column 't' is no column of dates, for 'unknown' (row 3), but 2 of 3 different values are dates: set types = {t = \"%d/%m/%Y\"}, and name such values in na_values, or write all in one form",
    ),
    Case(
        "csv, days in two forms",
        file("d.csv", "t,a\n2024-01-01,1\n2024-01-02,2\n01/03/2024,3\n2024-01-01,1\n"),
        TABLE,
        "train: 4 × table t (category), a: (2024-01-01, 1) (2024-01-02, 2) (01/03/2024, 3) (2024-01-01, 1). column 't' is no column of dates, for '01/03/2024' (row 3), but 2 of 3 different values are dates: name such values in na_values, or write all in one form",
    ),
    Case(
        "csv, years and months",
        file("d.csv", "t,a\n2024-01,1\n2024-02,2\n"),
        TABLE,
        "train: 2 × table t (category), a: (2024-01, 1) (2024-02, 2). column 't' looks like dates ('2024-01'): to use them as dates, set types = {t = \"%Y-%m\"}",
    ),
    Case(
        "csv, times with AM and PM",
        file("d.csv", "t,a\n10:30 PM,1\n12:15 am,2\n"),
        TABLE,
        "train: 2 × table t (category), a: (10:30 PM, 1) (12:15 am, 2). column 't' looks like times ('10:30 PM'): to use them as times of day, set types = {t = \"time\"}",
    ),
    Case(
        "csv, times with AM and PM, said",
        file("d.csv", "t,a\n10:30 PM,1\n12:15 am,2\n12:00:01 PM,3\n"),
        {**TABLE, "types": {"t": "time"}},
        "train: 3 × table t (time), a: (22:30:00, 1) (00:15:00, 2) (12:00:01, 3)",
    ),
    Case(
        "jsonl, dates",
        json_lines("d.jsonl", {"t": "2024-01-01", "a": 1}, {"t": "2024-01-02", "a": 2}),
        LINES,
        "train: 2 × table t (date), a: (2024-01-01, 1) (2024-01-02, 2)",
    ),
    Case(
        "csv, an ordinal whose order nothing says",
        file("d.csv", "size,a\nshort,1\ntall,2\nventi,3\n"),
        {**TABLE, "types": {"size": "ordinal"}},
        'Refused: types: column \'size\' is an ordinal of texts, whose order nothing says; list its values from the least to the greatest: ["short", "tall", "venti"]',
    ),
    Case(
        "csv, an ordinal of words whose order is known",
        file("d.csv", "size,a\nmiddle,1\nsmall,2\nbig,3\n"),
        {**TABLE, "types": {"size": "ordinal"}},
        "train: 3 × table size (ordinal), a: (middle, 1) (small, 2) (big, 3)",
    ),
    Case(
        "csv, an ordinal of ranges",
        file("d.csv", "age,a\n18-24,1\nunder 18,2\n65+,3\n25-64,5\n"),
        {**TABLE, "types": {"age": "ordinal"}},
        "train: 4 × table age (ordinal), a: (18-24, 1) (under 18, 2) (65+, 3) (25-64, 5)",
    ),
    Case(
        "csv, an ordinal of numbers",
        file("d.csv", "size,a\n10,1\n9,2\n2,3\n"),
        {**TABLE, "types": {"size": "ordinal"}},
        "train: 3 × table size (ordinal), a: (10, 1) (9, 2) (2, 3)",
    ),
    Case(
        "csv, labels of -1",
        file("d.csv", "a,y\n1,-1\n2,0\n3,1\n"),
        LABELLED,
        "train: 3 × table a: (1) (2) (3), labels - 0 1. 1 row of label -1 in 'y' has no label, since -1 means unlabelled; if it is a class, call the classes by names",
    ),
    Case(
        "csv, labels that differ in what can't be seen",
        file("d.csv", "a,y\n1,caf\u00e9\n2,cafe\u0301\n3,cat\n4,c\u200bat\n"),
        LABELLED,
        "train: 4 × table a: (1) (2) (3) (4), labels café café cat c\u200bat. labels of 'y' that differ in case, spaces or what can't be seen alone are classes of their own: 'café' and 'café', 'cat' and 'c\\u200bat'",
    ),
    Case(
        "csv, labels of test as another type writes them",
        several(file("d.csv", "a,y\n1,1\n2,2\n"), file("t.csv", "a,y\n1,1.0\n2,2.0\n")),
        {**LABELLED, "test": "t.csv"},
        "train: 2 × table a: (1) (2), labels 1 2. test: 2 × table a: (1) (2), labels 1.0 2.0. labels of 'y' that are one number, written in several ways, are classes of their own: '1' and '1.0', '2' and '2.0'. 2 rows of test have a label that no row of train has: '1.0', '2.0'",
    ),
    Case(
        "folders of images that differ in case",
        pictures("i/Cat/a.png", "i/cat/b.png"),
        {"path": "i"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels Cat cat, ids Cat/a.png cat/b.png. folders that differ in case, spaces or what can't be seen alone are classes of their own: 'Cat' and 'cat'",
    ),
    Case(
        "parquet, ids beyond 63 bits",
        parquet("d.parquet", a=[1, 2], k=pa.array([2**64 - 1, 2**64 - 2], pa.uint64())),
        {"path": "d.parquet", "features": "all", "id": "k"},
        "train: 2 × table a: (1) (2), ids 18446744073709551615 18446744073709551614",
    ),
    Case(
        "jsonl, numbers of 64 bits without a sign",
        json_lines("d.jsonl", {"a": 2**64 - 1, "k": 1}, {"a": 5, "k": 2}),
        LINES,
        "train: 2 × table a, k: (1.84467e+19, 1) (5, 2)",
    ),
    Case(
        "jsonl, large whole numbers next to fractions",
        json_lines("d.jsonl", {"a": 2**53 + 1}, {"a": 2.5}),
        LINES,
        "Refused: path: d.jsonl: 'a' holds whole numbers beyond 53 bits next to fractions; write them as text",
    ),
    Case(
        "npz, labels of bytes that are not UTF-8",
        npz("d.npz", x=np.ones((2, 2)), y=np.array([b"caf\xe9", b"caf\xe8"])),
        {"path": "d.npz", "features": ["x"], "label": "y"},
        "Refused: path: d.npz: array 'y' holds bytes that are not utf-8; save it as text: np.char.decode(array, \"latin-1\"), or its actual encoding",
    ),
    Case(
        "texts with embeddings, one of zeros",
        several(file("d.csv", "text\none\ntwo\n"), npy("v.npy", [[0.0, 0.0], [1.0, 2.0]])),
        {"path": "d.csv", "text": "text", "embedding": "v.npy"},
        "train: 2 × text 'one' 'two', embedding [[0.0, 0.0], [1.0, 2.0]]. 1 row of train has a vector of zeros alone, the first is row 1: make these anew, or leave their rows out",
    ),
    Case(
        "npy, test rows that are wider",
        several(npy("d.npy", [[1.0, 2.0], [3.0, 4.0]]), npy("t.npy", [[1.0, 2.0, 3.0]])),
        {"path": "d.npy", "test": "t.npy"},
        "Refused: features: test: the lists of column 'values' have 3 numbers, those of train 2",
    ),
    Case(
        "parquet, lists of which one is missing",
        parquet("d.parquet", a=[1, 2], v=[[1.0, 2.0], None]),
        {"path": "d.parquet", "features": "all"},
        "train: 2 × table a, v.0, v.1: (1, 1, 2) (2, -, -)",
    ),
    Case(
        "txt with a text column",
        file("d.txt", "text,y\none,a\n"),
        {"path": "d.txt", "text": "text"},
        "Refused: text: a txt file, one text per line, does not use it; drop it",
    ),
    Case(
        "csv of amounts with commas as in India",
        file("d.csv", "a,b\n" + "".join(f'"{n},{n + 10},000",{n}.5\n' for n in range(11, 30))),
        {"path": "d.csv", "features": "all"},
        "train: 19 × table b: (11.5) (12.5) (13.5) (14.5) …. column 'a' is left out: it holds text of 19 different values, each in one row. column 'a' is no column of numbers, for '11,21,000' (row 1), but 19 of its 19 different values are numbers: set thousands = \",\", or say in types what it is",
    ),
    Case(
        "csv of amounts with commas as in India, named",
        file("d.csv", "a,b\n" + "".join(f'"{n},{n + 10},000",{n}.5\n' for n in range(11, 30))),
        {"path": "d.csv", "features": "all", "thousands": ","},
        "train: 19 × table a, b: (1.121e+06, 11.5) (1.222e+06, 12.5) (1.323e+06, 13.5) (1.424e+06, 14.5) …",
    ),
    Case(
        "csv of amounts with units in brackets",
        file("d.csv", "a,b\n" + "".join(f"{n}.5 [mg/L],{n}.5\n" for n in range(11, 30))),
        {"path": "d.csv", "features": "all"},
        "train: 19 × table b: (11.5) (12.5) (13.5) (14.5) …. column 'a' is left out: it holds text of 19 different values, each in one row. column 'a' is no column of numbers, for '11.5 [mg/L]' (row 1), but 19 of its 19 different values are numbers: set units = [\"[mg/L]\"], or say in types what it is",
    ),
    Case(
        "txt that is a table",
        file("d.txt", "text\ty\n" + "one\ta\ntwo\tb\n" * 5),
        {"path": "d.txt"},
        "train: 11 × text 'text\\ty' 'one\\ta' 'two\\tb' 'one\\ta' …. each line of d.txt has 1 × '\\t' and is one text: is it a table? call it .tsv",
    ),
    Case(
        "csv with a query",
        file("d.csv", "a\n1\n2\n"),
        {**TABLE, "query": "select a from d where a > 1"},
        "Refused: query: a .csv file does not use it; drop it",
    ),
    Case(
        "parquet with a delimiter",
        parquet("d.parquet", a=[1, 2]),
        {"path": "d.parquet", "features": "all", "delimiter": ";"},
        "Refused: delimiter: a .parquet file does not use it; drop it",
    ),
    Case(
        "csv with classes by folders",
        file("d.csv", "a\n1\n2\n"),
        {**TABLE, "class_folders": True},
        "Refused: class_folders: tables have no folders of classes; drop it",
    ),
    Case(
        "folders train and test of tables",
        several(file("d/train/a.csv", "text\none\n"), file("d/test/b.csv", "text\ntwo\n")),
        FOLDER,
        "train: 1 × text 'one'. test: 1 × text 'two'",
    ),
    Case(
        "files as the Hub numbers them",
        several(
            file("d/train-00000-of-00002.csv", "text\none\n"),
            file("d/train-00001-of-00002.csv", "text\ntwo\n"),
            file("d/test-00000-of-00001.csv", "text\nthree\n"),
        ),
        FOLDER,
        "train: 2 × text 'one' 'two'. test: 1 × text 'three'",
    ),
    Case(
        "a file that is called like held-out rows",
        several(file("d/a.csv", "text\none\n"), file("d/my_test.csv", "text\ntwo\n")),
        FOLDER,
        "train: 2 × text 'one' 'two'. my_test.csv is read as train: if its rows are held out, call it test, or name it in test alone",
    ),
    Case(
        "train and test by a pattern",
        several(file("d/train.csv", "text\none\n"), file("d/test.csv", "text\ntwo\n")),
        {**FOLDER, "path": "d/*.csv"},
        "train: 2 × text 'two' 'one'. test.csv is read as train: if its rows are held out, call it test, or name it in test alone",
    ),
    Case(
        "xlsx, a hidden column, and an escaped character",
        hidden,
        {"path": "d.xlsx", "text": "a"},
        "train: 2 × text 'x\\r\\ny' 'z'. d.xlsx: hidden columns of the sheet are read as well: 1",
    ),
)
