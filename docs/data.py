"""The page ``docs/data.md``: which files are read, and what becomes of each kind of defect.

``python -m docs.generate`` writes it. Its table is the list of cases that the tests hold the data set to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clusterforge.inline_toml import inline_toml
from tests.datasets.cases import GROUPS
from tests.datasets.cases.case import REFUSED

INTRODUCTION = """# Files

The data set [`files`](reference/plugins/dataset.md) reads your own files. What it can't read rightly it
refuses with one line; what it leaves out it counts and says: in the log, in `run.json` and in the report's
data part. `predict`, `follow`, `export --rows` and `profile` read files in the same way; what there is to
say of new rows `predict` and `follow` write as warnings, and Python gives (`warnings`).

```toml
[dataset]
use = "files"
path = "tickets.csv"
text = "body"
```

[`clusterforge init FILE`](init.md) looks at a file and writes this part, and the rest of a recipe, for you.

| rows are | in | say |
| --- | --- | --- |
| texts | a txt file, one text per line | `path` alone |
| texts | files of one text each, in a folder and those in it | `whole_files = true` |
| texts | a column of csv, tsv, jsonl, json, parquet, Feather, Arrow, xlsx, sqlite | `text = "body"` |
| images | a folder, with one folder per class or without | `path` alone |
| images | a column of files' bytes, or of their paths | `image = "photo"` |
| images | an array (n, height, width[, channels]) in an npy or idx file | `path`; `label = "label"` |
| images | such an array in an npz file, or lists of lists in a column | `image = "x"`, `label = "y"` |
| values | columns of such a file | `features = "all"`, or some ([tables](tables.md)) |
| values | an npy or npz file | `path` alone, or the name of the array |

- **Several columns** of texts are joined: `text = ["title", "body"]`. Features go by names, patterns and
  kinds: `features = ["age", "e*", "dates"]`.
- **Labels and ids** are columns, `label = "topic"` and `id = "ticket"`; labels serve scores alone, unless an
  encoder asks for them. Without `id`, rows are called by their number.
- **Gaps.** Rows without a text or image are refused, and left out with `missing = "drop"`. Gaps in features
  stay gaps (the encoder `table` takes them), are dropped, or filled with `missing = "mean"`.
  `na_values = ["?", "-999"]` names what else is a gap; among numbers, -999.0 is -999. Of single columns:
  `na_values = {glucose = ["0"]}`.
- **Lines above the names of columns**, as in a report, are named by `skip = 3`; rows of a sheet, too.
- **A file for each text**, txt, md, html or without a suffix, is read with `whole_files = true`, in all
  folders of `path`. Rows are called by their files (the column `file`); `label = "folder"` makes labels of
  the folders that they stand in. Tags of html go with `clean = ["strip-html"]`.
- **Amounts** as `1.234,56 €` or `($250.00)` are numbers with `units = ["€"]`, `decimal` and `thousands`.
- **Test rows** come from files or folders called train and test (`test-00000-of-00001.parquet`, too), from
  `test = "later.csv"`, or from a share, `test_fraction = 0.2`.
- **Files of a folder or pattern** are read in the order of their names, numbers in them by their value:
  part_2 before part_10. An npy file beside them has its rows in this order.
- **Numbered files** (`train-00000-of-00003.parquet`, `part_1_of_3.csv`) of a folder or pattern have to be
  there, all of them.
- **Keys that a kind of file does not use** are refused: `query` for a csv file would do nothing.
- **Folders named for values**, `year=2026/part-0.parquet`, give columns: `path = "folder"`, or a pattern
  `"folder/**/*.parquet"`. They are whole numbers where every value is one, else text; in
  `__HIVE_DEFAULT_PARTITION__` there is a gap. A folder that `path` itself names gives no column, and a column
  that the file has itself stays.
