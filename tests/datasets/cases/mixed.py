"""Tables of categories, dates, yes/no and gaps next to numbers."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from .case import Case
from .writers import feather, file, parquet, several

ALL = {"path": "d.csv", "features": "all"}
CATEGORIES = "colour,x\nred,1\nblue,2\nred,3\n"
NAMES = "name,x\n" + "".join(f"person {i},{i % 2}\n" for i in range(5))


def frame(folder: Path) -> None:
    size = pd.Categorical(["big", "small", "big"], ["small", "big"], ordered=True)
    day = pd.to_datetime(["2024-03-01", "2024-03-02", None])
    pd.DataFrame({"size": size, "day": day, "ok": [True, False, True]}).to_parquet(
        folder / "d.parquet"
    )


CASES = (
    Case(
        "csv, categories",
        file("d.csv", CATEGORIES),
        ALL,
        "train: 3 × table colour (category), x: (red, 1) (blue, 2) (red, 3)",
    ),
    Case(
        "csv, yes and no, with a gap",
        file("d.csv", "vote,x\ny,1\nn,2\n,3\ny,3\n"),
        ALL,
        "train: 4 × table vote (yes-no), x: (y, 1) (n, 2) (-, 3) (y, 3)",
    ),
    Case(
        "csv, true and false",
        file("d.csv", "ok,x\ntrue,1\nfalse,2\n"),
        ALL,
        "train: 2 × table ok (yes-no), x: (true, 1) (false, 2)",
    ),
    Case(
        "csv, dates and times",
        file(
            "d.csv",
            "day,moment,at\n2024-02-29,2024-02-29 10:30:00,10:30:00\n2024-03-01,2024-03-01 00:00:01,23:59:59\n",
        ),
        ALL,
        "train: 2 × table day (date), moment (date), at (time): (2024-02-29, 2024-02-29 10:30:00, 10:30:00) (2024-03-01, 2024-03-01 00:00:01, 23:59:59)",
    ),
    Case(
        "csv, dates in a form of their own",
        file("d.csv", "day,x\n31.12.2024,1\n01.02.2024,2\n"),
        {**ALL, "types": {"day": "%d.%m.%Y"}},
        "train: 2 × table day (date), x: (2024-12-31, 1) (2024-02-01, 2)",
    ),
    Case(
        "csv, no date",
        file("d.csv", "day,x\n2024-12-31,1\nsoon,2\n"),
        {**ALL, "types": {"day": "date"}},
        "Refused: features: column 'day', row 2: 'soon' is no date as 2026-11-28 or 2026-11-28 10:30:00; set na_values = {day = [\"soon\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, an ordinal",
        file("d.csv", "size,x\nbig,1\nsmall,2\nmiddle,3\n"),
        {**ALL, "types": {"size": ["small", "middle", "big"]}},
        "train: 3 × table size (ordinal), x: (big, 1) (small, 2) (middle, 3)",
    ),
    Case(
        "csv, a value that is not in its order",
        file("d.csv", "size,x\nbig,1\nhuge,2\n"),
        {**ALL, "types": {"size": ["small", "big"]}},
        "Refused: types: column 'size' has the value 'huge', which is not in its order; add it to the list, or name it in na_values",
    ),
    Case(
        "csv, integers that are categories",
        file("d.csv", "zip,x\n01234,1\n99999,2\n01234,3\n"),
        {**ALL, "types": {"zip": "category"}},
        "train: 3 × table zip (category), x: (01234, 1) (99999, 2) (01234, 3)",
    ),
    Case(
        "csv, a text of its own in each row",
        file("d.csv", NAMES),
        ALL,
        "train: 5 × table x: (0) (1) (0) (1) …. column 'name' is left out: it holds text of 5 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "csv, the same, named",
        file("d.csv", NAMES),
        {"path": "d.csv", "features": ["name", "x"]},
        "Refused: features: column 'name' can't be a feature: it holds text of 5 different values, each in one row; leave it out, or say what it is: types = {name = \"category\"}",
    ),
    Case(
        "csv, columns by pattern and kind",
        file("d.csv", "e1,e2,colour,note,y\n1,2,red,5,a\n3,4,blue,6,b\n"),
        {"path": "d.csv", "features": ["e*", "categories"], "label": "y"},
        "train: 2 × table e1, e2, colour (category): (1, 2, red) (3, 4, blue), labels a b. column 'note' is of none of the kinds in features and left out",
    ),
    Case(
        "csv, columns left out",
        file("d.csv", "e1,e2,colour\n1,2,red\n3,4,blue\n"),
        {**ALL, "drop": ["e*"]},
        "train: 2 × table colour (category): (red) (blue)",
    ),
    Case(
        "csv, a category filled in by the most frequent",
        file("d.csv", "colour,x\nred,1\nred,2\nblue,3\n,5\n"),
        {**ALL, "missing": "mean"},
        "train: 4 × table colour (category), x: (red, 1) (red, 2) (blue, 3) (red, 5)",
    ),
    Case(
        "parquet of pandas: ordered categories, dates, booleans",
        frame,
        {"path": "d.parquet", "features": "all"},
        "train: 3 × table size (ordinal), day (date), ok (yes-no): (big, 2024-03-01, true) (small, 2024-03-02, false) (big, -, true)",
    ),
    Case(
        "csv, gaps by a sign of their own",
        file("d.csv", "colour,x\nred,?\n?,2\nred,3\n"),
        {**ALL, "na_values": ["?"]},
        "train: 3 × table colour (category), x: (red, -) (-, 2) (red, 3)",
    ),
    Case(
        "csv, decimal comma and thousands",
        file("d.csv", "a;b\n1.234,5;0,5\n2;1,5\n"),
        {**ALL, "delimiter": ";", "decimal": ",", "thousands": "."},
        "train: 2 × table a, b: (1234.5, 0.5) (2, 1.5)",
    ),
    Case(
        "csv, comment lines",
        file("d.csv", "# made by hand\na,b\n1,2\n# a note, with a comma\n3,4\n"),
        {**ALL, "comment": "#"},
        "train: 2 × table a, b: (1, 2) (3, 4)",
    ),
    Case(
        "csv, marks of comments within quotes",
        file("d.csv", '# one\na,b\nx,"1\n#2\n#3"\n#y,4\n"#z""\n#","q"\n'),
        {"path": "d.csv", "text": ["a", "b"], "comment": "#", "separator": "|"},
        "train: 2 × text 'x|1\\n#2\\n#3' '#z\"\\n#|q'",
    ),
    Case(
        "csv, one character for two things",
        file("d.csv", "a;b\n1;2\n"),
        {**ALL, "decimal": ",", "thousands": ","},
        "Refused: decimal can't be the thousands separator, too",
    ),
    Case(
        "csv, commas between values and before decimals in quotes",
        file("d.csv", 'a,b\n"1,5",x\n"2,25",y\n"3,75",x\n'),
        {**ALL, "decimal": ",", "delimiter": ","},
        "train: 3 × table a, b (category): (1.5, x) (2.25, y) (3.75, x)",
    ),
    Case(
        "csv, commas between values and before decimals without quotes",
        file("d.csv", "a,b\n1,5,x\n"),
        {**ALL, "decimal": ",", "delimiter": ",", "quotes": False},
        "Refused: decimal can't be the delimiter, too, where quotes = false",
    ),
    Case(
        "csv, a day that no month has",
        file("d.csv", "day,x\n31.01.2024,1\n31.02.2024,2\n"),
        {**ALL, "types": {"day": "%d.%m.%Y"}},
        "Refused: features: column 'day', row 2: '31.02.2024' is no date by %d.%m.%Y; set na_values = {day = [\"31.02.2024\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, a year of two digits by a format of four",
        file("d.csv", "day,x\n1.2.24,1\n"),
        {**ALL, "types": {"day": "%d.%m.%Y"}},
        "Refused: features: column 'day', row 1: '1.2.24' is no date by %d.%m.%Y; set na_values = {day = [\"1.2.24\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, weeks without a day",
        file("d.csv", "week,x\n2024-W05,1\n"),
        {**ALL, "types": {"week": "%Y-W%U"}},
        "Refused: types: column 'week': %Y-W%U gives no day of the week, so no date; make it a category, or add a day, as in \"%Y-W%W-%w\"",
    ),
    Case(
        "csv, a time that no day has",
        file("d.csv", "at,x\n10:30,1\n25:00,2\n"),
        {**ALL, "types": {"at": "time"}},
        "Refused: features: column 'at', row 2: '25:00' is no time as 10:30 or 10:30:00; set na_values = {at = [\"25:00\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, moments with Z and without",
        file("d.csv", "t,x\n2024-01-02T10:00:00Z,1\n2024-01-02T10:00:00,2\n"),
        ALL,
        "train: 2 × table t (date), x: (2024-01-02 10:00:00, 1) (2024-01-02 10:00:00, 2). moments of column 't' without a zone (1 of 2) are taken as UTC beside the others: write all with their zone",
    ),
    Case(
        "parquet, moments, times and durations in nanoseconds, a day far off",
        parquet(
            "d.parquet",
            t=pa.array([1_700_000_000_000_000_001], pa.timestamp("ns")),
            at=pa.array([3_600_000_000_001], pa.time64("ns")),
            span=pa.array([1_500_000_001], pa.duration("ns")),
            day=pa.array([2**31 - 1], pa.int32()).cast(pa.date32()),
        ),
        {"path": "d.parquet", "features": "all"},
        "train: 1 × table t (date), at (time), span, day (date): (2023-11-14 22:13:20, 01:00:00, 1.5, 1.85543e+14)",
    ),
    Case(
        "csv, values that train does not have",
        several(
            file(
                "train.csv",
                "colour,code,ok,x\nred,01,True,1\nblue,02,False,2\nred,b,True,3\nred,01,True,4\n",
            ),
            file("test.csv", "colour,code,ok,x\nRed,01,True,1\ngreen,02,maybe,2\n"),
        ),
        {"path": "train.csv", "test": "test.csv", "features": "all"},
        "train: 4 × table colour (category), code (category), ok (yes-no), x: (red, 01, true, 1) (blue, 02, false, 2) (red, b, true, 3) (red, 01, true, 4). test: 2 × table colour (category), code (category), ok (yes-no), x: (-, 01, true, 1) (-, 02, -, 2). 2 rows of test have a value in 'colour' that train does not have: 'Red', 'green'; train writes 'red' for 'Red'. 1 row of test has a value in 'ok' that train does not have: 'maybe'",
    ),
    Case(
        "csv, a number next to which all others are one point",
        file("d.csv", "a,b\n" + "".join(f"{row},1\n" for row in range(5, 25)) + "1e20,2\n"),
        ALL,
        "Refused: features: column 'a', row 21: 1e+20 is so far from the others that they would be one point; correct it, name it in na_values, or leave out the row",
    ),
    Case(
        "csv, integers beyond 2^53",
        file("d.csv", "a,b\n9007199254740993,1\n9007199254740992,2\n"),
        ALL,
        "train: 2 × table a, b: (9.0072e+15, 1) (9.0072e+15, 2). column 'a' holds integers beyond 2^53: 1 of 2 different values are equal to others as features; is it an id, no feature?",
    ),
    Case(
        "csv, integers of 20 digits",
        file("d.csv", "a,b\n12345678901234567890,1\n12345678901234567891,2\n"),
        ALL,
        "train: 2 × table a, b: (1.23457e+19, 1) (1.23457e+19, 2). column 'a' holds whole numbers beyond 2^63, of which only the first 16 digits are read; is it an id, no feature?",
    ),
    Case(
        "csv, numbers that are texts: a sign for no value",
        file("d.csv", "a,b\n1,1\n2,1\n-,1\n2,1\n"),
        ALL,
        "train: 4 × table a (category), b: (1, 1) (2, 1) (-, 1) (2, 1). column 'a' is no column of numbers, for '-' (row 3), but 2 of its 3 different values are numbers: name such values in na_values, or say in types what it is",
    ),
    Case(
        "csv, numbers that are texts: percent",
        file("d.csv", "a,b\n10%,1\n20%,1\n10%,1\n"),
        ALL,
        "train: 3 × table a (category), b: (10%, 1) (20%, 1) (10%, 1). column 'a' is no column of numbers, for '10%' (row 1), but 2 of its 2 different values are numbers: set units = [\"%\"], or say in types what it is",
    ),
    Case(
        "csv, numbers that are texts: thousands",
        file("d.csv", 'a,b\n"1,234",1\n"2,000",1\n"1,234",1\n'),
        ALL,
        "train: 3 × table a (category), b: (1,234, 1) (2,000, 1) (1,234, 1). column 'a' is no column of numbers, for '1,234' (row 1), but 2 of its 2 different values are numbers: set decimal or thousands, or say in types what it is",
    ),
    Case(
        "csv, kinds that are not asked for",
        file("d.csv", "colour,a\nred,1\nblue,2\nred,3\n"),
        {"path": "d.csv", "features": ["numbers"]},
        "train: 3 × table a: (1) (2) (3). column 'colour' is of none of the kinds in features and left out",
    ),
    Case(
        "csv, yes and no and NA",
        file("d.csv", "ok,a\nyes,1\nno,2\nNA,3\n"),
        ALL,
        "train: 3 × table ok (yes-no), a: (yes, 1) (no, 2) (-, 3)",
    ),
    Case(
        "csv, an order that names a value twice",
        file("d.csv", "c,x\nred,1\nblue,2\n"),
        {"path": "d.csv", "features": "all", "types": {"c": ["red", "blue", "red"]}},
        "Refused: types names a value of 'c' twice",
    ),
    Case(
        "csv, copies of texts with features",
        file("d.csv", "c,x\nred,1\nblue,2\nred,2\nred,1\n"),
        {"path": "d.csv", "features": ["x"], "text": "c", "deduplicate": "exact"},
        "train: 3 × text 'red' 'blue' 'red'. left out: 1 of train, a copy of another row",
    ),
    Case(
        "parquet, dates, ids and texts as dictionaries (factors of R, categories of pandas)",
        parquet(
            "d.parquet",
            id=pa.array([f"S{row:04}" for row in range(40)]).dictionary_encode(),
            day=pa.array([f"2024-01-{1 + row % 9:02}" for row in range(40)]).dictionary_encode(),
            price=pa.array([f"€{row % 13 + 7}" for row in range(40)]).dictionary_encode(),
            ok=pa.array(["yes", "no"] * 20).dictionary_encode(),
            colour=pa.array(["red", None, "blue", "red"] * 10).dictionary_encode(),
        ),
        {"path": "d.parquet", "features": "all"},
        "train: 40 × table day (date), price (category), ok (yes-no), colour (category): (2024-01-01, €7, yes, red) (2024-01-02, €8, no, -) (2024-01-03, €9, yes, blue) (2024-01-04, €10, no, red) …. column 'id' is left out: it holds text of 40 different values, each in one row; name its kind in dataset.types to use it. column 'price' is no column of numbers, for '€7' (row 1), but 13 of its 13 different values are numbers: set units = [\"€\"], or say in types what it is",
    ),
    Case(
        "Feather, a factor of numbers",
        feather("d.feather", code=pa.array([7, 5, 7, None]).dictionary_encode(), n=[1, 2, 3, 4]),
        {"path": "d.feather", "features": "all"},
        "train: 4 × table code (category), n: (7, 1) (5, 2) (7, 3) (-, 4)",
    ),
)
