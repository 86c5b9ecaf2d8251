"""The kinds of file and defect that are tested, and that ``docs/data.md`` lists."""

from . import (
    arrays,
    damaged,
    doubtful,
    exports,
    images,
    mixed,
    odd,
    paths,
    pixels,
    sheets,
    tables,
    texts,
    unlike,
)
from .case import Case

GROUPS: dict[str, tuple[Case, ...]] = {
    "Tables of numbers": tables.CASES,
    "Tables of several kinds": mixed.CASES,
    "Texts": texts.CASES,
    "Arrays and typed tables": arrays.CASES,
    "Workbooks, databases, fields, paths of images": sheets.CASES,
    "Paths and folders": paths.CASES,
    "Images": images.CASES,
    "Images as arrays": pixels.CASES,
    "Rows, labels and keys that may mean something else": doubtful.CASES,
    "Exports of surveys, databases and reports": exports.CASES,
    "Files that differ from those beside them": unlike.CASES,
    "Damaged files, and kinds of Arrow": damaged.CASES,
    "Odd values, and files that are not what they are called": odd.CASES,
}
CASES = tuple(case for cases in GROUPS.values() for case in cases)