- **Copies**, exact and near, are counted; `deduplicate` leaves them out ([copies](texts.md#copies)).
- **What may not be meant** is said, and read as it stands: `nan` among texts and labels, labels that differ
  by a space or in what can't be seen, -999 or 9999-12-31 far from all others, days as 13/02/2024, 20240213
  or 45335, Unix times, whole numbers in columns called like ids (`customer_id`, `zip`, `phone`), numbers with
  a currency, codes as 007, points between thousands, rows without any value, a total below the rows, files
  that are called like held-out rows, two units in one column, columns that say the same or the labels; of
  files, test rows and new rows a column in another unit or with the other sign than beside
  it, scaled alone, or with days for months. Each line names the key that changes it, or what to
  remove. Rows with the label -1 have no label, which is said too.
"""
EMBEDDINGS = """
## Texts with embeddings of your own

Embeddings from a service or a GPU elsewhere come as a column of lists (parquet, jsonl, or `[0.1, …]` in a
csv) or as an npy file with one row for each text. Encoders start from them; the report shows the texts,
searches them and names clusters by them. Images in a table and features can have embeddings in the same way.

```toml
[dataset]
use = "files"
path = "tickets.csv"
text = "body"
embedding = "vectors.npy"      # or the name of a column

[[encoder]]
use = "scale"
kind = "unit"

[[clusterer]]
use = "kmeans"
n_clusters = 8
```

New rows need their embeddings too: `clusterforge predict RUN new.csv --set embedding=new.npy`, or
`run.predict(array)` with an array (n, d).

Labels and ids may be npy files as well: `label = "labels.npy"`.
"""
IMAGES = """
## Images

A folder, with one folder per class or without, or a column of a table. All images of a data set become
pixels of one form, by one rule, so that they can be compared; new rows in `predict` and in Python (paths,
PIL images, arrays) are read by the rule of the run.

- **Names.** Every suffix that Pillow reads, in any case. HEIC needs the package `pillow-heif`. Names that
  begin with a dot, and `__MACOSX`, are passed over (`run.json` has their number); any other file in the
  folder is counted and named.
- **Arrays.** `images.npy`, the files of MNIST and those like them (a folder of
  `train-images-idx3-ubyte.gz` and the three others, or one of them), an npz file as Keras and MedMNIST have
  it: where all its arrays are called after splits (`x_train`, `y_train`, `x_test`, `y_test`), they are read
  as `x` and `y` of these splits. Channels may come first, values may be bytes, whole numbers from 0 or
  fractions up to 1 or 255. Arrays of other values, or much longer than wide, are series and no images.
- **Orientation.** Images are turned as their EXIF data say, and have that height and width.
- **Transparency** is put on white, or on `background = "#rrggbb"`.
- **Colour.** Grey where all images of all splits are, otherwise colour; `channels = 1` or `3` decides it.
  CMYK, palettes and 1 bit are converted. Colours of an embedded profile (Display P3, ProPhoto) are brought to
  sRGB, which is said.
- **More than eight bits.** Values become 0 to 255 between two levels that are the same for all images: from
  0 to the white point of 8, 10, 12, 14 or 16 bits that holds all values of train (fractions: 1, or 255),
  otherwise from the lowest to the highest value of train. `levels = [-160, 240]` sets them, a window of
  Hounsfield units, say. What lies beyond is black or white; NaN is black. A run of eight-bit images refuses
  deeper ones. Colour with sixteen bits per channel is read with its upper eight, which is said.
- **Several frames or pages.** The first is read, which is said.
- **Damage.** Empty and truncated files, text named `.jpg`, and images of more than 178,956,970 pixels are
  refused together: how many, and the first five. With `missing = "drop"` they are left out, counted and
  named by the reason; of a sample (`limit`), after it is drawn.
"""
TABLE = """
## Kind by kind

Each row is a test: the files on the left, with these keys, give exactly what stands on the right (the first
four rows of each split).
"""


def page() -> str:
    """Return the page."""
    parts = [INTRODUCTION, IMAGES, EMBEDDINGS, TABLE]
    for title, cases in GROUPS.items():
        parts += [f"\n### {title}\n", "| file | keys | what happens |", "| --- | --- | --- |"]
        parts += [f"| {c.name} | {_keys(c.params)} | {_cell(c.expected)} |" for c in cases]
    return "\n".join(parts) + "\n"


def _keys(params: Mapping[str, Any]) -> str:
    return "<br>".join(f"`{key} = {_value(value)}`" for key, value in params.items())


def _value(value: Any) -> str:
    """Return a value as a recipe has it; a path that is no Unicode, which none can have, as JSON."""
    return inline_toml(value) if isinstance(value, Mapping | list) else json.dumps(value)


def _cell(expected: str) -> str:
    text = expected.removeprefix(REFUSED)
    mark = "**refused:** " if expected.startswith(REFUSED) else ""
    plain = text.encode("utf-8", "backslashreplace").decode()
    for character in "&\\`*_[]<>|":
        plain = plain.replace(character, f"&#{ord(character)};")
    return mark + plain
