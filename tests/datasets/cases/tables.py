"""Tables of numbers in text files."""

from json import dumps

from .case import Case
from .writers import file, json_lines, packed

ALL = {"path": "d.csv", "features": "all"}
COUNTED = "".join(f"{row},{row * row % 7}\n" for row in range(1, 13))
ROWS = "a,b,y\n1,2.5,x\n3,4,y\n"
NEARLY = "".join(f"{i * i % 11},{i * 7 % 13},{i / 3:.3f}\n" for i in range(12))
NEARLY += f"{NEARLY.splitlines()[5]}\n1.001,7,0.334\n"
TWO_ROWS = [{"id": 1, "text": "one"}, {"id": 2, "text": "two"}]

CASES = (
    Case(
        "csv",
        file("d.csv", ROWS),
        {**ALL, "label": "y"},
        "train: 2 × table a, b: (1, 2.5) (3, 4), labels x y",
    ),
    Case(
        "csv, Windows line ends",
        file("d.csv", ROWS.replace("\n", "\r\n")),
        {**ALL, "label": "y"},
        "train: 2 × table a, b: (1, 2.5) (3, 4), labels x y",
    ),
    Case(
        "csv, line ends of old Macs",
        file("d.csv", ROWS.replace("\n", "\r")),
        {**ALL, "label": "y"},
        "train: 2 × table a, b: (1, 2.5) (3, 4), labels x y",
    ),
    Case(
        "csv, gzip",
        packed("d.csv.gz", ROWS),
        {**ALL, "path": "d.csv.gz", "label": "y"},
        "train: 2 × table a, b: (1, 2.5) (3, 4), labels x y",
    ),
    Case(
        "csv, gzip, cut short",
        file("d.csv.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03K\xd2"),
        {**ALL, "path": "d.csv.gz"},
        "Refused: path: d.csv.gz can't be read: Truncated compressed stream",
    ),
    Case(
        "csv, blank lines between rows",
        file("d.csv", "a,b\n1,2\n\n3,4\n\n"),
        ALL,
        "train: 2 × table a, b: (1, 2) (3, 4)",
    ),
    Case(
        "csv, semicolons",
        file("d.csv", "a;b\n1;2\n3;4\n"),
        ALL,
        "Refused: delimiter: d.csv seems to have ';' between its values; set delimiter = \";\"",
    ),
    Case(
        "csv, semicolons, named",
        file("d.csv", "a;b\n1;2\n3;4\n"),
        {**ALL, "delimiter": ";"},
        "train: 2 × table a, b: (1, 2) (3, 4)",
    ),
    Case(
        "tsv",
        file("d.tsv", "a\tb\n1\t2\n3\t4\n"),
        {**ALL, "path": "d.tsv"},
        "train: 2 × table a, b: (1, 2) (3, 4)",
    ),
    Case(
        "csv, a row with too many values",
        file("d.csv", "a,b\n1,2\n3,4,5\n"),
        ALL,
        "Refused: path: d.csv: row 2 has 3 values, the header has 2; put values that contain the delimiter into quotes, set delimiter, or set skip to the number of lines above the names of columns",
    ),
    Case(
        "csv, a row with too few values",
        file("d.csv", "a,b\n1,2\n3\n"),
        ALL,
        "Refused: path: d.csv: row 2 has 1 value, the header has 2; put values that contain the delimiter into quotes, set delimiter, or remove lines that are no rows of the table, such as a note or a total below it",
    ),
    Case(
        "csv, two columns of one name",
        file("d.csv", "a,a\n1,2\n3,4\n"),
        ALL,
        "Refused: path: d.csv has two columns named 'a'; give each its own name (joined, where names stand in two rows), or set header = false if the first row holds values, or set drop = [\"a\"] if no such column is needed",
    ),
    Case(
        "csv, commas at the end of each row",
        file("d.csv", "a,b,,\n1,2,,\n3,4,,\n"),
        ALL,
        "train: 2 × table a, b: (1, 2) (3, 4)",
    ),
    Case(
        "csv without a header",
        file("d.csv", "5.1,3.5,1.4,x\n4.9,3.0,1.4,y\n"),
        {**ALL, "label": "x"},
        "Refused: header: the first row of d.csv looks like values, not names: '5.1' is a number; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "csv without a header, said",
        file("d.csv", "5.1,3.5,1.4,x\n4.9,3.0,1.4,y\n"),
        {**ALL, "header": False, "label": "3"},
        "train: 2 × table 0, 1, 2: (5.1, 3.5, 1.4) (4.9, 3, 1.4), labels x y",
    ),
    Case(
        "csv, columns named by numbers",
        file("d.csv", "0,1,2\n7,5,3\n4,9,8\n"),
        ALL,
        "train: 2 × table 0, 1, 2: (7, 5, 3) (4, 9, 8)",
    ),
    Case(
        "csv, columns named by years",
        file("d.csv", "2019,2020,2021\n7,5,3\n4,9,8\n"),
        ALL,
        "train: 2 × table 2019, 2020, 2021: (7, 5, 3) (4, 9, 8)",
    ),
    Case(
        "csv, numbers as names, said",
        file("d.csv", "10,5,2\n7,5,3\n4,9,8\n"),
        {**ALL, "header": True},
        "train: 2 × table 10, 5, 2: (7, 5, 3) (4, 9, 8)",
    ),
    Case(
        "csv, the header again between the rows",
        file("d.csv", "a,b\n1,2\na,b\n3,4\n"),
        ALL,
        "Refused: path: d.csv: row 2 repeats the header; remove it",
    ),
    Case("csv, only a header", file("d.csv", "a,b\n"), ALL, "Refused: path: d.csv has no rows"),
    Case("csv, empty", file("d.csv", ""), ALL, "Refused: path: d.csv is empty"),
    Case(
        "csv, a gap",
        file("d.csv", "a,b\n1,2\n,3\n5,6\n"),
        ALL,
        "train: 3 × table a, b: (1, 2) (-, 3) (5, 6)",
    ),
    Case(
        "csv, a gap, not allowed",
        file("d.csv", "a,b\n1,2\n,3\n5,6\n"),
        {**ALL, "missing": "error"},
        'Refused: features: 1 of 3 rows of train has no value in \'a\', the first is row 2; set missing = "drop" or "mean"',
    ),
    Case(
        "csv, a gap, dropped",
        file("d.csv", "a,b\n1,2\n,3\n5,6\n"),
        {**ALL, "missing": "drop"},
        "train: 2 × table a, b: (1, 2) (5, 6), ids 0 2. left out: 1 of train, a missing value. 1 of the 3 rows of train has a missing value; left out",
    ),
    Case(
        "csv, a gap, filled in",
        file("d.csv", "a,b\n1,2\n,3\n5,6\n"),
        {**ALL, "missing": "mean"},
        "train: 3 × table a, b: (1, 2) (3, 3) (5, 6)",
    ),
    Case(
        "csv, an infinite value",
        file("d.csv", "a,b\n1,2\ninf,3\n"),
        ALL,
        'Refused: features: 1 value in \'a\' of train is infinite or beyond 3.4e38, the first is row 2; set missing = "drop" or "mean"',
    ),
    Case(
        "csv, a column without values",
        file("d.csv", "a,b\n1,\n2,\n"),
        ALL,
        "train: 2 × table a: (1) (2). column 'b' is left out: it has no values",
    ),
    Case(
        "csv, no features named",
        file("d.csv", ROWS),
        {"path": "d.csv"},
        'Refused: text: one of text, image or features must name the columns to cluster; name a column, or set features = "all"',
    ),
    Case(
        "csv, a column that is not there",
        file("d.csv", ROWS),
        {"path": "d.csv", "features": ["a", "bb"]},
        "Refused: features: there is no column 'bb'; did you mean 'b'? known: a, b, y",
    ),
    Case(
        "csv, ids that occur twice",
        file("d.csv", "k,a\nu,1\nu,2\n"),
        {**ALL, "id": "k"},
        "Refused: id: column 'k' has 'u' 2 times; name a column of distinct values, or leave id out",
    ),
    Case(
        "csv, ids with zeros",
        file("d.csv", "k,a\n007,1\n008,2\n"),
        {**ALL, "id": "k"},
        "train: 2 × table a: (1) (2), ids 007 008",
    ),
    Case(
        "jsonl",
        json_lines("d.jsonl", {"a": 1, "y": "u"}, {"y": "v", "a": 2.5}),
        {"path": "d.jsonl", "features": "all", "label": "y"},
        "train: 2 × table a: (1) (2.5), labels u v",
    ),
    Case(
        "jsonl, numbers and text in one column",
        json_lines("d.jsonl", {"a": 1}, {"a": "x"}),
        {"path": "d.jsonl", "features": "all"},
        "Refused: path: d.jsonl: the values of 'a' are not of one kind: a number in row 1, a text in row 2; write all of them as text, or all as numbers",
    ),
    Case(
        "jsonl, a number beyond 64 bits",
        json_lines("d.jsonl", {"a": 2**70}),
        {"path": "d.jsonl", "features": "all"},
        "Refused: path: d.jsonl: 'a' holds whole numbers beyond 64 bits; write them as text",
    ),
    Case(
        "json, an object",
        file("d.json", '{"a": 1}'),
        {"path": "d.json", "features": "all"},
        "train: 1 × table a: (1)",
    ),
    Case(
        "json, an empty list",
        file("d.json", "[]"),
        {"path": "d.json", "features": "all"},
        "Refused: path: d.json has no rows",
    ),
    Case(
        "json, a list of numbers",
        file("d.json", "[1, 2]"),
        {"path": "d.json", "features": "all"},
        "Refused: path: d.json, item 1, is not an object with named values",
    ),
    Case(
        "csv of pandas, with its index",
        file("d.csv", ",a,b\n0,5,2\n1,3,4\n"),
        ALL,
        "train: 2 × table a, b: (5, 2) (3, 4). a column without a name is left out of the features",
    ),
    Case(
        "csv of pandas, written twice",
        file("d.csv", "Unnamed: 0,a,b\n0,5,2\n1,3,4\n"),
        ALL,
        "train: 2 × table a, b: (5, 2) (3, 4). column 'Unnamed: 0', an index, is left out of the features",
    ),
    Case(
        "csv, a first column that counts",
        file("d.csv", "n,a\n" + COUNTED),
        ALL,
        "train: 12 × table a: (1) (4) (2) (2) …. column 'n' counts the rows (1 to 12) and is left out of the features; to use it, name them",
    ),
    Case(
        "csv, a first column that counts, named",
        file("d.csv", "n,a\n" + COUNTED),
        {**ALL, "features": ["n", "a"]},
        "train: 12 × table n, a: (1, 1) (2, 4) (3, 2) (4, 2) …",
    ),
    Case(
        "csv, another column that counts",
        file("d.csv", "b,n,a\n" + "".join(f"{row % 5},{13 - row},1\n" for row in range(1, 13))),
        ALL,
        "train: 12 × table b, n, a: (1, 12, 1) (2, 11, 1) (3, 10, 1) (4, 9, 1) …. column 'n' counts the rows (1 to 12): is it an id, no feature?",
    ),
    Case(
        "csv, a first column that counts three rows",
        file("d.csv", "n,a\n1,5\n2,3\n3,8\n"),
        ALL,
        "train: 3 × table n, a: (1, 5) (2, 3) (3, 8)",
    ),
    Case(
        "csv, a first line that names the delimiter",
        file("d.csv", "sep=;\na;b\n1;2\n3;4\n"),
        ALL,
        "train: 2 × table a, b: (1, 2) (3, 4). the first line of d.csv, sep=;, is no row",
    ),
    Case(
        "csv, the same after a byte order mark",
        file("d.csv", b'\xef\xbb\xbf"sep=,"\r\na,b\r\n1,2\r\n3,4\r\n'),
        ALL,
        "train: 2 × table a, b: (1, 2) (3, 4). the first line of d.csv, sep=,, is no row",
    ),
    Case(
        "csv, a column without a name",
        file("d.csv", "a,b,\n1,2,5\n3,4,6\n"),
        ALL,
        "train: 2 × table a, b: (1, 2) (3, 4). column 3 of d.csv has values, but no name: it is not used. a column without a name is left out of the features",
    ),
    Case(
        "csv, labels that are codes",
        file("d.csv", "a,y\n1,007\n2,7\n3,10\n4,NA\n"),
        {**ALL, "label": "y"},
        "train: 4 × table a: (1) (2) (3) (4), labels 007 7 10 -. labels of 'y' that are one number, written in several ways, are classes of their own: '007' and '7'",
    ),
    Case(
        "csv, labels that are written in several ways",
        file("d.csv", "a,y\n1,1\n2,1.0\n3,01\n4,1\n"),
        {**ALL, "label": "y"},
        "train: 4 × table a: (1) (2) (3) (4), labels 1 1.0 01 1. labels of 'y' that are one number, written in several ways, are classes of their own: '01' and '1' and '1.0'",
    ),
    Case(
        "csv, spaces between the values",
        file("d.csv", "a b\n1 2\n3 4\n"),
        ALL,
        "Refused: delimiter: d.csv seems to have ' ' between its values; set delimiter = \" \"",
    ),
    Case(
        "csv, a delimiter beyond ASCII",
        file("d.csv", "a§b\n1§2\n"),
        {**ALL, "delimiter": "§"},
        "Refused: delimiter must be one ASCII character, no quote and no line end",
    ),
    Case(
        "csv, a pattern that matches nothing",
        file("d.csv", ROWS),
        {**ALL, "drop": ["zz*"]},
        "Refused: drop: no column matches 'zz*'; known: a, b, y",
    ),
    Case(
        "csv, compressed under another name",
        file("d.csv", b"\x1f\x8b\x08\x00"),
        ALL,
        "Refused: path: d.csv is compressed by gzip; add .gz to its name",
    ),
    Case(
        "csv, an archive under another name",
        file("d.csv", b"PK\x03\x04\x14\x00"),
        ALL,
        "Refused: path: d.csv is a zip archive; unpack it",
    ),
    Case(
        "json, an object of columns",
        file("d.json", '{"a": [1, 2, 3], "b": [4, 5, 6]}'),
        {**ALL, "path": "d.json"},
        'Refused: path: d.json is one object for all rows, no list of them; write a list of objects, one per row: pandas.read_json(…), with orient="index" where the names of the object are rows, then .to_json(…, orient="records")',
    ),
    Case(
        "json, a name that occurs twice",
        file("d.jsonl", '{"a": 1}\n{"a": 2, "a": 3}\n'),
        {**ALL, "path": "d.jsonl"},
        "Refused: path: d.jsonl, line 2, is not JSON: an object has the name 'a' twice",
    ),
    Case(
        "csv, rows and rounded rows that occur twice, left out",
        file("d.csv", "a,b,c\n" + NEARLY),
        {"path": "d.csv", "features": "all", "deduplicate": "near"},
        "train: 12 × table a, b, c: (0, 0, 0) (1, 7, 0.333) (4, 1, 0.667) (9, 8, 1) …. left out: 1 of "
        "train, a copy of another row. left out: 1 of train, nearly a copy of another row",
    ),
    Case(
        "csv, near copies of one column",
        file("d.csv", "a,y\n" + "".join(f"{i},u\n" for i in range(500, 0, -1))),
        {"path": "d.csv", "features": ["a"], "deduplicate": "near"},
        "Refused: deduplicate: near copies can't be told: in so few columns, chance alone brings rows "
        'this near; use "exact"',
    ),
    Case(
        "json, one object that holds the rows",
        file("d.json", dumps({"count": 2, "results": TWO_ROWS}, indent=1)),
        {**ALL, "path": "d.json"},
        "Refused: path: d.json is one object, whose 'results' holds 2 objects, which may be the rows; write that list alone; if the object is a row, name its columns",
    ),
    Case(
        "json, one object that holds several lists",
        file("d.json", dumps({"users": TWO_ROWS, "page": {"posts": TWO_ROWS}})),
        {"path": "d.json", "text": "text"},
        "Refused: path: d.json is one object, whose 'users' holds 2 objects and 'page.posts' holds 2 objects, which may be the rows; write one of these lists alone; if the object is a row, name its columns",
    ),
    Case(
        "jsonl, one line that holds the rows",
        json_lines("d.jsonl", {"data": TWO_ROWS}),
        {**ALL, "path": "d.jsonl"},
        "Refused: path: d.jsonl is one object, whose 'data' holds 2 objects, which may be the rows; write that list alone; if the object is a row, name its columns",
    ),
    Case(
        "jsonl, one row with a list",
        json_lines("d.jsonl", {"text": "one", "messages": TWO_ROWS}),
        {"path": "d.jsonl", "text": "text"},
        "train: 1 × text 'one'",
    ),
    Case(
        "json, one object on several lines",
        file("d.json", dumps({"text": "one", "n": 1}, indent=1)),
        {"path": "d.json", "text": "text"},
        "train: 1 × text 'one'",
    ),
    Case(
        "jsonl, yes or no after fractions",
        json_lines("d.jsonl", {"a": 1.5}, {"a": True}),
        {**ALL, "path": "d.jsonl"},
        "Refused: path: d.jsonl: the values of 'a' are not of one kind: a number in row 1, yes or no in row 2; write all of one kind",
    ),
    Case(
        "jsonl, a pattern for fields within fields",
        json_lines("d.jsonl", {"id": "a", "_source": {"n": 1}}, {"id": "b", "_source": {"n": 2}}),
        {"path": "d.jsonl", "features": ["_source.*"]},
        "Refused: features: no column matches '_source.*'; did you mean '_source'? known: _source, id",
    ),
    Case(
        "tsv below a comment that holds another delimiter",
        file("d.tsv", "# Program: v2; Command: x\nGeneid\tChr\na\t5;5\nb\t7;7\n"),
        {"path": "d.tsv", "features": "all"},
        'Refused: path: d.tsv: row 1 has 2 values, the header has 1; set comment = "#" if lines that begin so are no rows',
    ),
    Case(
        "csv, columns of one width, names with blanks",
        file(
            "d.csv",
            "NAME        CITY      SCORE\n"
            + "Anna Lee    New York    0.5\nBo          Rome       -1.5\n" * 3,
        ),
        {"path": "d.csv", "features": "all"},
        "Refused: path: d.csv has columns of one width, lined up with blanks; write it with one delimiter between its values, as pandas.read_fwf(…).to_csv(…, index=False) does",
    ),
    Case(
        "csv of texts with blanks, and so has their name",
        file("d.csv", "what  is it\na red cat\nthe blue dog sat\nsome of the other birds\n"),
        {"path": "d.csv", "text": "what  is it"},
        "train: 3 × text 'a red cat' 'the blue dog sat' 'some of the other birds'",
    ),
    Case(
        "csv of Hive, without names",
        file("d.csv", "".join(f"{n}\x01{n * 7 % 5}\x01a\n" for n in range(6))),
        {"path": "d.csv", "features": "all"},
        "Refused: delimiter: d.csv seems to have '\\x01' between its values; set delimiter = \"\\u0001\"",
    ),
    Case(
        "json, a list of lists with names first",
        file("d.json", '[["NAME", "AGE"], ["a", "5"], ["b", "7"]]'),
        {"path": "d.json", "features": "all"},
        "Refused: path: d.json, item 1, is not an object with named values; write a csv file, with the names of the columns first: jq -r '.[] | @csv' d.json > d.csv",
    ),
    Case(
        "json of a service, rows as lists beside what their columns are",
        file(
            "d.json",
            '{"meta": {"columns": [{"name": "sid"}, {"name": "n"}]}, "data": [["a", 5], ["b", 7], ["c", 7]]}',
        ),
        {"path": "d.json", "features": "all"},
        "Refused: path: d.json is one object, whose 'data' holds 3 lists and 'meta.columns' holds 2 objects, which may be the rows; write a csv file, with the names of the columns first: jq -r '.data[] | @csv' d.json > d.csv",
    ),
    Case(
        "json of a sheet's values",
        file("d.json", '{"range": "A1:B3", "values": [["NAME", "AGE"], ["a", 5], ["b", 7]]}'),
        {"path": "d.json", "features": "all"},
        "Refused: path: d.json is one object, whose 'values' holds 3 lists, which may be the rows; write a csv file, with the names of the columns first: jq -r '.values[] | @csv' d.json > d.csv",
    ),
    Case(
        "csv of embeddings that NumPy has cut",
        file(
            "d.csv",
            "body,emb\n" + "".join(f"text {n},[0.{n} 1.5 ... -0.5]\n" for n in range(4)),
        ),
        {"path": "d.csv", "text": "body", "embedding": "emb"},
        "Refused: embedding: column 'emb' holds '[0.0 1.5 ... -0.5]', whose numbers were left out when it was written: row 1; write them anew from their source, as [0.1, 0.2, …] or into a parquet file",
    ),
)
