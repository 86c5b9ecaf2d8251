"""Texts."""

from .case import Case, file

CASES = (
    Case(
        "csv with quoted commas and line breaks",
        file("d.csv", 'text,y\n"one, two",x\n"three\nfour",y\n'),
        {"path": "d.csv", "text": "text", "label": "y"},
        "train: 2 × text 'one, two' 'three\\nfour', labels x y",
    ),
)
