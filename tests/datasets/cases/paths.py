"""Paths and folders."""

import numpy as np

from .case import Case
from .writers import file, link, npy, packed, parquet, pictures, pipe, several

TEXT = {"path": "d.csv", "text": "text"}
ONE, TWO = "text,y\none,u\n", "text,y\ntwo,v\n"

CASES = (
    Case(
        "nothing there",
        file("data.csv", ONE),
        {**TEXT, "path": "date.csv"},
        "Refused: path: date.csv does not exist; did you mean 'data.csv'?",
    ),
    Case(
        "a pattern",
        several(file("a.csv", ONE), file("b.csv", TWO)),
        {**TEXT, "path": "*.csv"},
        "train: 2 × text 'one' 'two'",
    ),
    Case(
        "a pattern that matches nothing",
        file("a.csv", ONE),
        {**TEXT, "path": "*.tsv"},
        "Refused: path: no file matches '*.tsv'",
    ),
    Case(
        "a pattern, other columns",
        several(file("a.csv", ONE), file("b.csv", "body\ntwo\n")),
        {**TEXT, "path": "*.csv"},
        "Refused: path: b.csv has no column 'text', another file has; name the files that belong together, as in path = \"a.csv\"",
    ),
    Case(
        "a folder with train and test",
        several(file("d/train.csv", ONE), file("d/test.csv", TWO)),
        {**TEXT, "path": "d", "label": "y"},
        "train: 1 × text 'one', labels u. test: 1 × text 'two', labels v. 1 row of test has a label that no row of train has: 'v'",
    ),
    Case(
        "a folder with test alone",
        file("d/test.csv", TWO),
        {**TEXT, "path": "d"},
        "Refused: path: d has a test file but no train file; to read all files as train, name them: d/*.csv",
    ),
    Case(
        "a folder with a folder test alone",
        file("d/test/t.csv", TWO),
        {**TEXT, "path": "d"},
        "Refused: path: d has a test file but no train file; to read all files as train, name them: d/**/*.csv",
    ),
    Case(
        "a folder with files called by years",
        several(
            file("d/test_1.csv", "text\none\n"),
            file("d/test_2024.csv", "text\ntwo\n"),
            file("d/train_2023.csv", "text\nthree\n"),
        ),
        {**TEXT, "path": "d"},
        "train: 2 × text 'two' 'three'. test: 1 × text 'one'. "
        "test_2024.csv is read as train: if its rows are held out, call it test, or name it in test alone",
    ),
    Case(
        "several folders of one split",
        several(
            file("d/train/a.csv", "text\none\n"),
            file("d/test/a.csv", "text\ntwo\n"),
            file("d/testing/a.csv", "text\nthree\n"),
        ),
        {**TEXT, "path": "d"},
        "train: 1 × text 'one'. test: 2 × text 'two' 'three'",
    ),
    Case(
        "several folders of images of one split",
        pictures("d/train/cat/a.png", "d/test/cat/a.png", "d/testing/dog/a.png"),
        {"path": "d"},
        "test: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels cat dog, ids test/cat/a.png testing/dog/a.png. train: 1 × image (2, 3, 1) of 100, labels cat, ids cat/a.png",
    ),
    Case(
        "a folder of several kinds",
        several(file("d/a.csv", ONE), file("d/b.jsonl", "{}")),
        {**TEXT, "path": "d"},
        "Refused: path: files of different kinds: .csv, .jsonl; name one kind",
    ),
    Case(
        "folders named for a column and its value",
        several(
            file("d/y=u/a.csv", "text\none\n"),
            file("d/y=v%2Fw/a.csv", "text\ntwo\n"),
            file("d/y=__HIVE_DEFAULT_PARTITION__/a.csv", "text\nthree\n"),
            file("d/_SUCCESS", ""),
        ),
        {**TEXT, "path": "d", "label": "y"},
        "train: 3 × text 'three' 'one' 'two', labels - u v/w. other files of the folder are not read: _SUCCESS",
    ),
    Case(
        "folders named for years and months, by a pattern",
        several(
            parquet("d/year=2025/month=12/a.parquet", n=[1, 4]),
            parquet("d/year=2026/month=1/a.parquet", n=[2]),
            parquet("d/year=__HIVE_DEFAULT_PARTITION__/month=1/a.parquet", n=[3]),
        ),
        {"path": "d/**/*.parquet", "features": "all"},
        "train: 4 × table n, year, month: (1, 2025, 12) (4, 2025, 12) (2, 2026, 1) (3, -, 1)",
    ),
    Case(
        "folders named for years, some columns of parquet",
        several(
            parquet("d/year=2025/a.parquet", n=[1, 4], m=[1, 2]),
            parquet("d/year=2026/_week=1/a.parquet", n=[2], m=[3]),
            parquet("d/.year=2027/a.parquet", n=[2], m=[3]),
        ),
        {"path": "d", "features": ["n", "year"], "label": "year"},
        "Refused: features: column 'year' is the label",
    ),
    Case(
        "folders named for years, of some columns one that a folder gives",
        several(
            parquet("d/year=2025/a.parquet", n=[1, 4], m=[1, 2]),
            parquet("d/year=2026/_week=1/a.parquet", n=[2], m=[3]),
            parquet("d/.year=2027/a.parquet", n=[2], m=[3]),
        ),
        {"path": "d", "features": ["n"], "label": "year"},
        "train: 3 × table n: (1) (4) (2), labels 2025 2025 2026",
    ),
    Case(
        "months of the test rows are text, so train's are",
        several(
            file("d/month=10/a.csv", "text\none\n"),
            file("t/month=01/a.csv", "text\ntwo\n"),
        ),
        {"path": "d", "text": "text", "label": "month", "test": "t"},
        "train: 1 × text 'one', labels 10. test: 1 × text 'two', labels 01. "
        "1 row of test has a label that no row of train has: '01'",
    ),
    Case(
        "folders that name a column twice",
        file("d/y=1/y=2/a.csv", ONE),
        {**TEXT, "path": "d"},
        "Refused: path: the folders of d/y=1/y=2/a.csv give the column 'y' twice; rename one of them",
    ),
    Case(
        "a folder named for a value that is not UTF-8",
        file("d/y=%FF/a.csv", "text\none\n"),
        {**TEXT, "path": "d"},
        "Refused: path: the name of the folder 'y=%FF' is not UTF-8; rename it",
    ),
    Case(
        "a folder named for a value beside a file that is in none",
        several(file("d/a.csv", "text\none\n"), file("d/y=u/a.csv", "text\ntwo\n")),
        {**TEXT, "path": "d", "label": "y"},
        "Refused: path: d/a.csv has no column 'y', another file has; name the files that belong together, as in path = \"d/y=u/a.csv\"",
    ),
    Case(
        "one folder of those",
        several(file("d/y=u/a.csv", ONE), file("d/y=v/a.csv", TWO)),
        {**TEXT, "path": "d/y=u"},
        "train: 1 × text 'one'",
    ),
    Case(
        "a folder with a file that is open in a spreadsheet",
        several(file("d/a.csv", ONE), file("d/~$a.csv", "x")),
        {**TEXT, "path": "d"},
        "train: 1 × text 'one'. other files of the folder are not read: ~$a.csv",
    ),
    Case(
        "an empty folder",
        lambda folder: (folder / "d").mkdir(),
        {**TEXT, "path": "d"},
        "Refused: path: there is nothing in d that can be read; put images into one folder for each class, or name a file",
    ),
    Case(
        "a test file",
        several(file("d.csv", ONE), file("t.csv", TWO)),
        {**TEXT, "test": "t.csv"},
        "train: 1 × text 'one'. test: 1 × text 'two'",
    ),
    Case(
        "a test file that is also the train file",
        file("d.csv", ONE),
        {**TEXT, "test": "d.csv"},
        "Refused: test: names files that path also names",
    ),
    Case(
        "a test file without the column",
        several(file("d.csv", "a,b\n1,2\n"), file("t.csv", "a\n1\n")),
        {"path": "d.csv", "features": "all", "test": "t.csv"},
        "Refused: features: the test split has no column 'b', train has; leave test out (name the rows of train alone), or give it the column",
    ),
    Case(
        "a test file with another column",
        several(file("d.csv", "a\n1\n"), file("t.csv", "a,b\n1,2\n")),
        {"path": "d.csv", "features": "all", "test": "t.csv"},
        "train: 1 × table a: (1). test: 1 × table a: (1)",
    ),
    Case(
        "a suffix that is not known",
        file("d.xyz", "text"),
        {**TEXT, "path": "d.xyz"},
        "Refused: path: d.xyz is not of a supported kind; supported: .csv .tsv .tab .jsonl .ndjson .json .txt .parquet .feather .arrow .npy .npz .idx .xlsx .sqlite .sqlite3 .db, texts also compressed (.gz .bz2 .zst .lz4), and images",
    ),
    Case(
        "a pipe",
        pipe("d.csv"),
        TEXT,
        "Refused: path: d.csv is a pipe, not a file; write it to a file first",
    ),
    Case(
        "a device",
        link("d.csv", "/dev/zero"),
        TEXT,
        "Refused: path: /dev/zero is a device, not a file; write it to a file first",
    ),
    Case(
        "a link to itself",
        link("d.csv", "d.csv"),
        TEXT,
        "Refused: path: 'd.csv' can't be read: Too many levels of symbolic links",
    ),
    Case(
        "a link to nothing",
        link("d.csv", "gone.csv"),
        TEXT,
        "Refused: path: gone.csv does not exist",
    ),
    Case(
        "a name with a null byte",
        lambda folder: None,
        {**TEXT, "path": "a\0b"},
        "Refused: embedded null byte",
    ),
    Case(
        "a name that is not UTF-8",
        lambda folder: (
            file("d/x.csv", ONE)(folder)
            or (folder / "d/x.csv").rename(folder / "d" / "caf\udce9.csv")
        ),
        {**TEXT, "path": "d"},
        "train: 1 × text 'one'",
    ),
    Case(
        "folders of images, called by years",
        pictures("d/2024/a.png", "d/2025/b.png"),
        {"path": "d"},
        "Refused: class_folders: the folders are called by numbers or dates (2024, 2025): are they classes?; set it to true if they are, to false if not",
    ),
    Case(
        "folders of images, called by days",
        pictures("d/2024-05-01/a.png", "d/2024-05-02/b.png"),
        {"path": "d"},
        "Refused: class_folders: the folders are called by numbers or dates (2024-05-01, 2024-05-02): are they classes?; set it to true if they are, to false if not",
    ),
    Case(
        "folders of years that are classes",
        pictures("d/2024/a.png", "d/2025/b.png"),
        {"path": "d", "class_folders": True},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels 2024 2025, ids 2024/a.png 2025/b.png",
    ),
    Case(
        "folders of years that are no classes",
        pictures("d/2024/a.png", "d/2025/b.png"),
        {"path": "d", "class_folders": False},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, ids 2024/a.png 2025/b.png",
    ),
    Case(
        "folders of images, called by codes from 0",
        pictures("d/0/a.png", "d/1/b.png"),
        {"path": "d"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels 0 1, ids 0/a.png 1/b.png",
    ),
    Case(
        "folders of images within folders",
        pictures("d/cat/big/a.png", "d/dog/b.png"),
        {"path": "d"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels cat dog, ids cat/big/a.png dog/b.png. folders within folders (cat/big): the first, 'cat', is the class",
    ),
    Case(
        "a folder with other files",
        several(file("d/a.csv", ONE), file("d/notes.md", "x")),
        {**TEXT, "path": "d"},
        "train: 1 × text 'one'. other files of the folder are not read: notes.md",
    ),
    Case(
        "a path that is not UTF-8",
        lambda folder: None,
        {**TEXT, "path": "caf\udce9.csv"},
        "Refused: Input should be a valid string, unable to parse raw data as a unicode string",
    ),
    Case(
        "a file that is there compressed, too",
        several(file("d/a.csv", "a\n1\n2\n"), packed("d/a.csv.gz", "a\n1\n2\n")),
        {"path": "d", "features": "all"},
        "Refused: path: d/a.csv and a.csv.gz are the same file; name one of them",
    ),
    Case(
        "a file and a link to it",
        several(file("d/a.csv", "a\n1\n2\n"), link("d/b.csv", "a.csv")),
        {"path": "d", "features": "all"},
        "Refused: path: d/a.csv and b.csv are the same file; name one of them",
    ),
    Case(
        "files whose columns are not of one kind",
        several(file("d/a.csv", "a,y\n1,u\n2,v\n"), file("d/b.csv", "a,y\nx,u\ny,v\n")),
        {"path": "d", "features": "all"},
        "Refused: path: column 'a' is int64 in d/a.csv and string in b.csv; write it alike in all files, leave it out by drop, or name what is a gap in na_values, or units",
    ),
    Case(
        "a folder of folders of tables",
        file("d/2024/a.csv", "a\n1\n2\n"),
        {"path": "d", "features": "all"},
        "Refused: path: there is nothing in d that can be read; name the files of its folders: d/**/*.csv",
    ),
    Case(
        "a folder without one of its numbered files",
        several(
            parquet("d/train-00000-of-00003.parquet", a=[1]),
            parquet("d/train-00002-of-00003.parquet", a=[2]),
        ),
        {"path": "d", "features": "all"},
        "Refused: path: 1 of the 3 files d/train-* is missing; download all of them, or rename those that are there if no others are wanted",
    ),
    Case(
        "a folder with one of two numbered files",
        several(file("d/train.csv", ONE), file("d/test-00001-of-00002.csv", TWO)),
        {**TEXT, "path": "d"},
        "Refused: path: 1 of the 2 files d/test-* is missing; download all of them, or rename those that are there if no others are wanted",
    ),
    Case(
        "a pattern without one of the numbered files",
        several(file("part_1_of_3.jsonl", '{"a": 1}'), file("part_3_of_3.jsonl", '{"a": 2}')),
        {"path": "*.jsonl", "features": "all"},
        "train: 2 × table a: (1) (2). 1 of the 3 files part_* is missing",
    ),
    Case(
        "one of several numbered files, named",
        parquet("d/train-00000-of-00003.parquet", a=[1, 2]),
        {"path": "d/train-00000-of-00003.parquet", "features": "all"},
        "train: 2 × table a: (1) (2). 2 of the 3 files d/train-* are missing",
    ),
    Case(
        "folder of lists of addresses, and of texts in folders of classes",
        several(
            *(
                file(f"d/{split}/{name}/{n}.txt", f"a {name} film {n}\n")
                for split in ("train", "test")
                for name in ("pos", "neg")
                for n in range(6)
            ),
            *(
                file(f"d/{split}/urls_pos.txt", "http://a.example/1\n")
                for split in ("train", "test")
            ),
            file("d/README", "reviews\n"),
        ),
        {"path": "d"},
        'Refused: path: d has 2 .txt files, and 24 more in folders below are not read (test/neg/0.txt); name those that are meant: path = "d/train/*/*.txt", test = "d/test/*/*.txt", or "d/train/*.txt"; whole_files = true where each file is one text',
    ),
    Case(
        "folder of texts, a file for each, without suffixes, in folders of classes",
        several(
            *(file(f"d/{name}/{n}", f"From: a\n\na text {n}\n") for name in "ab" for n in range(5))
        ),
        {"path": "d"},
        "Refused: whole_files: d has 10 files of texts (a/0); set it to true if each file is one text",
    ),
    Case(
        "pattern of texts without suffixes",
        several(
            *(file(f"d/{name}/{n}", f"From: a\n\na text {n}\n") for name in "ab" for n in range(5))
        ),
        {"path": "d/*/*"},
        "Refused: path: d/a/0 is not of a supported kind; set whole_files = true if each file is one text",
    ),
    Case(
        "folder of a txt file, and of some older ones in a folder",
        several(
            file("d/texts.txt", "one\ntwo\nthree\n"),
            *(file(f"d/old/{n}.txt", "one\n") for n in range(3)),
        ),
        {"path": "d"},
        "train: 3 × text 'one' 'two' 'three'. other files of the folder are not read: old/0.txt, old/1.txt, old/2.txt",
    ),
    Case(
        "folder of users and channels, and of days of messages in folders",
        several(
            *(file(f"d/{name}.json", '[{"id": 1}]') for name in ("users", "channels")),
            *(file(f"d/general/{n}.json", '[{"text": "good morning"}]') for n in range(12)),
        ),
        {"path": "d"},
        'Refused: path: d has 2 .json files, and 12 more in folders below are not read (general/0.json); name those that are meant: path = "d/*/*.json", or "d/*.json"',
    ),
    Case(
        "folder of files whose names hold numbers",
        several(*(file(f"d/part_{n}.csv", f"text\nof part {n}\n") for n in (10, 9, 1))),
        {**TEXT, "path": "d"},
        "train: 3 × text 'of part 1' 'of part 9' 'of part 10'",
    ),
    Case(
        "pattern of files whose names hold numbers, beside an npy file",
        several(
            *(file(f"part_{n}.csv", f"text\nof part {n}\n") for n in (10, 9, 1)),
            npy("v.npy", np.ones((3, 2))),
        ),
        {**TEXT, "path": "*.csv", "embedding": "v.npy"},
        "train: 3 × text 'of part 1' 'of part 9' 'of part 10', embedding [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]. v.npy must have its rows in the order in which the files are read, by the numbers in their names: part_9.csv before part_10.csv",
    ),
)
