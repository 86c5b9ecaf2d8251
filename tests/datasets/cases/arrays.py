"""Arrays, and tables with types of their own."""

import numpy as np
import pandas as pd
import pyarrow as pa

from .case import Case
from .writers import arrow_stream, feather, file, json_lines, npy, npy_header, npz, parquet, several

VALUES = np.array([[1, 2.5], [3, 4]])

EMBEDDED = {"path": "d.parquet", "text": "text", "embedding": "v"}

CASES = (
    Case(
        "npy of images after they were normalised",
        npy("d.npy", np.linspace(-2.1, 2.6, 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)),
        {"path": "d.npy", "features": "all"},
        "Refused: path: d.npy is float64 (2, 3, 8, 8), not a table of numbers (n, d); images are arrays (n, height, width[, channels]) of uint8, or of fractions from 0 to 1; its values go from -2.1 to 2.6: (x - x.min()) / (x.max() - x.min())",
    ),
    Case(
        "npy",
        npy("d.npy", VALUES),
        {"path": "d.npy"},
        "train: 2 × table values.0, values.1: (1, 2.5) (3, 4)",
    ),
    Case(
        "npy, integers",
        npy("d.npy", np.array([[1, 2], [3, 4]], np.int16)),
        {"path": "d.npy"},
        "train: 2 × table values.0, values.1: (1, 2) (3, 4)",
    ),
    Case(
        "npy, other byte order",
        npy("d.npy", VALUES.astype(">f4")),
        {"path": "d.npy"},
        "train: 2 × table values.0, values.1: (1, 2.5) (3, 4)",
    ),
    Case(
        "npy, column by column",
        npy("d.npy", np.asfortranarray(VALUES)),
        {"path": "d.npy"},
        "train: 2 × table values.0, values.1: (1, 2.5) (3, 4)",
    ),
    Case(
        "npy, one dimension",
        npy("d.npy", VALUES[0]),
        {"path": "d.npy"},
        "Refused: path: d.npy is float64 (2,), not a table of numbers (n, d); where each file is one row, save np.stack of all",
    ),
    Case(
        "npy, three dimensions",
        npy("d.npy", VALUES[None]),
        {"path": "d.npy"},
        "Refused: path: d.npy is float64 (1, 2, 2), not a table of numbers (n, d); save array.reshape(len(array), -1); images are arrays (n, height, width[, channels]) of uint8, or of fractions from 0 to 1",
    ),
    Case(
        "npy, complex numbers",
        npy("d.npy", VALUES * 1j),
        {"path": "d.npy"},
        "Refused: path: d.npy: the array is complex128 (2, 2), not a table of numbers (n, d) or a column of values (n,)",
    ),
    Case(
        "npy, Python objects",
        npy("d.npy", np.array([None, 1], dtype=object)),
        {"path": "d.npy"},
        "Refused: path: d.npy holds objects of Python, which are not read; save numbers: np.save(…, np.stack([*x]).astype(np.float32))",
    ),
    Case(
        "npy, no rows",
        npy("d.npy", VALUES[:0]),
        {"path": "d.npy"},
        "Refused: path: d.npy: the array is empty: (0, 2)",
    ),
    Case(
        "npy, not a number",
        npy("d.npy", [[1, np.nan], [3, 4]]),
        {"path": "d.npy"},
        "train: 2 × table values.0, values.1: (1, -) (3, 4)",
    ),
    Case(
        "npy, not a number, dropped",
        npy("d.npy", [[1, np.nan], [3, 4]]),
        {"path": "d.npy", "missing": "drop"},
        "train: 1 × table values.0, values.1: (3, 4), ids 1. left out: 1 of train, a missing value. 1 of the 2 rows of train has a missing value; left out",
    ),
    Case(
        "npy, a header that lies",
        npy_header("d.npy", (10**12, 10**6)),
        {"path": "d.npy"},
        "Refused: path: d.npy: its header says float64 (1000000000000, 1000000), 8,000,000,000,000,000,000 bytes, but 16 follow; save it again",
    ),
    Case(
        "npy, nonsense",
        file("d.npy", "nonsense"),
        {"path": "d.npy"},
        "Refused: path: d.npy can't be read as npy: the magic string is not correct; expected b'\\x93NUMPY', got b'nonsen'",
    ),
    Case(
        "npy with named features",
        npy("d.npy", VALUES),
        {"path": "d.npy", "features": ["a"]},
        "Refused: features: an npy file has no named columns; drop it",
    ),
    Case(
        "npz, one array",
        npz("d.npz", x=VALUES),
        {"path": "d.npz"},
        "train: 2 × table x.0, x.1: (1, 2.5) (3, 4)",
    ),
    Case(
        "npz, with labels and ids",
        npz("d.npz", x=VALUES, y=["u", "v"], k=["p", "q"]),
        {"path": "d.npz", "features": ["x"], "label": "y", "id": "k"},
        "train: 2 × table x.0, x.1: (1, 2.5) (3, 4), labels u v, ids p q",
    ),
    Case(
        "npz, several arrays, none named",
        npz("d.npz", x=VALUES, y=[0, 1]),
        {"path": "d.npz"},
        'Refused: text: one of text, image or features must name the columns to cluster: x, y; name a column, or set features = "all"',
    ),
    Case(
        "npz, arrays of several lengths",
        npz("d.npz", x=VALUES, y=[0, 1, 2]),
        {"path": "d.npz", "features": "all"},
        "Refused: path: the arrays of d.npz have different numbers of rows: x 2, y 3; name those that belong together: features, label, id",
    ),
    Case(
        "npz, arrays of several lengths, named",
        npz("d.npz", x_train=VALUES, x_test=VALUES[:1]),
        {"path": "d.npz", "features": ["x_train"]},
        "train: 2 × table x_train.0, x_train.1: (1, 2.5) (3, 4)",
    ),
    Case(
        "npz, nonsense",
        file("d.npz", "nonsense"),
        {"path": "d.npz", "features": ["x"]},
        "Refused: path: d.npz can't be read as npz: File is not a zip file",
    ),
    Case(
        "parquet",
        parquet("d.parquet", a=[1, 2], ok=[True, False], y=["u", None]),
        {"path": "d.parquet", "features": ["a", "ok"], "label": "y"},
        "train: 2 × table a, ok (yes-no): (1, true) (2, false), labels u -",
    ),
    Case(
        "parquet, lists of numbers",
        parquet("d.parquet", v=[[1.0, 2.0], [3.0, 4.0]]),
        {"path": "d.parquet", "features": ["v"]},
        "train: 2 × table v.0, v.1: (1, 2) (3, 4)",
    ),
    Case(
        "parquet, lists of several lengths",
        parquet("d.parquet", v=[[1.0, 2.0], [3.0]]),
        {"path": "d.parquet", "features": ["v"]},
        "Refused: features: the lists of column 'v' have 2 different lengths: 2, 1; write lists of one length, or leave the column out",
    ),
    Case(
        "parquet, nonsense",
        file("d.parquet", "nonsense"),
        {"path": "d.parquet", "features": "all"},
        "Refused: path: d.parquet can't be read as parquet: Parquet magic bytes not found in footer. Either the file is corrupted or this is not a parquet file.",
    ),
    Case(
        "Feather",
        feather("d.feather", a=[1, 2], b=[3, 4]),
        {"path": "d.feather", "features": "all"},
        "train: 2 × table a, b: (1, 3) (2, 4)",
    ),
    Case(
        "Feather, version 1",
        file("d.feather", b"FEA1 and so on"),
        {"path": "d.feather", "features": "all"},
        "Refused: path: d.feather is in version 1 of Feather; write it in version 2",
    ),
    Case(
        "Arrow stream",
        arrow_stream("d.arrow", a=[1, 2], b=[3, 4]),
        {"path": "d.arrow", "features": "all"},
        "train: 2 × table a, b: (1, 3) (2, 4)",
    ),
    Case(
        "Arrow, nonsense",
        file("d.arrow", "nonsense"),
        {"path": "d.arrow", "features": "all"},
        "Refused: path: d.arrow can't be read as Arrow: Expected to read 1936617326 metadata bytes, but only read 4",
    ),
    Case(
        "parquet of pandas, with an index",
        lambda folder: (
            pd.DataFrame({"a": [5, 3], "k": ["p", "q"]})
            .set_index("k")
            .to_parquet(folder / "d.parquet")
        ),
        {"path": "d.parquet", "features": "all"},
        "train: 2 × table a: (5) (3). column 'k', an index, is left out of the features",
    ),
    Case(
        "npy with labels and ids of their own",
        several(npy("d.npy", VALUES), npy("y.npy", ["u", "v"]), npy("k.npy", [7, 9])),
        {"path": "d.npy", "label": "y.npy", "id": "k.npy"},
        "train: 2 × table values.0, values.1: (1, 2.5) (3, 4), labels u v, ids 7 9",
    ),
    Case(
        "npy with too few labels",
        several(npy("d.npy", VALUES), npy("y.npy", ["u"])),
        {"path": "d.npy", "label": "y.npy"},
        "Refused: label: y.npy has 1 row, the data 2",
    ),
    Case(
        "npy with labels that are not there",
        npy("d.npy", VALUES),
        {"path": "d.npy", "label": "y.npy"},
        "Refused: label: y.npy: No such file or directory",
    ),
    Case(
        "texts with embeddings, a column",
        parquet("d.parquet", text=["one", "two"], v=[[1.0, 2.0], [3.0, 4.0]]),
        EMBEDDED,
        "train: 2 × text 'one' 'two', embedding [[1.0, 2.0], [3.0, 4.0]]",
    ),
    Case(
        "texts with embeddings, one of another length",
        parquet("d.parquet", text=["one", "two"], v=[[1.0, 2.0], [3.0]]),
        EMBEDDED,
        "Refused: embedding: embeddings in column 'v' have 2 dimensions, that of row 2 has 1",
    ),
    Case(
        "texts with embeddings, one missing",
        parquet("d.parquet", text=["one", "two"], v=[None, [3.0, 4.0]]),
        EMBEDDED,
        "Refused: text: 1 of 2 rows of train has no value in 'text' or no finite numbers in 'v', the first is row 1; set missing = \"drop\"",
    ),
    Case(
        "texts with embeddings, one missing, dropped",
        parquet("d.parquet", text=["one", "two"], v=[None, [3.0, 4.0]]),
        {**EMBEDDED, "missing": "drop"},
        "train: 1 × text 'two', embedding [[3.0, 4.0]], ids 1. left out: 1 of train, no text or no embedding. 1 of the 2 rows of train has no text or no embedding; left out",
    ),
    Case(
        "texts with embeddings, written as text",
        file("d.csv", 'text,v\none,"[1, 2]"\ntwo,"[3.5, 4]"\n'),
        {**EMBEDDED, "path": "d.csv"},
        "train: 2 × text 'one' 'two', embedding [[1.0, 2.0], [3.5, 4.0]]",
    ),
    Case(
        "texts with embeddings, written as numpy prints",
        file("d.csv", "text,v\none,[1. 2.]\n"),
        {**EMBEDDED, "path": "d.csv"},
        "Refused: embedding: column 'v' holds '[1. 2.]', no list of numbers: row 1; write [0.1, 0.2, …], or a parquet file; where lists are codes, give the column a type",
    ),
    Case(
        "texts with embeddings, in jsonl",
        json_lines("d.jsonl", {"text": "one", "v": [1, 2]}, {"text": "two", "v": [3.5, 4]}),
        {**EMBEDDED, "path": "d.jsonl"},
        "train: 2 × text 'one' 'two', embedding [[1.0, 2.0], [3.5, 4.0]]",
    ),
    Case(
        "texts with embeddings, an npy file",
        several(file("d.csv", "text\none\ntwo\n"), npy("v.npy", VALUES)),
        {"path": "d.csv", "text": "text", "embedding": "v.npy"},
        "train: 2 × text 'one' 'two', embedding [[1.0, 2.5], [3.0, 4.0]]",
    ),
    Case(
        "texts with embeddings, an npy file with another number of rows",
        several(file("d.csv", "text\none\n"), npy("v.npy", VALUES)),
        {"path": "d.csv", "text": "text", "embedding": "v.npy"},
        "Refused: embedding: v.npy has 2 rows, the data 1",
    ),
    Case(
        "lines of text with embeddings",
        several(file("d.txt", "one\ntwo\n"), npy("v.npy", VALUES)),
        {"path": "d.txt", "embedding": "v.npy"},
        "train: 2 × text 'one' 'two', embedding [[1.0, 2.5], [3.0, 4.0]]",
    ),
    Case(
        "npz, long doubles and years",
        npz("d.npz", x=VALUES.astype(np.longdouble), y=np.array(["2023", "2024"], "M8[Y]")),
        {"path": "d.npz", "features": ["x"], "label": "y"},
        "train: 2 × table x.0, x.1: (1, 2.5) (3, 4), labels 2023-01-01 2024-01-01",
    ),
    Case(
        "npy, a number beyond float32, dropped",
        npy("d.npy", np.array([[1, 2], [1e300, 4]])),
        {"path": "d.npy", "missing": "drop"},
        "train: 1 × table values.0, values.1: (1, 2). left out: 1 of train, a missing value. 1 value in 'values.0' of train is infinite or beyond 3.4e38, read as gaps, the first is row 2. 1 of the 2 rows of train has a missing value; left out",
    ),
    Case(
        "npy, a number beyond float32",
        npy("d.npy", np.array([[1, 2], [1e300, 4]])),
        {"path": "d.npy"},
        'Refused: features: 1 value in \'values.0\' of train is infinite or beyond 3.4e38, the first is row 2; set missing = "drop" or "mean"',
    ),
    Case(
        "parquet, views of texts",
        parquet(
            "d.parquet",
            text=pa.array(["one", "two"], pa.string_view()),
            key=pa.array(["u", "v"], pa.string_view()),
        ),
        {"path": "d.parquet", "text": "text", "id": "key"},
        "train: 2 × text 'one' 'two', ids u v",
    ),
    Case(
        "parquet, numbers for embeddings",
        parquet("d.parquet", text=["one", "two"], n=[1, 2], e=[[1.0, 2.0], [2.0, 3.0]]),
        {"path": "d.parquet", "text": "text", "embedding": "n"},
        "Refused: embedding: column 'n' holds int64, not lists of numbers; columns of lists of numbers: e",
    ),
    Case(
        "npy of texts that are numbers",
        npy("d.npy", np.array([["1.5", "2.5"], ["3.5", "4.5"]])),
        {"path": "d.npy"},
        "Refused: path: d.npy is <U3 (2, 2), not a table of numbers (n, d); write a csv file: pandas.DataFrame(numpy.load('d.npy')).to_csv(\"d.csv\", index=False)",
    ),
    Case(
        "npy of days",
        npy("d.npy", np.array([["2024-01-01", "2024-01-02"]] * 2, "datetime64[D]")),
        {"path": "d.npy"},
        "Refused: path: d.npy is datetime64[D] (2, 2), not a table of numbers (n, d); write a csv file: pandas.DataFrame(numpy.load('d.npy')).to_csv(\"d.csv\", index=False)",
    ),
    Case(
        "npy of records",
        npy("d.npy", np.zeros(3, dtype=[("x", "f4"), ("name", "U5")])),
        {"path": "d.npy"},
        "Refused: path: d.npy is [('x', '<f4'), ('name', '<U5')] (3,), not a table of numbers (n, d); write a csv file: pandas.DataFrame(numpy.load('d.npy')).to_csv(\"d.csv\", index=False)",
    ),
    Case(
        "npy of vectors, with the number of the row",
        npy("d.npy", np.c_[np.arange(20), np.ones((20, 2)) / 3]),
        {"path": "d.npy"},
        "train: 20 × table values.0, values.1, values.2: (0, 0.333333, 0.333333) (1, 0.333333, 0.333333) (2, 0.333333, 0.333333) (3, 0.333333, 0.333333) …. value 0 of 'values' counts the rows (0, 1, …): if it is no feature, leave it out (numpy.delete(x, 0, axis=1))",
    ),
    Case(
        "npy of vectors, with an id and a label",
        npy(
            "d.npy",
            np.c_[
                (np.arange(60) * 7919) % 9973,
                np.random.default_rng(0).normal(0, 1, (60, 40)),
                np.arange(60) % 3,
            ],
        ),
        {"path": "d.npy"},
        "train: 60 × table values.0, values.1, values.2, values.3: (0, 0.12573, -0.132105, 0.640423) (7919, -1.25907, 1.51392, 1.34588) (5865, 0.188519, -0.633194, -0.377564) (3811, 0.787588, 0.844079, 0.0755936) …. value 0 of 'values' is another whole number in each row (0, 7919, …), as an id: if it is no feature, leave it out (numpy.delete(x, 0, axis=1)). value 41 of 'values' is one of 3 whole numbers, all others have fractions, as a label: if it is no feature, leave it out (numpy.delete(x, 41, axis=1))",
    ),
    Case(
        "npy of vectors, half of them of length 1",
        npy(
            "d.npy",
            np.array(
                [
                    r / (np.linalg.norm(r) if n % 2 else 1)
                    for n, r in enumerate(np.random.default_rng(0).normal(0, 1, (60, 40)))
                ]
            ),
        ),
        {"path": "d.npy"},
        'train: 60 × table values.0, values.1, values.2, values.3: (0.12573, -0.132105, 0.640423, 0.1049) (-0.177149, 0.213007, 0.189363, 0.109929) (0.188519, -0.633194, -0.377564, -1.09115) (0.126496, 0.135569, 0.0121413, -0.229157) …. 50% of the vectors \'values\' have length 1, the others 4.08 to 7.86: make all in one way (normalize_embeddings of sentence-transformers), or bring all to one length with use = "scale", kind = "unit" as the first encoder',
    ),
    Case(
        "npy of vectors, a batch of them three times",
        npy("d.npy", np.tile(np.random.default_rng(0).normal(0, 1, (30, 40)), (3, 1))),
        {"path": "d.npy"},
        'train: 90 × table values.0, values.1, values.2, values.3: (0.12573, -0.132105, 0.640423, 0.1049) (-1.25907, 1.51392, 1.34588, 0.781311) (0.188519, -0.633194, -0.377564, -1.09115) (0.787588, 0.844079, 0.0755936, -1.42677) …. 60 of 90 rows are copies of earlier ones in every feature, the first is row 31: they weigh more; deduplicate = "exact" leaves them out',
    ),
    Case(
        "npy of vectors, a batch of them three times, which count once",
        npy("d.npy", np.tile(np.random.default_rng(0).normal(0, 1, (30, 40)), (3, 1))),
        {"path": "d.npy", "deduplicate": "exact"},
        "train: 30 × table values.0, values.1, values.2, values.3: (0.12573, -0.132105, 0.640423, 0.1049) (-1.25907, 1.51392, 1.34588, 0.781311) (0.188519, -0.633194, -0.377564, -1.09115) (0.787588, 0.844079, 0.0755936, -1.42677) …. left out: 60 of train, a copy of another row",
    ),
)
