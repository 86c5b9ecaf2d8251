"""Tables of numbers."""

from .case import Case, file

CASES = (
    Case(
        "csv",
        file("d.csv", "a,b,y\n1,2.5,x\n3,4,y\n"),
        {"path": "d.csv", "features": "all", "label": "y"},
        "train: 2 × table a, b: (1, 2.5) (3, 4), labels x y",
    ),
)
