"""What spreadsheets, surveys, databases and reports write besides rows, and how they write what rows hold."""

import io
import json
import struct
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image, ImageCms

from .arrays import EMBEDDED
from .case import Case
from .writers import Write, file, json_lines, npy, npz, parquet, pictures, several, within, xlsx

TABLE = {"path": "d.csv", "features": "all"}
TEXT = {"path": "d.csv", "text": "text"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
VECTORS = "id,v\n" + "".join(f'{row},"[0.0{row}, 0.{row}, -0.5]"\n' for row in range(1, 5))
KAGGLE = several(
    file("d/train.csv", "id,a,target\n1,2,x\n2,3,y\n3,4,x\n"), file("d/test.csv", "id,a\n4,2\n")
)

RUSSIAN = (
    "Где моя посылка",
    "Верните деньги за товар",
    "Спасибо большое",
    "Заказ не пришёл вовремя",
)
MISREAD = [text.encode("cp1251").decode("cp1252") for text in RUSSIAN]
HALVES = np.random.default_rng(0).normal(0, 0.05, (40, 8)).astype(np.float32)
CUT_SHORT = np.random.default_rng(0).integers(0, 255, (12, 9, 9)).astype(np.uint8)
CUT_SHORT[::3, 5:] = 128
TWELVE = np.random.default_rng(0).integers(200, 4096, (8, 30, 30)).astype(np.uint16)
TWELVE[:3] *= 16
FRUIT = ("apple", "pear", "plum", "cherry", "grape", "melon", "fig")

_AT = np.random.default_rng(0).normal(size=(12, 2))
DISTANCES = pd.DataFrame(np.linalg.norm(_AT[:, None] - _AT, axis=2).round(3)).add_prefix("s")


def saved_twice(array: np.ndarray) -> bytes:
    """Return what two calls of numpy.save write into one file."""
    file = io.BytesIO()
    np.save(file, array)
    np.save(file, array)
    return file.getvalue()


def scraped(folder: Path) -> None:
    """Write images of a page, and one of a pixel by which it counts its readers."""
    (folder / "d").mkdir()
    for name, side in (("a.png", 40), ("b.png", 40), ("c.gif", 1)):
        Image.new("L", (side, side), 90).save(folder / "d" / name)


EUROSTAT = [
    f"{20 + n}.5{('', ' b', ' bu')[n % 3]}\t{40 - n}.1{('', ' e')[n % 2]}\n" for n in range(12)
]
WIKI = '<doc id="{0}" title="t">\nA title\n\nand text {0}\n</doc>\n'


def other_colours() -> bytes:
    """Return the profile of a device whose red is the blue of sRGB, and the other way round."""
    primaries = ((0.1431, 0.0606, 0.7141), (0.3851, 0.7169, 0.0971), (0.4360, 0.2225, 0.0139))
    fixed = [b"".join(struct.pack(">i", round(v * 65536)) for v in xyz) for xyz in primaries]
    white = b"".join(struct.pack(">i", round(v * 65536)) for v in (0.9642, 1.0, 0.8249))
    called = b"desc\0\0\0\0" + struct.pack(">I", 6) + b"other\0" + bytes(78)
    tags = {
        b"desc": called + bytes(-len(called) % 4),
        b"wtpt": b"XYZ \0\0\0\0" + white,
        **{
            n: b"XYZ \0\0\0\0" + own
            for n, own in zip((b"rXYZ", b"gXYZ", b"bXYZ"), fixed, strict=True)
        },
        **dict.fromkeys(
            (b"rTRC", b"gTRC", b"bTRC"), b"curv\x00\x00\x00\x00\x00\x00\x00\x01\x023\x00\x00"
        ),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    at, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, own in tags.items():
        table += name + struct.pack(">II", at + len(data), len(own))
        data += own
    header = bytearray(128)
    header[8:12], header[12:24], header[36:40] = b"\x02\x10\0\0", b"mntrRGB XYZ ", b"acsp"
    header[68:80] = white
    whole = bytes(header) + struct.pack(">I", len(tags)) + table + data
    return struct.pack(">I", len(whole)) + whole[4:]


def profiled(folder: Path) -> None:
    """Write three images of one colour, two of them by the numbers of other profiles."""
    (folder / "d").mkdir()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 6500)).tobytes()
    for name, profile in (("a.png", None), ("b.png", other_colours()), ("c.png", lab)):
        Image.new("RGB", (4, 4), (200, 40, 130)).save(folder / "d" / name, icc_profile=profile)


def page(row: int) -> str:
    """Return what a customer writes, or the page of a site that takes a program for an attack."""
    if row % 4 == 0:
        return f"Please enable cookies. Sorry: you have been blocked. Ray ID: {row * 7919:x}a"
    return f"{FRUIT[row % 7]} and {FRUIT[row % 5]} of order number {row} arrived {FRUIT[row % 6]}"


def embedded(texts: list[str], vector: Callable[[int], int]) -> Write:
    """Return what writes texts, and as the vector of each row one of some."""
    drawn = np.random.default_rng(0).integers(-99, 99, (len(texts), 2)) / 2
    return parquet(
        "d.parquet", text=texts, v=[drawn[vector(row)].tolist() for row in range(len(texts))]
    )


def customer(row: int) -> str:
    """Return an age, an income, and how often somebody came and what was spent."""
    age, income = 20 + row * 7 % 60, 20_000 + row * 7_919 % 40_000
    return f"{age},{income},{1 + row * 5 % 17},{100 + row * 37 % 700}.5"


def measured(code: object) -> str:
    """Return thirty numbers near 20, among them six times another one."""
    return "a\n" + "".join(f"{code if row % 5 == 0 else 20 + row % 9}\n" for row in range(30))


def days(none: str) -> str:
    """Return twelve days as numbers, three of them none."""
    return "day,n\n" + "".join(
        f"{20240101 + row if row % 4 else none},{row * 7 % 5}\n" for row in range(12)
    )


def clocks(name: str) -> str:
    """Return forty times of day as numbers of hours, minutes and seconds."""
    rows = [f"{row * 5 % 24}{row * 7 % 60:02d}{row * 11 % 60:02d}" for row in range(40)]
    return f"{name},n\n" + "".join(f"{int(row)},{at % 5}\n" for at, row in enumerate(rows))


def bits() -> np.ndarray:
    """Return sixty rows of 128 bits in sixteen bytes, of four kinds."""
    draw = np.random.default_rng(0)
    kinds = draw.normal(0, 1, (4, 128))[draw.integers(0, 4, 60)]
    return np.packbits(kinds + draw.normal(0, 0.7, kinds.shape) > 0, axis=1)


def glucose(factor: float) -> str:
    """Return sixty values with their unit, each second as many times as high."""
    rows = [(4 + k * 7 % 23 / 2, k % 2) for k in range(60)]
    return "glucose,glucose_unit,age\n" + "".join(
        f"{value * (factor if odd else 1)},{'mg/dL' if odd else 'mmol/L'},{30 + k * 11 % 40}\n"
        for k, (value, odd) in enumerate(rows)
    )


def winds(most: int = 360) -> str:
    """Return forty directions of the wind in degrees."""
    return "wind_dir,speed\n" + "".join(f"{k * 97 % most},{k * 7 % 11}\n" for k in range(40))


def signed(limit: int) -> str:
    """Return sixty temperatures around 0, those below it that of a number without a sign."""
    return "t,n\n" + "".join(f"{(k * 37 % 61 - 30) % limit},{k % 7}\n" for k in range(60))


def levels() -> str:
    """Return sixty grey levels, dark ones and those of white."""
    return "grey,n\n" + "".join(f"{255 if k % 2 else k},{k % 7}\n" for k in range(60))


def bytes_as(form: str) -> str:
    """Return sixty bytes in a form."""
    return "load,n\n" + "".join(
        f"{form.format(k * 37 % 211 % 97 * 2)},{k % 7}\n" for k in range(120)
    )


def places(few: int) -> str:
    """Return forty places in Europe, some of which have latitude and longitude exchanged."""
    rows = [(48 + k * 7 % 40 / 10, 8 + k * 11 % 40 / 10) for k in range(40)]
    rows = [row[::-1] if k < few else row for k, row in enumerate(rows)]
    return "latitude,longitude,n\n" + "".join(
        f"{lat},{lon},{k * 7 % 11}\n" for k, (lat, lon) in enumerate(rows)
    )


def formatted(name: str, by_form: dict[str, list[float]]) -> Write:
    """Return what writes a sheet of one column with cells in several forms, and one of counts."""

    def write(folder: Path) -> None:
        from openpyxl import Workbook

        book = Workbook()
        book.active.append([name, "n"])
        for form, values in by_form.items():
            for value in values:
                book.active.append([value, 7])
                book.active.cell(book.active.max_row, 1).number_format = form
        book.save(folder / "d.xlsx")

    return write


CASES = (
    Case(
        "csv with the mark of UTF-8, said to be in cp1252",
        file("d.csv", "Ort,n\nKöln,1\nKöln,2\n".encode("utf-8-sig")),
        {**TABLE, "encoding": "cp1252"},
        'Refused: encoding: d.csv is not cp1252: it begins with the mark of utf-8; set it to "utf-8"',
    ),
    Case(
        "csv in cp1252, in which the names of the columns alone tell it",
        file("d.csv", "Währung,n\nEUR,1\nEUR,2\n".encode("cp1252")),
        TABLE,
        'Refused: encoding: d.csv is not utf-8 (line 1), and its letters do not tell what it is in; name the actual one, such as "cp1252" or "mac_roman"',
    ),
    Case(
        "csv, semicolons between values in quotes",
        file("d.csv", '"Kontonummer:";"DE12"\n"Von:";"01.01.2026"\n'),
        TABLE,
        "Refused: delimiter: d.csv seems to have ';' between its values; set delimiter = \";\"",
    ),
    Case(
        "csv without a header, semicolons between decimal commas",
        file("d.csv", "0;mein Konto;0,50\n1;mein Paket;1,25\n2;mein Geld;10,75\n"),
        {"path": "d.csv", "text": "1", "header": False},
        "Refused: delimiter: d.csv seems to have ';' between its values; set delimiter = \";\"",
    ),
    Case(
        "csv, semicolons within values",
        file("d.csv", "a,b,text\n1,2,one; two\n3,4,two; three\n"),
        TEXT,
        "train: 2 × text 'one; two' 'two; three'",
    ),
    Case(
        "csv, a quote that is not closed, before semicolons in quotes",
        file("d.csv", 'a,text\n"x" y,"b;c"\n'),
        TEXT,
        'Refused: path: d.csv: the quote that opens in line 2 ends within a value, in line 2; close it, write a quote within a quoted value twice (""), or set quotes = false where quotes are characters like others',
    ),
    Case(
        "csv, a row of units, and columns of texts",
        file(
            "d.csv",
            "at,t,h,state\n,°C,%,\n10:00,1.5,40,on\n11:00,2,41,off\n12:00,,39,on\n13:00,1,40,on\n",
        ),
        TABLE,
        "Refused: na_values: row 1 of d.csv holds units or names, no values ('°C', '%'); remove it, or set na_values = [\"°C\", \"%\"]",
    ),
    Case(
        "csv, a row of units above words in one column",
        file("d.csv", "a,b\nkg,cm\n1,2\n3,x\n4,5\n5,6\n"),
        TABLE,
        "Refused: features: no column can be a feature ('a': it holds text of 5 different values, each in one row; 'b': it holds text of 5 different values, each in one row); column 'a' is no column of numbers, for 'kg' (row 1), but 4 of its 5 different values are numbers: name such values in na_values, or say in types what it is; if these values stand for none, set na_values = {a = [\"kg\"], b = [\"cm\", \"x\"]}",
    ),
    Case(
        "csv, moments of Google Forms",
        file(
            "d.csv",
            "t,n\n2026/01/05 9:12:33 AM GMT+1,1\n2026/01/05 10:12:33 PM GMT+1,2\n2026/03/05 10:12:33 PM GMT+2,3\n",
        ),
        TABLE,
        "train: 3 × table n: (1) (2) (3). column 't' is left out: it holds text of 3 different values, each in one row. column 't' looks like dates ('2026/01/05 9:12:33 AM GMT+1'): to use them as dates, leave out their zones, or write them as 2024-01-31 09:30:00 +01:00",
    ),
    Case(
        "csv, signs for no value in the first row",
        file("d.csv", "a,b,c\nn/a,-,x\n1,2,y\n3,4,x\n5,7,y\n"),
        TABLE,
        "train: 4 × table a, c (category): (-, x) (1, y) (3, x) (5, y). column 'b' is left out: it holds text of 4 different values, each in one row. column 'b' is no column of numbers, for '-' (row 1), but 3 of its 4 different values are numbers: name such values in na_values, or say in types what it is",
    ),
    Case(
        "txt, lines broken at one width",
        file(
            "d.txt",
            "\n\n".join(
                textwrap.fill("the parcel that was sent to us in May is late " * n, 60)
                for n in range(6, 11)
            ),
        ),
        {"path": "d.txt"},
        "train: 33 × text 'the parcel that was sent to us in May is' 'that was sent to us in May is late the p' 'to us in May is late the parcel that was' 'is late the parcel that was sent to us i' …. the lines of d.txt look like parts of texts, broken at 60 characters, and each is one text: write each paragraph in one line, and leave out numbers of pages",
    ),
    Case(
        "txt, short texts in lower case that begin alike",
        file(
            "d.txt",
            "".join(
                f"ticket {1000 + n}: {'login' if n % 3 else 'billing'} problem\n" for n in range(60)
            ),
        ),
        {"path": "d.txt"},
        "train: 60 × text 'ticket 1000: billing problem' 'ticket 1001: login problem' 'ticket 1002: login problem' 'ticket 1003: billing problem' …",
    ),
    Case(
        "txt, names of goods in lower case",
        file(
            "d.txt",
            "".join(
                f"{('red', 'green', 'blue')[n % 3]} {('linen', 'woollen', 'cotton')[n * 5 % 7 % 3]} "
                f"{('scarf', 'skirt', 'shirt', 'sweater')[n * 7 % 11 % 4]} size {'SMLX'[n * 3 % 13 % 4]} no {n}\n"
                for n in range(90)
            ),
        ),
        {"path": "d.txt"},
        "train: 90 × text 'red linen scarf size S no 0' 'green cotton sweater size X no 1' 'blue linen sweater size L no 2' 'red woollen shirt size M no 3' …",
    ),
    Case(
        "txt of answers, some of them blank",
        file(
            "d.txt",
            "\n".join(
                ""
                if n * n % 83 in (3, 9, 11, 37)
                else f"the parcel of order {n} came {'late' * (n % 3)}"
                for n in range(300)
            ),
        ),
        {"path": "d.txt"},
        "train: 272 × text 'the parcel of order 0 came ' 'the parcel of order 1 came late' 'the parcel of order 2 came latelate' 'the parcel of order 4 came late' …, ids 0 1 2 4. d.txt: 28 blank lines left out, the first is line 4",
    ),
    Case(
        "csv, a total above a row of means",
        file(
            "d.csv",
            "shop,sold,price\n"
            + "".join(f"S{n},{n * 7 % 23 + 1},{n * 5 % 9}.5\n" for n in range(30))
            + f"Total,{sum(n * 7 % 23 + 1 for n in range(30))},4.3\nAverage,11.5,4.3\n",
        ),
        {**TABLE, "id": "shop"},
        "train: 32 × table sold, price: (1, 0.5) (8, 5.5) (15, 1.5) (22, 6.5) …, ids S0 S1 S2 S3. row 32 looks like no row ('shop': 'Average'): remove what surveys and reports write around the rows. row 31 of train looks like a total: in 'sold' it is the sum of all above it: remove it and what is below it from the file, if it is no row",
    ),
    Case(
        "csv, a row of means below the rows",
        file(
            "d.csv",
            "shop,sold\n"
            + "".join(f"S{n},{n * 7 % 23 + 1}\n" for n in range(30))
            + "Average,11.5\n",
        ),
        {**TABLE, "id": "shop"},
        "train: 31 × table sold: (1) (8) (15) (22) …, ids S0 S1 S2 S3. row 31 looks like no row ('shop': 'Average'): remove what surveys and reports write around the rows",
    ),
    Case(
        "csv, answers that are called like means",
        file(
            "d.csv",
            "shop,sold\n"
            + "".join(
                f"{('good', 'average', 'poor')[n % 3]},{n * 7 % 23 + 1}\n" for n in range(30)
            ),
        ),
        TABLE,
        "train: 30 × table shop (category), sold: (good, 1) (average, 8) (poor, 15) (good, 22) …",
    ),
    Case(
        "csv, few codes in columns called like codes, and visits that are counted",
        file(
            "d.csv",
            "zip_code,status_code,visit_no,n\n"
            + "".join(
                f"{(10115, 20095, 50667)[n % 3]},{(200, 301, 404, 500)[n * 3 % 7 % 4]},{n % 5 + 1},{n * 7 % 31}\n"
                for n in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table zip_code, status_code, visit_no, n: (10115, 200, 1, 0) (20095, 500, 2, 7) (50667, 404, 3, 14) (10115, 404, 4, 21) …. few whole numbers in columns called like categories ('zip_code', 'status_code') are used as amounts: if they are codes, set types = {zip_code = \"category\", status_code = \"category\"}",
    ),
    Case(
        "jsonl, one field under two names",
        json_lines(
            "d.jsonl",
            *(
                {("load" if n < 30 else "Load"): n * 7 % 31 / 4, "temp": n * 5 % 23}
                for n in range(60)
            ),
        ),
        {**TABLE, "path": "d.jsonl"},
        "train: 60 × table load, temp, Load: (0, 0, -) (1.75, 5, -) (3.5, 10, -) (5.25, 15, -) …. columns 'load' and 'Load' are called alike, and each row has a value in one: if they are one thing under two names, write it in one column",
    ),
    Case(
        "csv, questions of which each row answers one",
        file(
            "d.csv",
            "used,leased,n\n"
            + "".join(
                f"{n if n % 2 else ''},{'' if n % 2 else n},{n * 7 % 31}\n" for n in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table used, leased, n: (-, 0, 0) (1, -, 7) (-, 2, 14) (3, -, 21) …",
    ),
    Case(
        "csv, Unix seconds among milliseconds",
        file(
            "d.csv",
            "event_time,n\n"
            + "".join(
                f"{(1700000000 + 3600 * n) * (1000 if n > 20 else 1)},{n * 7 % 31}\n"
                for n in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table event_time, n: (1.7e+09, 0) (1.7e+09, 7) (1.70001e+09, 14) (1.70001e+09, 21) …. column 'event_time' holds numbers that look like Unix seconds (1700000000) and milliseconds (1700140400000): write all in one unit",
    ),
    Case(
        "csv, °F among °C, with a gap between them",
        file(
            "d.csv",
            "t,h,w\n"
            + "".join(
                f"{round(c * 1.8 + 32 if n % 7 == 0 else c, 1)},{40 + n * 29 % 37},{n * 17 % 41 / 4}\n"
                for n, c in enumerate((np.random.default_rng(0).normal(22, 3, 400)).tolist())
            ),
        ),
        TABLE,
        "train: 400 × table t, h, w: (72.3, 40, 0) (21.6, 69, 4.25) (23.9, 61, 8.5) (22.3, 53, 2.5) …. column 't' seems to hold two units: 54.8 to 84.3 in 58 rows, 10.7 to 31.2 in 342, none between, as °F are of °C: write all in one",
    ),
    Case(
        "csv, -9.99 among numbers that are none below 0",
        file(
            "d.csv",
            "wind,n\n"
            + "".join(
                f"{-9.99 if n % 9 == 0 else n * 7 % 31 / 2},{n * 5 % 23}\n" for n in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table wind, n: (-9.99, 0) (3.5, 5) (7, 10) (10.5, 15) …. a number apart from all others looks like a sign for no value in 'wind' (-9.99 in 7 rows): if it is one, set na_values = {wind = [\"-9.99\"]}",
    ),
    Case(
        "csv, yes and no in full and short",
        file(
            "d.csv",
            "smoker,n\n"
            + "".join(f"{('Yes', 'No', 'Y', 'N')[n % 4]},{n * 5 % 23}\n" for n in range(40)),
        ),
        TABLE,
        "train: 40 × table smoker (category), n: (Yes, 0) (No, 5) (Y, 10) (N, 15) …. categories of 'smoker' that may say the same, in full and short, are classes of their own: 'Y' and 'Yes', 'N' and 'No'",
    ),
    Case(
        "csv, a column with gaps in most rows",
        file(
            "d.csv",
            "fan,n\n"
            + "".join(f"{n * 7 % 31 if n % 4 == 0 else ''},{n * 5 % 23}\n" for n in range(80)),
        ),
        TABLE,
        "train: 80 × table fan, n: (0, 0) (-, 5) (-, 10) (-, 15) …. less than half of the rows have a value in 'fan' (20 of 80 rows): clusters may be of those that have one",
    ),
    Case(
        "csv, days of which some are of the year 1",
        file(
            "d.csv",
            "end,n\n"
            + "".join(
                f"{'0001-01-01' if n % 9 == 0 else f'2024-01-{n % 28 + 1:02d}'},{n * 5 % 23}\n"
                for n in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table end (date), n: (0001-01-01, 0) (2024-01-02, 5) (2024-01-03, 10) (2024-01-04, 15) …. a date apart from all others looks like a sign for no value in 'end' (0001-01-01 in 7 rows): if it is one, set na_values = {end = [\"0001-01-01\"]}",
    ),
    Case(
        "csv, days in two orders",
        file(
            "d.csv",
            "day,n\n"
            + "".join(
                f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/2024,{n}\n"
                if n % 3 == 0
                else f"{n % 12 + 1:02d}/{n % 28 + 1:02d}/2024,{n}\n"
                for n in range(90)
            ),
        ),
        TABLE,
        "train: 90 × table n: (0) (1) (2) (3) …. column 'n' counts the rows (0 to 89): is it an id, no feature?. column 'day' is left out: it holds text of 76 different values, most of them in one row. column 'day' holds dates with the day first and others with the month first ('13/01/2024', row 13, is none by %m/%d/%Y): write all in one order",
    ),
    Case(
        "csv, commas before some decimals and points before others",
        file(
            "d.csv",
            "x,y\n"
            + "".join(
                f"{'6,3' if n % 5 == 0 else n / 4},{n * 5 % 23}\n".replace("6,3", '"6,3"')
                for n in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table y: (0) (5) (10) (15) …. column 'x' is left out: it holds text of 49 different values, most of them in one row. column 'x' is no column of numbers, for '6,3' (row 1), but 49 of its 49 different values are numbers: write all with one sign before the decimals, or say in types what it is",
    ),
    Case(
        "csv, comments among the rows",
        file(
            "d.csv",
            "x,y\n"
            + "".join(f"{n * 7 % 31},{n * 5 % 23}\n" for n in range(30))
            + "# restarted, ok\n1,2\n",
        ),
        TABLE,
        "Refused: features: no column can be a feature ('x': it holds text of 31 different values, most of them in one row; 'y': it holds text of 24 different values, most of them in one row); column 'x' is no column of numbers, for '# restarted' (row 31), but 30 of its 31 different values are numbers: set comment = \"#\" if lines that begin so are no rows, or say in types what it is",
    ),
    Case(
        "csv, comments among the rows that have no delimiter",
        file(
            "d.csv",
            "x,y\n"
            + "".join(f"{n * 7 % 31},{n * 5 % 23}\n" for n in range(30))
            + "# restarted\n1,2\n",
        ),
        TABLE,
        'Refused: path: d.csv: row 31 has 1 value, the header has 2; set comment = "#" if lines that begin so are no rows',
    ),
    Case(
        "libsvm",
        file("d.libsvm", "1 1:7.2 3:5.4\n2 1:3.1 3:1.2\n"),
        {**TABLE, "path": "d.libsvm"},
        "Refused: path: d.libsvm is not of a supported kind; write an npz file of x and y, from load_svmlight_file of scikit-learn",
    ),
    Case(
        "txt with blanks between its values, and a name behind a tab",
        file(
            "d.txt",
            "".join(f' {n * 7 % 31}.4   8      {n * 5 % 23}.2\t"car {n}"\n' for n in range(30)),
        ),
        {"path": "d.txt"},
        "train: 30 × text ' 0.4   8      0.2\\t\"car 0\"' ' 7.4   8      5.2\\t\"car 1\"' ' 14.4   8      10.2\\t\"car 2\"' ' 21.4   8      15.2\\t\"car 3\"' …. the lines of d.txt have blanks between their values, and each is one text: write csv, as pandas.read_csv(…, sep=r'\\s+', header=None).to_csv(…, index=False) does",
    ),
    Case(
        "txt, short texts in lower case",
        file(
            "d.txt",
            "\n".join(
                "the parcel that was sent to us in May is late"[: 5 + n * 7 % 40] for n in range(30)
            ),
        ),
        {"path": "d.txt"},
        "train: 30 × text 'the p' 'the parcel t' 'the parcel that was' 'the parcel that was sent t' …",
    ),
    Case(
        "csv, said to be in another encoding: UTF-16",
        file("d.csv", "text,y\nhello,a\n"),
        {**TEXT, "encoding": "utf-16"},
        'Refused: encoding: d.csv is not utf-16 (line 1) but utf-8; set it to "utf-8"',
    ),
    Case(
        "csv, said to be in another encoding: cp1252",
        file("d.csv", b"text\ncaf\x8e cr\x8fme\n"),
        {**TEXT, "encoding": "cp1252"},
        'Refused: encoding: d.csv is not cp1252 (line 2), and its letters do not tell what it is in; name the actual one, such as "mac_roman" or "cp850"',
    ),
    Case(
        "csv in cp1252, said to be in latin-1",
        file("d.csv", b"text\nit\x92s here\nplain\n"),
        {**TEXT, "encoding": "latin-1"},
        "train: 2 × text 'it\\x92s here' 'plain'. column 'text' holds in 1 row what is left of characters that were read in another encoding (row 1: 'it\\x92s here'); write the file anew from its source",
    ),
    Case(
        "csv in Russian, not in UTF-8",
        file("d.csv", "text\nзаказ не пришёл\nверните деньги\n".encode("cp1251")),
        TEXT,
        'Refused: encoding: d.csv is not utf-8 (line 2) but reads like Russian in cp1251; set it to "cp1251"',
    ),
    Case(
        "csv in Polish, not in UTF-8",
        file("d.csv", "text\nzamówienie nie dotarło\nproszę działać\nźle żyć\n".encode("cp1250")),
        TEXT,
        'Refused: encoding: d.csv is not utf-8 (line 2) but reads like Polish in cp1250; set it to "cp1250"',
    ),
    Case(
        "csv in Japanese, not in UTF-8",
        file("d.csv", "text\n注文が届きませんでした\n".encode("cp932")),
        TEXT,
        'Refused: encoding: d.csv is not utf-8 (line 2) but reads like Japanese in cp932; set it to "cp932"',
    ),
    Case(
        "csv in UTF-8, one line of it in another encoding",
        file("d.csv", "text\ncafé\n".encode() + "thé\n".encode("cp1252")),
        TEXT,
        "Refused: encoding: d.csv is not utf-8 (line 3); all before is: write that line anew, or set it to what the whole file is in",
    ),
    Case(
        "csv, moments as databases, services and logs write them",
        file(
            "d.csv",
            "a,b,c,d\n"
            '2024-01-01 10:00:00 UTC,2024-01-01 10:00:00 -0500,"2024-01-01 10:00:00,123",20240101T100000Z\n'
            '2024-01-02 10:00:00 UTC,2024-01-02 10:00:00 -0500,"2024-01-02 10:00:00,123",20240102T100000Z\n',
        ),
        TABLE,
        "train: 2 × table a (date), b (date), c (date), d (date): (2024-01-01 10:00:00, 2024-01-01 15:00:00, 2024-01-01 10:00:00, 2024-01-01 10:00:00) (2024-01-02 10:00:00, 2024-01-02 15:00:00, 2024-01-02 10:00:00, 2024-01-02 10:00:00)",
    ),
    Case(
        "csv, moments as milliseconds between slashes",
        file("d.csv", "a\n/Date(1700000000000)/\n/Date(1700086400000+0100)/\n"),
        TABLE,
        "train: 2 × table a (date): (2023-11-14 22:13:20) (2023-11-15 22:13:20)",
    ),
    Case(
        "csv, moments of a social network and of a web server",
        file(
            "d.csv",
            "a,b,n\n"
            "Wed Jan 03 10:00:24 +0000 2018,[10/Oct/2023:13:55:36 -0700],1\n"
            "Thu Jan 04 11:00:24 +0000 2018,[11/Oct/2023:13:55:36 -0700],2\n",
        ),
        TABLE,
        "train: 2 × table a (category), b (category), n: (Wed Jan 03 10:00:24 +0000 2018, [10/Oct/2023:13:55:36 -0700], 1) (Thu Jan 04 11:00:24 +0000 2018, [11/Oct/2023:13:55:36 -0700], 2). column 'a' looks like dates ('Wed Jan 03 10:00:24 +0000 2018'): to use them as dates, set types = {a = \"%a %b %d %H:%M:%S %z %Y\"}. column 'b' looks like dates ('[10/Oct/2023:13:55:36 -0700]'): to use them as dates, set types = {b = \"[%d/%b/%Y:%H:%M:%S %z]\"}",
    ),
    Case(
        "csv, moments of a web server, said",
        file("d.csv", "b\n[10/Oct/2023:13:55:36 -0700]\n[11/Oct/2023:13:55:36 -0700]\n"),
        {**TABLE, "types": {"b": "[%d/%b/%Y:%H:%M:%S %z]"}},
        "train: 2 × table b (date): (2023-10-10 20:55:36) (2023-10-11 20:55:36)",
    ),
    Case(
        "csv, amounts in several units",
        file("d.csv", "a,n\n5 kg,1\n500 g,2\n1.5 kg,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). column 'a' is left out: it holds text of 3 different values, each in one row. column 'a' is no column of numbers, for '5 kg' (row 1), but 3 of its 3 different values are numbers: convert all to one unit (there are 'g', 'kg'), and remove it, or say in types what it is",
    ),
    Case(
        "csv, amounts, some of them in thousands",
        file("d.csv", "a,n\n300,1\n1.5K,2\n3M,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). column 'a' is left out: it holds text of 3 different values, each in one row. column 'a' is no column of numbers, for '1.5K' (row 2), but 3 of its 3 different values are numbers: convert all to one unit (there are 'K', 'M' and none), and remove it, or say in types what it is",
    ),
    Case(
        "csv, amounts below zero in brackets",
        file("d.csv", "a,n\n300.5,1\n(250.00),2\n12.0,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). column 'a' is left out: it holds text of 3 different values, each in one row. column 'a' is no column of numbers, for '(250.00)' (row 2), but 3 of its 3 different values are numbers: set number in types, which reads (250) and 250- as -250, or say in types what it is",
    ),
    Case(
        "csv, amounts with units and signs of other countries",
        file("d.csv", "a,b,n\n9.99 zł,9.99 km/h,1\n8.50 zł,8.5 km/h,2\n7.25 zł,7.2 km/h,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). columns 'a', 'b' are left out: each holds text of 3 different values, each in one row. column 'a' is no column of numbers, for '9.99 zł' (row 1), but 3 of its 3 different values are numbers: set units = [\"zł\"], or say in types what it is. column 'b' is no column of numbers, for '9.99 km/h' (row 1), but 3 of its 3 different values are numbers: set units = [\"km/h\"], or say in types what it is",
    ),
    Case(
        "csv, codes that begin or end with numbers",
        file("d.csv", "a,b,n\n12a,1.2.3,1\n14c,1.3.0,2\n9b,2.0.1,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). columns 'a', 'b' are left out: each holds text of 3 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "npz, labels as an array of one column",
        npz("d.npz", x=[[1.0, 2.0], [3.0, 4.0]], y=[[0], [1]]),
        {"path": "d.npz", "features": ["x"], "label": "y"},
        "train: 2 × table x.0, x.1: (1, 2) (3, 4), labels 0 1",
    ),
    Case(
        "npz, labels one-hot",
        npz("d.npz", x=[[1.0, 2.0], [3.0, 4.0]], y=[[0, 1], [1, 0]]),
        {"path": "d.npz", "features": ["x"], "label": "y"},
        "Refused: label: column 'y' holds fixed_size_list<item: int64>[2], not labels; write the class of each row as one value: of one-hot labels the place of the 1 (argmax)",
    ),
    Case(
        "csv, durations beyond a day",
        file("d.csv", "v,n\n27:15:32,1\n03:00:10,2\n"),
        TABLE,
        "train: 2 × table v (category), n: (27:15:32, 1) (03:00:10, 2). column 'v' looks like durations ('27:15:32'): to use them as numbers of seconds, set types = {v = \"number\"}",
    ),
    Case(
        "csv, durations below a day, called so",
        file("d.csv", "call_duration,n\n00:15:32,1\n03:00:10,2\n"),
        TABLE,
        "train: 2 × table call_duration (time), n: (00:15:32, 1) (03:00:10, 2). column 'call_duration' looks like durations ('00:15:32'): to use them as numbers of seconds, set types = {call_duration = \"number\"}; for times of day types = {call_duration = \"time\"}",
    ),
    Case(
        "csv, durations below a day, said",
        file("d.csv", "call_duration,n\n00:15:32,1\n03:00:10,2\n"),
        {**TABLE, "types": {"call_duration": "number"}},
        "train: 2 × table call_duration, n: (932, 1) (10810, 2)",
    ),
    Case(
        "csv, durations in units",
        file("d.csv", "v,n\n3h 20m,1\n45m,2\n2h,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). column 'v' is left out: it holds text of 3 different values, each in one row. column 'v' looks like durations ('3h 20m'): to use them as numbers of seconds, set types = {v = \"number\"}",
    ),
    Case(
        "csv, durations in units and of ISO 8601, said",
        file("d.csv", "v,w,n\n3h 20m,PT5M,1\n45m,P1DT2H,2\n2h,PT3.5S,3\n"),
        {**TABLE, "types": {"v": "number", "w": "number"}},
        "train: 3 × table v, w, n: (12000, 300, 1) (2700, 93600, 2) (7200, 3.5, 3)",
    ),
    Case(
        "csv, durations of which one is none, said",
        file("d.csv", "v,n\n3h 20m,1\nlong,2\n2h,3\n"),
        {**TABLE, "types": {"v": "number"}},
        "Refused: features: column 'v', row 2: 'long' is no duration as 1:30:00 or 1h 30m; set na_values = {v = [\"long\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, times that are no durations",
        file("d.csv", "opens,n\n08:15,1\n19:30,2\n"),
        TABLE,
        "train: 2 × table opens (time), n: (08:15:00, 1) (19:30:00, 2)",
    ),
    Case(
        "csv, shares as two numbers",
        file("d.csv", "v,n\n60:40,1\n25:75,2\n"),
        TABLE,
        "train: 2 × table v (category), n: (60:40, 1) (25:75, 2)",
    ),
    Case(
        "csv, days as numbers, zeros for none",
        file("d.csv", days("00000000")),
        TABLE,
        "train: 12 × table day, n: (0, 0) (2.02401e+07, 2) (2.02401e+07, 4) (2.02401e+07, 1) …. column 'day' holds numbers that look like dates (20240102): to use them as dates, set types = {day = \"%Y%m%d\"}; 0 is none: leave it empty, or name it in na_values if no other column has it",
    ),
    Case(
        "csv, days as numbers, zeros for none, said",
        file("d.csv", days("00000000")),
        {**TABLE, "types": {"day": "%Y%m%d"}, "na_values": ["00000000"]},
        "train: 12 × table day (date), n: (-, 0) (2024-01-02, 2) (2024-01-03, 4) (2024-01-04, 1) …",
    ),
    Case(
        "csv, days as numbers, the last of all days for none",
        file("d.csv", days("99991231")),
        TABLE,
        "train: 12 × table day, n: (9.99912e+07, 0) (2.02401e+07, 2) (2.02401e+07, 4) (2.02401e+07, 1) …. column 'day' holds numbers that look like dates (20240102): to use them as dates, set types = {day = \"%Y%m%d\"}; 99991231 is none: leave it empty, or name it in na_values if no other column has it",
    ),
    Case(
        "csv, months as numbers",
        file(
            "d.csv",
            "v,n\n" + "".join(f"{202305 + n + n // 8 * 88},{n * 7 % 5}\n" for n in range(14)),
        ),
        TABLE,
        "train: 14 × table v, n: (202305, 0) (202306, 2) (202307, 4) (202308, 1) …. column 'v' holds numbers that look like months (202305): to use them as dates, set types = {v = \"%Y%m\"}",
    ),
    Case(
        "csv, months as numbers, called so",
        file("d.csv", "fiscal_period,n\n202311,1\n202312,2\n"),
        TABLE,
        "train: 2 × table fiscal_period, n: (202311, 1) (202312, 2). column 'fiscal_period' holds numbers that look like months (202311): to use them as dates, set types = {fiscal_period = \"%Y%m\"}",
    ),
    Case(
        "csv, numbers that might be months",
        file("d.csv", "v,n\n202311,1\n202312,2\n202399,4\n202402,1\n202403,5\n202404,9\n"),
        TABLE,
        "train: 6 × table v, n: (202311, 1) (202312, 2) (202399, 4) (202402, 1) …",
    ),
    Case(
        "csv, labels in other words among the features",
        file(
            "d.csv",
            "a,label,label_name\n"
            + "".join(f"{row},{row % 3},{'abc'[row % 3]}\n" for row in range(0, 90, 5)),
        ),
        {**TABLE, "label": "label"},
        "train: 18 × table a, label_name (category): (0, a) (5, c) (10, b) (15, a) …, labels 0 2 1 0. feature 'label_name' says the labels of 'label' in other words: clusters would be found by them; name it in drop",
    ),
    Case(
        "csv, a feature that goes with most of the labels",
        file(
            "d.csv",
            "a,label,colour\n"
            + "".join(
                f"{row},{row % 3},{'abc'[(row + row // 80) % 3]}\n" for row in range(0, 90, 5)
            ),
        ),
        {**TABLE, "label": "label"},
        "train: 18 × table a, colour (category): (0, a) (5, c) (10, b) (15, a) …, labels 0 2 1 0",
    ),
    Case(
        "csv, a column that says the split of each row",
        file(
            "d.csv",
            "a,split\n"
            + "".join(f"{row},{'train' if row % 3 else 'test'}\n" for row in range(0, 90, 5)),
        ),
        TABLE,
        "train: 18 × table a, split (category): (0, test) (5, train) (10, train) (15, test) …. feature 'split' says the split of each row, and all are read as train: write each split to a file of its own (train.csv, test.csv), and name the column in drop",
    ),
    Case(
        "csv, texts in bytes as Python shows them",
        file("d.csv", "text\n" + 2 * ("b'my order is late'" + "\n")),
        TEXT,
        "train: 2 × text \"b'my order is late'\" \"b'my order is late'\". the texts of column 'text' hold bytes as Python shows them (row 1: \"b'my order is late'\"): decode them before they are written",
    ),
    Case(
        "csv, texts in lists of words as Python shows them",
        file("d.csv", "text\n" + 2 * ("\"['my', 'order']\"" + "\n")),
        TEXT,
        "train: 2 × text \"['my', 'order']\" \"['my', 'order']\". the texts of column 'text' hold lists of words as Python shows them (row 1: \"['my', 'order']\"): join the words",
    ),
    Case(
        "csv, texts in base64",
        file("d.csv", "text\n" + 2 * ("bXkgb3JkZXIgaXMgbGF0ZSB0b2RheQ==" + "\n")),
        TEXT,
        "train: 2 × text 'bXkgb3JkZXIgaXMgbGF0ZSB0b2RheQ==' 'bXkgb3JkZXIgaXMgbGF0ZSB0b2RheQ=='. the texts of column 'text' hold base64 (row 1: 'bXkgb3JkZXIgaXMgbGF0ZSB0b2RheQ=='): decode them",
    ),
    Case(
        "csv, texts in escapes of addresses",
        file("d.csv", "text\n" + 2 * ("my%20order%20is%20late" + "\n")),
        TEXT,
        "train: 2 × text 'my%20order%20is%20late' 'my%20order%20is%20late'. the texts of column 'text' hold the escapes of addresses (row 1: 'my%20order%20is%20late'): decode them (urllib.parse.unquote)",
    ),
    Case(
        "csv, texts in escapes of e-mails",
        file("d.csv", "text\n" + 2 * ("Sch=C3=B6ne Gr=C3=BC=C3=9Fe" + "\n")),
        TEXT,
        "train: 2 × text 'Sch=C3=B6ne Gr=C3=BC=C3=9Fe' 'Sch=C3=B6ne Gr=C3=BC=C3=9Fe'. the texts of column 'text' hold the escapes of e-mails (quoted-printable) (row 1: 'Sch=C3=B6ne Gr=C3=BC=C3=9Fe'): decode them",
    ),
    Case(
        "csv, texts in escapes of JSON",
        file("d.csv", "text\n" + 2 * ("caf\\u00e9 on Monday" + "\n")),
        TEXT,
        "train: 2 × text 'caf\\\\u00e9 on Monday' 'caf\\\\u00e9 on Monday'. the texts of column 'text' hold escaped characters of JSON (row 1: 'caf\\\\u00e9 on Monday'): decode them",
    ),
    Case(
        "csv, texts in escaped ends of lines",
        file("d.csv", "text\n" + 2 * ("first line\\nsecond line" + "\n")),
        TEXT,
        "train: 2 × text 'first line\\\\nsecond line' 'first line\\\\nsecond line'. the texts of column 'text' hold escaped ends of lines (row 1: 'first line\\\\nsecond line'): write spaces or ends of lines for them",
    ),
    Case(
        "txt, rich text",
        file("d.txt", "{\\rtf1\\ansi my order\\par}\n"),
        {"path": "d.txt"},
        "Refused: path: d.txt is rich text (RTF); save it as plain text (.txt, UTF-8)",
    ),
    Case(
        "jsonl, vectors of two models",
        json_lines(
            "d.jsonl",
            *(
                {"vector": [row % 2, 1 - row % 2, row % 3 / 9], "model": "ab"[row % 2]}
                for row in range(24)
            ),
        ),
        {"path": "d.jsonl", "features": ("vector",)},
        "train: 24 × table vector.0, vector.1, vector.2: (0, 1, 0) (1, 0, 0.111111) (0, 1, 0.222222) (1, 0, 0) …. which vectors are near is told by column 'model': if it names what made them, those of several models can't be compared: make all by one, or cluster those of each alone",
    ),
    Case(
        "csv, decimal points that a spreadsheet has lost",
        file(
            "d.csv",
            "lat,n\n"
            + "".join(
                f"{(48_00000 + row * 7919 % 99991) if row % 5 == 0 else 48 + row * 7919 % 99991 / 1e5},{row % 3}\n"
                for row in range(25)
            ),
        ),
        TABLE,
        "train: 25 × table lat, n: (4.8e+06, 0) (48.0792, 1) (48.1584, 2) (48.2376, 0) …. column 'lat' has 5 whole numbers as 4800000 (row 1) beside numbers from 48.0296 to 48.9503 with decimals: if their decimal point was lost, write them with it",
    ),
    Case(
        "csv, numbers of which a spreadsheet has made days",
        file(
            "d.csv",
            "a;b\n"
            + "".join(
                f"{day if row % 4 == 0 else str(row) + ',5'};{row}\n"
                for row in range(24)
                for day in [f"{row + 1:02}. Okt"]
            ),
        ),
        {"path": "d.csv", "features": "all", "delimiter": ";", "decimal": ","},
        "train: 24 × table b: (0) (1) (2) (3) …. column 'b' counts the rows (0 to 23): is it an id, no feature?. column 'a' is left out: it holds text of 24 different values, each in one row. column 'a' is no column of numbers, for '01. Okt' (row 1), but 24 of its 24 different values are numbers: write the numbers of which a spreadsheet has made days, as 9.1 for 09. Jan, and import as text, or say in types what it is",
    ),
    Case(
        "csv of spectra, a column for each",
        file(
            "d.csv",
            "wavelength_nm,"
            + ",".join(f"s{n}" for n in range(8))
            + "\n"
            + "".join(
                f"{400 + 5 * row}," + ",".join(f"{(row * n) % 11}.5" for n in range(8)) + "\n"
                for row in range(12)
            ),
        ),
        TABLE,
        "train: 12 × table wavelength_nm, s0, s1, s2: (400, 0.5, 0.5, 0.5) (405, 0.5, 1.5, 2.5) (410, 0.5, 2.5, 4.5) (415, 0.5, 3.5, 6.5) …. rows seem to be places in spectra (column 'wavelength_nm') of the 8 things in the other columns: to cluster these, write the table the other way round (pandas: df.set_index('wavelength_nm').T)",
    ),
    Case(
        "a matrix of Matrix Market beside the names of its rows",
        several(
            file("d/matrix.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 5\n"),
            file("d/genes.tsv", "gene\tname\ng1\tA\ng2\tB\n"),
        ),
        {"path": "d", "features": "all"},
        "Refused: path: d holds a matrix (matrix.mtx), and tables that name its rows and columns; write it with these as one .parquet, a row for each thing (genes by cells is turned: scipy.io.mmread(…).T)",
    ),
    Case(
        "exports of which each holds the rows of the one before, too",
        several(
            *(
                file(
                    f"d/2024-0{month}.csv",
                    "order_id,sum,days\n"
                    + "".join(
                        f"{1000 + 3 * n},{n * 37 % 101 + month / 10},{n * 17 % 23}\n"
                        for n in range(20 + 10 * month)
                    ),
                )
                for month in (1, 2)
            )
        ),
        {"path": "d", "features": "all", "drop": ("order_id",)},
        "train: 70 × table sum, days: (0.1, 0) (37.1, 17) (74.1, 11) (10.1, 5) …. 30 rows of 2024-02.csv have the 'order_id' of a row of 2024-01.csv, and nearly its numbers: if files hold states of the same things, name the last alone in path",
    ),
    Case(
        "files whose ids begin anew in each",
        several(
            *(
                file(
                    f"d/{name}.csv",
                    "order_id,sum,days\n"
                    + "".join(f"{n},{n * step % 101},{n * 17 * step % 23}\n" for n in range(1, 31)),
                )
                for name, step in (("north", 37), ("south", 59))
            )
        ),
        {"path": "d", "features": "all", "drop": ("order_id",)},
        "train: 60 × table sum, days: (37, 8) (74, 16) (10, 1) (47, 9) …",
    ),
    Case(
        "csv, each row with a text within one pair of quotes",
        file("d.csv", '"id,text"\n"1,""red, and blue"""\n"2,""green"""\n'),
        {"path": "d.csv", "text": "text"},
        'Refused: path: d.csv: each row is within one pair of quotes, \'1,"red, and blue"\'; write the rows without them (sed -E \'s/^"|"\\r?$//g; s/""/"/g\' d.csv > rows.csv)',
    ),
    Case(
        "csv, answers of a model that it can't",
        file(
            "d.csv",
            'text\n"I\'m sorry, but I can\'t translate this text."\nI cannot assist with that.\nthe soup is cold\n"Sorry, I can\'t come"\n',
        ),
        {"path": "d.csv", "text": "text"},
        "train: 4 × text \"I'm sorry, but I can't translate this te\" 'I cannot assist with that.' 'the soup is cold' \"Sorry, I can't come\". the texts of column 'text' hold answers of a language model that it can't do what it was asked (row 1: \"I'm sorry, but I can't translate this t): leave these rows out, or have them made anew",
    ),
    Case(
        "csv of REDCap, rows of two forms",
        file(
            "d.csv",
            "record_id,redcap_repeat_instrument,redcap_repeat_instance,age,crp\n"
            + "".join(
                f"{n},,,{30 + n},\n{n},visit,1,,{n}.5\n{n},visit,2,,{n}.7\n" for n in range(1, 9)
            ),
        ),
        TABLE,
        "train: 24 × table record_id, redcap_repeat_instrument (category), redcap_repeat_instance, age: (1, -, -, 31) (1, visit, 1, -) (1, visit, 2, -) (2, -, -, 32) …. values of 'age' stand in the first row of each 'record_id' alone: if they hold for the rows below them, fill these in. few whole numbers in columns called like categories ('record_id') are used as amounts: if they are codes, set types = {record_id = \"category\"}. columns 'redcap_repeat_instrument', 'redcap_repeat_instance' are of REDCap, whose rows are of several forms: keep those of one, and name both in drop",
    ),
    Case(
        "csv, numbers with decimals of which a spreadsheet has made days",
        file(
            "d.csv",
            "a,b\n"
            + "".join(f"{'9-Jan' if n % 5 == 0 else n + 0.5},{n * 7 % 5}\n" for n in range(25)),
        ),
        TABLE,
        "train: 25 × table b: (0) (2) (4) (1) …. column 'a' is left out: it holds text of 21 different values, most of them in one row. column 'a' is no column of numbers, for '9-Jan' (row 1), but 20 of its 21 different values are numbers: write the numbers of which a spreadsheet has made days, as 9.1 for 09. Jan, and import as text, or say in types what it is",
    ),
    Case(
        "csv, wavelengths as names",
        file(
            "d.csv",
            "sample,400,405,410\n" + "".join(f"s{n},0.{n},0.{n + 1},0.{9 - n}\n" for n in range(9)),
        ),
        TABLE,
        "train: 9 × table 400, 405, 410: (0, 0.1, 0.9) (0.1, 0.2, 0.8) (0.2, 0.3, 0.7) (0.3, 0.4, 0.6) …. numbers name the columns of d.csv, in their order ('400' to '410'): if the first row holds values, set header = false. column 'sample' is left out: it holds text of 9 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "csv, frequencies as names",
        file(
            "d.csv",
            "patient,250,500,1000,2000\n"
            + "".join(f"P{n:03},{n % 7},{n % 5},{n % 3},{n % 4}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table 250, 500, 1000, 2000: (0, 0, 0, 0) (1, 1, 1, 1) (2, 2, 2, 2) (3, 3, 0, 3) …. numbers name the columns of d.csv, in their order ('250' to '2000'): if the first row holds values, set header = false. column 'patient' is left out: it holds text of 12 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "csv, a class and rising numbers as first row",
        file("d.csv", "oak,1.1,2.5,3.4\nelm,1.9,3.0,3.9\nash,1.6,3,4\n"),
        TABLE,
        "Refused: header: the first row of d.csv looks like values, not names: '1.1' is a number; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "jsonl, what a model has thought before its answer",
        json_lines(
            "d.jsonl", *({"text": f"<think>I need {w}</think> {w}"} for w in ("red", "blue"))
        ),
        {"path": "d.jsonl", "text": "text"},
        "train: 2 × text '<think>I need red</think> red' '<think>I need blue</think> blue'. the texts of column 'text' hold what a model has thought before its answer (row 1: '<think>I need red</think> red'): keep what stands behind </think> alone (text.split('</think>')[-1])",
    ),
    Case(
        "csv, Cyrillic letters that look like Latin ones",
        file("d.csv", "text\n" + "".join(f"Тhe сoach рraised the саll {n}\n" for n in range(4))),
        TEXT,
        "train: 4 × text 'Тhe сoach рraised the саll 0' 'Тhe сoach рraised the саll 1' 'Тhe сoach рraised the саll 2' 'Тhe сoach рraised the саll 3'. 4 of 4 texts of column 'text' have Cyrillic or Greek letters in place of Latin ones that look like them (row 1: 'Тhe сoach рraised the саll 0'), and no encoder of words knows them: set clean = [\"normalize\"]",
    ),
    Case(
        "csv, Cyrillic letters that look like Latin ones, normalized",
        file("d.csv", "text\n" + "".join(f"Тhe сoach рraised the саll {n}\n" for n in range(4))),
        {**TEXT, "clean": ("normalize",)},
        "train: 4 × text 'The coach praised the call 0' 'The coach praised the call 1' 'The coach praised the call 2' 'The coach praised the call 3'",
    ),
    Case(
        "csv, Russian with English words, normalized",
        file("d.csv", "text\nсахар от IТ-отдела Windows\nрост и оса\n"),
        {**TEXT, "clean": ("normalize",)},
        "train: 2 × text 'сахар от IТ-отдела Windows' 'рост и оса'",
    ),
    Case(
        "jsonl, posts of a forum",
        json_lines("d.jsonl", *({"text": f"[quote=ann]the soup[/quote] no {n}"} for n in range(3))),
        {"path": "d.jsonl", "text": "text"},
        "train: 3 × text '[quote=ann]the soup[/quote] no 0' '[quote=ann]the soup[/quote] no 1' '[quote=ann]the soup[/quote] no 2'. the texts of column 'text' hold BBCode of a forum (row 1: '[quote=ann]the soup[/quote] no 0'): take it out, with what is quoted (re.sub(r'(?s)\\[quote.*?\\[/quote\\]', '', text))",
    ),
    Case(
        "jsonl, pages by which sites keep programs out",
        json_lines(
            "d.jsonl",
            *(
                {
                    "text": f"Just a moment... {site} needs to review the security of your connection. Ray ID: {site[::-1]}"
                }
                for site in ("a.org", "news.com")
            ),
            {"text": "Verify you are human is shown to me"},
        ),
        {"path": "d.jsonl", "text": "text"},
        "train: 3 × text 'Just a moment... a.org needs to review t' 'Just a moment... news.com needs to revie' 'Verify you are human is shown to me'. the texts of column 'text' hold pages by which a site keeps programs out (row 1: 'Just a moment... a.org needs to review ): leave these rows out, or get the pages anew",
    ),
    Case(
        "pages that a browser has saved with their parts",
        several(
            file("d/a.html", "<p>red</p>"),
            file("d/a_files/frame.html", "<p>buy</p>"),
            file("d/b.html", "<p>blue</p>"),
            file("d/b_files/frame.html", "<p>buy</p>"),
        ),
        {"path": "d", "whole_files": True},
        "train: 2 × text '<p>red</p>' '<p>blue</p>', ids a.html b.html. other files of the folder are not read: a_files/frame.html, b_files/frame.html",
    ),
    Case(
        "an export of Notion, pages and a list of them",
        several(
            file(f"d/Tasks {'a1' * 16}.csv", "Name,Status\none,open\ntwo,done\n"),
            file(f"d/Tasks/one {'0f' * 16}.md", "# one\nred\n"),
            file(f"d/Tasks/two {'1e' * 16}.md", "# two\nblue\n"),
        ),
        {"path": "d", "features": "all"},
        "Refused: whole_files: d is an export of Notion: 2 pages, and lists of them; set it to true to read the pages, or name a list in path (Tasks a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1.csv)",
    ),
    Case(
        "npy, a vector for each token",
        npy("d.npy", np.zeros((2, 3, 384), np.float32)),
        {"path": "d.npy"},
        "Refused: path: d.npy is float32 (2, 3, 384), not a table of numbers (n, d); if these are the vectors of tokens, save the mean of each row's, without those that fill up (array.mean(axis=1) where there are none)",
    ),
    Case(
        "jsonl, pages with the kind of their documents",
        json_lines("d.jsonl", {"text": "<!DOCTYPE html><p>red</p>"}, {"text": "<p>3 < 5</p>"}),
        {"path": "d.jsonl", "text": "text", "clean": ("strip-html", "collapse-space")},
        "train: 2 × text 'red' '3 < 5'",
    ),
    Case(
        "csv, states of a meter",
        file(
            "d.csv",
            "kwh_total,t\n" + "".join(f"{n * n / 7 + 3 * n:.1f},{n * 7 % 11}\n" for n in range(30)),
        ),
        TABLE,
        "train: 30 × table kwh_total, t: (0, 0) (3.1, 7) (6.6, 3) (10.3, 10) …. column 'kwh_total' never falls from row to row (0 to 207.1): if it is the state of a counter, write what was added in each row (diff of pandas)",
    ),
    Case(
        "csv, intensities with zeros for what was not seen",
        file(
            "d.csv",
            "a,b\n"
            + "".join(
                f"{0 if n % 5 == 0 else 2 ** (18 + n % 17) + n},{n * 7 % 11}\n" for n in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table a, b: (0, 0) (524289, 7) (1.04858e+06, 3) (2.09716e+06, 10) …. a number apart from all others looks like a sign for no value in 'a' (0 in 12 rows): if it is one, set na_values = {a = [\"0\"]}",
    ),
    Case(
        "csv, objects of JSON in a column of a table",
        file(
            "d.csv",
            "p,b\n" + "".join(f'"{{""h"": {n}, ""w"": {n * 3}}}",{n * 7 % 5}\n' for n in range(12)),
        ),
        TABLE,
        "train: 12 × table b: (0) (2) (4) (1) …. column 'p' is left out: it holds text of 12 different values, each in one row. column 'p' holds an object of JSON in each value ('{\"h\": 0, \"w\": 0}'): write a column for each of its keys (pandas.json_normalize)",
    ),
    Case(
        "jsonl of DynamoDB, values within their types",
        json_lines(
            "d.jsonl",
            *(
                {
                    "Item": {
                        "a": {"N": f"{n}.5"},
                        "b": {"N": str(n * 7 % 5)},
                        "c": {"BOOL": n % 2 == 0},
                    }
                }
                for n in range(4)
            ),
        ),
        {"path": "d.jsonl", "features": "all"},
        "train: 4 × table a, b, c (yes-no): (0.5, 0, true) (1.5, 2, false) (2.5, 4, true) (3.5, 1, false)",
    ),
    Case(
        "jsonl, elements of which one is called N",
        json_lines("d.jsonl", *({"n": {"N": n + 0.5, "P": n}, "k": n * 7 % 5} for n in range(4))),
        {"path": "d.jsonl", "features": ("n.N", "k")},
        "train: 4 × table k, n.N: (0, 0.5) (2, 1.5) (4, 2.5) (1, 3.5)",
    ),
    Case(
        "csv, numbers with a change, with letters for digits, within HTML, and times that have passed",
        file(
            "d.csv",
            "n,a,b,c,d\n"
            + "".join(
                f"{n * 7 % 5},{n + 60}{'+2' if n % 4 == 0 else ''},{('5l.O' if n % 5 == 0 else f'{n}.5')},<b>{n}.5</b>,{n % 5 + 2} days ago\n"
                for n in range(24)
            ),
        ),
        TABLE,
        "train: 24 × table n, b (category), d (category): (0, 5l.O, 2 days ago) (2, 1.5, 3 days ago) (4, 2.5, 4 days ago) (1, 3.5, 5 days ago) …. columns 'a', 'c' are left out: each holds text of 24 different values, each in one row. column 'a' is no column of numbers, but numbers with a change behind them ('60+2'): write what stands before the sign alone. column 'b' is no column of numbers, but numbers with letters for digits, as OCR reads them ('5l.O'): write 0 for O and 1 for l and I. column 'c' is no column of numbers, but numbers within HTML ('<b>0.5</b>'): write the number alone. column 'd' is no column of numbers, but times that have passed, in words ('2 days ago'): write them as numbers of days",
    ),
    Case(
        "csv, boxes in empty rows of a spreadsheet",
        file(
            "d.csv",
            "a,b,done\n"
            + "".join(f"{n},{n * 7 % 5},{n % 3 == 0}\n" for n in range(8))
            + ",,False\n" * 9,
        ),
        TABLE,
        "train: 17 × table a, b, done (yes-no): (0, 0, true) (1, 2, false) (2, 4, false) (3, 1, true) …. 9 of 17 rows have no value but a no in 'done', the first is row 9: if these are boxes in empty rows of a spreadsheet, remove the rows",
    ),
    Case(
        "csv, posts with shortcodes",
        file(
            "d.csv",
            "text\n"
            + "".join(
                f"[vc_row][vc_column width=1]soup {n}[/vc_column][/vc_row]\n" for n in range(3)
            ),
        ),
        TEXT,
        "train: 3 × text '[vc_row][vc_column width=1]soup 0[/vc_co' '[vc_row][vc_column width=1]soup 1[/vc_co' '[vc_row][vc_column width=1]soup 2[/vc_co'. the texts of column 'text' hold shortcodes of WordPress (row 1: '[vc_row][vc_column width=1]soup 0[/vc_c): take them out (re.sub(r'\\[/?[a-z_]+[^\\]]*\\]', ' ', text))",
    ),
    Case(
        "npz, a vector in each of many arrays",
        npz("d.npz", **{f"arr_{n}": np.arange(6) * n % 7 for n in range(20)}),
        {"path": "d.npz", "features": "all"},
        "train: 6 × table arr_0, arr_1, arr_2, arr_3: (0, 0, 0, 0) (0, 1, 2, 3) (0, 2, 4, 6) (0, 3, 6, 2) …. d.npz holds 20 arrays without names, each read as a column of 6 rows: if each is one row, save np.stack of them",
    ),
    Case(
        "jsonl, vectors within lists of one",
        json_lines("d.jsonl", *({"text": f"soup {n}", "e": [[n + 0.5, 1.0]]} for n in range(3))),
        {"path": "d.jsonl", "text": "text", "embedding": "e"},
        "train: 3 × text 'soup 0' 'soup 1' 'soup 2', embedding [[0.5, 1.0], [1.5, 1.0], [2.5, 1.0]]",
    ),
    Case(
        "images in versions as Roboflow calls them",
        pictures(*(f"d/{a}_jpg.rf.{b * 16}.png" for a in "xyz" for b in ("0a", "1b"))),
        {"path": "d"},
        "train: 6 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids x_jpg.rf.0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.png x_jpg.rf.1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b.png y_jpg.rf.0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.png y_jpg.rf.1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b.png. 3 of 6 images are called as copies of others, such as x_jpg.rf.1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b.png of x_jpg.rf.0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.png: each counts as a row; if they are copies or changed ones, put them elsewhere",
    ),
    Case(
        "notes in states that could not be joined",
        several(
            file("d/a.md", "red"),
            file("d/a.sync-conflict-20240301-101500-ABCDEFG.md", "red"),
            file("d/conflict-1.md", "blue"),
        ),
        {"path": "d", "whole_files": True},
        "train: 3 × text 'red' 'red' 'blue', ids a.md a.sync-conflict-20240301-101500-ABCDEFG.md conflict-1.md. 1 of 3 files are called as other states of ones beside them, such as a.sync-conflict-20240301-101500-ABCDEFG.md of a.md: put them elsewhere. a.md and a.sync-conflict-20240301-101500-ABCDEFG.md have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "csv, places without one at 0, 0",
        file(
            "d.csv",
            "lat,lon\n"
            + "".join(
                "0,0\n" if n % 5 == 0 else f"{n * 7 % 23 + 35}.5,{n * 11 % 29 - 14}.25\n"
                for n in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table lat, lon: (0, 0) (42.5, -3.25) (49.5, 8.25) (56.5, -10.25) …. a number apart from all others looks like a sign for no value in 'lat' (0 in 12 rows), 'lon' (0 in 12 rows): if it is one, set na_values = {lat = [\"0\"], lon = [\"0\"]}",
    ),
    Case(
        "csv, texts in RTF",
        file("d.csv", "text\n" + 2 * ("{\\rtf1 my order}" + "\n")),
        TEXT,
        "train: 2 × text '{\\\\rtf1 my order}' '{\\\\rtf1 my order}'. the texts of column 'text' hold RTF (row 1: '{\\\\rtf1 my order}'): write them as plain text",
    ),
    Case(
        "csv, texts with entities of HTML",
        file("d.csv", "text\nTom &amp; Jerry\nit&#39;s late\n"),
        TEXT,
        "train: 2 × text 'Tom &amp; Jerry' 'it&#39;s late'. the texts of column 'text' hold HTML entities (row 1: 'Tom &amp; Jerry'): set clean = [\"strip-html\"]",
    ),
    Case(
        "csv, texts with entities of HTML, cleaned",
        file("d.csv", "text\nTom &amp; Jerry\nit&#39;s late\n"),
        {**TEXT, "clean": ["strip-html"]},
        "train: 2 × text 'Tom & Jerry' \"it's late\"",
    ),
    Case(
        "csv, texts of which one holds a path",
        file("d.csv", "text\n" + "my order\n" * 20 + "see C:\\new and %20 = 5=10\n"),
        TEXT,
        "train: 21 × text 'my order' 'my order' 'my order' 'my order' …",
    ),
    Case(
        "csv, pixels without signs between them",
        file("d.csv", "label,pixels\n0,1 2 3 4 5 6 7 8\n1,9 8 7 6 5 4 3 2\n"),
        {**TABLE, "label": "label"},
        "train: 2 × table pixels.0, pixels.1, pixels.2, pixels.3: (1, 2, 3, 4) (9, 8, 7, 6), labels 0 1",
    ),
    Case(
        "csv, vectors as text, named",
        file("d.csv", VECTORS),
        {"path": "d.csv", "features": ["v"]},
        "train: 4 × table v.0, v.1, v.2: (0.01, 0.1, -0.5) (0.02, 0.2, -0.5) (0.03, 0.3, -0.5) (0.04, 0.4, -0.5)",
    ),
    Case(
        "csv, vectors as text, one of them broken",
        file("d.csv", VECTORS + '5,"[0.1, "\n'),
        {"path": "d.csv", "features": ["v"]},
        "Refused: features: column 'v' holds '[0.1, ', no list of numbers: row 5; write [0.1, 0.2, …], or a parquet file; where lists are codes, give the column a type",
    ),
    Case(
        "csv, vectors as text, not named",
        file("d.csv", VECTORS),
        TABLE,
        "train: 4 × table id, v.0, v.1, v.2: (1, 0.01, 0.1, -0.5) (2, 0.02, 0.2, -0.5) (3, 0.03, 0.3, -0.5) (4, 0.04, 0.4, -0.5)",
    ),
    Case(
        "two txt files of several lines",
        several(
            file("d/1.txt", "A fine film.\nI loved it.\n"),
            file("d/2.txt", "Bad film.\nReally bad.\n"),
        ),
        {"path": "d"},
        "train: 4 × text 'A fine film.' 'I loved it.' 'Bad film.' 'Really bad.'. each line of 2 files is one text, 4 in all: if each file is one, set whole_files = true",
    ),
    Case(
        "csv that is called tsv",
        file("d.tsv", "a,b\n1,2\n3,4\n"),
        {"path": "d.tsv", "features": "all"},
        "Refused: delimiter: d.tsv seems to have ',' between its values; set delimiter = \",\"",
    ),
    Case(
        "test file without labels",
        KAGGLE,
        {"path": "d", "features": ["a"], "label": "target"},
        "Refused: label: the test split has no column 'target', train has; leave test out (name the rows of train alone), or give it labels",
    ),
    Case(
        "csv of a survey, three header rows",
        file("d.csv", 'Q1\nWhat do you think?\n"{""ImportId"":""QID1""}"\ngood thing\nbad thing\n'),
        {"path": "d.csv", "text": "Q1"},
        "train: 4 × text 'What do you think?' '{\"ImportId\":\"QID1\"}' 'good thing' 'bad thing'. row 2 looks like no row ('Q1': '{\"ImportId\":\"QID1\"}'): remove what surveys and reports write around the rows",
    ),
    Case(
        "csv of a survey, two header rows",
        file("d.csv", "Q1\nOpen-Ended Response\ngood thing\nbad thing\n"),
        {"path": "d.csv", "text": "Q1"},
        "train: 3 × text 'Open-Ended Response' 'good thing' 'bad thing'. row 1 looks like no row ('Q1': 'Open-Ended Response'): remove what surveys and reports write around the rows",
    ),
    Case(
        "csv of a report, its end below the rows",
        file(
            "d.csv",
            '"text"\n"My order"\n"Refund"\n"Login"\n"Confidential Information - Do Not Distribute"\n',
        ),
        TEXT,
        "train: 4 × text 'My order' 'Refund' 'Login' 'Confidential Information - Do Not Distri'. row 4 looks like no row ('text': 'Confidential Information - Do Not Distribute'): remove what surveys and reports write around the rows",
    ),
    Case(
        "csv of a query, a line below the names and the count of rows",
        file("d.csv", "text\n----\nMy order\nRefund\n\n(2 rows affected)\n"),
        TEXT,
        "train: 4 × text '----' 'My order' 'Refund' '(2 rows affected)'. row 1 looks like no row ('text': '----'): remove what surveys and reports write around the rows",
    ),
    Case(
        "csv of a query, the count of rows below two columns",
        file("d.csv", "a,b\n1,2\n3,4\n(2 rows)\n"),
        TABLE,
        "Refused: path: d.csv: row 3 has 1 value, the header has 2; put values that contain the delimiter into quotes, set delimiter, or remove lines that are no rows of the table, such as a note or a total below it",
    ),
    Case(
        "csv, blanks before quotes",
        file("d.csv", 'id, text\n1, "hello world"\n2, "bye"\n'),
        {"path": "d.csv", "text": " text"},
        "Refused: path: d.csv: values of column 'text' have a blank before their quotes (' \"hello world\"'); remove the blanks behind the delimiter, or set quotes = false to keep both",
    ),
    Case(
        "csv, blanks before quotes around the delimiter",
        file("d.csv", 'id, text\n1, "hello, world"\n2, "bye"\n'),
        {"path": "d.csv", "text": " text"},
        "Refused: path: d.csv: row 1 has 3 values, the header has 2; remove the blanks between delimiters and quotes",
    ),
    Case(
        "csv, columns below each other, with blanks between them",
        file("d.csv", "a    b    c\n1.0  2.0  3.0\n4.0  5.0  6.0\n"),
        TABLE,
        "Refused: path: d.csv has columns of one width, lined up with blanks; write it with one delimiter between its values, as pandas.read_fwf(…).to_csv(…, index=False) does",
    ),
    Case(
        "csv, names of rows without a name of their column",
        file("d.csv", '"a","b"\n"1",5,6\n"2",7,8\n'),
        TABLE,
        "Refused: path: d.csv: row 1 has 3 values, the header has 2; put values that contain the delimiter into quotes, set delimiter, or set skip to the number of lines above the names of columns; if the first value of each row is its name, name that column, too",
    ),
    Case(
        "csv, what databases write for nothing, among texts",
        file("d.csv", "text\ngood thing\n\\N\nbad thing\n(null)\n"),
        TEXT,
        "train: 4 × text 'good thing' '\\\\N' 'bad thing' '(null)'. column 'text' holds '\\\\N' or the like in 2 rows (row 2): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, what databases write for nothing, among labels",
        file("d.csv", "a,y\n1,<NA>\n5,x\n3,x\n2,x\n"),
        {**TABLE, "label": "y"},
        "train: 4 × table a: (1) (5) (3) (2), labels <NA> x x x. '<NA>' is a class of 'y' with 1 row: if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, texts that were removed",
        file("d.csv", "text\ngood thing\n[deleted]\n[removed]\nbad thing\n"),
        TEXT,
        "train: 4 × text 'good thing' '[deleted]' '[removed]' 'bad thing'. column 'text' holds '[deleted]' or the like in 2 rows (row 2): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, cells without a value",
        file("d.csv", "a,b\nx,1\n#REF!,2\ny,3\nx,1\n#REF!,2\ny,3\n"),
        TABLE,
        "train: 6 × table a (category), b: (x, 1) (#REF!, 2) (y, 3) (x, 1) …. column 'a' holds '#REF!' or the like in 2 rows (row 2): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, the largest number of 16 bits for no value",
        file("d.csv", measured(32767)),
        TABLE,
        "train: 30 × table a: (32767) (21) (22) (23) …. a number apart from all others looks like a sign for no value in 'a' (32767 in 6 rows): if it is one, set na_values = {a = [\"32767\"]}",
    ),
    Case(
        "csv, 9999.99 for no value",
        file("d.csv", measured(9999.99)),
        TABLE,
        "train: 30 × table a: (9999.99) (21) (22) (23) …. a number apart from all others looks like a sign for no value in 'a' (9999.99 in 6 rows): if it is one, set na_values = {a = [\"9999.99\"]}",
    ),
    Case(
        "csv, Unix seconds and zeros",
        file("d.csv", "t,a\n1700000000,1\n0,5\n1700086400,2\n"),
        TABLE,
        "train: 3 × table t, a: (1.7e+09, 1) (0, 5) (1.70009e+09, 2). column 't' holds numbers that look like Unix seconds (1700000000): to use them as dates, set types = {t = \"date\"}; 0 is none: leave it empty, or name it in na_values if no other column has it",
    ),
    Case(
        "a folder with train_set and test_set",
        several(file("d/train_set/a.csv", "a\n1\n2\n"), file("d/test_set/b.csv", "a\n3\n")),
        {"path": "d", "features": "all"},
        "train: 2 × table a: (1) (2). test: 1 × table a: (3)",
    ),
    Case(
        "images in training_set and test-set",
        several(
            pictures("d/training_set/cat/1.png", "d/training_set/dog/2.png"),
            pictures("d/test-set/cat/3.png"),
        ),
        {"path": "d"},
        "test: 1 × image (2, 3, 1) of 100, labels cat, ids cat/3.png. train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels cat dog, ids cat/1.png dog/2.png",
    ),
    Case(
        "images that are elsewhere, and those of a server's own",
        several(pictures("d/1.png", "d/2.png", "d/@eaDir/1.png"), file("d/.3.jpg.icloud", "x")),
        {"path": "d"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, ids 1.png 2.png. left out: 1, not an image. 1 row left out, not an image: .3.jpg.icloud",
    ),
    Case(
        "a table of Delta Lake",
        several(parquet("d/a.parquet", a=[1, 2]), file("d/_delta_log/0.json", "{}")),
        {"path": "d", "features": "all"},
        "Refused: path: d is a table of Delta Lake, whose files hold earlier versions of rows, too; write its present rows to parquet files, and name these",
    ),
    Case(
        "a table of Delta Lake, its files named by a pattern",
        several(parquet("d/t/k=1/a.parquet", a=[1, 2]), file("d/t/_delta_log/0.json", "{}")),
        {"path": "d/**/*.parquet", "features": "all"},
        "Refused: path: d/t is a table of Delta Lake, whose files hold earlier versions of rows, too; write its present rows to parquet files, and name these",
    ),
    Case(
        "a folder with tables of Delta Lake",
        several(parquet("d/t/a.parquet", a=[1, 2]), file("d/t/_delta_log/0.json", "{}")),
        {"path": "d", "features": "all"},
        "Refused: path: d/t is a table of Delta Lake, whose files hold earlier versions of rows, too; write its present rows to parquet files, and name these",
    ),
    Case(
        "a table of Iceberg",
        several(parquet("d/data/a.parquet", a=[1, 2]), file("d/metadata/snap-1-0.avro", "Obj")),
        {"path": "d/data/*.parquet", "features": "all"},
        "Refused: path: d is a table of Iceberg, whose files hold earlier versions of rows, too; write its present rows to parquet files, and name these",
    ),
    Case(
        "csv of images as base64 beside numbers",
        file(
            "d.csv",
            "p,n\n" + "".join(f"{'iVBORw0KGgo':{c}<99},{n}\n" for n, c in enumerate("ABCDEFGH")),
        ),
        {"path": "d.csv", "features": "all"},
        "train: 8 × table n: (0) (1) (2) (3) …. column 'p' is left out: it holds text of 8 different values, each in one row. column 'p' holds images as base64: write them as files (base64.b64decode), and name their paths, or as bytes into parquet",
    ),
    Case(
        "csv of images as base64, named as texts",
        file(
            "d.csv",
            "p,n\n" + "".join(f"{'iVBORw0KGgo':{c}<99},{n}\n" for n, c in enumerate("ABCDEFGH")),
        ),
        {"path": "d.csv", "text": "p"},
        "train: 8 × text 'iVBORw0KGgoAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' 'iVBORw0KGgoBBBBBBBBBBBBBBBBBBBBBBBBBBBBB' 'iVBORw0KGgoCCCCCCCCCCCCCCCCCCCCCCCCCCCCC' 'iVBORw0KGgoDDDDDDDDDDDDDDDDDDDDDDDDDDDDD' …. the texts of column 'p' hold images as base64 (row 1: 'iVBORw0KGgoAAAAAAAAAAAAAAAAAAAAAAAAAAAA): write them as files (base64.b64decode), and name their paths, or as bytes into parquet",
    ),
    Case(
        "csv of a logger, a title that is wider than the names",
        file(
            "d.csv",
            "TOA5,CR1000,CR1000,1234\nday,t,u\n"
            + "".join(f"2024-05-{n + 1:02},{n * 7 % 13},{n * 3 % 8}.5\n" for n in range(9)),
        ),
        {"path": "d.csv", "features": "all"},
        "Refused: skip: d.csv: row 1 has 3 values, the header has 4; set it to 1, if the columns are called day, t, u",
    ),
    Case(
        "csv of a logger, a title with numbers",
        file(
            "d.csv",
            "TOA5,CR1000,1234\nday,t,u\n"
            + "".join(f"2024-05-{n + 1:02},{n * 7 % 13},{n * 3 % 8}.5\n" for n in range(9)),
        ),
        {"path": "d.csv", "features": "all"},
        "Refused: skip: d.csv has a column named 1234; set it to 1, if the columns are called day, t, u",
    ),
    Case(
        "csv, two rows below the names that hold units",
        file(
            "d.csv",
            "day,t,u\nTS,Deg C,meters/second\n,Avg,Smp\n"
            + "".join(f"2024-05-{n + 1:02},{n * 7 % 13},{n * 3 % 8}.5\n" for n in range(9)),
        ),
        {"path": "d.csv", "features": "all"},
        'Refused: na_values: rows 1 to 2 of d.csv hold units or names, no values (\'Avg\', \'Smp\'); remove them, or set na_values = ["TS", "Deg C", "Avg", "meters/second", "Smp"]',
    ),
    Case(
        "csv, a row of units of which one is also a value",
        file(
            "d.csv",
            "day,t,u,w\n,K,W,\n"
            + "".join(
                f"2024-05-{n + 1:02},{n * 7 % 13},{n * 3 % 8}.5,{'NW'[n % 2]}\n" for n in range(9)
            ),
        ),
        {"path": "d.csv", "features": "all"},
        "Refused: na_values: row 1 of d.csv holds units or names, no values ('K', 'W'); remove it, or set na_values = {t = [\"K\"], u = [\"W\"]}",
    ),
    Case(
        "csv, a name that is a number, a row without numbers below",
        file(
            "d.csv",
            "day,t,2\n"
            + "".join(f"2024-05-{n + 1:02},{n * 7 % 13},{n * 3 % 8}.5\n" for n in range(9))
            + "2024-06-01,none,low\n"
            + "".join(f"2024-05-{n + 1:02},{n * 7 % 13},{n * 3 % 8}.5\n" for n in range(9)),
        ),
        {"path": "d.csv", "features": "all"},
        "Refused: header: the first row of d.csv looks like values, not names: '2' is a number; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "csv of train with names, of test without",
        several(
            file("d/train.csv", "a,b\n" + "1,2\n3,5\n8,1\n"), file("d/test.csv", "1,2\n3,5\n8,1\n")
        ),
        {"path": "d", "features": "all"},
        "Refused: header: the first row of d/test.csv looks like values, not names: '1' is a number; write the names above the rows of test.csv, as in train.csv; header = true if its first row holds them; name test.csv alone in path, if the files hold different things",
    ),
    Case(
        "csv of train and test, with other delimiters",
        several(
            file("d/train.csv", "a,b\n" + "1,2\n3,5\n8,1\n"), file("d/test.csv", "a;b\n4;5\n6;1\n")
        ),
        {"path": "d", "features": "all"},
        "Refused: path: d/test.csv seems to have ';' between its values, unlike d/train.csv; write both with one delimiter",
    ),
    Case(
        "csv, texts that all end at 255 characters",
        file("d.csv", "text\n" + "".join(f"{str(n) * 300:.255}\n" for n in range(3)) + "short\n"),
        TEXT,
        "train: 4 × text '0000000000000000000000000000000000000000' '1111111111111111111111111111111111111111' '2222222222222222222222222222222222222222' 'short'. the longest texts of column 'text' all have 255 characters (3 rows): were they cut when they were written?",
    ),
    Case(
        "csv of as many rows as a sheet holds",
        file("d.csv", "a\n" + "".join(f"{n % 7}\n" for n in range(65_535))),
        TABLE,
        "train: 65535 × table a: (0) (1) (2) (3) …. d.csv has 65,535 rows, as many as a sheet of some programs holds: are the others missing?",
    ),
    Case(
        "csv, categories in several spellings",
        file(
            "d.csv",
            "a,b\n"
            + "".join(f"{('Male', 'male', 'Female')[n % 3]},{n * 7 % 13}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table a (category), b: (Male, 0) (male, 7) (Female, 1) (Male, 8) …. categories of 'a' that differ in case, spaces or what can't be seen alone are classes of their own: 'Male' and 'male'",
    ),
    Case(
        "csv, sums between the rows",
        file(
            "d.csv",
            "shop,sold\nx,1\ny,4\nx Total,5\nx,2\ny,3\nx Total,5\nGrand Total,10\nx Total,1\nGrand Total,9\nx,9\ny,7\n",
        ),
        TABLE,
        "train: 11 × table shop (category), sold: (x, 1) (y, 4) (x Total, 5) (x, 2) …. categories of 'shop' include 'Grand Total': remove rows of sums and means from the file, if it has some",
    ),
    Case(
        "txt of JSON objects",
        file("d.txt", '{"text": "hello, one"}\n{"text": "hello, two"}\n'),
        {"path": "d.txt"},
        'train: 2 × text \'{"text": "hello, one"}\' \'{"text": "hello, two"}\'. each line of d.txt is JSON: call it .jsonl. the texts of column \'text\' hold JSON (row 1: \'{"text": "hello, one"}\'): write the text in them as a column of its own',
    ),
    Case(
        "csv of JSON objects",
        file("d.csv", '{"text": "one"}\n{"text": "two"}\n'),
        TEXT,
        "Refused: path: d.csv is JSON; call it .json, or .jsonl if each line is a row",
    ),
    Case(
        "txt of numbers",
        file("d.txt", "".join(f"  {n}.00   14.0  0.87  1\n" for n in range(12))),
        {"path": "d.txt"},
        "train: 12 × text '  0.00   14.0  0.87  1' '  1.00   14.0  0.87  1' '  2.00   14.0  0.87  1' '  3.00   14.0  0.87  1' …. each line of d.txt holds numbers alone, and is one text: is it a table? call it .csv",
    ),
    Case(
        "txt, lines within quotes below a name",
        file("d.txt", "text\n" + "".join(f'"hello, {n}"\n' for n in range(12))),
        {"path": "d.txt"},
        "train: 13 × text 'text' '\"hello, 0\"' '\"hello, 1\"' '\"hello, 2\"' …. the lines of d.txt are within quotes, which are part of the texts: call it .csv",
    ),
    Case(
        "parquet, a pointer of Git LFS",
        file("d.parquet", "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n"),
        {"path": "d.parquet", "features": "all"},
        "Refused: path: d.parquet is what Git LFS keeps in place of the file; run git lfs pull",
    ),
    Case(
        "npy, a pointer of Git LFS",
        file("d.npy", "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n"),
        {"path": "d.npy"},
        "Refused: path: d.npy is what Git LFS keeps in place of the file; run git lfs pull",
    ),
    Case(
        "image, a pointer of Git LFS",
        file("d/a.png", "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n"),
        {"path": "d"},
        'Refused: path: 1 of 1 images can\'t be read: d/a.png (a pointer of Git LFS: run git lfs pull); repair them, or set missing = "drop"',
    ),
    Case(
        "csv, each row within one pair of quotes",
        file("d.csv", '"a,b"\n"1,5"\n"2,6"\n'),
        TABLE,
        'Refused: path: d.csv: each row is within one pair of quotes, \'1,5\'; write the rows without them (sed -E \'s/^"|"\\r?$//g; s/""/"/g\' d.csv > rows.csv)',
    ),
    Case(
        "csv, numbers with units",
        file("d.csv", "a,b\n12.5°C,10m²\n13°C,25m²\n9.1°C,30m²\n"),
        TABLE,
        "Refused: features: no column can be a feature ('a': it holds text of 3 different values, each in one row; 'b': it holds text of 3 different values, each in one row); column 'a' is no column of numbers, for '12.5°C' (row 1), but 3 of its 3 different values are numbers: set units = [\"°C\"], or say in types what it is",
    ),
    Case(
        "csv, negative numbers with the sign behind them",
        file("d.csv", "a,b\n100,1\n250-,2\n300,3\n75-,4\n"),
        TABLE,
        "train: 4 × table b: (1) (2) (3) (4). column 'a' is left out: it holds text of 4 different values, each in one row. column 'a' is no column of numbers, for '250-' (row 2), but 4 of its 4 different values are numbers: set number in types, which reads (250) and 250- as -250, or say in types what it is",
    ),
    Case(
        "files numbered one after another, one of them missing",
        several(*(file(f"d/data_{n}.csv", "a\n1\n2\n") for n in (1, 2, 3, 5))),
        {"path": "d", "features": "all"},
        "train: 8 × table a: (1) (2) (1) (2) …. of the files data_1.csv to data_5.csv there is none of number 4: are rows missing?. data_1.csv and data_2.csv have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "json as pandas splits it",
        file("d.json", '{"columns":["a","b"],"index":[0,1],"data":[[1,2],[3,4]]}'),
        {"path": "d.json", "features": "all"},
        'Refused: path: d.json is one object for all rows, no list of them; write a list of objects, one per row: pandas.read_json(…, orient="split"), then .to_json(…, orient="records")',
    ),
    Case(
        "json, an object of objects",
        file("d.json", '{"d0":{"text":"one","n":1},"d1":{"text":"two","n":2}}'),
        {"path": "d.json", "text": "text"},
        'Refused: path: d.json is one object for all rows, no list of them; write a list of objects, one per row: pandas.read_json(…), with orient="index" where the names of the object are rows, then .to_json(…, orient="records")',
    ),
    Case(
        "test rows with a word among numbers",
        several(file("d/train.csv", "a\n1\n2\n"), file("d/test.csv", "a\n1\n?\n")),
        {"path": "d", "features": "all"},
        "Refused: features: test: column 'a', row 2: '?' is no number; set na_values = {a = [\"?\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "test rows with decimal commas",
        several(file("d/train.csv", "a\n1.5\n2.5\n"), file("d/test.csv", 'a\n"1,5"\n"2,5"\n')),
        {"path": "d", "features": "all"},
        "Refused: features: test: column 'a', row 1: '1,5' is no number; set decimal = \",\"",
    ),
    *(
        Case(
            f"xlsx that says its cells are {cells}",
            within(
                xlsx("d.xlsx", s=[["a", "b", "c"], *([n, 2 * n, n % 3] for n in range(5))]),
                "d.xlsx",
                "xl/worksheets/sheet1.xml",
                b'<dimension ref="A1:C6"',
                b'<dimension ref="%b"' % cells.encode(),
            ),
            {"path": "d.xlsx", "features": "all"},
            "train: 5 × table a, b, c: (0, 0, 0) (1, 2, 1) (2, 4, 2) (3, 6, 0) …",
            needs="openpyxl",
        )
        for cells in ("A1", "A1:B4", "A1:XFD1048576")
    ),
    Case(
        "xlsx, a title over the names of the columns",
        xlsx(
            "d.xlsx",
            s=[
                ["Sales", "EMEA", "2024"],
                ["city", "n", "sum"],
                *(["ab"[n % 2], n, 2 * n] for n in range(5)),
            ],
        ),
        {"path": "d.xlsx", "features": "all"},
        "Refused: skip: d.xlsx: row 1 holds texts alone where other rows have numbers; set it to 1, if the columns are called city, n, sum",
        needs="openpyxl",
    ),
    Case(
        "xlsx, units below the names of the columns",
        xlsx(
            "d.xlsx",
            s=[
                ["city", "n", "sum"],
                [None, "items", "EUR"],
                *(["ab"[n % 2], n, 2 * n] for n in range(5)),
            ],
        ),
        {"path": "d.xlsx", "features": "all"},
        "Refused: path: d.xlsx: row 1 holds texts alone where other rows have numbers; if it is a header or units, remove it and what stands above the names of columns",
        needs="openpyxl",
    ),
    Case(
        "xlsx, two tables below each other",
        xlsx(
            "d.xlsx",
            s=[["city", "n"], ["a", 1], ["b", 2], [], ["city", "m"], ["a", 3]],
        ),
        {"path": "d.xlsx", "features": "all"},
        "Refused: path: d.xlsx: row 3 holds texts alone where other rows have numbers; if it is a header or units, remove it and what stands above the names of columns",
        needs="openpyxl",
    ),
    Case(
        "xlsx in the strict form of Open XML",
        within(
            within(
                xlsx("d.xlsx", s=[["a", "b"], [1, 2], [3, 4]]),
                "d.xlsx",
                "xl/workbook.xml",
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            ),
            "d.xlsx",
            "xl/worksheets/sheet1.xml",
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        {"path": "d.xlsx", "features": "all"},
        "Refused: path: d.xlsx is a Strict Open XML workbook; save it as an Excel workbook (.xlsx), not as a strict one",
        needs="openpyxl",
    ),
    Case(
        "csv of one column of texts, without a header",
        file(
            "d.csv",
            "my order has not arrived yet\nthe printer shows an error again\nplease send me a new password\n",
        ),
        {"path": "d.csv", "text": "my order has not arrived yet"},
        "Refused: header: the first row of d.csv looks like values, not names: 'my order has not arrived yet' has 6 words; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "csv of texts and labels, without a header",
        file(
            "d.csv",
            '"by far the best",positive\n"bad",negative\n"so so",negative\n'
            + '"fine",positive\n' * 2,
        ),
        {"path": "d.csv", "text": "by far the best"},
        "Refused: header: the first row of d.csv looks like values, not names: 'positive' is also a value of its column, in 2 rows; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "csv of ids and texts, without a header",
        file("d.csv", "T-0001,good\nT-0002,bad\nT-0003,fine\nT-0004,so so\n"),
        {"path": "d.csv", "text": "good"},
        "Refused: header: the first row of d.csv looks like values, not names: 'T-0001' is of the form of the values of its column, as 'T-0002'; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "csv of texts and labels 0 and 1, without a header",
        file(
            "d.csv",
            "it was a good film for all,0\nI left before it had ended,1\nnot one of my films,1\n",
        ),
        {"path": "d.csv", "text": "it was a good film for all"},
        "Refused: header: the first row of d.csv looks like values, not names: 'it was a good film for all' has 7 words; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "folders of images and their masks",
        pictures(*(f"d/{kind}/{n}.png" for kind in ("images", "masks") for n in range(2))),
        {"path": "d"},
        "train: 4 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, labels images images masks masks, ids images/0.png images/1.png masks/0.png masks/1.png. masks/0.png and 1 more may be masks or thumbnails of others, such as images/0.png: if they are, put them elsewhere, or name the others alone in path",
    ),
    Case(
        "images and their masks in one folder",
        pictures("d/a.png", "d/a_mask.png", "d/b.png", "d/b_mask.png"),
        {"path": "d"},
        "train: 4 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, ids a.png a_mask.png b.png b_mask.png. a_mask.png and 1 more may be masks or thumbnails of others, such as a.png: if they are, put them elsewhere, or name the others alone in path",
    ),
    Case(
        "images and changed copies of them",
        pictures(*(f"d/{a}{b}.png" for a in "ab" for b in ("", "_flip", "_aug_1", " (1)"))),
        {"path": "d"},
        "train: 8 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids a (1).png a.png a_aug_1.png a_flip.png. 6 of 8 images are called as copies of others, such as a (1).png of a.png: each counts as a row; if they are copies or changed ones, put them elsewhere",
    ),
    Case(
        "pictures that a browser has numbered",
        pictures("d/download.png", *(f"d/download ({n}).png" for n in range(1, 15))),
        {"path": "d"},
        "train: 15 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids download (1).png download (2).png download (3).png download (4).png",
    ),
    Case(
        "csv, several answers with commas and blanks between them",
        file(
            "d.csv",
            "n,q\n"
            + "".join(
                f"{i},{a}\n"
                for i, a in enumerate(
                    [
                        "tea",
                        '"coffee, tea"',
                        '"coffee, milk"',
                        "milk",
                        '"coffee, milk, tea"',
                        '"milk, tea"',
                        "coffee",
                    ]
                    * 4
                )
            ),
        ),
        TABLE,
        "train: 28 × table q (category): (tea) (coffee, tea) (coffee, milk) (milk) …. column 'n' counts the rows (0 to 27) and is left out of the features; to use it, name them. column 'q' holds several answers in one value ('coffee, tea'): write a column of yes and no for each answer",
    ),
    Case(
        "csv, towns with their countries",
        file(
            "d.csv",
            "n,q\n"
            + "".join(
                f"{i},{a}\n"
                for i, a in enumerate(
                    ['"Bonn, DE"', '"Paris, FR"', '"Ulm, BW, DE"', "Oslo", '"Lyon, FR"'] * 4
                )
            ),
        ),
        TABLE,
        "train: 20 × table q (category): (Bonn, DE) (Paris, FR) (Ulm, BW, DE) (Oslo) …. column 'n' counts the rows (0 to 19) and is left out of the features; to use it, name them",
    ),
    Case(
        "folders of splits within a folder of images, as YOLO has them",
        pictures("d/images/train/a.png", "d/images/val/b.png"),
        {"path": "d"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, ids images/train/a.png images/val/b.png. images in folders called 'val' are read as train: name the folders of the splits alone, one in path, one in test",
    ),
    Case(
        "folders train2017 and val2017",
        pictures("d/train2017/a.png", "d/val2017/b.png"),
        {"path": "d"},
        "train: 1 × image (2, 3, 1) of 100, ids a.png. validation: 1 × image (2, 3, 1) of 100, ids b.png",
    ),
    Case(
        "folder with train, dev and holdout",
        several(*(file(f"d/{name}.csv", "a\n1\n2\n") for name in ("train", "dev", "holdout"))),
        {"path": "d", "features": "all"},
        "train: 2 × table a: (1) (2). test: 2 × table a: (1) (2). validation: 2 × table a: (1) (2). train.csv and holdout.csv have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "folder with x_train and x_dev",
        several(*(file(f"d/x_{name}.csv", "a\n1\n2\n") for name in ("train", "dev"))),
        {"path": "d", "features": "all"},
        "train: 4 × table a: (1) (2) (1) (2). x_dev.csv is read as train: if its rows are held out, call it test, or name it in test alone. x_dev.csv and x_train.csv have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "csv, a note below the rows, as wide as they are",
        file("d.csv", "city,a,b\nOslo,1,2\nRome,3,4\nOslo,5,6\nSource: ledger of 2024-01-31,,\n"),
        TABLE,
        "train: 4 × table city (category), a, b: (Oslo, 1, 2) (Rome, 3, 4) (Oslo, 5, 6) (Source: ledger of 2024-01-31, -, -). row 4 of d.csv has a value in 'city' alone ('Source: ledger of 2024-01-31'): remove it, if it is a note below the rows",
    ),
    Case(
        "xlsx, a note below the rows",
        xlsx(
            "d.xlsx",
            s=[
                ["city", "a", "b"],
                ["Oslo", 1, 2],
                ["Rome", 3, 4],
                ["Oslo", 5, 6],
                ["* preliminary"],
            ],
        ),
        {"path": "d.xlsx", "features": "all"},
        "train: 4 × table city (category), a, b: (Oslo, 1, 2) (Rome, 3, 4) (Oslo, 5, 6) (* preliminary, -, -). row 4 of d.xlsx has a value in 'city' alone ('* preliminary'): remove it, if it is a note below the rows",
        needs="openpyxl",
    ),
    Case(
        "csv of names of images without their suffix and folder",
        several(pictures("train/a.png", "train/b.png"), file("d.csv", "id_code,y\na,0\nb,1\n")),
        {"path": "d.csv", "image": "id_code", "label": "y"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels 0 1. images are found as train/a.png for 'a'",
    ),
    Case(
        "csv of images as an annotation tool serves them",
        several(
            pictures("img/my a.png", "img/my b.png"),
            file(
                "d.csv",
                "image\n/data/local-files/?d=img/my%20a.png\n/data/local-files/?d=img/my%20b.png\n",
            ),
        ),
        {"path": "d.csv", "image": "image"},
        "Refused: image: none of the 2 files in column 'image' is there (no such file: /data/local-files/?d=img/my%20a.png); paths are from the folder of d.csv, where img/my a.png is: write them so",
    ),
    Case(
        "pattern, with what checkpoints and archivers put beside the files",
        several(
            *(
                file(f"d/{name}.csv", "a\n1\n2\n")
                for name in ("a", ".ipynb_checkpoints/a-checkpoint", "__MACOSX/._a", "b/.b", "b/b")
            )
        ),
        {"path": "d/**/*.csv", "features": "all"},
        "train: 4 × table a: (1) (2) (1) (2). a.csv and b/b.csv have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "pattern, folders called by classes, txt",
        several(file("d/pos/1.txt", "well done\n"), file("d/neg/1.txt", "not so well\n")),
        {"path": "d/**/*.txt"},
        "train: 2 × text 'not so well' 'well done'. the folders neg, pos of the files are not read as labels: if they are some, set whole_files = true and label = \"folder\" if each file is one text",
    ),
    Case(
        "pattern, folders called by classes, csv",
        several(file("d/walk/1.csv", "a\n1\n2\n"), file("d/run/1.csv", "a\n3\n4\n")),
        {"path": "d/**/*.csv", "features": "all"},
        "train: 4 × table a: (3) (4) (1) (2). the folders run, walk of the files are not read as labels: if they are some, call them label=run and so on",
    ),
    Case(
        "csv, categories and labels with ? for nothing",
        file(
            "d.csv",
            "job,a,y\n"
            + "".join(
                f"{('clerk', 'cook', '?')[n % 3]},{n},{'uv?'[n % 5 % 3]}\n" for n in range(12)
            ),
        ),
        {**TABLE, "label": "y"},
        "train: 12 × table job (category), a: (clerk, 0) (cook, 1) (?, 2) (clerk, 3) …, labels u v ? u. column 'a' counts the rows (0 to 11): is it an id, no feature?. '?' is a class of 'y' with 2 rows: if that stands for no value, leave it empty, or name it in na_values. column 'job' holds '?' or the like in 4 rows (row 3): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "txt of fastText, labels before the texts",
        file("d.txt", "".join(f"__label__{'ab'[n % 2]} text number {n}\n" for n in range(10))),
        {"path": "d.txt"},
        "train: 10 × text '__label__a text number 0' '__label__b text number 1' '__label__a text number 2' '__label__b text number 3' …. the lines of d.txt begin with labels (__label__a), which are part of the texts: write them as a column of a csv file",
    ),
    Case(
        "txt with a header",
        file("d.txt", "text\n" + "".join(f"a text of number {n}\n" for n in range(10))),
        {"path": "d.txt"},
        "train: 11 × text 'text' 'a text of number 0' 'a text of number 1' 'a text of number 2' …. the first line of d.txt is 'text', read as a text: remove it if it is a header",
    ),
    Case(
        "jsonl of texts with marked spans",
        file(
            "d.jsonl",
            '{"id": 1, "text": "Ann is here", "label": [[0, 3, "PER"]]}\n{"id": "2", "text": "so is Bob", "label": []}\n',
        ),
        {"path": "d.jsonl", "text": "text"},
        "train: 2 × text 'Ann is here' 'so is Bob'",
    ),
    Case(
        "jsonl with NaN among texts",
        file("d.jsonl", '{"text": "one"}\n{"text": NaN}\n'),
        {"path": "d.jsonl", "text": "text", "missing": "drop"},
        "train: 1 × text 'one'. left out: 1 of train, no text. 1 of the 2 rows of train has no text; left out",
    ),
    Case(
        "parquet of texts as bytes",
        parquet("d.parquet", text=[b"one", b"two"]),
        {"path": "d.parquet", "text": "text"},
        "Refused: text: column 'text' holds binary, not text; write it as strings (Spark: cast(… as string), Arrow: cast to string)",
    ),
    Case(
        "npz with a version beside its arrays",
        npz("d.npz", x=[[1.0, 2.0], [3.0, 4.0]], version=[1][0]),
        {"path": "d.npz", "features": "all"},
        "train: 2 × table x.0, x.1: (1, 2) (3, 4)",
    ),
    Case(
        "folder of medical images",
        several(file("d/a.dcm", b"\0" * 128 + b"DICM"), file("d/b.dcm", b"\0" * 128 + b"DICM")),
        {"path": "d"},
        "Refused: path: there is nothing in d that can be read; a.dcm: convert it to .png",
    ),
    Case(
        "csv.xz",
        file("d.csv.xz", b"\xfd7zXZ\0"),
        {"path": "d.csv.xz", "features": "all"},
        "Refused: path: d.csv.xz is not of a supported kind; unpack it",
    ),
    Case(
        "csv, lines of metadata above the header",
        file("d.csv", "# station: 42\n# unit: C\ntime,temp\n1,2\n"),
        TABLE,
        'Refused: path: d.csv: row 2 has 2 values, the header has 1; set comment = "#" if lines that begin so are no rows',
    ),
    Case(
        "csv, a header that begins with a sign",
        file("d.csv", "# a,B\n1,2\n3,4\n"),
        {"path": "d.csv", "features": ["a", "b"]},
        "Refused: features: there is no column 'a'; did you mean '# a'? known: # a, B",
    ),
    Case(
        "csv of a survey, three header rows above numbers",
        file(
            "d.csv",
            'Q1,Q2\nHow old?,How many?\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n'
            + "".join(f"{20 + n},{n % 5}\n" for n in range(9)),
        ),
        TABLE,
        'train: 11 × table Q2 (category): (How many?) ({"ImportId":"QID2"}) (0) (1) …. column \'Q1\' is left out: it holds text of 11 different values, each in one row. row 2 looks like no row (\'Q1\': \'{"ImportId":"QID1"}\'): remove what surveys and reports write around the rows',
    ),
    Case(
        "csv, codes and ranges as a spreadsheet has changed them",
        file(
            "d.csv",
            "barcode,age,a\n"
            + "".join(
                f"{4 + n % 3}.01E+12,{('1-4', '5-9', '12-Oct')[n % 3]},{n * 7 % 13}\n"
                for n in range(12)
            ),
        ),
        TABLE,
        "train: 12 × table barcode, age (category), a: (4.01e+12, 1-4, 0) (5.01e+12, 5-9, 7) (6.01e+12, 12-Oct, 1) (4.01e+12, 1-4, 8) …. column 'barcode' holds codes whose ends a spreadsheet has cut off (4.01E+12): write them anew from their source, as text. categories of 'age' include '12-Oct' among '1-4' and the like: if a spreadsheet has made a date of a range, write it as it was. few whole numbers in columns called like categories ('barcode') are used as amounts: if they are codes, set types = {barcode = \"category\"}",
    ),
    Case(
        "csv, the value of a group in its first row alone",
        file(
            "d.csv",
            "region,a\n"
            + "".join(
                f"{('north', 'south')[n // 6] if n % 6 == 0 else ''},{n * 7 % 13}\n"
                for n in range(12)
            ),
        ),
        TABLE,
        "train: 12 × table region (category), a: (north, 0) (-, 7) (-, 1) (-, 8) …. column 'region' has a value in 2 of 12 rows, each another one: if they hold for the rows below them, fill these in",
    ),
    Case(
        "csv of numbers between blanks, without a header",
        file("d.csv", "59 2 32.1 101 157 93.2\n48 1 21.6 87 183 103.2\n72 2 30.5 93 156 93.6\n"),
        TABLE,
        "Refused: delimiter: d.csv seems to have ' ' between its values; set delimiter = \" \"",
    ),
    # Their neighbours, which nothing is to be said of.
    Case(
        "csv, prices of 99.99",
        file(
            "d.csv",
            "price,b\n"
            + "".join(f"{99.99 if n % 5 == 0 else 10 + n % 7},{n * 7 % 13}\n" for n in range(20)),
        ),
        TABLE,
        "train: 20 × table price, b: (99.99, 0) (11, 7) (12, 1) (13, 8) …",
    ),
    Case(
        "csv, times of answers and a sum called response_time_ms",
        file(
            "d.csv",
            "response_time_ms,sentiment_total\n"
            + "".join(
                f"{20_000 + n * 977 % 30_011},{30_000 + n * 577 % 20_011}\n" for n in range(20)
            ),
        ),
        TABLE,
        "train: 20 × table response_time_ms, sentiment_total: (20000, 30000) (20977, 30577) (21954, 31154) (22931, 31731) …. columns 'response_time_ms' and 'sentiment_total' say the same, in other units, scales or words at most, which counts twice: name one of both in drop",
    ),
    Case(
        "csv, NO beside NO2, a key of music and Reynolds numbers",
        file(
            "d.csv",
            "NO,NO2,key,Reynolds number\n"
            + "".join(
                f"{n * 7 % 31},{n * 3 % 17},{n % 12},{n * 977 % 30_011}\n" for n in range(30)
            ),
        ),
        TABLE,
        "train: 30 × table NO, NO2, key, Reynolds number: (0, 0, 0, 0) (7, 3, 1, 977) (14, 6, 2, 1954) (21, 9, 3, 2931) …",
    ),
    Case(
        "csv, texts about copyright at the end",
        file(
            "d.csv",
            "text\ngood thing\nbad thing\nother thing\nCopyright claim on my video help\nGenerated by mistake an invoice\n(c) none of these\n",
        ),
        TEXT,
        "train: 6 × text 'good thing' 'bad thing' 'other thing' 'Copyright claim on my video help' …",
    ),
    Case(
        "three txt files of one line",
        several(*(file(f"d/{n}.txt", f"A film of kind {n}.\n") for n in range(3))),
        {"path": "d"},
        "train: 3 × text 'A film of kind 0.' 'A film of kind 1.' 'A film of kind 2.'",
    ),
    Case(
        "a file that is called as one of several",
        file("d/season_2_of_5.csv", "a\n1\n2\n"),
        {"path": "d", "features": "all"},
        "train: 2 × table a: (1) (2)",
    ),
    Case(
        "files numbered without an end, by year",
        several(*(file(f"d/sales_{n}.csv", "a\n1\n2\n") for n in (2021, 2022, 2023))),
        {"path": "d", "features": "all"},
        "train: 6 × table a: (1) (2) (1) (2) …. sales_2021.csv and sales_2022.csv have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "xlsx, years from new to old",
        xlsx("d.xlsx", s=[["2022", "2021", "2020"], [1, 2, 3], [4, 5, 6]]),
        {"path": "d.xlsx", "features": "all"},
        "train: 2 × table 2022, 2021, 2020: (1, 2, 3) (4, 5, 6)",
        needs="openpyxl",
    ),
    Case(
        "a folder with a state.json of one's own",
        several(file("d/a.csv", "a\n1\n2\n"), file("d/state.json", '{"cursor": 3}')),
        {"path": "d/a.csv", "features": "all"},
        "train: 2 × table a: (1) (2)",
    ),
    Case(
        "csv, profits near a thousand million",
        file(
            "d.csv",
            "profit,b\n"
            + "".join(f"{(-1) ** n * (1_500_000_000 + n)},{n}\n" for n in (3, 1, 5, 2)),
        ),
        TABLE,
        "train: 4 × table profit, b: (-1.5e+09, 3) (-1.5e+09, 1) (-1.5e+09, 5) (1.5e+09, 2)",
    ),
    Case(
        "csv, one column of cities and states",
        several(file("d.csv", '"City, State"\n"Boston, MA"\n"Austin, TX"\n')),
        {"path": "d.csv", "text": "City, State"},
        "train: 2 × text 'Boston, MA' 'Austin, TX'",
    ),
    Case(
        "csv, grades good, average and bad",
        file(
            "d.csv",
            "grade,b\n"
            + "".join(f"{('good', 'average', 'bad')[n % 3]},{n * 7 % 13}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table grade (category), b: (good, 0) (average, 7) (bad, 1) (good, 8) …",
    ),
    Case(
        "csv of paths of images as Windows writes them",
        several(
            pictures("img/a.png", "img/b.png"), file("d.csv", "f,y\nimg\\a.png,x\nimg\\b.png,y\n")
        ),
        {"path": "d.csv", "image": "f", "label": "y"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels x y",
    ),
    Case(
        "jsonl of conversations",
        file(
            "d.jsonl",
            '{"messages": [{"role": "user", "content": "hi"}]}\n{"messages": [{"role": "user", "content": "ho"}]}\n',
        ),
        {"path": "d.jsonl", "text": "messages.content"},
        "train: 2 × text 'hi' 'ho'",
    ),
    Case(
        "jsonl of lists of texts",
        file("d.jsonl", '{"text": ["one", "two"]}\n{"text": ["three"]}\n'),
        {"path": "d.jsonl", "text": "text"},
        "train: 2 × text 'one two' 'three'",
    ),
    Case(
        "csv, a name with a blank that is none",
        file("d.csv", "unit\u00a0price,b\n1,2\n3,4\n"),
        {"path": "d.csv", "features": ["unit price", "b"]},
        "Refused: features: there is no column 'unit price'; did you mean 'unit\\xa0price'? known: b, unit\xa0price",
    ),
    Case(
        "csv of a survey, a question as a name",
        file(
            "d.csv",
            '"What do you like best about our service?"\n"the people I talked to at the desk"\n"that it is so fast these days"\n',
        ),
        {"path": "d.csv", "text": "What do you like best about our service?"},
        "train: 2 × text 'the people I talked to at the desk' 'that it is so fast these days'",
    ),
    Case(
        "csv of a survey, answers that were ticked called as their columns",
        file(
            "d.csv",
            "comment,Email,Phone\nno thanks,Email,\nwell done,,Phone\nso so,Email,\nfine,Email,Phone\n",
        ),
        {"path": "d.csv", "text": "comment"},
        "train: 4 × text 'no thanks' 'well done' 'so so' 'fine'",
    ),
    Case(
        "csv of a form, texts alone below names of many words",
        file(
            "d.csv",
            "Timestamp,Name,Describe in your own words what went wrong\n3/14/2024 at 9:26,Ann,the screen went black and stayed so\n3/15/2024 at 9:26,Bob,it did not start at all today\n",
        ),
        {"path": "d.csv", "text": "Describe in your own words what went wrong"},
        "train: 2 × text 'the screen went black and stayed so' 'it did not start at all today'",
    ),
    Case(
        "csv, texts one of which is the word text",
        file("d.csv", "text,who\ntext,Ann\nhello,Bob\ntext,Eve\nbye,Joe\nthanks,Ida\n"),
        TEXT,
        "train: 5 × text 'text' 'hello' 'text' 'bye' …",
    ),
    Case(
        "csv, texts beside columns of numbers without names",
        file(
            "d.csv", "text,0,1\nthe first text of all,0.5,0.25\nanother one for the test,0.1,0.75\n"
        ),
        TEXT,
        "train: 2 × text 'the first text of all' 'another one for the test'",
    ),
    Case(
        "folders of classes called mask and no_mask, with images of the same names",
        pictures(
            *(f"d/{kind}/{n}.png" for kind in ("mask", "no_mask", "labels") for n in range(2))
        ),
        {"path": "d"},
        "train: 6 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, labels labels labels mask mask, ids labels/0.png labels/1.png mask/0.png mask/1.png",
    ),
    Case(
        "folder with files called dev and ops",
        several(*(file(f"d/{name}.csv", "a\n1\n2\n") for name in ("dev", "ops"))),
        {"path": "d", "features": "all"},
        "train: 4 × table a: (1) (2) (1) (2). dev.csv and ops.csv have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "csv, rows with a value in one column alone, the last of them too",
        file("d.csv", "city,a,b\nOslo,1,2\nRome,,\nRome,3,4\nOslo,5,6\nRome,,\n"),
        TABLE,
        "train: 5 × table city (category), a, b: (Oslo, 1, 2) (Rome, -, -) (Rome, 3, 4) (Oslo, 5, 6) …",
    ),
    Case(
        "pattern, folders of years",
        several(file("d/2023/1.csv", "a\n1\n2\n"), file("d/2024/1.csv", "a\n3\n4\n")),
        {"path": "d/**/*.csv", "features": "all"},
        "train: 4 × table a: (1) (2) (3) (4)",
    ),
    Case(
        "csv, signs + and - and ticks as categories",
        file(
            "d.csv",
            "sign,tick,a\n" + "".join(f"{'+-o'[n % 3]},{'x-'[n % 2]},{n}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table sign (category), tick (category), a: (+, x, 0) (-, -, 1) (o, x, 2) (+, -, 3) …. column 'a' counts the rows (0 to 11): is it an id, no feature?",
    ),
    Case(
        "csv, days of a year, amounts with exponents and notes of a few rows",
        file(
            "d.csv",
            "note,day,a\n"
            + "".join(
                f"{('late', 'early')[n // 6] if n % 6 == 1 else ''},{('12-Oct', '13-Oct')[n % 2]},{n * 7 % 13 + 1}.01E+12\n"
                for n in range(12)
            ),
        ),
        TABLE,
        "train: 12 × table note (category), day (category), a: (-, 12-Oct, 1.01e+12) (late, 13-Oct, 8.01e+12) (-, 12-Oct, 2.01e+12) (-, 13-Oct, 9.01e+12) …",
    ),
    Case(
        "csv of texts and topics, a name of many words",
        file(
            "d.csv",
            "Complaint as the customer wrote it down,Topic\nthe screen went black and stayed so,tv\nit did not start at all today,car\n",
        ),
        {"path": "d.csv", "text": "Complaint as the customer wrote it down", "label": "Topic"},
        "train: 2 × text 'the screen went black and stayed so' 'it did not start at all today', labels tv car",
    ),
    Case(
        "csv of messages, a label that is called as one of its values",
        file(
            "d.csv",
            "message,spam\nwin a prize now,spam\nsee you at noon,ham\non my way,ham\nfree tickets,spam\n",
        ),
        {"path": "d.csv", "text": "message", "label": "spam"},
        "train: 4 × text 'win a prize now' 'see you at noon' 'on my way' 'free tickets', labels spam ham ham spam",
    ),
    Case(
        "csv of people, categories that are called as one of their values",
        file(
            "d.csv",
            "Name,Smoker,City\n"
            + "".join(
                f"{n},{('Smoker', 'Never')[i % 2]},{('City', 'Town')[i // 3]}\n"
                for i, n in enumerate(("Ann", "Bob", "Eve", "Joe", "Ida", "Tom"))
            ),
        ),
        {"path": "d.csv", "features": ["Smoker", "City"]},
        "train: 6 × table Smoker (category), City (category): (Smoker, City) (Never, City) (Smoker, City) (Never, Town) …",
    ),
    Case(
        "csv, items by their rank, called as the items are",
        file("d.csv", "item_1,item_2\nitem_7,item_3\nitem_4,item_7\nitem_3,item_9\n"),
        {"path": "d.csv", "text": "item_1"},
        "train: 3 × text 'item_7' 'item_4' 'item_3'",
    ),
    Case(
        "csv of a survey, two questions without a mark",
        file(
            "d.csv",
            "Was hat Ihnen bei uns besonders gut gefallen,Was sollten wir ab jetzt besser machen\n"
            "die Beratung war sehr gut und schnell,es fehlt an Platz für die Räder\n"
            "alle waren freundlich und nahmen sich Zeit,die Preise sind etwas zu hoch geworden\n",
        ),
        {"path": "d.csv", "text": "Was hat Ihnen bei uns besonders gut gefallen"},
        "train: 2 × text 'die Beratung war sehr gut und schnell' 'alle waren freundlich und nahmen sich Ze'",
    ),
    Case(
        "csv of two texts in each row, without a header",
        file(
            "d.csv",
            "a man is playing on his flute.,someone is making music on a flute.\n"
            "two dogs run along the long beach.,some animals are outside by the sea.\n"
            "a child is eating a red apple.,a boy has fruit for his lunch.\n",
        ),
        {"path": "d.csv", "text": "a man is playing on his flute."},
        "Refused: header: the first row of d.csv looks like values, not names: 'a man is playing on his flute.' has 7 words; set header = false if there are no names, header = true if these are the names",
    ),
    Case(
        "parquet and arrays of small integers",
        parquet(
            "d.parquet",
            **{kind: np.array([3, 1, 2, 9], kind) for kind in ("int8", "uint8", "int16", "uint64")},
        ),
        {"path": "d.parquet", "features": "all"},
        "train: 4 × table int8, uint8, int16, uint64: (3, 3, 3, 3) (1, 1, 1, 1) (2, 2, 2, 2) (9, 9, 9, 9)",
    ),
    Case(
        "npz, bytes with 255 among them",
        npz("d.npz", a=np.array([[255, 0], [7, 1], [9, 2], [30, 3]], np.uint8), b=np.arange(4)),
        {"path": "d.npz", "features": "all"},
        "train: 4 × table a.0, a.1, b: (255, 0, 0) (7, 1, 1) (9, 2, 2) (30, 3, 3)",
    ),
    Case(
        "csv, categories that begin with numbers",
        file("d.csv", "level,n\n" + "1 High,1\n2 Medium,2\n3 Low,4\n2 Medium,1\n3 Low,3\n"),
        TABLE,
        "train: 5 × table level (category), n: (1 High, 1) (2 Medium, 2) (3 Low, 4) (2 Medium, 1) …",
    ),
    Case(
        "csv, amounts in one unit, singular and plural",
        file("d.csv", "size,n\n" + "1 bed,1\n2 beds,2\n3 beds,4\n2 beds,1\n"),
        TABLE,
        "train: 4 × table size (category), n: (1 bed, 1) (2 beds, 2) (3 beds, 4) (2 beds, 1). column 'size' is no column of numbers, for '1 bed' (row 1), but 3 of its 3 different values are numbers: set units = [\"bed\"], or say in types what it is",
    ),
    Case(
        "csv, texts with LaTeX and paths of Windows",
        file(
            "d.csv",
            "text\nthe mass $\\nu$ of it\nsee C:\\new for more\nof $x\\neq y$ and $\\nabla f$\n",
        ),
        TEXT,
        "train: 3 × text 'the mass $\\\\nu$ of it' 'see C:\\\\new for more' 'of $x\\\\neq y$ and $\\\\nabla f$'",
    ),
    Case(
        "csv, times of day called as durations may be",
        file("d.csv", "call_time,n\n08:00:00,1\n12:30:00,2\n17:59:00,4\n"),
        TABLE,
        "train: 3 × table call_time (time), n: (08:00:00, 1) (12:30:00, 2) (17:59:00, 4). column 'call_time' looks like durations ('08:00:00'): to use them as numbers of seconds, set types = {call_time = \"number\"}; for times of day types = {call_time = \"time\"}",
    ),
    Case(
        "csv, codes that might be months",
        file(
            "d.csv",
            "band,pin,n\n"
            + "".join(f"{200001 + n % 7},{201301 + n * 3 % 10},{n * 7 % 5}\n" for n in range(20)),
        ),
        TABLE,
        "train: 20 × table band, pin, n: (200001, 201301, 0) (200002, 201304, 2) (200003, 201307, 4) (200004, 201310, 1) …",
    ),
    Case(
        "csv, days as numbers, two numbers for none",
        file(
            "d.csv",
            "day,n\n"
            + "".join(f"{(0, -1, 20240100 + n)[min(n, 2)]},{n * 7 % 5}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table day, n: (0, 0) (-1, 2) (2.02401e+07, 4) (2.02401e+07, 1) …. column 'day' holds numbers that look like dates (20240102): to use them as dates, set types = {day = \"%Y%m%d\"}; 0 and -1 are none: leave them empty, or name them in na_values if no other column has them",
    ),
    Case(
        "csv of stations, the last rows without measurements",
        file("d.csv", "station,a,b\nS1,1,2\nS2,3,4\nS3,5,6\nS2,,\n"),
        TABLE,
        "train: 4 × table station (category), a, b: (S1, 1, 2) (S2, 3, 4) (S3, 5, 6) (S2, -, -)",
    ),
    Case(
        "csv of contacts, the last of them with a name alone",
        file(
            "d.csv",
            "name,city,a\nAnn Alder,Oslo,2\nBob Birch,Rome,4\nEve Elm,Oslo,5\nJoe Oak,Rome,6\nIda Ash,,\n",
        ),
        {"path": "d.csv", "features": ["city", "a"]},
        "train: 5 × table city (category), a: (Oslo, 2) (Rome, 4) (Oslo, 5) (Rome, 6) …. 1 of the 5 rows of train has no value in any feature, the first is row 5: remove them from the file if they are no rows",
    ),
    Case(
        "csv of measurements with exponents in a column called as an id",
        file(
            "d.csv",
            "sensor_id,n\n4.50E+11,1\n7.25E+09,2\n1.75E+10,4\n",
        ),
        TABLE,
        "train: 3 × table sensor_id, n: (4.5e+11, 1) (7.25e+09, 2) (1.75e+10, 4)",
    ),
    Case(
        "jsonl, lists of several kinds that repeat",
        json_lines("d.jsonl", *({"v": [n % 2, "x"], "n": n * 7 % 5} for n in range(8))),
        {"path": "d.jsonl", "features": "all"},
        "train: 8 × table n: (0) (2) (4) (1) …. column 'v' is left out: it holds lists of texts: write a column of yes and no for each text",
    ),
    Case(
        "csv of texts that are JSON",
        file("d.csv", "text\n" + '"{""ops"": [{""insert"": ""the lamp broke\\n""}]}"\n' * 3),
        TEXT,
        'train: 3 × text \'{"ops": [{"insert": "the lamp broke\\\\n"}]\' \'{"ops": [{"insert": "the lamp broke\\\\n"}]\' \'{"ops": [{"insert": "the lamp broke\\\\n"}]\'. the texts of column \'text\' hold JSON (row 1: \'{"ops": [{"insert": "the lamp broke\\\\n"): write the text in them as a column of its own',
    ),
    Case(
        "csv of texts with brackets",
        file(
            "d.csv",
            "text\n[Verse 1] the lamp is {bright}\n[deleted] by the user [1]\n{name} wrote\n",
        ),
        TEXT,
        "train: 3 × text '[Verse 1] the lamp is {bright}' '[deleted] by the user [1]' '{name} wrote'",
    ),
    Case(
        "csv with texts that are forced upon a spreadsheet",
        file(
            "d.csv",
            "store,qty,amount,city\n"
            + "".join(
                f'="00{n % 3}",="{n + 1}",="{n * 7 % 5}.50",{"Rome" if n % 2 else ""}\n'
                for n in range(6)
            ),
        ),
        TABLE,
        "train: 6 × table store (category), qty, amount, city (category): (000, 1, 0.5, -) (001, 2, 2.5, Rome) (002, 3, 4.5, -) (000, 4, 1.5, Rome) …. values of column 'store' and of 2 more columns are read without the = and quotes around them (=\"000\")",
    ),
    Case(
        "csv, formulas and an equals sign among texts",
        file("d.csv", 'a,b\n"=""x""",1\n=A1+1,2\n"=""x""",3\n=A1+1,2\n'),
        TABLE,
        'train: 4 × table a (category), b: (="x", 1) (=A1+1, 2) (="x", 3) (=A1+1, 2)',
    ),
    Case(
        "csv with :: between its values",
        file("d.csv", "1::1193::5::978300760\n1::661::3::978302109\n2::914::3::978301968\n"),
        {**TABLE, "header": False},
        "Refused: path: d.csv has '::' between its values, which is no delimiter; replace each by a tab, and call it .tsv",
    ),
    Case(
        "csv, a delimiter of two characters",
        file("d.csv", "1::1193::5\n1::661::3\n"),
        {**TABLE, "delimiter": "::"},
        "Refused: delimiter must be one ASCII character, no quote and no line end; replace a longer one in the file, as :: by a tab",
    ),
    Case(
        "csv of names of C++, one column",
        file("d.csv", "text\nstd::vector\nstd::chrono::seconds\nmain\n"),
        TEXT,
        "train: 3 × text 'std::vector' 'std::chrono::seconds' 'main'",
    ),
    Case(
        "csv, versions that are numbers",
        file(
            "d.csv", "app_version,n\n" + "".join(f"1.{n % 7 + 8},{n * 5 % 7}\n" for n in range(14))
        ),
        TABLE,
        "train: 14 × table app_version, n: (1.8, 0) (1.9, 5) (1.1, 3) (1.11, 1) …. numbers in column 'app_version', which is called like versions or codes, are used as amounts (1.10 is 1.1): if they are some, set types = {app_version = \"category\"}",
    ),
    Case(
        "csv, a column called like versions but of shares",
        file(
            "d.csv",
            "conversion,version\n" + "".join(f"0.{n % 7 + 1},{n % 3 + 1}\n" for n in range(14)),
        ),
        TABLE,
        "train: 14 × table conversion, version: (0.1, 1) (0.2, 2) (0.3, 3) (0.4, 1) …",
    ),
    Case(
        "txt of word vectors",
        file(
            "d.txt",
            "12 8\n"
            + "".join(
                f"w{n} " + " ".join(f"{n * k % 7 - 3}.25" for k in range(8)) + "\n"
                for n in range(12)
            ),
        ),
        {"path": "d.txt"},
        "train: 13 × text '12 8' 'w0 -3.25 -3.25 -3.25 -3.25 -3.25 -3.25 -' 'w1 -3.25 -2.25 -1.25 0.25 1.25 2.25 3.25' 'w2 -3.25 -1.25 1.25 3.25 -2.25 0.25 2.25' …. each line of d.txt is a word and a vector of numbers, and is one text: write the numbers as an npy file (features = \"all\"), or words and numbers as the columns of a csv file",
    ),
    Case(
        "txt of records, a field in each line",
        file(
            "d.txt",
            "".join(
                f"product/id: B{n}\nscore: {n % 5}\ntext: the soup: good {n}\n\n" for n in range(6)
            ),
        ),
        {"path": "d.txt"},
        "train: 18 × text 'product/id: B0' 'score: 0' 'text: the soup: good 0' 'product/id: B1' …, ids 0 1 2 4. the lines of d.txt look like the fields of records (product/id, score, text), and each is one text: write one record a line, as jsonl or csv",
    ),
    Case(
        "txt of a dialogue",
        file(
            "d.txt",
            "".join(f"{('Ann', 'Bob', 'Cleo')[n * n % 7 % 3]}: well {n}\n" for n in range(18)),
        ),
        {"path": "d.txt"},
        "train: 18 × text 'Ann: well 0' 'Bob: well 1' 'Bob: well 2' 'Cleo: well 3' …",
    ),
    Case(
        "csv of texts that are cut off",
        file(
            "d.csv",
            "text\n" + "".join(f"story {n} goes on and o… [+{n + 400} chars]\n" for n in range(4)),
        ),
        TEXT,
        "train: 4 × text 'story 0 goes on and o… [+400 chars]' 'story 1 goes on and o… [+401 chars]' 'story 2 goes on and o… [+402 chars]' 'story 3 goes on and o… [+403 chars]'. most texts of column 'text' look cut off, as '… 0 goes on and o… [+400 chars]': get the whole texts, if you can",
    ),
    Case(
        "csv of texts of which some end in dots",
        file("d.csv", "text\nwell ...\nit rained all day\nwho knows…\nwe went home\n"),
        TEXT,
        "train: 4 × text 'well ...' 'it rained all day' 'who knows…' 'we went home'",
    ),
    Case(
        "csv, heights in feet and inches",
        file(
            "d.csv",
            "height,kg\n" + "".join(f"{5 + n % 2}'{n * 5 % 12}\",{60 + n}\n" for n in range(8)),
        ),
        TABLE,
        "train: 8 × table kg: (60) (61) (62) (63) …. column 'height' is left out: it holds text of 8 different values, each in one row. column 'height' is no column of numbers, but feet and inches ('5\\'0\"'): write one number for each, 12 × feet + inches",
    ),
    Case(
        "csv, minutes and seconds, as those of feet and inches",
        file(
            "d.csv",
            "lap,kg\n" + "".join(f"{3 + n % 2}'{n * 11 % 60}\",{60 + n}\n" for n in range(8)),
        ),
        TABLE,
        "train: 8 × table kg: (60) (61) (62) (63) …. column 'lap' is left out: it holds several numbers in one value, as 3'0\": write each in a column of its own",
    ),
    Case(
        "csv files of a folder, one of them twice",
        several(
            file("d/sales.csv", "a,b\n1,2\n3,5\n"),
            file("d/sales (1).csv", "a,b\n1,2\n3,5\n"),
            file("d/other.csv", "a,b\n1,2\n3,6\n"),
        ),
        {"path": "d", "features": "all"},
        "train: 6 × table a, b: (1, 2) (3, 6) (1, 2) (3, 5) …. 1 of 3 files are called as other states of ones beside them, such as sales (1).csv of sales.csv: put them elsewhere. sales (1).csv and sales.csv have the same content: if their rows are not meant to be there twice, remove one of them",
    ),
    Case(
        "image folder, each image in a smaller size, too",
        pictures(*(f"d/shoe-{n}{end}.png" for n in range(3) for end in ("", "-90x60"))),
        {"path": "d"},
        "train: 6 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids shoe-0-90x60.png shoe-0.png shoe-1-90x60.png shoe-1.png. shoe-0-90x60.png and 2 more may be masks or thumbnails of others, such as shoe-0.png: if they are, put them elsewhere, or name the others alone in path",
    ),
    Case(
        "image folder, sizes in all names",
        pictures(*(f"d/shoe-{n}-90x60.png" for n in range(3))),
        {"path": "d"},
        "train: 3 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, ids shoe-0-90x60.png shoe-1-90x60.png shoe-2-90x60.png",
    ),
    Case(
        "csv, names in two rows, as pandas writes them",
        file("d.csv", ",price,price\nshop,mean,std\nx,1.5,0.1\ny,2.5,0.2\n"),
        TABLE,
        "Refused: path: d.csv has two columns named 'price'; give each its own name (joined, where names stand in two rows), or set header = false if the first row holds values, or set drop = [\"price\"] if no such column is needed",
    ),
    Case(
        "tsv of VCF, names that begin with a mark below marked lines",
        file(
            "d.tsv",
            "##fileformat=VCFv4.2\n##source=x\n#CHROM\tPOS\tDP\nchr1\t100\t7\nchr2\t371\t9\n",
        ),
        {"path": "d.tsv", "features": "all"},
        'Refused: path: d.tsv: row 2 has 3 values, the header has 1; set comment = "##" if lines that begin so are no rows',
    ),
    Case(
        "tsv of VCF, two characters before comments",
        file(
            "d.tsv",
            "##fileformat=VCFv4.2\n##source=x\n#CHROM\tPOS\tDP\nchr1\t100\t7\nchr1\t371\t9\n",
        ),
        {"path": "d.tsv", "features": "all", "comment": "##"},
        "train: 2 × table #CHROM (category), POS, DP: (chr1, 100, 7) (chr1, 371, 9)",
    ),
    Case(
        "csv, values within single quotes",
        file("d.csv", "'id','text'\n'1','late, and broken'\n'2','fine'\n"),
        TABLE,
        "Refused: path: d.csv: row 1 has 3 values, the header has 2; put values into double quotes, not single ones",
    ),
    Case(
        "txt of sequences, FASTA",
        file("d.txt", "".join(f">seq{n} of sample\nACGTTGCAAC\nGGTA\n" for n in range(4))),
        {"path": "d.txt"},
        "train: 12 × text '>seq0 of sample' 'ACGTTGCAAC' 'GGTA' '>seq1 of sample' …. the lines of d.txt look like FASTA, and each is one text: write each sequence in one line, with its name, as the columns of a csv file",
    ),
    Case(
        "txt of quoted words",
        file("d.txt", "".join(f">word number {n}\nwell said, I think\n" for n in range(6))),
        {"path": "d.txt"},
        "train: 12 × text '>word number 0' 'well said, I think' '>word number 1' 'well said, I think' …",
    ),
    Case(
        "txt of numbers by their places, LIBSVM",
        file("d.txt", "".join(f"{n % 2} 3:0.{n} 7:1.5\n" for n in range(12))),
        {"path": "d.txt"},
        "train: 12 × text '0 3:0.0 7:1.5' '1 3:0.1 7:1.5' '0 3:0.2 7:1.5' '1 3:0.3 7:1.5' …. each line of d.txt is a label and numbers by their places (LIBSVM), and is one text: write an npz file of x and y, from load_svmlight_file of scikit-learn: np.savez(…, x=x.toarray(), y=y)",
    ),
    Case(
        "txt of a table as a database draws it",
        file(
            "d.txt",
            " id | city\n----+------\n"
            + "".join(f" {n} | Rome\n" for n in range(9))
            + "(9 rows)\n",
        ),
        {"path": "d.txt"},
        "train: 12 × text ' id | city' '----+------' ' 0 | Rome' ' 1 | Rome' …. the lines of d.txt are a table drawn with | and -, and each is one text: write it as a csv file, without the lines between names and rows. row 12 looks like no row ('text': '(9 rows)'): remove what surveys and reports write around the rows",
    ),
    Case(
        "txt with a line of dashes between texts",
        file("d.txt", "".join(f"text {n}\n" for n in range(9)) + "-----\nlast\nbut one\n"),
        {"path": "d.txt"},
        "train: 12 × text 'text 0' 'text 1' 'text 2' 'text 3' …",
    ),
    Case(
        "parquet of vectors of Spark",
        parquet(
            "d.parquet",
            v=[{"type": 0, "size": 9, "indices": [1, n], "values": [0.5, 1.5]} for n in (3, 4)],
            n=[1, 2],
        ),
        {"path": "d.parquet", "features": "all"},
        "train: 2 × table n: (1) (2). column 'v' is left out: it holds vectors of Spark, to be written as lists: vector_to_array(…)",
    ),
    Case(
        "csv, measurements beyond a limit",
        file(
            "d.csv",
            "pb,n\n" + "".join(f"{'<0.05' if n % 3 else n / 8},{n * 7 % 5}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table pb (category), n: (0.0, 0) (<0.05, 2) (<0.05, 4) (0.375, 1) …. column 'pb' is no column of numbers, for '<0.05' (row 2), but 5 of its 5 different values are numbers: write one number for all beyond a limit, as half of the least that can be measured, or say in types what it is",
    ),
    Case(
        "csv, classes below, between and above limits",
        file(
            "d.csv",
            "age,n\n"
            + "".join(f"{('<18', '18-64', '>64')[n % 3]},{n}\n" for n in (3, 1, 8, 4, 7, 2)),
        ),
        TABLE,
        "train: 6 × table age (category), n: (<18, 3) (18-64, 1) (>64, 8) (18-64, 4) …",
    ),
    Case(
        "csv, ends of a scale with words",
        file(
            "d.csv",
            "like,n\n"
            + "".join(
                f"{('1 (not at all)', 2, 3, 4, '5 (very)')[n % 5]},{n * 7 % 9}\n" for n in range(15)
            ),
        ),
        TABLE,
        "train: 15 × table like (category), n: (1 (not at all), 0) (2, 7) (3, 5) (4, 3) …. column 'like' is no column of numbers, for '1 (not at all)' (row 1), but 3 of its 5 different values are numbers: write a number for such values, or name them in na_values, or say in types what it is",
    ),
    Case(
        "csv, latitudes with N and S",
        file("d.csv", "lat,n\n" + "".join(f"{n}.25{'NS'[n % 2]},{n * 7 % 5}\n" for n in range(6))),
        TABLE,
        "train: 6 × table n: (0) (2) (4) (1) …. column 'lat' is left out: it holds text of 6 different values, each in one row. column 'lat' is no column of numbers, for '0.25N' (row 1), but 6 of its 6 different values are numbers: write those of the south and west with a minus in front, all without letters, or say in types what it is",
    ),
    Case(
        "csv, seconds with s",
        file("d.csv", "lap,n\n" + "".join(f"{n}.25s,{n * 7 % 5}\n" for n in range(6))),
        TABLE,
        "train: 6 × table n: (0) (2) (4) (1) …. column 'lap' is left out: it holds text of 6 different values, each in one row. column 'lap' is no column of numbers, for '0.25s' (row 1), but 6 of its 6 different values are numbers: set units = [\"s\"], or say in types what it is",
    ),
    Case(
        "csv, exponents of Fortran",
        file("d.csv", "e,n\n" + "".join(f"{n}.25D+0{n % 3},{n * 7 % 5}\n" for n in range(6))),
        TABLE,
        "train: 6 × table n: (0) (2) (4) (1) …. column 'e' is left out: it holds text of 6 different values, each in one row. column 'e' is no column of numbers, for '0.25D+00' (row 1), but 6 of its 6 different values are numbers: write exponents with e, as 1.5e+03, or say in types what it is",
    ),
    Case(
        "csv, flats 3D1, 4D2",
        file("d.csv", "flat,n\n" + "".join(f"{n}D{n % 3},{n * 7 % 5}\n" for n in range(6))),
        TABLE,
        "train: 6 × table n: (0) (2) (4) (1) …. column 'flat' is left out: it holds text of 6 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "csv, fractions of inches",
        file(
            "d.csv",
            "size,n\n"
            + "".join(f"{('1/2', '1 1/4', '2')[n % 3]},{n}\n" for n in (3, 1, 8, 4, 7, 2)),
        ),
        TABLE,
        "train: 6 × table size (category), n: (1/2, 3) (1 1/4, 1) (2, 8) (1 1/4, 4) …. column 'size' is no column of numbers, but fractions ('1 1/4'): write each with decimals, as 1.5",
    ),
    Case(
        "csv, scores as 3/4",
        file(
            "d.csv",
            "score,n\n"
            + "".join(f"{('3/4', '1/4', '2/4')[n % 3]},{n}\n" for n in (3, 1, 8, 4, 7, 2)),
        ),
        TABLE,
        "train: 6 × table score (category), n: (3/4, 3) (1/4, 1) (2/4, 8) (1/4, 4) …",
    ),
    Case(
        "csv, quarters and weeks",
        file(
            "d.csv",
            "q,w,n\n"
            + "".join(f"2024-Q{n % 4 + 1},W{n % 3 + 10} 2024,{n * 7 % 5}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table q (category), w (category), n: (2024-Q1, W10 2024, 0) (2024-Q2, W11 2024, 2) (2024-Q3, W12 2024, 4) (2024-Q4, W10 2024, 1) …. column 'q' looks like dates ('2024-Q1'): to use them as dates, write the first day of each, as 2024-01-01. column 'w' looks like dates ('W10 2024'): to use them as dates, write the first day of each, as 2024-01-01",
    ),
    Case(
        "csv, days in words of French and German, and in Chinese",
        file(
            "d.csv",
            "fr,de,zh,n\n"
            + "".join(
                f"{n + 1} {('janv.', 'mars')[n % 2]} 2024,{n + 1}. {('Mai', 'Juni')[n % 2]} 2024,2024年3月{n + 1}日,{n * 7 % 5}\n"
                for n in range(6)
            ),
        ),
        TABLE,
        "train: 6 × table n: (0) (2) (4) (1) …. columns 'fr', 'de', 'zh' are left out: each holds text of 6 different values, each in one row. column 'fr' looks like dates ('1 janv. 2024'): to use them as dates, write them as 2024-01-31. column 'de' looks like dates ('1. Mai 2024'): to use them as dates, write them as 2024-01-31. column 'zh' looks like dates ('2024年3月1日'): to use them as dates, set types = {zh = \"%Y年%m月%d日\"}",
    ),
    Case(
        "csv, rows of bits",
        file(
            "d.csv",
            "bits,n\n"
            + "".join(f"{n * 5 % 16:04b}{n * 7 % 16:04b},{n * 7 % 5}\n" for n in range(6)),
        ),
        TABLE,
        "train: 6 × table bits, n: (0, 0) (1.01011e+06, 2) (1.01011e+07, 4) (1.11101e+07, 1) …. column 'bits' holds rows of bits (00000000), read as numbers: write them as lists, [0, 1, 1], to use each",
    ),
    Case(
        "csv, long rows of bits",
        file(
            "d.csv", "bits,n\n" + "".join(f"{'0110' * 99}{n:04b},{n * 7 % 5}\n" for n in range(6))
        ),
        TABLE,
        "Refused: features: 6 values in 'bits' of train are infinite or beyond 3.4e38, the first is row 1; column 'bits' holds rows of bits (01100110011001100110), read as numbers: write them as lists, [0, 1, 1], to use each",
    ),
    Case(
        "csv, amounts in several currencies, and measurements in several units",
        file(
            "d.csv",
            "amount,currency,glucose,unit\n"
            + "".join(
                f"{n * 7 % 5},{('EUR', 'JPY')[n % 2]},{n * 3 % 7},{('mg/dL', 'mmol/L')[n % 2]}\n"
                for n in range(6)
            ),
        ),
        TABLE,
        "train: 6 × table amount, currency (category), glucose, unit (category): (0, EUR, 0, mg/dL) (2, JPY, 3, mmol/L) (4, EUR, 6, mg/dL) (1, JPY, 2, mmol/L) …. column 'currency' may say that numbers are in several units ('EUR', 'JPY'): if so, convert them to one, and name the column in drop. column 'unit' may say that numbers are in several units ('mg/dL', 'mmol/L'): if so, convert them to one, and name the column in drop",
    ),
    Case(
        "csv, units of a hospital, and one currency",
        file(
            "d.csv",
            "amount,currency,unit\n"
            + "".join(f"{n * 7 % 5},EUR,{('ICU', 'Ward A')[n % 2]}\n" for n in range(6)),
        ),
        TABLE,
        "train: 6 × table amount, currency (category), unit (category): (0, EUR, ICU) (2, EUR, Ward A) (4, EUR, ICU) (1, EUR, Ward A) …",
    ),
    Case(
        "csv of texts with the labels of several annotators",
        file("d.csv", "text,y\n" + "".join(f"text {n // 3},{'ab'[n % 5 % 2]}\n" for n in range(9))),
        {**TEXT, "label": "y", "deduplicate": "exact"},
        "train: 3 × text 'text 0' 'text 1' 'text 2', labels a b b, ids 0 3 6. left out: 6 of train, a copy of another row. 4 of the 6 copies that are left out of train have another label than the row that they repeat, which is used",
    ),
    Case(
        "csv of a survey, 98 and 99 for no answer from 1 to 5",
        file(
            "d.csv",
            "q,n\n" + "".join(f"{(1, 2, 3, 4, 5, 99, 98)[n % 7]},{n * 7 % 5}\n" for n in range(28)),
        ),
        TABLE,
        "train: 28 × table q, n: (1, 0) (2, 2) (3, 4) (4, 1) …. a number apart from all others looks like a sign for no value in 'q' (98 in 4 rows), 'q' (99 in 4 rows): if it is one, set na_values = {q = [\"98\", \"99\"]}",
    ),
    Case(
        "csv of texts with arrays of PostgreSQL",
        file("d.csv", 'text,v\none,"{1,2}"\ntwo,"{3.5,-4e-1}"\n'),
        {**TEXT, "embedding": "v"},
        "train: 2 × text 'one' 'two', embedding [[1.0, 2.0], [3.5, -0.4000000059604645]]",
    ),
    Case(
        "csv files of a folder, as many rows in each",
        several(*(file(f"d/{n}.csv", f"a,b\n{n},1\n{n * 7 % 5},3\n") for n in range(5))),
        {"path": "d", "features": "all"},
        "train: 10 × table a, b: (0, 1) (0, 3) (1, 1) (2, 3) …. each of the 5 files has 2 rows, and each row is one item: if each file is one, as a recording is, write it as one row",
    ),
    Case(
        "csv files of a folder, one row in each",
        several(*(file(f"d/{n}.csv", f"a,b\n{n},{n * 7 % 5}\n") for n in range(5))),
        {"path": "d", "features": "all"},
        "train: 5 × table a, b: (0, 0) (1, 2) (2, 4) (3, 1) …",
    ),
    Case(
        "image folder, photographs in two formats",
        pictures(*(f"d/IMG_{n}.{end}" for n in range(3) for end in ("jpg", "png"))),
        {"path": "d"},
        "train: 6 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids IMG_0.jpg IMG_0.png IMG_1.jpg IMG_1.png. IMG_0.jpg and IMG_0.png, and 2 more such groups, may be versions or parts of one image: if they are, keep one of each, or merge them",
    ),
    Case(
        "image folder, channels of a microscope",
        pictures(*(f"d/A{n}_ch0{c}.png" for n in range(3) for c in range(2))),
        {"path": "d"},
        "train: 6 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids A0_ch00.png A0_ch01.png A1_ch00.png A1_ch01.png. A0_ch00.png and A0_ch01.png, and 2 more such groups, may be versions or parts of one image: if they are, keep one of each, or merge them",
    ),
    Case(
        "image folder, classes in the names",
        pictures(*(f"d/{kind}.{n}.png" for kind in ("cat", "dog") for n in range(4))),
        {"path": "d"},
        "train: 8 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids cat.0.png cat.1.png cat.2.png cat.3.png. the names of the images begin with 'cat', 'dog', which are not read as labels: if they are classes or splits, put the images of each into a folder of its own",
    ),
    Case(
        "image folder, names of two cameras",
        pictures(*(f"d/{kind}_{n:04d}.JPG" for kind in ("IMG", "DSC") for n in range(4))),
        {"path": "d"},
        "train: 8 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids DSC_0000.JPG DSC_0001.JPG DSC_0002.JPG DSC_0003.JPG",
    ),
    Case(
        "image folder, all in one folder, beside a table of them",
        several(
            pictures("d/images/a.png", "d/images/b.png"),
            file("d/labels.csv", "image,label\na.png,x\nb.png,y\n"),
        ),
        {"path": "d"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, ids images/a.png images/b.png. left out: 1, not an image. 1 row left out, not an image: labels.csv. labels.csv may name the images and their labels: to read them by it, set path to it, and image and label to its columns",
    ),
    Case(
        "folder as the Hub has it, with data within",
        several(
            file("d/README.md", "# x\n"),
            file("d/data/train-00000-of-00001.csv", "a\n1\n3\n"),
            file("d/data/test-00000-of-00001.csv", "a\n2\n"),
        ),
        {"path": "d", "features": "all"},
        'Refused: path: there is nothing in d that can be read; name one of its folders: path = "d/data"',
    ),
    Case(
        "csv, commas where semicolons are said, as of new rows",
        file("d.csv", "text,y\none,u\ntwo,v\n"),
        {**TEXT, "delimiter": ";"},
        "Refused: delimiter: d.csv seems to have ',' between its values; set delimiter = \",\"",
    ),
    Case(
        "csv of one column, another delimiter said",
        file("d.csv", 'City, State\n"Boston, MA"\n"Austin, TX"\n'),
        {"path": "d.csv", "text": "City, State", "delimiter": ";"},
        "train: 2 × text 'Boston, MA' 'Austin, TX'",
    ),
    Case(
        "image folder, all in one folder with folders of classes",
        pictures("d/i/cat/a.png", "d/i/dog/b.png"),
        {"path": "d"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100, labels cat dog, ids i/cat/a.png i/dog/b.png",
    ),
    Case(
        "image folder, names of splits with numbers",
        pictures(*(f"d/{kind}_{n}.png" for kind in ("train", "test") for n in range(4))),
        {"path": "d"},
        "train: 8 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, ids test_0.png test_1.png test_2.png test_3.png. the names of the images begin with 'test', 'train', which are not read as labels: if they are classes or splits, put the images of each into a folder of its own",
    ),
    Case(
        "csv, several answers in one value, as features and labels",
        file(
            "d.csv",
            "genres,n,y\n"
            + "".join(
                f"{one},{n * 7 % 5},{one.replace('|', ';')}\n"
                for n, one in enumerate(("a|b", "a", "b|c|a", "c", "a|c", "b|c", "a|b") * 3)
            ),
        ),
        {**TABLE, "label": "y"},
        "train: 21 × table genres (category), n: (a|b, 0) (a, 2) (b|c|a, 4) (c, 1) …, labels a;b a b;c;a c. labels of 'y' hold several classes in one value ('a;b'): each combination is a class of its own. feature 'genres' says the labels of 'y' in other words: clusters would be found by them; name it in drop. column 'genres' holds several answers in one value ('a|b'): write a column of yes and no for each answer",
    ),
    Case(
        "csv of cities and states, days and hours, thousands, each in one value",
        file(
            "d.csv",
            "place,at,n\n"
            + "".join(
                f'"{("Rome", "Oslo", "Bern")[n % 3]}, {"AB"[n % 2]}","{("Mon", "Tue")[n % 2]}, {n % 3}pm",'
                f'"{(1, 2, "1,000")[n % 3]},{n % 2}00"\n'
                for n in range(12)
            ),
        ),
        TABLE,
        "train: 12 × table place (category), at (category), n (category): (Rome, A, Mon, 0pm, 1,000) (Oslo, B, Tue, 1pm, 2,100) (Bern, A, Mon, 2pm, 1,000,000) (Rome, B, Tue, 0pm, 1,100) …. column 'n' is no column of numbers, for '1,000' (row 1), but 6 of its 6 different values are numbers: set thousands = \",\", or say in types what it is",
    ),
    Case(
        "csv, labels that are JSON",
        file("d.csv", "text,y\n" + 'one,"{""choices"": [""a"", ""b""]}"\ntwo,a\n' * 2),
        {**TEXT, "label": "y"},
        'train: 4 × text \'one\' \'two\' \'one\' \'two\', labels {"choices": ["a", "b"]} a {"choices": ["a", "b"]} a. labels of \'y\' hold lists or objects (\'{"choices": ["a", "b"]}\'): write each as one name',
    ),
    Case(
        "csv, moments with the names of zones",
        file(
            "d.csv",
            "a,b,n\n"
            + "".join(
                f"2024-01-0{n + 1} 10:00:00 Europe/Berlin,2024-01-0{n + 1}T10:00:00 CEST,{n * 7 % 5}\n"
                for n in range(4)
            ),
        ),
        TABLE,
        "train: 4 × table n: (0) (2) (4) (1). columns 'a', 'b' are left out: each holds text of 4 different values, each in one row. column 'a' looks like dates ('2024-01-01 10:00:00 Europe/Berlin'): to use them as dates, leave out their zones, or write them as 2024-01-31 09:30:00 +01:00. column 'b' looks like dates ('2024-01-01T10:00:00 CEST'): to use them as dates, leave out their zones, or write them as 2024-01-31 09:30:00 +01:00",
    ),
    Case(
        "folder of images without a suffix",
        file("d/a", b"\x89PNG\r\n\x1a\n"),
        {"path": "d"},
        "Refused: path: there is nothing in d that can be read; a: it is an image: give it and others like it their suffix, as .png or .jpg",
    ),
    Case(
        "folder of raw photographs",
        file("d/a.CR2", b"II*\0"),
        {"path": "d"},
        "Refused: path: there is nothing in d that can be read; a.CR2: convert it to .png",
    ),
    Case(
        "csv that a run has exported",
        file(
            "d.csv",
            "a,cluster,name,confidence,nearest,outlier\n"
            + "".join(f"{n * 7 % 5},{n % 2},{'uv'[n % 2]},,{1 - n % 2},0.{n}\n" for n in range(6)),
        ),
        TABLE,
        "train: 6 × table a, cluster, name (category), nearest: (0, 0, u, 1) (2, 1, v, 0) (4, 0, u, 1) (1, 1, v, 0) …. column 'confidence' is left out: it has no values. columns 'cluster', 'name', 'nearest', 'outlier' are of the export of a run: clusters would be found by its clusters; leave out what it has added, by drop",
    ),
    Case(
        "csv, percents beside shares",
        file(
            "d.csv",
            "share,n\n"
            + "".join(f"{(f'1{n}%', f'0.2{n}')[n % 2]},{n * 7 % 5}\n" for n in range(6)),
        ),
        TABLE,
        "train: 6 × table n: (0) (2) (4) (1) …. column 'share' is left out: it holds text of 6 different values, each in one row. column 'share' is no column of numbers, for '10%' (row 1), but 6 of its 6 different values are numbers: convert all to one unit (there are '%' and none), and remove it, or say in types what it is",
    ),
    Case(
        "csv, texts with bytes as Python escapes them",
        file("d.csv", "text\n" + "caf\\xc3\\xa9 is fine\nall is well\n" * 3),
        TEXT,
        "train: 6 × text 'caf\\\\xc3\\\\xa9 is fine' 'all is well' 'caf\\\\xc3\\\\xa9 is fine' 'all is well' …. the texts of column 'text' hold escaped bytes of Python (row 1: 'caf\\\\xc3\\\\xa9 is fine'): decode them",
    ),
    Case(
        "csv of names of images, which are in two folders",
        several(
            file("d.csv", "f\na.png\nb.png\n"),
            pictures("train/a.png", "train/b.png", "small/a.png", "small/b.png"),
        ),
        {"path": "d.csv", "image": "f"},
        "Refused: image: none of the 2 files in column 'f' is there (no such file: a.png); paths are from the folder of d.csv, where small/a.png is: write them so",
    ),
    Case(
        "csv of names of images, which are in a folder, but for one",
        several(file("d.csv", "f\na.JPG\nb.JPG\n"), pictures("photos {1}/a.JPG")),
        {"path": "d.csv", "image": "f", "missing": "drop"},
        "train: 1 × image (2, 3, 1) of 100. left out: 1 of train, no image. images are found as photos {1}/a.JPG for 'a.JPG'. 1 of the 2 rows of train has no image; left out",
    ),
    Case(
        "image folder, images of each split and class numbered anew",
        pictures(
            *(f"d/train/{kind}/{n}.png" for kind in "ab" for n in range(4)),
            *(f"d/test/a/{n}.png" for n in range(4)),
        ),
        {"path": "d"},
        "test: 4 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, labels a a a a, ids a/0.png a/1.png a/2.png a/3.png. train: 8 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …, labels a a a a, ids a/0.png a/1.png a/2.png a/3.png",
    ),
    Case(
        "image folder, images of one split called as sizes of those of another",
        pictures(
            *(f"d/{at}.png" for n in range(3) for at in (f"train/a/{n}", f"test/a/{n}-90x60"))
        ),
        {"path": "d"},
        "test: 3 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, ids a/0-90x60.png a/1-90x60.png a/2-90x60.png. train: 3 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, ids a/0.png a/1.png a/2.png",
    ),
    Case(
        "csv, moments with AM and PM that no format reads",
        file(
            "d.csv",
            "a,b,n\n"
            + "".join(
                f"2024-01-0{n + 1} 10:00{'AP'[n % 2]}M,2024-01-0{n + 1}T10:00:05 {'AP'[n % 2]}M,{n * 7 % 5}\n"
                for n in range(4)
            ),
        ),
        TABLE,
        "train: 4 × table n: (0) (2) (4) (1). columns 'a', 'b' are left out: each holds text of 4 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "csv, round amounts, and codes of 0 and 1 that all begin with 1",
        file(
            "d.csv",
            "salary,code\n"
            + "".join(
                f"{(100000, 110000, 1000000)[n % 3]},{(100000, 110000, 101000)[n // 2 % 3]}\n"
                for n in range(12)
            ),
        ),
        TABLE,
        "train: 12 × table salary, code: (100000, 100000) (110000, 100000) (1e+06, 110000) (100000, 110000) …. few whole numbers in columns called like categories ('code') are used as amounts: if they are codes, set types = {code = \"category\"}",
    ),
    Case(
        "csv, classes of which most are within brackets",
        file("d.csv", "text,y\n" + "one,cat\ntwo,[unknown]\nthree,[other]\n" * 2),
        {**TEXT, "label": "y"},
        "train: 6 × text 'one' 'two' 'three' 'one' …, labels cat [unknown] [other] cat",
    ),
    Case(
        "csv, classes of which one is within brackets, with a comma",
        file("d.csv", "text,y\n" + 'one,cat\ntwo,dog\nthree,"[mixed, other]"\n' * 2),
        {**TEXT, "label": "y"},
        "train: 6 × text 'one' 'two' 'three' 'one' …, labels cat dog [mixed, other] cat",
    ),
    Case(
        "csv files of a folder, 200 rows or more in each",
        several(
            *(
                file(
                    f"d/{n}.csv",
                    "a,b\n" + "".join(f"{n + row},{row * 7 % 5}\n" for row in range(200)),
                )
                for n in range(5)
            )
        ),
        {"path": "d", "features": "all"},
        "train: 1000 × table a, b: (0, 0) (1, 2) (2, 4) (3, 1) …",
    ),
    Case(
        "txt of long lines that are hyphens but for their ends",
        file("d.txt", ("-" * 20_000 + "x\n") * 20 + "a\n"),
        {"path": "d.txt"},
        "train: 21 × text '----------------------------------------' '----------------------------------------' '----------------------------------------' '----------------------------------------' …",
    ),
    Case(
        "csv with vectors, brackets of two kinds around one",
        file("d.csv", 'text,v\none,"{1, 2}"\ntwo,"{3, 4]"\n'),
        {**TEXT, "embedding": "v"},
        "Refused: embedding: column 'v' holds '{3, 4]', no list of numbers: row 2; write [0.1, 0.2, …], or a parquet file; where lists are codes, give the column a type",
    ),
    Case(
        "csv with a feature of vectors, brackets of two kinds around the first",
        file("d.csv", 'v,n\n"{1, 2]",1\n"{3, 4}",2\n'),
        {**TABLE, "features": ["v"]},
        "Refused: features: column 'v' holds '{1, 2]', no list of numbers: row 1; write [0.1, 0.2, …], or a parquet file; where lists are codes, give the column a type",
    ),
    Case(
        "txt of numbers and times of a day",
        file("d.txt", "".join(f"{n} 1{n % 3}:30 15:{n + 10}\n" for n in range(12))),
        {"path": "d.txt"},
        "train: 12 × text '0 10:30 15:10' '1 11:30 15:11' '2 12:30 15:12' '3 10:30 15:13' …. each line of d.txt holds numbers alone, and is one text: is it a table? call it .csv",
    ),
    Case(
        "txt of numbers and scores",
        file("d.txt", "".join(f"{n} {n % 5 + 3}:{n % 3} 2:{n % 4}\n" for n in range(12))),
        {"path": "d.txt"},
        "train: 12 × text '0 3:0 2:0' '1 4:1 2:1' '2 5:2 2:2' '3 6:0 2:3' …. each line of d.txt holds numbers alone, and is one text: is it a table? call it .csv",
    ),
    Case(
        "txt of quoted words and one-word answers",
        file("d.txt", "> said\nYes\n> again\nNo\nMaybe\n" * 3),
        {"path": "d.txt"},
        "train: 15 × text '> said' 'Yes' '> again' 'No' …",
    ),
    Case(
        "csv, names of people and of goods, with a comma and a blank",
        file(
            "d.csv",
            "who,n,y\n"
            + "".join(
                f'"{who}",{n * 7 % 5},"{what}"\n'
                for n, (who, what) in enumerate(
                    (
                        ("Smith, John", "Boots, men"),
                        ("Smith, Ann", "Boots, women"),
                        ("Lee, John, Jr", "Boots"),
                        ("Lee, Ann", "Shoes, men"),
                        ("Jones, Ann", "Shoes, women"),
                        ("Jones, John", "Shoes"),
                        ("Brown, Ann", "Bags, men"),
                        ("Brown, John", "Bags, women"),
                    )
                    * 2
                )
            ),
        ),
        {**TABLE, "label": "y", "drop": ["n"]},
        "train: 16 × table who (category): (Smith, John) (Smith, Ann) (Lee, John, Jr) (Lee, Ann) …, labels Boots, men Boots, women Boots Shoes, men. feature 'who' says the labels of 'y' in other words: clusters would be found by them; name it in drop",
    ),
    Case(
        "csv, several answers in one value, with commas alone",
        file(
            "d.csv",
            "genres,n\n"
            + "".join(
                f'"{one}",{n * 7 % 5}\n'
                for n, one in enumerate(("a,b", "a", "b,c,a", "c", "a,c", "b,c", "a,b") * 3)
            ),
        ),
        TABLE,
        "train: 21 × table genres (category), n: (a,b, 0) (a, 2) (b,c,a, 4) (c, 1) …. column 'genres' holds several answers in one value ('a,b'): write a column of yes and no for each answer",
    ),
    Case(
        "folder of a text without a suffix that begins with BM",
        file("d/a", "BM is a mark of this text, and RIFF is none\n"),
        {"path": "d"},
        "Refused: whole_files: d has 1 file of texts (a); set it to true if each file is one text",
    ),
    Case(
        "csv, prices in dollars, some below zero in brackets, and units",
        file("d.csv", 'a,b\n"$1,200.50",5%\n($250.00),10%\n$0,7.5%\n'),
        {**TABLE, "units": ["$", "%"], "thousands": ","},
        "train: 3 × table a, b: (1200.5, 5) (-250, 10) (0, 7.5)",
    ),
    Case(
        "csv, prices in euros as they are written there",
        file("d.csv", "a;b\n1.234,56 €;1 Tag\n-12,00 €;2 Tag\n € 0,50 ;3 Tag\n"),
        {**TABLE, "delimiter": ";", "decimal": ",", "thousands": ".", "units": ["€", "Tag"]},
        "train: 3 × table a, b: (1234.56, 1) (-12, 2) (0.5, 3)",
    ),
    Case(
        "csv, a unit that not all values have",
        file("d.csv", "a,b\n5 kg,1\n6 g,2\n7 kg,3\n6 g,1\n7 kg,2\n"),
        {**TABLE, "units": ["kg"]},
        "train: 5 × table a (category), b: (5 kg, 1) (6 g, 2) (7 kg, 3) (6 g, 1) …. column 'a' is no column of numbers, for '5 kg' (row 1), but 3 of its 3 different values are numbers: convert all to one unit (there are 'g', 'kg'), and remove it, or say in types what it is",
    ),
    Case(
        "csv, a column that is said to be of numbers, below zero in brackets",
        file("d.csv", "a,b\n250.00,1\n(250.00),2\n30-,3\n"),
        {**TABLE, "types": {"a": "number"}},
        "train: 3 × table a, b: (250, 1) (-250, 2) (-30, 3)",
    ),
    Case(
        "csv, signs for no value in single columns",
        file("d.csv", "q1,q2,x\n99,?,99\n1,5,0\n2,?,3\n"),
        {**TABLE, "na_values": {"q*": ("99",), "q2": ("?",)}},
        "train: 3 × table q1, q2, x: (-, -, 99) (1, 5, 0) (2, -, 3)",
    ),
    Case(
        "csv, signs for no value in a column that is not there",
        file("d.csv", "q1,x\n99,99\n1,0\n"),
        {**TABLE, "na_values": {"q3": ("99",)}},
        "Refused: na_values: there is no column 'q3'; known: q1, x",
    ),
    Case(
        "csv of patients, 0 for what was not measured",
        file(
            "d.csv",
            "glucose,births\n"
            + "".join(
                f"{0 if row % 10 == 3 else 80 + row * 7 % 43},{row % 4}\n" for row in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table glucose, births: (80, 0) (87, 1) (94, 2) (0, 3) …. a number apart from all others looks like a sign for no value in 'glucose' (0 in 4 rows): if it is one, set na_values = {glucose = [\"0\"]}",
    ),
    Case(
        "csv, a report's title and date above the names of columns",
        file(
            "d.csv",
            "Sales 2025\nCreated: 2025-03-01\n\nregion,units,price\nnorth,5,1.5\nsouth,7,2.5\nnorth,6,1.7\n",
        ),
        TABLE,
        "Refused: skip: d.csv: row 2 has 3 values, the header has 1; set it to 3, if the columns are called region, units, price",
    ),
    Case(
        "csv, a report's title in a row of commas",
        file(
            "d.csv", "Sales 2025,,\n,,\nregion,units,price\nnorth,5,1.5\nsouth,7,2.5\nnorth,6,1.7\n"
        ),
        TABLE,
        "Refused: skip: d.csv has columns without a name; set it to 2, if the columns are called region, units, price",
    ),
    Case(
        "csv, lines above the names of columns, skipped",
        file(
            "d.csv",
            "Sales 2025\nCreated: 2025-03-01\n\nregion,units,price\nnorth,5,1.5\nsouth,7,2.5\nnorth,6,1.7\n",
        ),
        {**TABLE, "skip": 3},
        "train: 3 × table region (category), units, price: (north, 5, 1.5) (south, 7, 2.5) (north, 6, 1.7)",
    ),
    Case(
        "csv, more lines skipped than there are",
        file("d.csv", "region,units,price\nnorth,5,1.5\nsouth,7,2.5\nnorth,6,1.7\n"),
        {**TABLE, "skip": 30},
        "Refused: skip: d.csv has no rows below 30 lines",
    ),
    Case(
        "xlsx, a title above the names of columns",
        xlsx("d.xlsx", s=[["Sales 2025"], [], ["region", "units"], ["north", 5], ["south", 7]]),
        {"path": "d.xlsx", "features": "all"},
        "Refused: skip: d.xlsx: the first row that holds anything names 1 of 2 columns: 'Sales 2025'; set it to 2, if the columns are called region, units",
        needs="openpyxl",
    ),
    Case(
        "xlsx, rows above the names of columns, skipped",
        xlsx("d.xlsx", s=[["Sales 2025"], [], ["region", "units"], ["north", 5], ["south", 7]]),
        {"path": "d.xlsx", "features": "all", "skip": 2},
        "train: 2 × table region (category), units: (north, 5) (south, 7)",
        needs="openpyxl",
    ),
    Case(
        "xlsx, more rows skipped than there are",
        xlsx("d.xlsx", s=[["region", "units"], ["north", 5], ["south", 7]]),
        {"path": "d.xlsx", "features": "all", "skip": 20},
        "Refused: skip: d.xlsx has no rows below 20 rows",
        needs="openpyxl",
    ),
    Case(
        "csv, 9999.9 for no value",
        file("d.csv", measured(9999.9)),
        TABLE,
        "train: 30 × table a: (9999.9) (21) (22) (23) …. a number apart from all others looks like a sign for no value in 'a' (9999.9 in 6 rows): if it is one, set na_values = {a = [\"9999.9\"]}",
    ),
    Case(
        "csv of a survey, numbers below zero for no answer",
        file(
            "d.csv",
            "age,t\n"
            + "".join(f"{(-8, 20)[row % 5 > 0] + row % 5},{row % 17 - 9}\n" for row in range(30)),
        ),
        TABLE,
        "train: 30 × table age, t: (-8, -9) (21, -8) (22, -7) (23, -6) …. a number apart from all others looks like a sign for no value in 'age' (-8 in 6 rows): if it is one, set na_values = {age = [\"-8\"]}",
    ),
    Case(
        "csv of orders, what holds for an order in its first line alone",
        file(
            "d.csv",
            "order,total,paid,item\n"
            + "".join(
                f"#{row // 2},{'' if row % 2 else 20 + row * 7 % 11},{'' if row % 2 else 'yn'[row % 4 > 0]},{row * 5 % 7}\n"
                for row in range(24)
            ),
        ),
        TABLE,
        "train: 24 × table order (category), total, paid (yes-no), item: (#0, 20, y, 0) (#0, -, -, 5) (#1, 23, n, 3) (#1, -, -, 1) …. values of 'total', 'paid' stand in the first row of each 'order' alone: if they hold for the rows below them, fill these in",
    ),
    Case(
        "csv of visits, a measure that some of each patient lack",
        file(
            "d.csv",
            "patient,weight,pulse\n"
            + "".join(
                f"p{row // 3},{'' if row % 2 else 60 + row},{70 + row % 9}\n" for row in range(24)
            ),
        ),
        TABLE,
        "train: 24 × table patient (category), weight, pulse: (p0, 60, 70) (p0, -, 71) (p0, 62, 72) (p1, -, 73) …",
    ),
    Case(
        "csv, a total of all in the first row",
        file(
            "d.csv",
            "page,views\n,78\n"
            + "".join(f"{page},{n}\n" for n, page in enumerate("abcdefghijkl", 1)),
        ),
        TABLE,
        "train: 13 × table views: (78) (1) (2) (3) …. column 'page' is left out: it holds text of 12 different values, each in one row; name its kind in dataset.types to use it. row 1 of train looks like a total: in 'views' it is the sum of all others: remove it from the file, if it is no row",
    ),
    Case(
        "csv, totals of parts in other words, and of all",
        file(
            "d.csv",
            "Region,Umsatz\n"
            + "".join(
                "".join(f"{region},{n * factor}\n" for n in range(1, 7))
                + f"{region} Ergebnis,{21 * factor}\n"
                for region, factor in (("Nord", 10), ("Süd", 17))
            )
            + "Gesamtergebnis,567\n",
        ),
        TABLE,
        "train: 15 × table Region (category), Umsatz: (Nord, 10) (Nord, 20) (Nord, 30) (Nord, 40) …. 3 rows of train look like totals: in 'Umsatz' each is the sum of those above it since the last such one, the first is row 7: remove them from the file, if they are no rows",
    ),
    Case(
        "csv, a total in the first row, with one value more",
        file("d.csv", "# pages\nname,views\n,6,Grand total\na,1\nb,2\nc,3\n"),
        {**TABLE, "comment": "#"},
        "Refused: path: d.csv: row 1 has 3 values, the header has 2; put values that contain the delimiter into quotes, or remove this line alone, if it is no row of the table, such as a total",
    ),
    Case(
        "csv of weather, a number of one width and a code in one value",
        file(
            "d.csv",
            "tmp,n\n"
            + "".join(
                f'"{(-1) ** row * row * 11:+05d},{row % 3}",{row * 7 % 5}\n' for row in range(12)
            ),
        ),
        TABLE,
        "train: 12 × table n: (0) (2) (4) (1) …. column 'tmp' is left out: it holds text of 12 different values, each in one row. column 'tmp' is no column of numbers, but several numbers in one value ('+0000,0'): write each in a column of its own",
    ),
    Case(
        "csv, names of ids and codes in German, French and Spanish",
        file(
            "d.csv",
            "Kundennr,code_postal,numero_cliente,n\n"
            + "".join(
                f"{500 + row},{75000 + row * 3},{9000 + row * 5},{row * 7 % 5}\n"
                for row in range(12)
            ),
        ),
        {**TABLE, "drop": ["n"]},
        "train: 12 × table code_postal, numero_cliente: (75000, 9000) (75003, 9005) (75006, 9010) (75009, 9015) …. column 'Kundennr' counts the rows (500 to 511) and is left out of the features; to use it, name them. whole numbers in columns called like ids or codes ('code_postal', 'numero_cliente') are used as amounts: if they are none, name the columns in drop, or set types = {code_postal = \"category\"}",
    ),
    Case(
        "csv, codes that are read with exponents, and codes with points",
        file(
            "d.csv",
            "sku,census_tract\n" + "".join(f"{n}E{n % 3},0{n}01.0{n}\n" for n in range(1, 7)),
        ),
        TABLE,
        "train: 6 × table sku, census_tract: (10, 101.01) (200, 201.02) (3, 301.03) (40, 401.04) …. column 'sku' holds 1E1 and the like, read as 10: if they are codes, set types = {sku = \"category\"}. column 'census_tract' holds numbers that begin with 0 (0101.01): if they are codes, set types = {census_tract = \"category\"}",
    ),
    Case(
        "csv, numbers that are written with exponents",
        file("d.csv", "a,b\n" + "".join(f"{n}e3,{n}E+3\n" for n in range(1, 7))),
        TABLE,
        "train: 6 × table a, b: (1000, 1000) (2000, 2000) (3000, 3000) (4000, 4000) …",
    ),
    Case(
        "csv, numbers as Python shows them",
        file(
            "d.csv",
            "a,b,c\n"
            + "".join(f"np.float64({n}.5),(1+{n}j),tensor({n}.)\n" for n in (1, 2, 3, 1, 2)),
        ),
        TABLE,
        "train: 5 × table a (category), b (category), c (category): (np.float64(1.5), (1+1j), tensor(1.)) (np.float64(2.5), (1+2j), tensor(2.)) (np.float64(3.5), (1+3j), tensor(3.)) (np.float64(1.5), (1+1j), tensor(1.)) …. column 'a' is no column of numbers, but numbers as Python shows them ('np.float64(1.5)'): write each with float(). column 'b' is no column of numbers, but complex numbers ('(1+1j)'): write their parts (real, imag) in columns of their own. column 'c' is no column of numbers, but numbers as Python shows them ('tensor(1.)'): write each with float()",
    ),
    Case(
        "csv, several numbers in one value, and numbers in words and signs",
        file(
            "d.csv",
            "a,b,c,d,e\n"
            + "".join(
                f"{n} ± 1,{n} ({n}0%),{n}th,{n} out of 50 points,{'★' * n}\n" for n in range(4, 19)
            ),
        ),
        TABLE,
        "Refused: features: no column can be a feature ('a': it holds text of 15 different values, each in one row; 'b': it holds text of 15 different values, each in one row; 'c': it holds text of 15 different values, each in one row; 'd': it holds text of 15 different values, each in one row; 'e': it holds text of 15 different values, each in one row); column 'a' is no column of numbers, but several numbers in one value ('4 ± 1'): write each in a column of its own",
    ),
    Case(
        "csv, classes on a ship, and signs of hotels",
        file(
            "d.csv",
            "pclass,stars\n"
            + "".join(
                f"{('1st', '2nd', '3rd')[row % 3]},{'★' * (row % 5 + 1)}\n" for row in range(15)
            ),
        ),
        TABLE,
        "train: 15 × table pclass (category), stars (category): (1st, ★) (2nd, ★★) (3rd, ★★★) (1st, ★★★★) …",
    ),
    Case(
        "csv, euros with gaps",
        file("d.csv", "a;b\n5 €;1\n;2\n7 €;3\nNA;4\n"),
        {**TABLE, "delimiter": ";", "units": ["€"]},
        "train: 4 × table a, b: (5, 1) (-, 2) (7, 3) (-, 4)",
    ),
    Case(
        "jsonl, euros with gaps",
        json_lines("d.jsonl", {"a": "5 €", "b": 1}, {"a": None, "b": 2}, {"a": "7 €", "b": 3}),
        {"path": "d.jsonl", "features": "all", "units": ["€"]},
        "train: 3 × table a, b: (5, 1) (-, 2) (7, 3)",
    ),
    Case(
        "csv, a unit that ends as another does",
        file("d.csv", "small,size\n5 g,1 kg\n6 g,2 kg\n7 g,3 kg\n"),
        {**TABLE, "units": ["g", "kg", "m²"]},
        "train: 3 × table small, size: (5, 1) (6, 2) (7, 3)",
    ),
    Case(
        "csv, square metres and degrees as single characters",
        file("d.csv", "a,b\n5 m²,1 ℃\n6 m²,2 ℃\n7.5 m²,3 ℃\n"),
        {**TABLE, "units": ["m²", "℃"]},
        "train: 3 × table a, b: (5, 1) (6, 2) (7.5, 3)",
    ),
    Case(
        "csv, a sign for no value in a column whose name has brackets",
        file("d.csv", "a [C],b\n0,1\n5,2\n6,3\n"),
        {**TABLE, "na_values": {"a [C]": ("0",)}},
        "train: 3 × table a [C], b: (-, 1) (5, 2) (6, 3)",
    ),
    Case(
        "csv, days and answers with a sign for no value of their own",
        file("d.csv", "day,answer,none\n2024-01-01,true,?\n?,false,?\n2024-01-03,?,?\n"),
        {**TABLE, "na_values": {"*a*": ("?",), "n*": ("?",)}, "drop": ["none"]},
        "train: 3 × table day (date), answer (yes-no): (2024-01-01, true) (-, false) (2024-01-03, -)",
    ),
    Case(
        "csv, a column without a name among words",
        file("d.csv", "name,,city\nAnn,old,Rome\nBob,5,Paris\nCy,7,Oslo\nAnn,7,Rome\n"),
        TABLE,
        "train: 4 × table name (category), city (category): (Ann, Rome) (Bob, Paris) (Cy, Oslo) (Ann, Rome). column 2 of d.csv has values, but no name: it is not used. a column without a name is left out of the features",
    ),
    Case(
        "csv, texts with commas that no quotes hold",
        file("d.csv", "label,text\npos,good\nneg,bad, very\npos,10\nneg,ok\n"),
        {"path": "d.csv", "text": "text"},
        "Refused: path: d.csv: row 2 has 3 values, the header has 2; put values that contain the delimiter into quotes, set delimiter, or set skip to the number of lines above the names of columns",
    ),
    Case(
        "csv, classes of incomes, and of ages",
        file(
            "d.csv",
            "income,age\n"
            + "".join(f"${n}0K - ${n + 1}0K,{n}0-{n}9\n" for n in (1, 2, 3, 1, 2, 3)),
        ),
        TABLE,
        "train: 6 × table income (category), age (category): ($10K - $20K, 10-19) ($20K - $30K, 20-29) ($30K - $40K, 30-39) ($10K - $20K, 10-19) …",
    ),
    Case(
        "csv, durations as pandas writes them",
        file(
            "d.csv",
            'a,n\n0 days 06:00:00,1\n-1 days +23:30:00,2\n"1 day, 0:00:01",3\n0 days 00:00:01.500000,4\n',
        ),
        {**TABLE, "types": {"a": "number"}},
        "train: 4 × table a, n: (21600, 1) (-1800, 2) (86401, 3) (1.5, 4)",
    ),
    Case(
        "csv, durations as pandas writes them, unsaid",
        file("d.csv", "a,n\n" + "".join(f"{day} days 06:00:00,{day}\n" for day in (0, 1, 1, 2, 0))),
        TABLE,
        "train: 5 × table a (category), n: (0 days 06:00:00, 0) (1 days 06:00:00, 1) (1 days 06:00:00, 1) (2 days 06:00:00, 2) …. column 'a' looks like durations ('0 days 06:00:00'): to use them as numbers of seconds, set types = {a = \"number\"}",
    ),
    Case(
        "csv, marks behind numbers: flags, stars, sides of accounts",
        file(
            "d.csv",
            "a,b,c\n"
            + "".join(
                f"{n}.5{('', ' p', ' b')[n % 3]},0.{n}{'*' * (n % 3)},{n}0 {('CR', 'DR')[n % 2]}\n"
                for n in (1, 2, 3, 4, 5, 6, 1, 2, 3)
            ),
        ),
        TABLE,
        "train: 9 × table a (category), b (category), c (category): (1.5 p, 0.1*, 10 DR) (2.5 b, 0.2**, 20 CR) (3.5, 0.3, 30 DR) (4.5 p, 0.4*, 40 CR) …. column 'a' is no column of numbers, for '1.5 p' (row 1), but 6 of its 6 different values are numbers: remove the marks behind them, or write these into a column of their own, or say in types what it is. column 'b' is no column of numbers, for '0.1*' (row 1), but 6 of its 6 different values are numbers: remove the marks behind them, or write these into a column of their own, or say in types what it is. column 'c' is no column of numbers, for '10 DR' (row 1), but 6 of its 6 different values are numbers: write those with DR with a minus in front, all without letters, or say in types what it is",
    ),
    Case(
        "csv, moments of the last century in Unix seconds, and as many people",
        file(
            "d.csv",
            "timestamp,people\n"
            + "".join(f"{9 * 10**8 + row},{9 * 10**8 + row}\n" for row in (5, 70, 33, 900)),
        ),
        TABLE,
        "train: 4 × table timestamp, people: (9e+08, 9e+08) (9e+08, 9e+08) (9e+08, 9e+08) (9.00001e+08, 9.00001e+08). column 'timestamp' holds numbers that look like Unix seconds (900000005): to use them as dates, set types = {timestamp = \"date\"}",
    ),
    Case(
        "csv, few labels that hold several classes",
        file("d.csv", "text,y\n" + "one,car|person\ntwo,car\nthree,person|dog\n" * 2),
        {**TEXT, "label": "y"},
        "train: 6 × text 'one' 'two' 'three' 'one' …, labels car|person car person|dog car|person. labels of 'y' hold several classes in one value ('car|person'): each combination is a class of its own",
    ),
    Case(
        "csv, a line of another form above the rows",
        file("d.csv", "|1x3 Cross validator\n1,x,2\n2,y,3\n"),
        TABLE,
        'Refused: path: d.csv: row 1 has 3 values, the header has 1; set comment = "|" if lines that begin so are no rows',
    ),
    Case(
        "csv of a join: an order's numbers in the row of each of its items",
        file(
            "d.csv",
            "order,a,b,c,item\n"
            + "".join(
                f"{n},{n * 7 % 31}.5,{n * n % 37}.25,{n * 11 % 41}.75,{item}\n"
                for n in range(24)
                for item in range(2 + n % 2)
            ),
        ),
        {"path": "d.csv", "features": "all"},
        "train: 60 × table order, a, b, c: (0, 0.5, 0.25, 0.75) (0, 0.5, 0.25, 0.75) (1, 7.5, 1.25, 11.75) (1, 7.5, 1.25, 11.75) …. rows of one 'order' have the same 'a', 'b', 'c', so that one with more rows weighs more: if each 'order' is one thing, keep one row of each (pandas: df.drop_duplicates('order'))",
    ),
    Case(
        "csv of stations with several days each",
        file(
            "d.csv",
            "station,lat,lon,height,rain\n"
            + "".join(
                f"s{n},{n * 7 % 31}.5,{n * n % 37}.25,{n * 11 % 41}.75,{(n * 3 + day * 17) % 29}.5\n"
                for n in range(24)
                for day in range(2 + n % 2)
            ),
        ),
        {"path": "d.csv", "features": "all", "drop": ["station"]},
        "train: 60 × table lat, lon, height, rain: (0.5, 0.25, 0.75, 0.5) (0.5, 0.25, 0.75, 17.5) (7.5, 1.25, 11.75, 3.5) (7.5, 1.25, 11.75, 20.5) …",
    ),
    Case(
        "csv in long form, several measures in one column",
        file(
            "d.csv",
            "subject,variable,value\n"
            + "".join(
                f"s{n},height,{170 + n % 9}\ns{n},steps,{8000 + n * 37 % 900}\n" for n in range(6)
            ),
        ),
        TABLE,
        "train: 12 × table subject (category), variable (category), value: (s0, height, 170) (s0, steps, 8000) (s1, height, 171) (s1, steps, 8037) …. column 'value' holds 2 things, as column 'variable' names them (medians: 172.5 'height', 8,092.5 'steps'): if rows of one 'subject' belong together, write them as one row, with a column for each (pandas: df.pivot(index='subject', columns='variable', values='value'))",
    ),
    Case(
        "csv, codes of diagnoses with points",
        file("d.csv", "icd9,days\n250.02,3\n401.10,5\n250.02,2\n414.00,7\n"),
        TABLE,
        "train: 4 × table icd9, days: (250.02, 3) (401.1, 5) (250.02, 2) (414, 7). numbers in column 'icd9', which is called like versions or codes, are used as amounts (1.10 is 1.1): if they are some, set types = {icd9 = \"category\"}",
    ),
    Case(
        "csv, amounts below zero with the minus behind them",
        file("d.csv", "a;n\n1.630,36-;1\n1.832,74;2\n12,5-;3\n"),
        {**TABLE, "delimiter": ";", "decimal": ",", "thousands": "."},
        "train: 3 × table a, n: (-1630.36, 1) (1832.74, 2) (-12.5, 3)",
    ),
    Case(
        "csv, the same, unsaid",
        file("d.csv", "a;n\n1.630,36-;1\n1.832,74;2\n12,5-;3\n"),
        {**TABLE, "delimiter": ";"},
        "train: 3 × table n: (1) (2) (3). column 'a' is left out: it holds text of 3 different values, each in one row. column 'a' is no column of numbers, for '1.630,36-' (row 1), but 3 of its 3 different values are numbers: set number in types, which reads (250) and 250- as -250, and decimal = \",\" and thousands = \".\", or say in types what it is",
    ),
    Case(
        "csv, amounts with a minus behind them, said to be numbers alone",
        file("d.csv", "a;n\n1.630,36-;1\n1.832,74;2\n12,5-;3\n"),
        {**TABLE, "delimiter": ";", "types": {"a": "number"}},
        "Refused: features: column 'a', row 1: '1.630,36-' is no number; set decimal = \",\" and thousands = \".\"",
    ),
    Case(
        "csv, the same, the thousands unsaid",
        file("d.csv", "a;n\n1.630,36-;1\n1.832,74;2\n12,5-;3\n"),
        {**TABLE, "delimiter": ";", "decimal": ",", "types": {"a": "number"}},
        "Refused: features: d.csv: column 'a', row 1: '1.630,36-' is no number with decimal = ','; set decimal = \",\" and thousands = \".\", or name such values in na_values",
    ),
    Case(
        "csv, codes in brackets beside decimal commas",
        file("d.csv", "a;n\n(1);1,5\n(2);2,5\n(1);3,5\n(2);4,5\n"),
        {**TABLE, "delimiter": ";", "decimal": ","},
        "train: 4 × table a (category), n: ((1), 1.5) ((2), 2.5) ((1), 3.5) ((2), 4.5). column 'a' is no column of numbers, for '(1)' (row 1), but 2 of its 2 different values are numbers: set number in types, which reads (250) and 250- as -250, or say in types what it is",
    ),
    Case(
        "csv, grades",
        file("d.csv", "a;n\n2-;1\n1+;2\n3;3\n2-;4\n1+;5\n"),
        {**TABLE, "delimiter": ";"},
        "train: 5 × table a (category), n: (2-, 1) (1+, 2) (3, 3) (2-, 4) …. column 'a' is no column of numbers, but grades, or numbers with their signs behind them ('2-'): list them in types in their order, or write signs in front",
    ),
    Case(
        "csv, grades that are said to be numbers",
        file("d.csv", "a;n\n2-;1\n1-;2\n3;3\n2-;4\n1-;5\n"),
        {**TABLE, "delimiter": ";", "types": {"a": "number"}},
        "Refused: features: column 'a', row 1: '2-' is no number; list them in types in their order, or write signs in front",
    ),
    Case(
        "csv, times of a race",
        file("d.csv", "a,n\n57.87,1\n1:02.34,2\n58.02,3\n1:00.00,4\n"),
        TABLE,
        "train: 4 × table n: (1) (2) (3) (4). column 'a' is left out: it holds text of 4 different values, each in one row. column 'a' looks like durations ('57.87'): to use them as numbers of seconds, set types = {a = \"number\"}",
    ),
    Case(
        "csv, times of a race that are said to be numbers",
        file("d.csv", "a,n\n57.87,1\n1:02.34,2\n58.02,3\n1:00.00,4\n"),
        {**TABLE, "types": {"a": "number"}},
        "train: 4 × table a, n: (57.87, 1) (62.34, 2) (58.02, 3) (60, 4)",
    ),
    Case(
        "csv, clocks and parts of hours",
        file("d.csv", "a,n\n0.5,1\n1:30:00,2\n0.75,3\n"),
        {**TABLE, "types": {"a": "number"}},
        "Refused: features: column 'a', row 2: '1:30:00' is no number; write a number for such values, or name them in na_values",
    ),
    Case(
        "csv, numbers of another script with its signs",
        file("d.csv", "a,n\n١٬٠١٩٫٤,1\n٤٩٫٦,2\n"),
        {**TABLE, "thousands": ","},
        "train: 2 × table a, n: (1019.4, 1) (49.6, 2)",
    ),
    Case(
        "csv, two tables side by side",
        file(
            "d.csv",
            "store,sales,,month,budget\n"
            + "".join(f"s{n % 3},{n},,{n % 12},{n * 7}\n" for n in range(12)),
        ),
        TABLE,
        "train: 12 × table store (category), sales, month, budget: (s0, 0, 0, 0) (s1, 1, 1, 7) (s2, 2, 2, 14) (s0, 3, 3, 21) …. an empty column without a name stands between 'sales' and 'month' of d.csv: if these are two tables side by side, write each to a file of its own. column 'sales' counts the rows (0 to 11): is it an id, no feature?. column 'month' counts the rows (0 to 11): is it an id, no feature?. numbers of 'month' may begin anew after the last, as degrees and hours do, and are used as amounts: if so, set types = {month = \"cycle 12\"}, for the encoder table",
    ),
    Case(
        "csv, empty columns without a name at both ends",
        file("d.csv", ",store,sales,\n" + "".join(f",s{n % 3},{n * 7 % 5},\n" for n in range(12))),
        TABLE,
        "train: 12 × table store (category), sales: (s0, 0) (s1, 2) (s2, 4) (s0, 1) …",
    ),
    Case(
        "csv, dates with years of two digits, none of them after a year",
        file(
            "d.csv",
            "paid,n\n" + "".join(f"{13 + n}/05/{(52 + n) % 100},{n}\n" for n in range(10, 18)),
        ),
        {**TABLE, "types": {"paid": "%d/%m/%y<=2026"}},
        "train: 8 × table paid (date), n: (1962-05-23, 10) (1963-05-24, 11) (1964-05-25, 12) (1965-05-26, 13) …",
    ),
    Case(
        "csv, days of the last years with two digits of the year",
        file("d.csv", "paid,n\n" + "".join(f"{13 + n}/05/{n + 10},{n}\n" for n in range(8))),
        {**TABLE, "types": {"paid": "%d/%m/%y"}},
        "train: 8 × table paid (date), n: (2010-05-13, 0) (2011-05-14, 1) (2012-05-15, 2) (2013-05-16, 3) …",
    ),
    Case(
        "parquet, a sign for no value that float32 rounds",
        parquet("d.parquet", a=np.array([-999.9, 21, 22, 23.5] * 8, np.float32)),
        {"path": "d.parquet", "features": "all"},
        "train: 32 × table a: (-999.9) (21) (22) (23.5) …. a number apart from all others looks like a sign for no value in 'a' (-999.9 in 8 rows): if it is one, set na_values = {a = [\"-999.9\"]}",
    ),
    Case(
        "parquet, a sign for no value that float32 rounds, said",
        parquet("d.parquet", a=np.array([-999.9, 21, 22, 23.5] * 8, np.float32)),
        {"path": "d.parquet", "features": "all", "na_values": ["-999.9"]},
        "train: 32 × table a: (-) (21) (22) (23.5) …. 8 of the 32 rows of train have no value in any feature, the first is row 1: remove them from the file if they are no rows",
    ),
    Case(
        "npy, a sign for no value",
        npy("d.npy", np.array([[-999.0, 1], [21, 2], [22, 3], [23, 4]] * 8)),
        {"path": "d.npy"},
        "train: 32 × table values.0, values.1: (-999, 1) (21, 2) (22, 3) (23, 4) …. a number apart from all others looks like a sign for no value in 'values.0' (-999 in 8 rows): if it is one, write nan or nothing in its place",
    ),
    Case(
        "parquet, a number beyond all others in float32",
        parquet("d.parquet", a=np.array([1e20, 21, 22, 23.5] * 8, np.float32)),
        {"path": "d.parquet", "features": "all", "na_values": {"a": ("1e+20",)}},
        "train: 32 × table a: (-) (21) (22) (23.5) …. 8 of the 32 rows of train have no value in any feature, the first is row 1: remove them from the file if they are no rows",
    ),
    Case(
        "images by a pattern over several folders",
        pictures("d/cat/a.png", "d/cat/b.png", "d/dog/c.png", "d/dog/e.png"),
        {"path": "d/*/*.png"},
        "train: 4 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100, labels cat cat dog dog, ids cat/a.png cat/b.png dog/c.png dog/e.png",
    ),
    Case(
        "csv, a type for a column that is left out",
        file("d.csv", "a,b\n1,2\n3,4\n"),
        {**TABLE, "drop": ["a"], "types": {"a": "category"}},
        "Refused: types: column 'a' is left out by drop; take it out of drop",
    ),
    Case(
        "csv, a unit that only some numbers have",
        file(
            "d.csv",
            "w,x\n" + "".join(f"{20 + row}{' kg' * (row % 3 > 0)},{row}\n" for row in range(30)),
        ),
        TABLE,
        "train: 30 × table x: (0) (1) (2) (3) …. column 'x' counts the rows (0 to 29): is it an id, no feature?. column 'w' is left out: it holds text of 30 different values, each in one row. column 'w' is no column of numbers, for '21 kg' (row 2), but 30 of its 30 different values are numbers: set units = [\"kg\"], if numbers without it are in it, too, or say in types what it is",
    ),
    Case(
        "csv, a unit that only some numbers have, and is said",
        file(
            "d.csv",
            "w,x\n" + "".join(f"{20 + row}{' kg' * (row % 3 > 0)},{row}\n" for row in range(30)),
        ),
        {**TABLE, "units": ["kg"]},
        "train: 30 × table w, x: (20, 0) (21, 1) (22, 2) (23, 3) …. column 'x' counts the rows (0 to 29): is it an id, no feature?. columns 'w' and 'x' say the same, in other units, scales or words at most, which counts twice: name one of both in drop",
    ),
    Case(
        "csv, tens of thousands (万) beside numbers alone, and that is said as a unit",
        file(
            "d.csv",
            "w,x\n" + "".join(f"{row + 1.5}万,{row}\n{row * 71 + 9},{row}\n" for row in range(30)),
        ),
        {**TABLE, "units": ["万"], "types": {"w": "number"}},
        "Refused: features: d.csv: column 'w', row 1: '1.5万' is no number with decimal = '.' and units = [\"万\"]; convert all to one unit (there are '万' and none), and remove it",
    ),
    Case(
        "csv, the minus of Japanese accounts (▲)",
        file("d.csv", 'w,x\n"▲6,933",1\n"7,234",2\n"△ 1,250",3\n'),
        {**TABLE, "thousands": ","},
        "train: 3 × table w, x: (-6933, 1) (7234, 2) (-1250, 3)",
    ),
    Case(
        "csv, arrows up and down",
        file(
            "d.csv", "w,x\n" + "".join(f"{'▲▼'[row % 2]} {row + 0.5}%,{row}\n" for row in range(30))
        ),
        TABLE,
        "train: 30 × table x: (0) (1) (2) (3) …. column 'x' counts the rows (0 to 29): is it an id, no feature?. column 'w' is left out: it holds text of 30 different values, each in one row. column 'w' is no column of numbers, but numbers with arrows ('▼ 1.5%'): write + and - in place of these",
    ),
    Case(
        "csv, numbers with powers of ten",
        file("d.csv", "w,x\n3.5×10⁶,1\n1.2×10⁵,2\n120,3\n"),
        {**TABLE, "types": {"w": "number"}},
        "Refused: features: column 'w', row 1: '3.5×10⁶' is no number; write them as 3.5e6",
    ),
    Case(
        "csv, moments with 24:00 as the end of a day",
        file(
            "d.csv",
            "at,day\n2024-01-31T23:00:00,31.01.2024 23:00\n2024-01-31T24:00:00,31.01.2024 24:00\n",
        ),
        {**TABLE, "types": {"day": "%d.%m.%Y %H:%M"}},
        "train: 2 × table at (date), day (date): (2024-01-31 23:00:00, 2024-01-31 23:00:00) (2024-02-01, 2024-02-01)",
    ),
    Case(
        "csv, days that no calendar here has (of Persia)",
        file("d.csv", "day,n\n1403-01-31,1\n1403-02-31,2\n1403-04-31,3\n"),
        TABLE,
        "Refused: features: column 'day', row 2: '1403-02-31' is no date as 2026-11-28 or 2026-11-28 10:30:00; set na_values = {day = [\"1403-02-31\", \"1403-04-31\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, moments as 14 and 12 digits, and days of years",
        file(
            "d.csv",
            "at,till,yyyyddd,n\n20240131103000,202401311030,2023365,1\n20240201091500,202402010915,2024001,2\n20240201101500,202402011015,2024002,2\n",
        ),
        TABLE,
        "train: 3 × table at, till, yyyyddd, n: (2.02401e+13, 2.02401e+11, 2.02336e+06, 1) (2.02402e+13, 2.02402e+11, 2.024e+06, 2) (2.02402e+13, 2.02402e+11, 2.024e+06, 2). column 'at' holds numbers that look like moments (20240131103000): to use them as dates, set types = {at = \"%Y%m%d%H%M%S\"}. column 'till' holds numbers that look like moments (202401311030): to use them as dates, set types = {till = \"%Y%m%d%H%M\"}. column 'yyyyddd' holds numbers that look like days of years (2023365): to use them as dates, set types = {yyyyddd = \"%Y%j\"}",
    ),
    Case(
        "csv, numbers of 14 digits that are no moments, and numbers of orders that may be",
        file(
            "d.csv",
            "weight,order_no,n\n20240131103000,202401310001,1\n20249901091500,202402010002,2\n20240201101500,202402010003,2\n",
        ),
        TABLE,
        "train: 3 × table weight, order_no, n: (2.02401e+13, 2.02401e+11, 1) (2.02499e+13, 2.02402e+11, 2) (2.02402e+13, 2.02402e+11, 2)",
    ),
    Case(
        "csv, hours and minutes as whole numbers",
        file(
            "d.csv",
            "dep_time,n\n"
            + "".join(
                f"{at},{row % 5}\n"
                for row, at in enumerate((5, 959, 1000, 1745, 2359, 2400, 615, 30))
            ),
        ),
        TABLE,
        "train: 8 × table dep_time, n: (5, 0) (959, 1) (1000, 2) (1745, 3) …. column 'dep_time' holds numbers that look like hours and minutes (2400): to use them as times of day, set types = {dep_time = \"time\"}",
    ),
    Case(
        "csv, hours and minutes as whole numbers, said",
        file("d.csv", "dep_time,n\n5,1\n959,2\n,3\n2400,4\n"),
        {**TABLE, "types": {"dep_time": "time"}},
        "train: 4 × table dep_time (time), n: (00:05:00, 1) (09:59:00, 2) (-, 3) (00:00:00, 4)",
    ),
    Case(
        "csv, hours and minutes with their zeros, said",
        file("d.csv", "dep_time,n\n0005,1\n0959,2\n1000,3\n2359,4\n"),
        {**TABLE, "types": {"dep_time": "time"}},
        "train: 4 × table dep_time (time), n: (00:05:00, 1) (09:59:00, 2) (10:00:00, 3) (23:59:00, 4)",
    ),
    Case(
        "csv, hours and minutes, of which one is none",
        file("d.csv", "dep_time,n\n5,1\n960,2\n1000,3\n2359,4\n"),
        {**TABLE, "types": {"dep_time": "time"}},
        "Refused: features: column 'dep_time', row 2: '960' is no time as 10:30 or 10:30:00; set na_values = {dep_time = [\"960\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, times that are no hours and minutes",
        file(
            "d.csv",
            "time,n\n" + "".join(f"{row * 37},{row % 5}\n" for row in range(60)),
        ),
        TABLE,
        "train: 60 × table time, n: (0, 0) (37, 1) (74, 2) (111, 3) …",
    ),
    Case(
        "csv, moments as Windows counts them (FILETIME), said to be dates",
        file("d.csv", "at,n\n133489728000000000,1\n133499728000000000,2\n"),
        {**TABLE, "types": {"at": "date"}},
        "train: 2 × table at (date), n: (2024-01-06, 1) (2024-01-17 13:46:40, 2)",
    ),
    Case(
        "csv, FILETIME with 0 for never, said to be dates",
        file("d.csv", "at,n\n133489728000000000,1\n0,2\n"),
        {**TABLE, "types": {"at": "date"}},
        'Refused: features: column \'at\', row 2: 0 is no date: numbers are Unix seconds, or all thousandths, millionths or billionths of them, between 1973 and 2100; set the format in types, as "%Y%m%d" or "%Y", make it a number, or name such values in na_values',
    ),
    Case(
        "csv, months as Dec-2011 and, in German, Mär 2011",
        file("d.csv", "a,b,n\nDec-2011,Mär 2011,1\nJan-2012,Mai 2011,2\nFeb-2012,Dez 2011,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). columns 'a', 'b' are left out: each holds text of 3 different values, each in one row. column 'a' looks like dates ('Dec-2011'): to use them as dates, set types = {a = \"%b-%Y\"}. column 'b' looks like dates ('Mär 2011'): to use them as dates, write them as 2024-01-31",
    ),
    Case(
        "csv, seasons and models with a year behind them",
        file(
            "d.csv",
            "a,b,n\nFall 2011,Golf 2011,1\nSpring 2012,Polo 2012,2\nFall 2011,Golf 2011,3\n",
        ),
        TABLE,
        "train: 3 × table a (category), b (category), n: (Fall 2011, Golf 2011, 1) (Spring 2012, Polo 2012, 2) (Fall 2011, Golf 2011, 3)",
    ),
    Case(
        "csv, ~ between values",
        file("d.csv", "id~age\n1~20\n2~30\n"),
        TABLE,
        "Refused: delimiter: d.csv seems to have '~' between its values; set delimiter = \"~\"",
    ),
    Case(
        "csv, one column with ^ in some values",
        file("d.csv", "m^2\n1.5\n2.5\n3.5\n"),
        TABLE,
        "train: 3 × table m^2: (1.5) (2.5) (3.5)",
    ),
    Case(
        "txt, rows with the separator of Hive",
        file("d.txt", "".join(f"{row}\x01a{row}\x01b\n" for row in range(12))),
        {"path": "d.txt"},
        "train: 12 × text '0\\x01a0\\x01b' '1\\x01a1\\x01b' '2\\x01a2\\x01b' '3\\x01a3\\x01b' …. each line of d.txt has 2 × '\\x01' and is one text: is it a table? call it .csv",
    ),
    Case(
        "csv, addresses of the internet",
        file(
            "d.csv", "ip,n\n192.168.110.138,1\n10.0.0.1,2\n192.168.110.138,3\n172.217.100.110,4\n"
        ),
        TABLE,
        "train: 4 × table ip (category), n: (192.168.110.138, 1) (10.0.0.1, 2) (192.168.110.138, 3) (172.217.100.110, 4)",
    ),
    Case(
        "tsv, GFF3: comments of two kinds above rows without names",
        file("d.tsv", "##gff-version 3\n#!genome-build GRCh38\n7\tx\tCDS\t9\n8\tx\tgene\t7\n"),
        {"path": "d.tsv", "features": "all"},
        'Refused: path: d.tsv: row 2 has 4 values, the header has 1; set comment = "#" if lines that begin so are no rows',
    ),
    Case(
        "json, GeoJSON",
        file(
            "d.json",
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": 1}}, {"type": "Feature", "properties": {"a": 2}}]}',
        ),
        {"path": "d.json", "features": "all"},
        "Refused: path: d.json is GeoJSON; write the properties of its features to a .csv file",
    ),
    Case(
        "csv, the byte 0x1A of DOS at the end",
        file("d.csv", "a,b\n1,2\n3,4\n\x1a"),
        TABLE,
        "Refused: path: d.csv: row 3 has 1 value, the header has 2; remove the byte 0x1A at the end of the file",
    ),
    Case(
        "csv, bytes of 0 at the end, after a loss of power",
        file("d.csv", b"a,b\n1,2\n3,4\n" + bytes(512)),
        TABLE,
        "Refused: path: d.csv: row 3 has 1 value, the header has 2; remove 512 bytes of 0 at the end of the file",
    ),
    Case(
        "csv, dates in a form of their own, and as sheets write them",
        file("d.csv", "day,n\n31/01/2024,1\n2024-02-01 00:00:00,2\n2024-02-02,3\n"),
        {**TABLE, "types": {"day": "%d/%m/%Y"}},
        "train: 3 × table day (date), n: (2024-01-31, 1) (2024-02-01, 2) (2024-02-02, 3)",
    ),
    Case(
        "csv, results of games and durations of minutes and seconds",
        file("d.csv", "result,spent,n\n30:35,30:35,1\n28:27,28:27,2\n30:35,30:35,3\n"),
        TABLE,
        "train: 3 × table result (category), spent (category), n: (30:35, 30:35, 1) (28:27, 28:27, 2) (30:35, 30:35, 3). column 'spent' looks like durations ('30:35'): to use them as numbers of seconds, set types = {spent = \"number\"}",
    ),
    Case(
        "csv, chromosomes: numbers and letters",
        file("d.csv", "chrom,n\n1,1\nX,2\n2,3\n1,4\nX,5\n22,6\n"),
        TABLE,
        "train: 6 × table chrom (category), n: (1, 1) (X, 2) (2, 3) (1, 4) …. column 'chrom' is no column of numbers, for 'X' (row 2), but 3 of its 4 different values are numbers: if these are names, as of grades, set types = {chrom = \"category\"}; else name such values in na_values",
    ),
    Case(
        "csv, ratings, of which one is a word for none",
        file("d.csv", "stars,n\n1,1\nnone,2\n2,3\n1,4\nnone,5\n3,6\n"),
        TABLE,
        "train: 6 × table stars (category), n: (1, 1) (none, 2) (2, 3) (1, 4) …. column 'stars' is no column of numbers, for 'none' (row 2), but 3 of its 4 different values are numbers: name such values in na_values, or say in types what it is",
    ),
    Case(
        "parquet, periods of pandas",
        lambda folder: pd.DataFrame(
            {"month": pd.period_range("2024-01", periods=4, freq="M"), "n": [1, 3, 2, 5]}
        ).to_parquet(folder / "d.parquet"),
        {"path": "d.parquet", "features": "all"},
        "train: 4 × table month, n: (648, 1) (649, 3) (650, 2) (651, 5). column 'month' holds periods of pandas, read as numbers: to use them as dates, write their first days (dt.to_timestamp())",
    ),
    Case(
        "folder of TIFF images that Pillow can't read",
        file("d/a.tif", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
        {"path": "d"},
        "Refused: path: 1 of 1 images can't be read: d/a.tif (a TIFF of a kind that Pillow can't read: write one or three of its bands as .png); repair them, or set missing = \"drop\"",
    ),
    Case(
        "csv, millions in words beside plain numbers",
        file(
            "d.csv",
            "v,n\n"
            + "".join(
                f"{f'{row + 1}.5 million' if row % 3 else 800_000 + 37 * row},{row * 7 % 5}\n"
                for row in range(30)
            ),
        ),
        TABLE,
        "train: 30 × table n: (0) (2) (4) (1) …. column 'v' is left out: it holds text of 30 different values, each in one row. column 'v' is no column of numbers, for '2.5 million' (row 2), but 30 of its 30 different values are numbers: convert all to one unit (there are 'million' and none), and remove it, or say in types what it is",
    ),
    Case(
        "csv, thousands of a currency beside plain numbers, with units that are set",
        file(
            "d.csv",
            "v,n\n"
            + "".join(
                f"{f'{row + 1}.5 k€' if row % 3 else 8_000 + 37 * row},{row * 7 % 5}\n"
                for row in range(30)
            ),
        ),
        {**TABLE, "units": ("k€",)},
        "train: 30 × table n: (0) (2) (4) (1) …. column 'v' is left out: it holds text of 30 different values, each in one row. column 'v' is no column of numbers, for '2.5 k€' (row 2), but 30 of its 30 different values are numbers: convert all to one unit (there are 'k€' and none), and remove it, or say in types what it is",
    ),
    Case(
        "csv, a date that is none, beside gaps that are set",
        file("d.csv", "day,n\n2024-02-01,1\n2024-02-30,2\n?,3\n2024-03-01,?\n"),
        {**TABLE, "types": {"day": "date"}, "na_values": ["?"]},
        'Refused: features: column \'day\', row 2: \'2024-02-30\' is no date as 2026-11-28 or 2026-11-28 10:30:00; set na_values = {"*" = ["?"], day = ["2024-02-30"]}, say in types what the column is (a category takes all), or leave it out by drop',
    ),
    Case(
        "csv, a date that is none, named as a gap of its column",
        file("d.csv", "day,n\n2024-02-01,1\n2024-02-30,2\n?,3\n2024-03-01,?\n"),
        {**TABLE, "types": {"day": "date"}, "na_values": {"*": ("?",), "day": ("2024-02-30",)}},
        "train: 4 × table day (date), n: (2024-02-01, 1) (-, 2) (-, 3) (2024-03-01, -)",
    ),
    Case(
        "csv, hours and minutes, of which one is none and a gap",
        file("d.csv", "dep_time,n\n0005,1\n0960,2\n1000,3\n2359,4\n"),
        {**TABLE, "types": {"dep_time": "time"}, "na_values": {"dep_time": ("960",)}},
        "train: 4 × table dep_time (time), n: (00:05:00, 1) (-, 2) (10:00:00, 3) (23:59:00, 4)",
    ),
    Case(
        "csv, sizes that are no powers of ten",
        file(
            "d.csv",
            "size,n\n" + "".join(f"{40 + row}x10{row % 7}0,{row * 7 % 5}\n" for row in range(30)),
        ),
        TABLE,
        "train: 30 × table n: (0) (2) (4) (1) …. column 'size' is left out: it holds several numbers in one value, as 40x1000: write each in a column of its own",
    ),
    Case(
        "csv, numbers that are no hours and minutes, whatever they are called",
        file(
            "d.csv",
            "lifetime_km,times_ordered,time\n"
            + "".join(
                f"{800 + 100 * (row % 14) + row % 4 * 7},{1200 + row * 7 % 60},{800 + 100 * (row % 14) + row % 6 * 10}\n"
                for row in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table lifetime_km, times_ordered, time: (800, 1200, 800) (907, 1207, 910) (1014, 1214, 1020) (1121, 1221, 1130) …. column 'times_ordered' counts the rows (1,200 to 1,259): is it an id, no feature?",
    ),
    Case(
        "csv, results of races: minutes and parts of seconds, and three parts",
        file(
            "d.csv",
            "result,final_result,n\n1:38.52,2:44:10,1\n2:01.90,3:05:59,2\n1:59.07,2:50:01,3\n",
        ),
        TABLE,
        "train: 3 × table n: (1) (2) (3). columns 'result', 'final_result' are left out: each holds text of 3 different values, each in one row. column 'result' looks like durations ('1:38.52'): to use them as numbers of seconds, set types = {result = \"number\"}. column 'final_result' looks like times ('2:44:10'): to use them as times of day, set types = {final_result = \"time\"}; for durations types = {final_result = \"number\"}",
    ),
    Case(
        "csv, words with years that begin as months do",
        file(
            "d.csv",
            "what,n\nmaison 2012,1\nmarine 2013,2\nmare 2014,3\nnova 2015,4\nMaison 2012,5\n",
        ),
        TABLE,
        "train: 5 × table n: (1) (2) (3) (4) …. column 'what' is left out: it holds text of 5 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "csv, months in full and short in French",
        file("d.csv", "mois,n\njanv. 2012,1\nfévrier 2013,2\navr. 2014,3\naoût 2015,4\n"),
        TABLE,
        "train: 4 × table n: (1) (2) (3) (4). column 'mois' is left out: it holds text of 4 different values, each in one row. column 'mois' looks like dates ('janv. 2012'): to use them as dates, write them as 2024-01-31",
    ),
    Case(
        "csv, minutes and seconds behind days, of which 24:00 is no end",
        file("d.csv", "t,n\n01.02.2024 24:00,1\n01.02.2024 23:59,2\n"),
        {**TABLE, "types": {"t": "%d.%m.%Y %M:%S"}},
        "train: 2 × table t (date), n: (2024-02-01 00:24:00, 1) (2024-02-01 00:23:59, 2)",
    ),
    Case(
        "jsonl, the byte 0x1A of DOS at the end",
        file("d.jsonl", '{"a": 1}\n{"a": 2}\n\x1a'),
        {"path": "d.jsonl", "features": "all"},
        "Refused: path: d.jsonl, line 3, is not JSON: it holds bytes of 0 or 0x1A alone; remove this line",
    ),
    Case(
        "csv, a number that is no value, beside another one of its column that is set",
        file("d.csv", measured(-999).replace("27", "-888")),
        {**TABLE, "na_values": {"a": ("-888",)}},
        'train: 30 × table a: (-999) (21) (22) (23) …. a number apart from all others looks like a sign for no value in \'a\' (-999 in 6 rows): if it is one, set na_values = {a = ["-888", "-999"]}. 2 of the 30 rows of train have no value in any feature, the first is row 8: remove them from the file if they are no rows',
    ),
    Case(
        "csv, days as numbers that lost their zeros, by a format without anything between",
        file("d.csv", "day,n\n1012024,1\n2012024,2\n13012024,3\n"),
        {**TABLE, "types": {"day": "%d%m%Y"}},
        "train: 3 × table day (date), n: (2024-01-01, 1) (2024-01-02, 2) (2024-01-13, 3)",
    ),
    Case(
        "csv, years and days that lost a zero, by a format that begins with years",
        file("d.csv", "day,n\n2024113,1\n20240114,2\n"),
        {**TABLE, "types": {"day": "%Y%m%d"}},
        "Refused: features: column 'day', row 1: '2024113' is no date by %Y%m%d; set na_values = {day = [\"2024113\"]}, say in types what the column is (a category takes all), or leave it out by drop",
    ),
    Case(
        "csv, hours, minutes and seconds as numbers",
        file("d.csv", clocks("time")),
        TABLE,
        "train: 40 × table time, n: (0, 0) (50711, 1) (101422, 2) (152133, 3) …. column 'time' holds numbers that look like hours, minutes and seconds (231329): to use them as times of day, set types = {time = \"time\"}",
    ),
    Case(
        "csv, hours, minutes and seconds as numbers, said to be times",
        file("d.csv", clocks("time")),
        {**TABLE, "types": {"time": "time"}},
        "train: 40 × table time (time), n: (00:00:00, 0) (05:07:11, 1) (10:14:22, 2) (15:21:33, 3) …",
    ),
    Case(
        "csv, widths of furniture called as degrees are (Breite)",
        file(
            "d.csv",
            "Breite,n\n"
            + "".join(f"{row % 9 * 100 + 600 + row % 2 * 50},{row % 5}\n" for row in range(40)),
        ),
        TABLE,
        "train: 40 × table Breite, n: (600, 0) (750, 1) (800, 2) (950, 3) …",
    ),
    Case(
        "csv, numbers of the size of hours, minutes and seconds",
        file(
            "d.csv", "time,n\n" + "".join(f"{row * 7919 % 235959},{row % 5}\n" for row in range(40))
        ),
        TABLE,
        "train: 40 × table time, n: (0, 0) (7919, 1) (15838, 2) (23757, 3) …",
    ),
    Case(
        "csv, days with the day first, as numbers",
        file(
            "d.csv", "date,n\n" + "".join(f"{row:02d}032024,{row % 5}\n" for row in range(10, 31))
        ),
        TABLE,
        "train: 21 × table date, n: (1.0032e+07, 0) (1.1032e+07, 1) (1.2032e+07, 2) (1.3032e+07, 3) …. column 'date' holds numbers that look like dates (10032024): to use them as dates, set types = {date = \"%d%m%Y\"}",
    ),
    Case(
        "csv, days with years of two digits in front, as numbers",
        file(
            "d.csv",
            "date,n\n"
            + "".join(f"24{row * 5 % 12 + 1:02d}{row:02d},{row % 5}\n" for row in range(1, 29)),
        ),
        TABLE,
        'train: 28 × table date, n: (240601, 1) (241102, 2) (240403, 3) (240904, 4) …. column \'date\' holds numbers that look like dates (240601): to use them as dates, set types = {date = "%y%m%d"}, or "%d%m%y"',
    ),
    Case(
        "csv, numbers in a column called date that are none",
        file(
            "d.csv",
            "date_count,n\n" + "".join(f"{100000 + row * 7919},{row % 5}\n" for row in range(30)),
        ),
        TABLE,
        "train: 30 × table date_count, n: (100000, 0) (107919, 1) (115838, 2) (123757, 3) …",
    ),
    Case(
        "csv, places as receivers of GPS write them",
        file(
            "d.csv",
            "lat,lon\n"
            + "".join(f"{4800 + row}.5,{1100 + row * 3 % 60}.25\n" for row in range(20)),
        ),
        TABLE,
        "train: 20 × table lat, lon: (4800.5, 1100.25) (4801.5, 1103.25) (4802.5, 1106.25) (4803.5, 1109.25) …. column 'lat' (up to 4819.5) seems to hold degrees and minutes as one number (ddmm.mmmm of NMEA): write degrees, as 48.125 for 4807.5. column 'lon' (up to 1157.25) seems to hold degrees and minutes as one number (ddmm.mmmm of NMEA): write degrees, as 48.125 for 4807.5. columns 'lat' and 'lon' say the same, in other units, scales or words at most, which counts twice: name one of both in drop",
    ),
    Case(
        "csv, places in degrees, and others in metres",
        file(
            "d.csv",
            "lat,lon,latitude_m\n"
            + "".join(f"48.{row:02d},-11.{row:02d},{5300000 + row * 61}\n" for row in range(20)),
        ),
        TABLE,
        "train: 20 × table lat, lon, latitude_m: (48, -11, 5.3e+06) (48.01, -11.01, 5.30006e+06) (48.02, -11.02, 5.30012e+06) (48.03, -11.03, 5.30018e+06) …. columns 'lat' and 'lon', 'lat' and 'latitude_m' say the same, in other units, scales or words at most, which counts twice: name one of both in drop",
    ),
    Case(
        "csv, ages as DICOM writes them",
        file("d.csv", "age,n\n045Y,1\n006M,2\n071Y,3\n033Y,4\n"),
        TABLE,
        "train: 4 × table n: (1) (2) (3) (4). column 'age' is left out: it holds text of 4 different values, each in one row. column 'age' is no column of numbers, but ages as DICOM writes them ('045Y'): write all in one unit, as 45 and 0.5 for 045Y and 006M",
    ),
    Case(
        "csv, moments that a spreadsheet has cut to minutes and seconds",
        file("d.csv", "created_at,n\n59:27.6,1\n01:02.3,2\n33:10.0,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). column 'created_at' is left out: it holds text of 3 different values, each in one row. column 'created_at' holds minutes and seconds ('59:27.6'), as spreadsheets leave of moments, without day and hour: write the file again with whole moments",
    ),
    Case(
        "csv, seasons of years",
        file("d.csv", "season,n\n2003-04,1\n2004-05,2\n2005-06,3\n2004-05,4\n"),
        TABLE,
        "train: 4 × table season (category), n: (2003-04, 1) (2004-05, 2) (2005-06, 3) (2004-05, 4). column 'season' looks like dates ('2003-04'): to use them as dates, write the first day of each, as 2024-01-01",
    ),
    Case(
        "csv, months of several years",
        file("d.csv", "month,n\n2003-04,1\n2004-05,2\n2005-07,3\n2004-01,4\n"),
        TABLE,
        "train: 4 × table n: (1) (2) (3) (4). column 'month' is left out: it holds text of 4 different values, each in one row. column 'month' looks like dates ('2003-04'): to use them as dates, set types = {month = \"%Y-%m\"}",
    ),
    Case(
        "csv, numbers in columns called like codes of trades",
        file(
            "d.csv",
            "sic,mcc,store\n"
            + "".join(f"{111 + row * 7},{5411 + row},{row}\n" for row in range(20)),
        ),
        TABLE,
        "train: 20 × table sic, mcc, store: (111, 5411, 0) (118, 5412, 1) (125, 5413, 2) (132, 5414, 3) …. column 'mcc' counts the rows (5,411 to 5,430): is it an id, no feature?. column 'store' counts the rows (0 to 19): is it an id, no feature?. whole numbers in columns called like ids or codes ('sic') are used as amounts: if they are none, name the columns in drop, or set types = {sic = \"category\"}. columns 'sic' and 'mcc', 'sic' and 'store' say the same, in other units, scales or words at most, which counts twice: name one of both in drop",
    ),
    Case(
        "csv, codes of which a few have letters",
        file(
            "d.csv",
            "StockCode,n\n"
            + "".join(f"{84000 + row}{'A' * (row % 9 == 0)},{row % 7}\n" for row in range(40)),
        ),
        {**TABLE, "types": {"StockCode": "category"}},
        "train: 40 × table StockCode (category), n: (84000A, 0) (84001, 1) (84002, 2) (84003, 3) …",
    ),
    Case(
        "csv, a table of counts",
        file("d.csv", "Class,Sex,Freq\n1st,m,118\n1st,f,154\n2nd,m,154\n2nd,f,13\n"),
        TABLE,
        "train: 4 × table Class (category), Sex (category), Freq: (1st, m, 118) (1st, f, 154) (2nd, m, 154) (2nd, f, 13). column 'Freq' may count how often each row was seen, as in a table of counts: if so, write each row as often, and name the column in drop",
    ),
    Case(
        "csv, a count beside other numbers",
        file("d.csv", "Class,Sex,count,age\n1st,m,118,3\n1st,f,154,4\n2nd,m,154,5\n2nd,f,13,6\n"),
        TABLE,
        "train: 4 × table Class (category), Sex (category), count, age: (1st, m, 118, 3) (1st, f, 154, 4) (2nd, m, 154, 5) (2nd, f, 13, 6)",
    ),
    Case(
        "csv, weights of a survey",
        file("d.csv", "age,q1,fnlwgt\n30,1,118.5\n41,2,154.25\n52,3,99.5\n63,1,13.75\n"),
        TABLE,
        "train: 4 × table age, q1, fnlwgt: (30, 1, 118.5) (41, 2, 154.25) (52, 3, 99.5) (63, 1, 13.75). column 'fnlwgt' is called like weights of rows in a survey, and is used as a feature: if it is no property of the rows, name it in drop",
    ),
    Case(
        "csv, stars in German",
        file(
            "d.csv",
            "rating;n\n"
            + "".join(f"{row % 4},{row % 9} von 5 Sternen;{row % 7}\n" for row in range(30)),
        ),
        {**TABLE, "delimiter": ";"},
        "train: 30 × table n: (0) (1) (2) (3) …. column 'rating' is left out: it holds text of 30 different values, each in one row. column 'rating' is no column of numbers, but numbers in words or signs ('0,0 von 5 Sternen'): write the number alone",
    ),
    Case(
        "csv, pounds and ounces",
        file("d.csv", "born,n\n7lb 6oz,1\n8 lbs 1 oz,2\n6lb 15oz,3\n"),
        TABLE,
        "train: 3 × table n: (1) (2) (3). column 'born' is left out: it holds text of 3 different values, each in one row. column 'born' is no column of numbers, but pounds and ounces ('7lb 6oz'): write one number for each, 16 × pounds + ounces",
    ),
    Case(
        "csv, columns that say the same in other units and words",
        file(
            "d.csv",
            "temp_c,temp_f,kind,code,n\n"
            + "".join(
                f"{row * 7 % 31},{row * 7 % 31 * 1.8 + 32:.1f},{'ab'[row % 2]},{'xy'[row % 2]},{row % 7}\n"
                for row in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table temp_c, temp_f, kind (category), code (category): (0, 32, a, x) (7, 44.6, b, y) (14, 57.2, a, x) (21, 69.8, b, y) …. columns 'temp_c' and 'temp_f', 'kind' and 'code' say the same, in other units, scales or words at most, which counts twice: name one of both in drop",
    ),
    Case(
        "csv, columns that nearly say the same",
        file(
            "d.csv",
            "low,high,kind,town,n\n"
            + "".join(
                f"{row * 7 % 31},{row * 7 % 31 + 10 + row % 2},{'ab'[row % 2]},{'xyz'[row % 3]},{row % 7}\n"
                for row in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table low, high, kind (category), town (category): (0, 10, a, x) (7, 18, b, y) (14, 24, a, z) (21, 32, b, x) …",
    ),
    Case(
        "csv, a second table below the first",
        file(
            "d.csv",
            "user,n\n"
            + "".join(f"{row},{row * 7 % 5}\n" for row in range(20))
            + "page,views\n/a,3\n/b,4\n",
        ),
        TABLE,
        "train: 23 × table n (category): (0) (2) (4) (1) …. column 'user' is left out: it holds text of 23 different values, each in one row. row 21 looks like the names of other columns ('page', 'views'): if a second table begins there, write it to a file of its own",
    ),
    Case(
        "csv, one word among numbers",
        file(
            "d.csv",
            "a,n,kind\n"
            + "".join(f"{row * 3},{row % 5},u\n" for row in range(20))
            + "none,3,u\n5,4,v\n",
        ),
        TABLE,
        "train: 22 × table n, kind (category): (0, u) (1, u) (2, u) (3, u) …. column 'a' is left out: it holds text of 22 different values, each in one row. column 'a' is no column of numbers, for 'none' (row 21), but 21 of its 22 different values are numbers: name such values in na_values, or say in types what it is",
    ),
    Case(
        "csv, numbers of which all large ones have commas",
        file(
            "d.csv",
            "n,k\n" + "".join(f'"{row * row * 40 + 80:,}",{row % 4}\n' for row in range(40)),
        ),
        {**TABLE, "thousands": ","},
        "train: 40 × table n, k: (80, 0) (120, 1) (240, 2) (440, 3) …",
    ),
    Case(
        "csv, the same numbers, as they stand",
        file(
            "d.csv",
            "n,k\n" + "".join(f'"{row * row * 40 + 80:,}",{row % 4}\n' for row in range(40)),
        ),
        TABLE,
        "train: 40 × table k: (0) (1) (2) (3) …. column 'n' is left out: it holds text of 40 different values, each in one row. column 'n' is no column of numbers, for '1,080' (row 6), but 40 of its 40 different values are numbers: set thousands = \",\", or say in types what it is",
    ),
    Case(
        "csv, numbers with three decimals behind commas",
        file(
            "d.csv",
            "n,k\n" + "".join(f'"{row},{row * 97 % 900 + 100}",{row % 4}\n' for row in range(40)),
        ),
        TABLE,
        "train: 40 × table k: (0) (1) (2) (3) …. column 'n' is left out: it holds text of 40 different values, each in one row. column 'n' is no column of numbers, for '0,100' (row 1), but 40 of its 40 different values are numbers: set decimal or thousands, or say in types what it is",
    ),
    Case(
        "xlsx, numbers that are texts in some cells",
        xlsx("d.xlsx", s=[["a", "b"], [1, "x"], ["2", "y"], [3.5, "x"], ["-4.5", "y"]]),
        {"path": "d.xlsx", "features": "all"},
        "train: 4 × table a, b (category): (1, x) (2, y) (3.5, x) (-4.5, y)",
    ),
    Case(
        "xlsx, codes among numbers",
        xlsx("d.xlsx", s=[["a", "b"], [1, 5], ["007", 6], [3, 7]]),
        {"path": "d.xlsx", "features": "all"},
        "Refused: path: d.xlsx: the values of 'a' are not of one kind: a number in row 1, a text in row 2; write all of them as text, or all as numbers",
    ),
    Case(
        "parquet, lists of bytes that are bits",
        parquet("d.parquet", v=bits().tolist()),
        {"path": "d.parquet", "features": ["v"]},
        "train: 60 × table v.0, v.1, v.2, v.3: (112, 195, 1, 160) (29, 211, 148, 108) (23, 20, 191, 128) (2, 235, 149, 17) …. lists of column 'v' look like bits, eight in each number: write them one by one, by numpy.unpackbits(x.astype(numpy.uint8), axis=1)",
    ),
    Case(
        "parquet, lists of bytes that are numbers",
        parquet("d.parquet", v=np.random.default_rng(0).integers(0, 256, (60, 16)).tolist()),
        {"path": "d.parquet", "features": ["v"]},
        "train: 60 × table v.0, v.1, v.2, v.3: (217, 163, 130, 69) (161, 139, 143, 239) (22, 220, 5, 138) (65, 157, 195, 98) …",
    ),
    Case(
        "csv, begins and ends, prices of a day, and ids that grow with moments",
        file(
            "d.csv",
            "begin,end,open,high\n"
            + "".join(
                f"2024-{row % 12 + 1:02d}-10 08:00:00,2024-{row % 12 + 1:02d}-10 {8 + row % 9:02d}:30:00,"
                f"{row * row}.25,{row * row + row % 3}.5\n"
                for row in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table begin (date), end (date), open, high: (2024-01-10 08:00:00, 2024-01-10 08:30:00, 0.25, 0.5) (2024-02-10 08:00:00, 2024-02-10 09:30:00, 1.25, 2.5) (2024-03-10 08:00:00, 2024-03-10 10:30:00, 4.25, 6.5) (2024-04-10 08:00:00, 2024-04-10 11:30:00, 9.25, 9.5) …",
    ),
    Case(
        "csv, degrees from 0 to 360 in a column called lon",
        file(
            "d.csv",
            "lon,n\n" + "".join(f"{row % 4 * 100 + row}.5,{row % 7}\n" for row in range(40)),
        ),
        TABLE,
        "train: 40 × table lon, n: (0.5, 0) (101.5, 1) (202.5, 2) (303.5, 3) …",
    ),
    Case(
        "csv, signs for no value beside words",
        file(
            "d.csv",
            "who,n,kind\n"
            + "".join(
                f"name {chr(97 + row % 26)}{chr(98 + row // 26)},{'nil' if row == 9 else row % 7},u\n"
                for row in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table n (category), kind (category): (0, u) (1, u) (2, u) (3, u) …. column 'who' is left out: it holds text of 40 different values, each in one row; name its kind in dataset.types to use it. column 'n' is no column of numbers, for 'nil' (row 10), but 7 of its 8 different values are numbers: name such values in na_values, or say in types what it is",
    ),
    Case(
        "csv, a table of which rows are properties and columns things",
        file(
            "d.csv",
            "variable,"
            + ",".join(f"S{at}" for at in range(9))
            + "\n"
            + "".join(
                f"{name}," + ",".join(str(k * at % 7) for at in range(9)) + "\n"
                for k, name in ((2, "age"), (3, "height"), (5, "weight"))
            ),
        ),
        TABLE,
        "train: 3 × table S0, S1, S2, S3: (0, 2, 4, 6) (0, 3, 6, 2) (0, 5, 3, 1). column 'variable' is left out: it holds text of 3 different values, each in one row; name its kind in dataset.types to use it. rows seem to be properties (column 'variable') of the 9 things in the other columns: to cluster these, write the table the other way round (pandas: df.set_index('variable').T)",
    ),
    Case(
        "csv, few samples of many wavelengths",
        file(
            "d.csv",
            "sample,"
            + ",".join(f"w{at}" for at in range(9))
            + "\n"
            + "".join(
                f"{name}," + ",".join(str(k * at % 7) for at in range(9)) + "\n"
                for k, name in ((2, "a"), (3, "b"), (5, "c"))
            ),
        ),
        TABLE,
        "train: 3 × table w0, w1, w2, w3: (0, 2, 4, 6) (0, 3, 6, 2) (0, 5, 3, 1). column 'sample' is left out: it holds text of 3 different values, each in one row; name its kind in dataset.types to use it",
    ),
    Case(
        "csv, years of the Thai calendar",
        file("d.csv", "day,n\n2567-01-31,1\n2566-05-12,2\n2567-02-03,3\n"),
        TABLE,
        "train: 3 × table day (date), n: (2567-01-31, 1) (2566-05-12, 2) (2567-02-03, 3). dates of column 'day' are all centuries ahead (2567-02-03): if these are years of the Thai calendar, write them 543 years earlier",
    ),
    Case(
        "csv, one day that is far ahead",
        file("d.csv", "day,n\n2024-01-31,1\n2566-05-12,2\n2023-02-03,3\n"),
        TABLE,
        "train: 3 × table day (date), n: (2024-01-31, 1) (2566-05-12, 2) (2023-02-03, 3)",
    ),
    Case(
        "texts with embeddings, one and the same for many texts",
        embedded([f"text {row}" for row in range(60)], lambda row: 0 if row % 4 == 1 else row),
        EMBEDDED,
        "train: 60 × text 'text 0' 'text 1' 'text 2' 'text 3' …, embedding [[34.5, 13.5], [34.5, 13.5], [-19.5, -45.5], [-42.5, -48.0]]. 16 rows of train have one and the same embedding, and 16 different texts, the first is row 1: if making them failed, make them anew, or remove these rows",
    ),
    Case(
        "texts with embeddings, equal texts have equal ones",
        embedded([f"text {row % 40}" for row in range(60)], lambda row: row % 40),
        EMBEDDED,
        "train: 60 × text 'text 0' 'text 1' 'text 2' 'text 3' …, embedding [[34.5, 13.5], [1.0, -23.0], [-19.5, -45.5], [-42.5, -48.0]]",
    ),
    Case(
        "texts with embeddings, in another order",
        embedded([f"text {row % 40}" for row in range(60)], lambda row: row * 7 % 60),
        EMBEDDED,
        "train: 60 × text 'text 0' 'text 1' 'text 2' 'text 3' …, embedding [[34.5, 13.5], [46.5, 22.5], [26.0, 22.5], [-49.0, -37.5]]. 20 rows of train have the text of an earlier row, and 20 of them another embedding than it, the first is row 41: embedding seems to be in another order than the rows: write each beside its text, to one file",
    ),
    Case(
        "texts with embeddings, one text stands for others",
        embedded(
            [f"text {row}" if row % 4 else "see the picture" for row in range(60)], lambda row: row
        ),
        EMBEDDED,
        "train: 60 × text 'see the picture' 'text 1' 'text 2' 'text 3' …, embedding [[34.5, 13.5], [1.0, -23.0], [-19.5, -45.5], [-42.5, -48.0]]",
    ),
    Case(
        "csv, codes of answers in columns called like categories",
        file(
            "d.csv",
            "sex,region,q1\n" + "".join(f"{1 + k % 2},{k % 7},{k * 7 % 5}\n" for k in range(40)),
        ),
        TABLE,
        "train: 40 × table sex, region, q1: (1, 0, 0) (2, 1, 2) (1, 2, 4) (2, 3, 1) …. few whole numbers in columns called like categories ('sex', 'region') are used as amounts: if they are codes, set types = {sex = \"category\", region = \"category\"}",
    ),
    Case(
        "csv, counts and yes or no in columns called like categories",
        file(
            "d.csv",
            "sex,n_region,employees,q1\n"
            + "".join(f"{k % 2},{k % 7},{k * k},{k * 7 % 5}\n" for k in range(40)),
        ),
        TABLE,
        "train: 40 × table sex, n_region, employees, q1: (0, 0, 0, 0) (1, 1, 1, 2) (0, 2, 4, 4) (1, 3, 9, 1) …",
    ),
    Case(
        "csv, rows that kept their numbers in a sample",
        file("d.csv", "row,a\n" + "".join(f"{k * 37 % 997},{k * 7 % 5}\n" for k in range(40))),
        TABLE,
        "train: 40 × table a: (0) (2) (4) (1) …. column 'row', an index, is left out of the features",
    ),
    Case(
        "csv, numbers of cases that repeat",
        file("d.csv", "case,a\n" + "".join(f"{k * 37 % 19},{k * 7 % 5}\n" for k in range(40))),
        TABLE,
        "train: 40 × table case, a: (0, 0) (18, 2) (17, 4) (16, 1) …",
    ),
    Case(
        "csv, a column with a value in few rows",
        file(
            "d.csv",
            "fax,a\n" + "".join(f"{'' if k % 30 else k + 7},{k * 7 % 5}\n" for k in range(60)),
        ),
        TABLE,
        "train: 60 × table fax, a: (7, 0) (-, 2) (-, 4) (-, 1) …. few rows have a value in 'fax' (2 of 60 rows): clusters would be of these few, or of chance; name it in drop, if that is not meant",
    ),
    Case(
        "csv, an answer that few rows have ticked",
        file(
            "d.csv",
            "fax,a\n" + "".join(f"{'' if k % 30 else 'yes'},{k * 7 % 5}\n" for k in range(60)),
        ),
        TABLE,
        "train: 60 × table fax (category), a: (yes, 0) (-, 2) (-, 4) (-, 1) …",
    ),
    Case(
        "csv, rows with a delimiter too many",
        file(
            "d.csv",
            "age,income,visits,spent,note\n"
            + "".join(
                f"{'' if k % 9 else ','}{customer(k)}{',' if k % 9 else ''}\n" for k in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table age, income, visits, spent: (-, 20, 20000, 1) (27, 27919, 6, 137.5) (34, 35838, 11, 174.5) (41, 43757, 16, 211.5) …. less than half of the rows have a value in 'note' (7 of 60 rows): clusters may be of those that have one. 7 rows without a value in 'age' seem to be shifted by one column: values in 'income', 'visits', 'spent' and 1 more fit the column before and not their own, the first is row 1; write them under their names, or remove these rows",
    ),
    Case(
        "csv, rows that lost a value",
        file(
            "d.csv",
            "age,income,visits,spent\n"
            + "".join(
                (customer(k) if k % 9 else customer(k).partition(",")[2] + ",") + "\n"
                for k in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table age, income, visits, spent: (20000, 1, 100.5, -) (27, 27919, 6, 137.5) (34, 35838, 11, 174.5) (41, 43757, 16, 211.5) …. 7 rows without a value in 'spent' seem to be shifted by one column: values in 'visits', 'income', 'age' fit the column behind and not their own, the first is row 1; write them under their names, or remove these rows",
    ),
    Case(
        "csv, rows of customers that have bought nothing",
        file(
            "d.csv",
            "age,income,visits,spent\n"
            + "".join(
                (customer(k) if k % 9 else ",".join(["", *customer(k).split(",")[1:2], "0", "0"]))
                + "\n"
                for k in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table age, income, visits, spent: (-, 20000, 0, 0) (27, 27919, 6, 137.5) (34, 35838, 11, 174.5) (41, 43757, 16, 211.5) …",
    ),
    Case(
        "xlsx, numbers and texts in a column that is left out",
        xlsx("d.xlsx", one=[["a", "b"], *([k % 7, "12 mm" if k == 3 else k] for k in range(9))]),
        {"path": "d.xlsx", "features": "all", "drop": ["b"]},
        "train: 9 × table a: (0) (1) (2) (3) …",
    ),
    Case(
        "xlsx, numbers and texts in a column that is not named",
        xlsx("d.xlsx", one=[["a", "b"], *([k % 7, "12 mm" if k == 3 else k] for k in range(9))]),
        {"path": "d.xlsx", "features": ["a"]},
        "train: 9 × table a: (0) (1) (2) (3) …",
    ),
    Case(
        "xlsx, few words among numbers",
        xlsx("d.xlsx", one=[["a", "b"], *([k % 7, "none" if k % 4 == 3 else k] for k in range(9))]),
        {"path": "d.xlsx", "features": "all"},
        "Refused: path: d.xlsx: the values of 'b' are not of one kind: a number in row 1, a text in row 4; write all of them as text, or all as numbers; set na_values = {b = [\"none\"]}, if such a word stands for no value",
    ),
    Case(
        "csv, many texts, some of which are a sign",
        file(
            "d.csv",
            "text\n"
            + "".join(
                f"{'' if k % 9 else '.-?'[k % 3]}{f'good {k}' * (k % 9 > 0)}\n" for k in range(150)
            ),
        ),
        TEXT,
        "train: 150 × text '.' 'good 1' 'good 2' 'good 3' …. column 'text' holds '.' or the like in 17 rows (row 1): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, many texts, some of which are signs of a mood",
        file(
            "d.csv",
            "text\n" + "".join(f"{f'good {k}' if k % 9 else '!!!'}\n" for k in range(150)),
        ),
        TEXT,
        "train: 150 × text '!!!' 'good 1' 'good 2' 'good 3' …",
    ),
    Case(
        "csv of paths of images, beside which others lie",
        several(
            file("d.csv", "image,a\n" + "".join(f"p/{k}.png,{k}\n" for k in range(5))),
            pictures(*(f"p/{k}.png" for k in range(7))),
        ),
        {"path": "d.csv", "image": "image"},
        "train: 5 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100 …. images beside those of column 'image' that no row names are not read (2): 5.png, 6.png; write rows for them, if they are meant",
    ),
    Case(
        "csv of paths of images, some of many",
        several(
            file("d.csv", "image,a\n" + "".join(f"p/{k}.png,{k}\n" for k in range(3))),
            pictures(*(f"p/{k}.png" for k in range(7))),
        ),
        {"path": "d.csv", "image": "image"},
        "train: 3 × image (2, 3, 1) of 100 (2, 3, 1) of 100 (2, 3, 1) of 100",
    ),
    Case(
        "csv, inches that open a value and close it eleven lines below",
        file(
            "d.csv",
            "n,topic,review\n"
            + "".join(
                "{},tv,{}screen of {} inch{}\n".format(
                    k, '"' * (k == 20), k % 7 + 20, ' or 24"' * (k == 31)
                )
                for k in range(60)
            ),
        ),
        {"path": "d.csv", "text": "review"},
        "train: 49 × text 'screen of 20 inch' 'screen of 21 inch' 'screen of 22 inch' 'screen of 23 inch' …. 10 lines within one value of 'review' in row 21 of d.csv look like rows: if the quote before them is a sign, as for inches, set quotes = false",
    ),
    Case(
        "csv, texts of several lines with commas",
        file(
            "d.csv",
            "n,topic,review\n"
            + "".join(
                f'{k},tv,"Well, I bought it,\nand, as I said, it is\nlarge, and has {k} inches"\n'
                for k in range(30)
            ),
        ),
        {"path": "d.csv", "text": "review"},
        "train: 30 × text 'Well, I bought it,\\nand, as I said, it is' 'Well, I bought it,\\nand, as I said, it is' 'Well, I bought it,\\nand, as I said, it is' 'Well, I bought it,\\nand, as I said, it is' …",
    ),
    Case(
        "folder of txt, each in its own encoding",
        several(*(file(f"d/{code}.txt", "né à l’été\nvu\n".encode(code)) for code in ENCODINGS)),
        {"path": "d", "encoding": "cp1252"},
        "train: 8 × text 'né à l’été' 'vu' 'né à l’été' 'vu' …. each line of 4 files is one text, 8 in all: if each file is one, set whole_files = true",
    ),
    Case(
        "folder of txt, one in another encoding than utf-8",
        several(
            *(file(f"d/{code}.txt", "né à l’été, où\nvu\n".encode(code)) for code in ENCODINGS)
        ),
        {"path": "d"},
        'Refused: encoding: d/cp1252.txt is not utf-8 (line 1) but reads like French in cp1252; set it to "cp1252"',
    ),
    Case(
        "folder of txt in Japanese, all in one encoding",
        several(*(file(f"d/{k}.txt", f"日本語{k}\n猫\n".encode("cp932")) for k in range(3))),
        {"path": "d", "encoding": "cp932"},
        "train: 6 × text '日本語0' '猫' '日本語1' '猫' …. each line of 3 files is one text, 6 in all: if each file is one, set whole_files = true",
    ),
    Case(
        "folder of txt, one is empty",
        several(file("d/a.txt", "one\ntwo\n"), file("d/b.txt", "")),
        {"path": "d"},
        'Refused: path: d/b.txt is empty; write its texts to it, or, of several files, remove it or set missing = "drop"',
    ),
    Case(
        "folder of txt, one is empty and left out",
        several(file("d/a.txt", "one\ntwo\n"), file("d/b.txt", "")),
        {"path": "d", "missing": "drop"},
        "train: 2 × text 'one' 'two'. b.txt is empty and left out",
    ),
    Case(
        "csv, many names that begin with %",
        file(
            "d.csv",
            ", ".join(f"% of {at}" for at in range(60)) + "\n" + ", ".join("123" * 20) + "\n",
        ),
        {"path": "d.csv", "features": ["% of 0"]},
        "train: 1 × table % of 0: (1)",
    ),
    Case(
        "csv that is an ARFF file",
        file("d.csv", "% iris\n@RELATION iris\n@ATTRIBUTE a NUMERIC\n@DATA\n5.1\n"),
        {"path": "d.csv", "features": "all"},
        "Refused: path: d.csv is an ARFF file of Weka; write it as .parquet (scipy.io.arff.loadarff)",
    ),
    Case(
        "csv, values in two units, which a column that is left out says",
        file("d.csv", glucose(18)),
        {**TABLE, "drop": ["glucose_unit"]},
        "train: 60 × table glucose, age: (4, 30) (135, 41) (11, 52) (261, 63) …. column 'glucose' seems to be in several units, as column 'glucose_unit' says (medians: 175.5 'mg/dL', 9.25 'mmol/L'): convert all to one",
    ),
    Case(
        "csv, values in two units, which a feature says",
        file("d.csv", glucose(18)),
        TABLE,
        "train: 60 × table glucose, glucose_unit (category), age: (4, mmol/L, 30) (135, mg/dL, 41) (11, mmol/L, 52) (261, mg/dL, 63) …. column 'glucose' seems to be in several units, as column 'glucose_unit' says (medians: 175.5 'mg/dL', 9.25 'mmol/L'): convert all to one, and name 'glucose_unit' in drop",
    ),
    Case(
        "csv, values in one unit, beside a column of what they were in",
        file("d.csv", glucose(1)),
        {**TABLE, "drop": ["glucose_unit"]},
        "train: 60 × table glucose, age: (4, 30) (7.5, 41) (11, 52) (14.5, 63) …",
    ),
    Case(
        "jsonl, values in two units, which the field beside them says",
        json_lines(
            "d.jsonl",
            *(
                {"age": 30 + k, "dose": {"value": v * [1, 1000][k % 2], "unit": ["g", "mg"][k % 2]}}
                for k, v in enumerate(1 + k * 7 % 9 for k in range(60))
            ),
        ),
        {"path": "d.jsonl", "features": ["dose.value", "age"]},
        "train: 60 × table age, dose.value: (30, 1) (31, 8000) (32, 6) (33, 4000) …. column 'dose.value' seems to be in several units, as column 'dose.unit' says (medians: 5 'g', 5,000 'mg'): convert all to one",
    ),
    Case(
        "csv, prices in two currencies",
        file(
            "d.csv",
            "price,currency,n\n"
            + "".join(
                f"{(10 + k * 7 % 23) * [1, 160][k % 2]},{['EUR', 'JPY'][k % 2]},{k % 7}\n"
                for k in range(60)
            ),
        ),
        {**TABLE, "features": ["price", "n"]},
        "train: 60 × table price, n: (10, 0) (2720, 1) (24, 2) (4960, 3) …. column 'price' seems to be in several units, as column 'currency' says (medians: 20.5 'EUR', 3,440 'JPY'): convert all to one",
    ),
    Case(
        "xlsx, durations as h:mm, some beyond a day",
        formatted("worked", {"h:mm": [0.25, 1.5, 2.75]}),
        {"path": "d.xlsx", "features": "all"},
        "train: 3 × table worked, n: (21600, 7) (129600, 7) (237600, 7)",
        needs="openpyxl",
    ),
    Case(
        "xlsx, durations as h:mm, and as [h]:mm",
        formatted("worked", {"h:mm": [0.25, 0.5], "[h]:mm": [1.75, 0.5]}),
        {"path": "d.xlsx", "features": "all"},
        "train: 4 × table worked, n: (21600, 7) (43200, 7) (151200, 7) (43200, 7)",
        needs="openpyxl",
    ),
    Case(
        "xlsx, prices that cells show in two currencies",
        formatted("price", {"#,##0.00 [$€-407]": [10.5, 12], "[$$-409]#,##0.00": [11.5]}),
        {"path": "d.xlsx", "features": "all"},
        "train: 3 × table price, n: (10.5, 7) (12, 7) (11.5, 7). column 'price' has numbers that cells show with several signs: '€' (2), '$' (1), the first '$' in row 4 of the sheet: convert all to one",
        needs="openpyxl",
    ),
    Case(
        "xlsx, prices that all cells show in one currency",
        formatted("price", {"#,##0.00 [$€-407]": [10.5, 12], "#,##0.0 [$€-407]": [11.5]}),
        {"path": "d.xlsx", "features": "all"},
        "train: 3 × table price, n: (10.5, 7) (12, 7) (11.5, 7)",
        needs="openpyxl",
    ),
    Case(
        "csv, degrees of the wind",
        file("d.csv", winds()),
        TABLE,
        "train: 40 × table wind_dir, speed: (0, 0) (97, 7) (194, 3) (291, 10) …. numbers of 'wind_dir' may begin anew after the last, as degrees and hours do, and are used as amounts: if so, set types = {wind_dir = \"cycle 360\"}, for the encoder table",
    ),
    Case(
        "csv, degrees of the wind, said",
        file("d.csv", winds()),
        {**TABLE, "types": {"wind_dir": "cycle 360"}},
        "train: 40 × table wind_dir (cycle), speed: (0, 0) (97, 7) (194, 3) (291, 10) …",
    ),
    Case(
        "csv, degrees of one side",
        file("d.csv", winds(90)),
        TABLE,
        "train: 40 × table wind_dir, speed: (0, 0) (7, 7) (14, 3) (21, 10) …",
    ),
    Case(
        "csv, counts of 16 bits that go on below 0",
        file(
            "d.csv",
            "t,n\n"
            + "".join(
                f"{(31_000 + 97 * row + 32_768) % 65_536 - 32_768},{row % 3}\n" for row in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table t, n: (31000, 0) (31097, 1) (31194, 2) (31291, 0) …. numbers of 't' below 0 (-32,693 to -28,813) look like ones above 32,767 in too few bits: add 65,536 to them",
    ),
    Case(
        "csv, answers and a missing value of Stata",
        file(
            "d.csv",
            "q,n\n"
            + "".join(f"{101 if row % 9 == 0 else 1 + row % 7},{row % 4}\n" for row in range(60)),
        ),
        TABLE,
        "train: 60 × table q, n: (101, 0) (2, 1) (3, 2) (4, 3) …. a number apart from all others looks like a sign for no value in 'q' (101 in 7 rows): if it is one, set na_values = {q = [\"101\"]}",
    ),
    Case(
        "csv, the header again in another order",
        file("d.csv", "temp,flow,load\n1,20,300\n2,21,310\nflow,load,temp\n22,320,3\n23,330,4\n"),
        TABLE,
        "Refused: path: d.csv: row 3 names the columns anew, in another order (flow, load, temp); write the rows from there on into a file of their own, with that header",
    ),
    Case(
        "csv, ages in years and months",
        file("d.csv", "age,n\n3y 4m,1\n0y 11m,2\n12y 0m,3\n3y 4m,4\n"),
        {**TABLE, "types": {"age": "number"}},
        "train: 4 × table age, n: (1.05192e+08, 1) (2.89278e+07, 2) (3.78691e+08, 3) (1.05192e+08, 4)",
    ),
    Case(
        "csv, numbers with the footnotes of an encyclopaedia",
        file(
            "d.csv",
            "people,n\n"
            + "".join(f'"1{row % 7},{100 + row}{"[24]" * (row % 2)}",{row}\n' for row in range(20)),
        ),
        TABLE,
        "train: 20 × table n: (0) (1) (2) (3) …. column 'n' counts the rows (0 to 19): is it an id, no feature?. column 'people' is left out: it holds text of 20 different values, each in one row. column 'people' is no column of numbers, for '11,101[24]' (row 2), but 20 of its 20 different values are numbers: remove the marks behind them, or write these into a column of their own, or say in types what it is",
    ),
    Case(
        "csv, points as databases of maps write them",
        file(
            "d.csv",
            "geom,n\n" + "".join(f"POINT(9.{row} 48.{row}),{row}\n" for row in range(1, 20)),
        ),
        TABLE,
        "train: 19 × table n: (1) (2) (3) (4) …. column 'n' counts the rows (1 to 19): is it an id, no feature?. column 'geom' is left out: it holds text of 19 different values, each in one row. column 'geom' is no column of numbers, but several numbers in one value ('POINT(9.1 48.1)'): write each in a column of its own",
    ),
    Case(
        "csv, a sensor that stops for a while",
        file(
            "d.csv",
            "t,n\n"
            + "".join(
                f"{5.5 if 20 <= row < 50 else row * 7 % 61 / 4},{row % 3}\n" for row in range(90)
            ),
        ),
        TABLE,
        "train: 90 × table t, n: (0, 0) (1.75, 1) (3.5, 2) (5.25, 0) …. column 't' is 5.5 for 30 rows in a row, the first is row 21, and changes in nearly all others: did the sensor stop? If so, write nothing there",
    ),
    Case(
        "csv, places in two systems",
        file(
            "d.csv",
            "y,x,n\n"
            + "".join(
                f"{(48 + row % 7 / 3) * 111_000 ** (row % 2):.4f},{(9 + row % 5 / 3) * 111_000 ** (row % 2):.4f},{row * 5 % 13}\n"
                for row in range(90)
            ),
        ),
        TABLE,
        "train: 90 × table y, x, n: (48, 9, 0) (5.365e+06, 1.036e+06, 5) (48.6667, 9.6667, 10) (5.439e+06, 1.11e+06, 2) …. columns 'y', 'x' seem to hold two units: 48 to 50 in 45 rows, 5.328e+06 to 5.55e+06 in 45, none between, as units or systems of places: write all in one",
    ),
    Case(
        "csv, degrees of two scales",
        file(
            "d.csv",
            "t,a,b\n"
            + "".join(
                f"{row * 7 % 31 + 273.15 * (row % 2):.2f},{row % 9},{row * 5 % 13}\n"
                for row in range(90)
            ),
        ),
        TABLE,
        "train: 90 × table t, a, b: (0, 0, 0) (280.15, 1, 5) (14, 2, 10) (294.15, 3, 2) …. column 't' seems to hold two units: 0 to 30 in 45 rows, 273.15 to 303.15 in 45, none between, as °C are of K: write all in one",
    ),
    Case(
        "csv, fractions beside whole numbers",
        file("d.csv", "w,n\n5½,1\n6,2\n¾,3\n7 ¼,4\n6,5\n"),
        TABLE,
        "train: 5 × table w (category), n: (5½, 1) (6, 2) (¾, 3) (7 ¼, 4) …. column 'w' is no column of numbers, but fractions ('5½'): write each with decimals, as 1.5",
    ),
    Case(
        "csv, colours as pages of the web have them",
        file(
            "d.csv", "c,n\n" + "".join(f"#{row * 655 + 4096:06x},{row % 5}\n" for row in range(30))
        ),
        TABLE,
        "train: 30 × table n: (0) (1) (2) (3) …. column 'c' is left out: it holds text of 30 different values, each in one row. column 'c' is no column of numbers, but colours ('#001000'): write red, green and blue as numbers, in columns of their own",
    ),
    Case(
        "csv, directions in radians",
        file(
            "d.csv",
            "wind_dir,n\n" + "".join(f"{row * 6.28 / 60:.3f},{row % 5}\n" for row in range(61)),
        ),
        TABLE,
        "train: 61 × table wind_dir, n: (0, 0) (0.105, 1) (0.209, 2) (0.314, 3) …. numbers of 'wind_dir' may begin anew after the last, as degrees and hours do, and are used as amounts: if so, set types = {wind_dir = \"cycle 6.283185\"}, for the encoder table",
    ),
    Case(
        "csv, pieces of words of a tokenizer",
        file("d.csv", "text\nthe su ##ga ##r is sweet\na to ##ma ##to\nwhole words\n"),
        TEXT,
        "train: 3 × text 'the su ##ga ##r is sweet' 'a to ##ma ##to' 'whole words'. column 'text' holds pieces of words in 2 rows (row 1: 'the su ##ga ##r is sweet'), as a tokenizer makes them: write the texts themselves, or replace ' ##' by nothing",
    ),
    Case(
        "csv, soft hyphens within words, normalized",
        file("d.csv", "text\nSchad\u00aden\u00adsfall\nBahn\u00adhof\n"),
        {**TEXT, "clean": ["normalize"]},
        "train: 2 × text 'Schadensfall' 'Bahnhof'",
    ),
    Case(
        "csv, texts of one template that are as long as cut ones",
        file(
            "d.csv",
            "text\n"
            + "".join(
                f"{'Please turn on what this page needs and ' * 6}{row:015}\n"
                for row in range(10, 16)
            )
            + "short\n",
        ),
        TEXT,
        "train: 7 × text 'Please turn on what this page needs and ' 'Please turn on what this page needs and ' 'Please turn on what this page needs and ' 'Please turn on what this page needs and ' …",
    ),
    Case(
        "csv, shares of 1 and of 100",
        file(
            "d.csv",
            "a,b,c\n"
            + "".join(
                f"{(20 + row % 7) / 100 ** (row % 2):.4f},{(30 + row % 5) / 100 ** (row % 2):.4f},"
                f"{(50 - row % 7 - row % 5) / 100 ** (row % 2):.4f}\n"
                for row in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table a, b, c: (20, 30, 50) (0.21, 0.31, 0.48) (22, 32, 46) (0.23, 0.33, 0.44) …. columns 'a', 'b', 'c' make 100 together in 30 rows, and 1 in 30: write all as per cents or all as shares",
    ),
    Case(
        "csv, numbers below 0 read without their sign",
        file("d.csv", signed(65_536)),
        TABLE,
        "train: 60 × table t, n: (65506, 0) (7, 1) (65519, 2) (20, 3) …. numbers of 't' (0 to 30 and 65,506 to 65,535, none between) look like ones below 0 read without their sign: subtract 65,536 from those above 32,768",
    ),
    Case(
        "csv, grey levels, some dark and some bright",
        file("d.csv", levels()),
        TABLE,
        "train: 60 × table grey, n: (0, 0) (255, 1) (2, 2) (255, 3) …",
    ),
    Case(
        "csv, black and white pixels, which are no numbers below 0",
        file(
            "d.csv",
            ",".join(f"p{at}" for at in range(8))
            + "\n"
            + "".join(
                ",".join(
                    str((255 - k % 15) if k * (at + 2) % 11 > 4 else k % 15) for at in range(8)
                )
                + "\n"
                for k in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table p0, p1, p2, p3: (0, 0, 0, 0) (1, 1, 1, 254) (2, 253, 253, 253) (252, 252, 3, 3) …",
    ),
    Case(
        "csv, hexadecimal numbers of two digits",
        file("d.csv", bytes_as("{:02X}")),
        TABLE,
        "train: 120 × table n: (0) (1) (2) (3) …. column 'load' is left out: it holds text of 80 different values, most of them in one row. column 'load' is no column of numbers, but hexadecimal ones ('00'): write them as decimal numbers, or all with 0x in front",
    ),
    Case(
        "csv, hexadecimal numbers with 0x",
        file("d.csv", bytes_as("0x{:02X}")),
        TABLE,
        "train: 120 × table load, n: (0, 0) (74, 1) (148, 2) (28, 3) …",
    ),
    Case(
        "csv, codes of a letter and a digit, which are no hexadecimal numbers",
        file(
            "d.csv",
            "zone,n\n"
            + "".join(
                f"{['1A', 'A1', 'B2', '2B', 'C3', '3C', 'F4', '4F', 'C5', '5C', 'B6', '6B', '11', '12', '13'][k % 15]},{k % 7}\n"
                for k in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table zone (category), n: (1A, 0) (A1, 1) (B2, 2) (2B, 3) …",
    ),
    Case(
        "csv, seats, which are no hexadecimal numbers",
        file(
            "d.csv",
            "seat,n\n" + "".join(f"{10 + k % 20}{'ABCDEF'[k % 6]},{k % 7}\n" for k in range(90)),
        ),
        TABLE,
        "train: 90 × table seat (category), n: (10A, 0) (11B, 1) (12C, 2) (13D, 3) …",
    ),
    Case(
        "csv, latitude and longitude exchanged in some rows",
        file("d.csv", places(5)),
        TABLE,
        "train: 40 × table latitude, longitude, n: (8, 48, 0) (9.1, 48.7, 7) (10.2, 49.4, 3) (11.3, 50.1, 10) …. 5 rows of train seem to have 'latitude' and 'longitude' exchanged, the first is row 1: write both under their names",
    ),
    Case(
        "csv, latitude and longitude",
        file("d.csv", places(0)),
        TABLE,
        "train: 40 × table latitude, longitude, n: (48, 8, 0) (48.7, 9.1, 7) (49.4, 10.2, 3) (50.1, 11.3, 10) …",
    ),
    Case(
        "csv of InfluxDB, lines of # above the names",
        file(
            "d.csv",
            "#group,false,false\n#datatype,long,double\n,table,_value\n,0,1.5\n,0,2.5\n",
        ),
        TABLE,
        "Refused: path: d.csv begins with a line of #, and has two columns named 'false'; set comment = \"#\" if lines that begin so are no rows",
    ),
    Case(
        "csv, one row for each measurement",
        file(
            "d.csv",
            "day,sensor,value\n"
            + "".join(
                f"2024-01-{day + 1:02},{name},{level + day * 7 % 5}\n"
                for day in range(20)
                for name, level in (("heat", 20), ("damp", 60), ("noise", 400))
            ),
        ),
        TABLE,
        "train: 60 × table day (date), sensor (category), value: (2024-01-01, heat, 20) (2024-01-01, damp, 60) (2024-01-01, noise, 400) (2024-01-02, heat, 22) …. column 'value' holds 3 things, as column 'sensor' names them (medians: 62 'damp', 22 'heat', 402 'noise'): if rows of one 'day' belong together, write them as one row, with a column for each (pandas: df.pivot(index='day', columns='sensor', values='value'))",
    ),
    Case(
        "csv, one row for each answer",
        file(
            "d.csv",
            "person,question,answer\n"
            + "".join(f"{p},q{q},{'abc'[(p + q * q) % 3]}\n" for p in range(9) for q in range(4)),
        ),
        TABLE,
        "train: 36 × table person, question (category), answer (category): (0, q0, a) (0, q1, b) (0, q2, b) (0, q3, a) …. column 'answer' holds 4 things, as column 'question' names them ('q0', 'q1', 'q2' and 1 more): if rows of one 'person' belong together, write them as one row, with a column for each (pandas: df.pivot(index='person', columns='question', values='answer'))",
    ),
    Case(
        "csv, prices of three kinds of things",
        file(
            "d.csv",
            "id,kind,price\n"
            + "".join(f"{i},{'abc'[i % 3]},{i % 3 * 100 + i * 7 % 11}\n" for i in range(60)),
        ),
        {**TABLE, "id": "id"},
        "train: 60 × table kind (category), price: (a, 0) (b, 107) (c, 203) (a, 10) …, ids 0 1 2 3",
    ),
    Case(
        "csv of InfluxDB, one row for each measure",
        file(
            "d.csv",
            "table,_value,_field\n"
            + "".join(f"{k % 2},{k * 7 % 11}.5,{['t', 'rh'][k % 2]}\n" for k in range(20)),
        ),
        TABLE,
        "train: 20 × table table, _value, _field (category): (0, 0.5, t) (1, 7.5, rh) (0, 3.5, t) (1, 10.5, rh) …. column '_value' holds 2 things, as column '_field' names them (medians: 6 'rh', 5 't'): if several rows belong together, write them as one row, with a column for each",
    ),
    Case(
        "csv, two columns of one name that is not used",
        file("d.csv", "text,label,label\nred car,a,b\nblue sky,a,b\n"),
        TEXT,
        "train: 2 × text 'red car' 'blue sky'",
    ),
    Case(
        "csv, two columns of one name that is left out",
        file("d.csv", "n,m,label,label\n1,2,a,b\n2,5,a,b\n3,1,b,a\n"),
        {**TABLE, "drop": ["label"]},
        "train: 3 × table n, m: (1, 2) (2, 5) (3, 1)",
    ),
    Case(
        "csv, several signs for no value in several columns",
        file(
            "d.csv",
            "flow,bmi\n"
            + "".join(
                f"{'nil' if k % 9 == 4 else k * 7 % 31},{['.', '.A'][k % 2] if k % 7 == 3 else k * 5 % 37}\n"
                for k in range(40)
            ),
        ),
        TABLE,
        "Refused: features: no column can be a feature ('flow': it holds text of 30 different values, most of them in one row; 'bmi': it holds text of 34 different values, most of them in one row); column 'flow' is no column of numbers, for 'nil' (row 5), but 29 of its 30 different values are numbers: name such values in na_values, or say in types what it is; if these values stand for none, set na_values = {flow = [\"nil\"], bmi = [\".A\", \".\"]}",
    ),
    Case(
        "two csv files, a note of UCI above one",
        several(
            file("d/train.csv", "1,2,a\n3,4,b\n5,6,a\n"),
            file("d/test.csv", "|1x3 Cross validator\n1,2,a\n3,4,b\n"),
        ),
        {"path": "d", "features": "all", "header": False},
        'Refused: path: d/test.csv: row 2 has 3 values, the first row has 1; set comment = "|" if lines that begin so are no rows',
    ),
    Case(
        "csv, a column that counts the rows, empty in two",
        file(
            "d.csv", "a,n\n" + "".join(f"{k * 7 % 11},{k if k < 48 else ''}\n" for k in range(50))
        ),
        TABLE,
        "train: 50 × table a, n: (0, 0) (7, 1) (3, 2) (10, 3) …. column 'n' counts the rows (0 to 47): is it an id, no feature?",
    ),
    Case(
        "csv, hours of the day",
        file(
            "d.csv",
            "hour,n\n" + "".join(f"{k * 5 % 24},{k % 7}\n" for k in range(48)),
        ),
        TABLE,
        "train: 48 × table hour, n: (0, 0) (5, 1) (10, 2) (15, 3) …. numbers of 'hour' may begin anew after the last, as degrees and hours do, and are used as amounts: if so, set types = {hour = \"cycle 24\"}, for the encoder table",
    ),
    Case(
        "csv, places of which some would lie between others if they were exchanged",
        file(
            "d.csv",
            places(0)
            + "".join(f"{60 + k % 7 / 20},{25 + k % 5 / 20},{k % 5}\n" for k in range(12))
            + "".join(f"{25 + k % 7 / 20},{55 + k % 5 / 20},{k % 5}\n" for k in range(12)),
        ),
        TABLE,
        "train: 64 × table latitude, longitude, n: (48, 8, 0) (48.7, 9.1, 7) (49.4, 10.2, 3) (50.1, 11.3, 10) …",
    ),
    Case(
        "xlsx, per cent cells among per cent as numbers",
        formatted("rate", {"0.0%": [0.25, 0.5], "General": [0, 12.5, 40], "0%": [0.1]}),
        {"path": "d.xlsx", "features": "all"},
        "train: 6 × table rate, n: (0.25, 7) (0.5, 7) (0, 7) (12.5, 7) …. column 'rate' has numbers that cells show as per cent (3, the first in row 2 of the sheet) and others above 1 without % (2, the first in row 5): 50% is read as 0.5; if the others are per cent, divide them by 100",
        needs="openpyxl",
    ),
    Case(
        "xlsx, per cent cells and shares as numbers",
        formatted("rate", {"0.0%": [0.25, 0.5], "General": [0, 0.125, 0.4]}),
        {"path": "d.xlsx", "features": "all"},
        "train: 5 × table rate, n: (0.25, 7) (0.5, 7) (0, 7) (0.125, 7) …",
        needs="openpyxl",
    ),
    Case(
        "csv, categories of letters that look alike in two scripts",
        file("d.csv", "grade,n\n" + "".join(f"{'AАBВC'[k % 5]},{k * 7 % 11}\n" for k in range(40))),
        TABLE,
        "train: 40 × table grade (category), n: (A, 0) (А, 7) (B, 3) (В, 10) …. categories of 'grade' that look alike, in letters of two scripts (Latin, Cyrillic, Greek), are classes of their own: 'A' and 'А', 'B' and 'В'",
    ),
    Case(
        "csv, degrees, minutes and seconds",
        file(
            "d.tsv",
            "lon\tn\n" + "".join(f"{k % 9}°{k % 7}'{k % 5}\"\t{k % 7}\n" for k in range(40)),
        ),
        {"path": "d.tsv", "features": "all"},
        "train: 40 × table n: (0) (1) (2) (3) …. column 'lon' is left out: it holds text of 40 different values, each in one row. column 'lon' is no column of numbers, but degrees, minutes and seconds ('0°0\\'0\"'): write decimal degrees, as 30.5 for 30°30'0\"",
    ),
    Case(
        "csv, right ascensions",
        file(
            "d.csv",
            "ra,n\n" + "".join(f"0{k % 9} {10 + k} {k % 5}0.5,{k % 7}\n" for k in range(40)),
        ),
        TABLE,
        "train: 40 × table n: (0) (1) (2) (3) …. column 'ra' is left out: it holds text of 40 different values, each in one row. column 'ra' is no column of numbers, but several numbers in one value ('00 10 00.5'): write each in a column of its own",
    ),
    Case(
        "csv, days with the century first as 0 or 1",
        file(
            "d.csv",
            "due,n\n"
            + "".join(
                f"{980_101 + k if k % 2 else 1_020_301 + k % 28},{k % 7}\n" for k in range(30)
            ),
        ),
        TABLE,
        "train: 30 × table due, n: (1.0203e+06, 0) (980102, 1) (1.0203e+06, 2) (980104, 3) …. column 'due' holds numbers that look like dates with the century first (1020327): to use them as dates, add 19000000 to each, and set types = {due = \"%Y%m%d\"}",
    ),
    Case(
        "csv, days of short years, some of which begin with 0",
        file(
            "d.csv",
            "date,n\n"
            + "".join(f"{'98' if k % 2 else '00'}{k * 9 + 1:03d},{k % 7}\n" for k in range(40)),
        ),
        TABLE,
        "train: 40 × table date, n: (1, 0) (98010, 1) (19, 2) (98028, 3) …. column 'date' holds numbers that look like dates (1): to use them as dates, set types = {date = \"%y%j\"}",
    ),
    Case(
        "csv, dates in years of Taiwan",
        file(
            "d.csv",
            "date,n\n"
            + "".join(
                f"{99 + k % 9}/{1 + k % 12:02d}/{1 + k % 28:02d},{k % 7}\n" for k in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table n: (0) (1) (2) (3) …. column 'date' is left out: it holds text of 40 different values, each in one row. column 'date' looks like dates ('99/01/01'): to use them as dates, write years of Taiwan 1911 years later, as 2018-01-31 for 107/01/31",
    ),
    Case(
        "csv, dates in years of Japan",
        file(
            "d.csv",
            "date,n\n"
            + "".join(
                f"令和{1 + k % 6}年{1 + k % 12}月{1 + k % 28}日,{k % 7}\n" for k in range(40)
            ),
        ),
        TABLE,
        "train: 40 × table n: (0) (1) (2) (3) …. column 'date' is left out: it holds text of 40 different values, each in one row. column 'date' looks like dates ('令和1年1月1日'): to use them as dates, write the years of the common calendar: 2018 more for 令和, 1988 for 平成, 1925 for 昭和",
    ),
    Case(
        "parquet files, decimals in one and whole numbers in the other",
        several(
            parquet("d/a.parquet", n=[1.5, 2.5], v=pa.array([1, 2], pa.decimal128(10, 2))),
            parquet("d/b.parquet", n=[3.5, 4.5], v=[1, 2]),
        ),
        {"path": "d", "features": "all"},
        "Refused: path: column 'v' is decimal128(10, 2) in d/a.parquet and int64 in b.parquet; write it alike in all files, leave it out by drop, or name what is a gap in na_values, or units",
    ),
    Case(
        "parquet files, decimals in one and whole numbers in the other, left out",
        several(
            parquet("d/a.parquet", n=[1.5, 2.5], v=pa.array([1, 2], pa.decimal128(10, 2))),
            parquet("d/b.parquet", n=[3.5, 4.5], v=[1, 2]),
        ),
        {"path": "d", "features": "all", "drop": ("v",)},
        "train: 4 × table n: (1.5) (2.5) (3.5) (4.5)",
    ),
    Case(
        "csv with ends of lines for Windows, one CR within a value",
        file("d.csv", "n,text\r\n1,rain and w\rind\r\n2,sun\r\n"),
        {"path": "d.csv", "text": "text"},
        "Refused: path: d.csv: row 2 has 1 value, the header has 2; a line ends with CR alone, others with CR and LF: if it is within a value, quote that",
    ),
    Case(
        "xlsx, a sheet beside a hidden one",
        within(
            xlsx("d.xlsx", Data=[["a"], [1], [2]], Lists=[["b"], [3], [4]]),
            "d.xlsx",
            "xl/workbook.xml",
            b'name="Lists" sheetId="2" state="visible"',
            b'name="Lists" sheetId="2" state="hidden"',
        ),
        {"path": "d.xlsx", "features": "all"},
        "train: 2 × table a: (1) (2). d.xlsx: hidden sheets are not read ('Lists'): name one in table to read it",
        needs="openpyxl",
    ),
    Case(
        "csv, Russian texts in cp1251 that were read as cp1252",
        file("d.csv", "text\n" + "".join(f"{text}\n" for text in MISREAD)),
        TEXT,
        "train: 4 × text 'Ãäå ìîÿ ïîñûëêà' 'Âåðíèòå äåíüãè çà òîâàð' 'Ñïàñèáî áîëüøîå' 'Çàêàç íå ïðèø¸ë âîâðåìÿ'. the texts of column 'text' seem to be in cp1251, and were read as cp1252 (row 1: 'Ãäå ìîÿ ïîñûëêà' for 'Где моя посылка'): write the file anew from its source, or each text.encode('cp1252').decode('cp1251')",
    ),
    Case(
        "csv, Russian texts in UTF-8 that were read as cp1251",
        file(
            "d.csv", "text\n" + "".join(f"{text.encode().decode('cp1251')}\n" for text in RUSSIAN)
        ),
        TEXT,
        "train: 4 × text 'Р“РґРµ РјРѕСЏ РїРѕСЃС‹Р»РєР°' 'Р’РµСЂРЅРёС‚Рµ РґРµРЅСЊРіРё Р·Р° С‚РѕРІР' 'РЎРїР°СЃРёР±Рѕ Р±РѕР»СЊС€РѕРµ' 'Р—Р°РєР°Р· РЅРµ РїСЂРёС€С‘Р» РІРѕРІСЂРµР'. the texts of column 'text' seem to be in utf-8, and were read as cp1251 (row 1: 'Р“РґРµ РјРѕСЏ РїРѕСЃС‹Р»РєР°' for 'Где моя посылка'): write the file anew from its source, or each text.encode('cp1251').decode('utf-8')",
    ),
    Case(
        "csv, pages that block a program among texts",
        file("d.csv", "text\n" + "".join(f"{page(row)}\n" for row in range(48))),
        TEXT,
        "train: 48 × text 'Please enable cookies. Sorry: you have b' 'pear and pear of order number 1 arrived ' 'plum and plum of order number 2 arrived ' 'cherry and cherry of order number 3 arri' …. 12 of 48 different texts of column 'text' are one but for its numbers and codes ('Please enable cookies. Sorry: you have been blocked. Ray ID:' …), as pages that block a program, or a form: leave these rows out of the file, if they say nothing",
    ),
    Case(
        "npy, the bits of bfloat16 as whole numbers",
        npy("d.npy", (HALVES.view(np.uint32) >> 16).astype(np.uint16)),
        {"path": "d.npy"},
        "train: 40 × table values.0, values.1, values.2, values.3: (15309, 48088, 15619, 15275) (48400, 48513, 48383, 15111) (48350, 48257, 15528, 15701) (15673, 15258, 48408, 48444) …. the values of 'values' are bits of bfloat16 read as whole numbers: write (x.astype('u4') << 16).view('f4')",
    ),
    Case(
        "npy, the bits of float16 as whole numbers",
        npy("d.npy", HALVES.astype(np.float16).view(np.int16)),
        {"path": "d.npy"},
        "train: 40 × table values.0, values.1, values.2, values.3: (7792, -24892, 10265, 7519) (-22399, -21491, -22534, 6203) (-22793, -23540, 9541, 10924) (10696, 7376, -22334, -22042) …. the values of 'values' are bits of float16 read as whole numbers: write x.view('f2')",
    ),
    Case(
        "npy of images, some grey below a row",
        npy("d.npy", CUT_SHORT),
        {"path": "d.npy"},
        "train: 12 × image (9, 9, 1) of 120 (9, 9, 1) of 134 (9, 9, 1) of 133 (9, 9, 1) of 128 …. 4 of 12 images that were looked at are grey (128) below a row, as where a file was cut short: get them anew, if they are",
    ),
    Case(
        "npy of images, 12 bits as the upper ones of 16 and as the lower",
        npy("d.npy", TWELVE),
        {"path": "d.npy"},
        "train: 8 × image (30, 30, 1) of 138 (30, 30, 1) of 136 (30, 30, 1) of 134 (30, 30, 1) of 9 …. 8 of 8 images: of more than eight bits, 0 to 65535 brought to 0 to 255. 3 of 8 images have 12 bits as the upper ones of 16 (their values are multiples of 16), the others as the lower: divide the first by 16",
    ),
    Case(
        "csv of distances between rows",
        file("d.csv", DISTANCES.to_csv()),
        TABLE,
        'train: 12 × table s0, s1, s2, s3: (0, 0.567, 0.825, 1.598) (0.567, 0, 1.204, 1.072) (0.825, 1.204, 0, 1.931) (1.598, 1.072, 1.931, 0) …. a column without a name is left out of the features. the 12 × 12 values are the same on both sides of the diagonal, as distances or similarities of rows are: rows that have alike ones to all others are clustered; better give what they were computed from, or coordinates by them (sklearn.manifold.MDS, dissimilarity="precomputed")',
    ),
    Case(
        "npy of similarities of rows",
        npy("d.npy", 1 / (1 + DISTANCES.to_numpy())),
        {"path": "d.npy"},
        'train: 12 × table values.0, values.1, values.2, values.3: (1, 0.638162, 0.547945, 0.384911) (0.638162, 1, 0.453721, 0.482625) (0.547945, 0.453721, 1, 0.34118) (0.384911, 0.482625, 0.34118, 1) …. the 12 × 12 values are the same on both sides of the diagonal, as distances or similarities of rows are: rows that have alike ones to all others are clustered; better give what they were computed from, or coordinates by them (sklearn.manifold.MDS, dissimilarity="precomputed")',
    ),
    Case(
        "txt of a chat, as WhatsApp writes it",
        file(
            "d.txt",
            "".join(
                f"{n + 1:02d}/03/24, 9:{n + 10} pm - Ann: {one}\n" for n, one in enumerate(FRUIT)
            ),
        ),
        {"path": "d.txt"},
        "train: 7 × text '01/03/24, 9:10 pm - Ann: apple' '02/03/24, 9:11 pm - Ann: pear' '03/03/24, 9:12 pm - Ann: plum' '04/03/24, 9:13 pm - Ann: cherry' …. the texts of column 'text' hold when and by whom they were written, as a chat does (row 1: '01/03/24, 9:10 pm - Ann: apple'): write when, who and what as columns of a csv file, and name the last in text",
    ),
    Case(
        "csv, backslashes before commas within values",
        file("d.csv", "id,text\n1,one\\, two\n2,three\n3,four\\, five\n"),
        TEXT,
        "Refused: path: d.csv: row 1 has 3 values, the header has 2; it has backslashes before delimiters or ends of lines within values: write it anew with quotes, pandas.read_csv('d.csv', escapechar='\\\\').to_csv(…, index=False)",
    ),
    Case(
        "tsv, backslashes before ends of lines within values",
        file("d.tsv", "id\ttext\n1\tone\n2\tthree\\\nfour\n"),
        {"path": "d.tsv", "text": "text"},
        "Refused: path: d.tsv: row 3 has 1 value, the header has 2; it has backslashes before delimiters or ends of lines within values: write it anew with quotes, pandas.read_csv('d.tsv', sep='\\t', escapechar='\\\\').to_csv(…, index=False)",
    ),
    Case(
        "json, an object of Python on each line",
        file("d.json", "{'text': 'one', 'n': None}\n{'text': 'two', 'n': 1}\n"),
        {"path": "d.json", "text": "text"},
        "Refused: path: d.json, line 1, is not JSON: it is an object of Python; write each line anew: json.dumps(ast.literal_eval(line))",
    ),
    Case(
        "json, a list behind a name, as JavaScript has it",
        file("d.json", 'window.YTD.tweets.part0 = [\n{"text": "one"}\n]\n'),
        {"path": "d.json", "text": "text"},
        "Refused: path: d.json, line 1, is not JSON: it is JavaScript, window.YTD.tweets.part0 = …; remove what stands before the first [, and a ; at the end",
    ),
    Case(
        "npy, two arrays one after another",
        file("d.npy", saved_twice(np.ones((3, 2)))),
        {"path": "d.npy"},
        "Refused: path: d.npy holds several arrays, one after another, of which numpy.load reads the first; save one: file = open('d.npy', 'rb'), numpy.load(file) for each, and numpy.concatenate of them",
    ),
    Case(
        "npy of bfloat16",
        npy("d.npy", np.zeros((4, 3), "V2")),
        {"path": "d.npy"},
        "Refused: path: d.npy: the array is of the type V2, as which bfloat16 is saved; save it as float32: tensor.float().numpy() of torch, array.astype('float32') before it is saved",
    ),
    Case(
        "npy of images, of which the last axis counts them",
        npy("d.npy", np.zeros((9, 8, 3, 40), np.uint8)),
        {"path": "d.npy"},
        "Refused: path: d.npy: the array is uint8 (9, 8, 3, 40): its 40 images lie along the last axis; save numpy.moveaxis(array, -1, 0)",
    ),
    Case(
        "csv of images, in other letters than they are called",
        several(pictures("d/A.PNG", "d/b.png"), file("d/d.csv", "image\na.png\nB.png\n")),
        {"path": "d/d.csv", "image": "image"},
        "train: 2 × image (2, 3, 1) of 100 (2, 3, 1) of 100. images are found as A.PNG for 'a.png'",
    ),
    Case(
        "csv of images, several in one value",
        several(pictures("d/a.png", "d/b.png"), file("d/d.csv", "image\na.png\na.png|b.png\n")),
        {"path": "d/d.csv", "image": "image"},
        "Refused: image: column 'image' names several images in one value (row 2: 'a.png|b.png'); write a row for each, or the first alone",
    ),
    Case(
        "images of which some have hardly a pixel",
        scraped,
        {"path": "d"},
        "train: 3 × image (40, 40, 3) of 90 (40, 40, 3) of 90 (1, 1, 3) of 90, ids a.png b.png c.gif. 1 of 3 images have hardly a pixel, as d/c.gif of 1 × 1: remove them, if they show nothing",
    ),
    Case(
        "folder of tables, and a picture of one",
        several(file("d/a.csv", "x\n1\n2\n"), file("d/b.csv", "x\n3\n4\n"), pictures("d/plot.png")),
        {"path": "d", "features": "all"},
        'Refused: path: d has 2 tables and 1 image; name those that are meant: path = "d/*.csv" or "d/*.png"',
    ),
    Case(
        "csv, an image by its content",
        several(
            pictures("d/a.png"), lambda folder: (folder / "d/a.png").rename(folder / "d/a.csv")
        ),
        {"path": "d/a.csv", "features": "all"},
        "Refused: path: d/a.csv is an image; give it its own suffix, as .png or .jpg",
    ),
    Case(
        "jsonl, extended JSON of MongoDB",
        json_lines(
            "d.jsonl",
            *(
                {
                    "_id": {"$oid": f"65000000000000000000000{n}"},
                    "n": {"$numberInt": str(n)},
                    "price": {"$numberDecimal": f"{n}.5"},
                    "day": {"$date": {"$numberLong": str(1_700_000_000_000 + n * 86_400_000)}},
                    "at": {"$date": f"2024-01-0{n}T10:00:00Z"},
                }
                for n in range(1, 5)
            ),
        ),
        {"path": "d.jsonl", "features": "all", "id": "_id"},
        "train: 4 × table n, price, day (date), at (date): (1, 1.5, 2023-11-15 22:13:20, 2024-01-01 10:00:00) (2, 2.5, 2023-11-16 22:13:20, 2024-01-02 10:00:00) (3, 3.5, 2023-11-17 22:13:20, 2024-01-03 10:00:00) (4, 4.5, 2023-11-18 22:13:20, 2024-01-04 10:00:00), ids 650000000000000000000001 650000000000000000000002 650000000000000000000003 650000000000000000000004",
    ),
    Case(
        "images, one with the colours of another profile",
        profiled,
        {"path": "d"},
        "train: 3 × image (4, 4, 3) of 123 (4, 4, 3) of 122 (4, 4, 3) of 123, ids a.png b.png c.png. 1 of 3 images: colours brought to sRGB from the profile of each",
    ),
    Case(
        "csv of images, by addresses' escapes of their names",
        several(pictures("d/a photo (1).png"), file("d/d.csv", "image\na%20photo%20%281%29.png\n")),
        {"path": "d/d.csv", "image": "image"},
        "train: 1 × image (2, 3, 1) of 100. images are found as a photo (1).png for 'a%20photo%20%281%29.png'",
    ),
    Case(
        "csv, images as hexadecimal digits",
        file("d.csv", "photo\n" + "".join(f"\\\\x89504e470d0a1a0a{n:064x}\n" for n in range(3))),
        {"path": "d.csv", "features": "all"},
        "Refused: features: no column can be a feature ('photo': it holds text of 3 different values, each in one row); column 'photo' holds images as hexadecimal digits: write them as files (bytes.fromhex of what follows x), and name their paths",
    ),
    Case(
        "json, an object with a vector for each id",
        file("d.json", json.dumps({f"img{n}": [n, n + 1, n + 2] for n in range(40)})),
        {"path": "d.json", "features": "all"},
        'Refused: path: d.json is one object with a list for each of 40 names, which are more than the values of each: they seem to be rows; write rows and their names: pandas.read_json(…, orient="index").reset_index().to_csv(…)',
    ),
    Case(
        "csv, emoji as CESU-8",
        file("d.csv", "text\ngood \ud83d\ude00\n".encode("utf-8", "surrogatepass")),
        TEXT,
        "Refused: path: d.csv is not utf-8 (line 2): it is CESU-8, as some databases write emoji; write it anew: open(…, 'rb').read().decode('utf-8', 'surrogatepass').encode('utf-16', 'surrogatepass').decode('utf-16')",
    ),
    Case(
        "tsv of Eurostat, with marks behind numbers",
        file("d.tsv", "2014 \t2015 \n" + "".join(EUROSTAT)),
        {"path": "d.tsv", "features": "all"},
        "Refused: features: no column can be a feature ('2014 ': it holds text of 12 different values, each in one row; '2015 ': it holds text of 12 different values, each in one row); column '2014 ' is no column of numbers, for '21.5 b' (row 2), but 12 of its 12 different values are numbers: remove the marks behind them, or write these into a column of their own, or say in types what it is",
    ),
    Case(
        "folder of parts of Spark, one of no byte",
        several(
            file("d/part-0.csv", "a,b\n1,2\n3,4\n"),
            file("d/part-1.csv", ""),
            file("d/_SUCCESS", ""),
        ),
        {"path": "d", "features": "all"},
        "train: 2 × table a, b: (1, 2) (3, 4). other files of the folder are not read: _SUCCESS, part-1.csv",
    ),
    Case(
        "folder of pickles",
        several(
            file("d/data_batch_1", b"\x80\x02}q\x00."), file("d/readme.html", "<html>see</html>")
        ),
        {"path": "d"},
        "Refused: path: there is nothing in d that can be read; data_batch_1: it is a pickle of Python; write its arrays as .npz, in a program that trusts it",
    ),
    Case(
        "files of several texts each, as WikiExtractor writes them",
        several(
            *(
                file(f"d/wiki_0{n}", "".join(WIKI.format(n * 2 + m) for m in range(2)))
                for n in range(2)
            )
        ),
        {"path": "d", "whole_files": True},
        'train: 2 × text \'<doc id="0" title="t">\\nA title\\n\\nand text\' \'<doc id="2" title="t">\\nA title\\n\\nand text\', ids wiki_00 wiki_01. wiki_00 holds 2 texts between <doc> and </doc>, as others do, and is one text: write each as a line of a jsonl file',
    ),
    Case(
        "folder of txt files, and of more others",
        several(file("d/a.txt", "one\n"), file("d/b.docx", "PK"), file("d/c.docx", "PK")),
        {"path": "d"},
        "train: 1 × text 'one'. other files of the folder are not read: b.docx, c.docx; if they are meant, write its text to a .txt or .csv file",
    ),
    Case(
        "txt that is a table whose rows end with a tab, as of the Web of Science",
        file("d.txt", "PT\tAU\tTI\n" + "".join(f"J\tA{n}\tOf {n}\t\n" for n in range(12))),
        {"path": "d.txt"},
        "train: 13 × text 'PT\\tAU\\tTI' 'J\\tA0\\tOf 0\\t' 'J\\tA1\\tOf 1\\t' 'J\\tA2\\tOf 2\\t' …. each line of d.txt has 2 × '\\t' and is one text: is it a table? call it .tsv",
    ),
    Case(
        "tsv whose rows end with a tab, and its names do not",
        file("d.tsv", "PT\tAU\tTI\n" + "".join(f"J\tA{n}\tOf {n}\t\n" for n in range(12))),
        {"path": "d.tsv", "text": "TI"},
        "Refused: path: d.tsv: row 1 has 4 values, the header has 3; each row ends with a delimiter that the header does not have: take it off the rows",
    ),
    Case(
        "txt of a log, with a comma in each moment",
        file(
            "d.txt",
            "".join(f"2024-03-05 09:12:{n},627 WARNING disk {n} is full\n" for n in range(10, 30)),
        ),
        {"path": "d.txt"},
        "train: 20 × text '2024-03-05 09:12:10,627 WARNING disk 10 ' '2024-03-05 09:12:11,627 WARNING disk 11 ' '2024-03-05 09:12:12,627 WARNING disk 12 ' '2024-03-05 09:12:13,627 WARNING disk 13 ' …",
    ),
    Case(
        "csv, Arabic in the forms of a PDF",
        file("d.csv", "text\n" + "\ufee3\ufeae\ufea3\ufe92\ufe8e \ufe91\ufedb\ufee2\n" * 4),
        TEXT,
        "train: 4 × text 'ﻣﺮﺣﺒﺎ ﺑﻛﻢ' 'ﻣﺮﺣﺒﺎ ﺑﻛﻢ' 'ﻣﺮﺣﺒﺎ ﺑﻛﻢ' 'ﻣﺮﺣﺒﺎ ﺑﻛﻢ'. 4 of 4 texts of column 'text' have letters of Arabic in the forms of their places, as a PDF gives them, and may be in reverse order (row 1: 'ﻣﺮﺣﺒﺎ ﺑﻛﻢ'), and no encoder of words knows them: get these texts anew, or write unicodedata.normalize('NFKC', text), with text[::-1] where they are",
    ),
    Case(
        "csv, lists of objects in one value",
        file(
            "d.csv",
            "n,genres\n"
            + "".join(
                f'{n},"[{{""id"": {n % 3}, ""name"": ""a""}}, {{""id"": 9}}]"\n' for n in range(9)
            ),
        ),
        TABLE,
        'train: 9 × table n, genres (category): (0, [{"id": 0, "name": "a"}, {"id": 9}]) (1, [{"id": 1, "name": "a"}, {"id": 9}]) (2, [{"id": 2, "name": "a"}, {"id": 9}]) (3, [{"id": 0, "name": "a"}, {"id": 9}]) …. column \'genres\' holds lists in one value (\'[{"id": 0, "name": "a"}, {"id": 9}]\'): write a column of yes and no for each of what they list',
    ),
    Case(
        "csv, values between curly quotes",
        file("d.csv", "id,text\n1,“one, two”\n2,“three”\n"),
        TEXT,
        'Refused: path: d.csv: row 1 has 3 values, the header has 2; values stand between “ and ”, which are no quotes of csv: write " for both',
    ),
    Case(
        "csv, images as Python shows their bytes",
        file(
            "d.csv",
            "image\n"
            + "".join(f"\"{{'bytes': b'\\\\x89PNG{n}', 'path': None}}\"\n" for n in range(3)),
        ),
        {"path": "d.csv", "text": "image"},
        "train: 3 × text \"{'bytes': b'\\\\\\\\x89PNG0', 'path': None}\" \"{'bytes': b'\\\\\\\\x89PNG1', 'path': None}\" \"{'bytes': b'\\\\\\\\x89PNG2', 'path': None}\". the texts of column 'image' hold images as Python shows their bytes (row 1: \"{'bytes': b'\\\\\\\\x89PNG0', 'path': None}): write them to parquet (to_parquet of datasets), or as files",
    ),
    Case(
        "zst whose name does not say what it holds",
        file("RC_2020-01.zst", b"\x28\xb5\x2f\xfd"),
        {"path": "RC_2020-01.zst", "text": "body"},
        "Refused: path: RC_2020-01.zst is not of a supported kind; say in its name what it holds, as RC_2020-01.jsonl.zst",
    ),
    Case(
        "csv, fractions and other signs among English words",
        file("d.csv", "text\n" + "".join(f"½ cup of sugar ± {n} × 3 º\n" for n in range(9))),
        TEXT,
        "train: 9 × text '½ cup of sugar ± 0 × 3 º' '½ cup of sugar ± 1 × 3 º' '½ cup of sugar ± 2 × 3 º' '½ cup of sugar ± 3 × 3 º' …",
    ),
    Case(
        "jsonl of answers of a model, within lists of objects",
        file(
            "d.jsonl",
            "".join(
                f'{{"id": "r{n}", "body": {{"choices": [{{"message": {{"content": "answer {n}"}}}}]}}}}\n'
                for n in range(3)
            )
            + '{"id": "r3", "body": {"choices": []}}\n',
        ),
        {
            "path": "d.jsonl",
            "text": "body.choices.0.message.content",
            "id": "id",
            "missing": "drop",
        },
        "train: 3 × text 'answer 0' 'answer 1' 'answer 2', ids r0 r1 r2. left out: 1 of train, no text. 1 of the 4 rows of train has no text; left out",
    ),
    Case(
        "jsonl of embeddings, within lists of objects",
        file(
            "d.jsonl",
            "".join(
                f'{{"body": {{"data": [{{"index": 0, "embedding": [{n}.5, 1.0, -2.25]}}]}}}}\n'
                for n in range(3)
            ),
        ),
        {"path": "d.jsonl", "features": ["body.data.0.embedding"]},
        "train: 3 × table body.data.0.embedding.0, body.data.0.embedding.1, body.data.0.embedding.2: (0.5, 1, -2.25) (1.5, 1, -2.25) (2.5, 1, -2.25)",
    ),
    Case(
        "jsonl, texts that are within objects",
        file(
            "d.jsonl", '{"m": {"parts": ["hi"], "by": "a"}}\n{"m": {"parts": ["ho"], "by": "b"}}\n'
        ),
        {"path": "d.jsonl", "text": "m"},
        'Refused: text: column \'m\' holds struct<parts: list<item: string>, by: string>, not text; name what holds the texts: text = "m.parts" or "m.by"',
    ),
    Case(
        "jsonl, objects among the texts of lists",
        file(
            "d.jsonl",
            '{"m": {"parts": ["how are you", "well"]}}\n{"m": {"parts": [{"kind": "image"}, "see this"]}}\n'
            '{"m": {"parts": []}}\n',
        ),
        {"path": "d.jsonl", "text": "m.parts", "missing": "drop"},
        "train: 2 × text 'how are you\\nwell' 'see this'. left out: 1 of train, no text. objects that stand among texts in lists of m.parts are not read. 1 of the 3 rows of train has no text; left out",
    ),
    Case(
        "txt of MEDLINE, as PubMed writes it",
        file(
            "d.txt",
            "".join(
                f"PMID- {n}\nOWN - NLM\nTI  - On the soup {n}.\nAB  - A study of soup\n      and bread.\n"
                + "FAU - Miller, Jo\nAU  - Miller J\n" * (1 + n % 2)
                + "LA  - eng\n\n"
                for n in range(9)
            ),
        ),
        {"path": "d.txt"},
        "train: 80 × text 'PMID- 0' 'OWN - NLM' 'TI  - On the soup 0.' 'AB  - A study of soup' …. the lines of d.txt look like the fields of records (PMID, OWN, TI and 4 more), and each is one text: write one record a line, as jsonl or csv",
    ),
    Case(
        "txt of the Web of Science, tagged",
        file(
            "d.txt",
            "".join(
                f"PT J\nAU Smith, J\n   Miller, B\nTI On the soup {n}\nPY 2001\nER\n\n"
                for n in range(9)
            ),
        ),
        {"path": "d.txt"},
        "train: 54 × text 'PT J' 'AU Smith, J' '   Miller, B' 'TI On the soup 0' …. the lines of d.txt look like the fields of records (PT, AU, TI and 2 more), and each is one text: write one record a line, as jsonl or csv",
    ),
    Case(
        "txt of BibTeX",
        file(
            "d.txt",
            "".join(
                f"@article{{k{n},\n  author = {{A and B}},\n  title = {{On soup {n}}},\n  year = 2001,\n}}\n\n"
                for n in range(9)
            ),
        ),
        {"path": "d.txt"},
        "train: 45 × text '@article{k0,' '  author = {A and B},' '  title = {On soup 0},' '  year = 2001,' …. the lines of d.txt look like the fields of records (@article, author, title and 1 more), and each is one text: write one record a line, as jsonl or csv",
    ),
    Case(
        "txt, blocks between lines of signs",
        file(
            "d.txt",
            "".join(f"Book {n}\n- on page 4\n\nso it goes {n}\n==========\n" for n in range(12)),
        ),
        {"path": "d.txt"},
        "train: 48 × text 'Book 0' '- on page 4' 'so it goes 0' '==========' …, ids 0 1 3 4. lines of '==========' stand between blocks of 3 lines in d.txt, and each line is one text: if each block is one, write it in one line. 12 of 26 different texts of column 'text' are equal but for a number that counts ('Book 0'), as numbers of pages: leave them out of the file, if they are no texts",
    ),
    Case(
        "txt of notes in capitals, in no order, and rules",
        file(
            "d.txt",
            "".join(
                f"{['NOTE', 'TIP', 'HINT', 'NOTE', 'NOTE', 'TIP'][n * n * 7 % 6]} - mind the step {n}\n"
                + "...\n" * (n % 4 == 0)
                for n in range(60)
            ),
        ),
        {"path": "d.txt"},
        "train: 75 × text 'NOTE - mind the step 0' '...' 'TIP - mind the step 1' 'NOTE - mind the step 2' …",
    ),
    Case(
        "md that begins with keys",
        several(
            file("d/a.md", "---\ntitle: On soup\ntags:\n  - food\n---\nBoil it.\n"),
            file("d/b.md", "---\nBetween rules\n---\nstands a text.\n"),
        ),
        {"path": "d", "whole_files": True},
        "train: 2 × text 'Boil it.\\n' '---\\nBetween rules\\n---\\nstands a text.\\n', ids a.md b.md. 1 of 2 files begin with keys (--- … ---), which are left out of their texts",
    ),
    Case(
        "csv, answers in two languages",
        file(
            "d.csv",
            "UserLanguage,again,mood,age\n"
            + "".join(
                f"{('EN', 'DE')[n % 2]},{('Yes', 'Ja', 'No', 'Nein')[n % 4]},"
                f"{('good', 'gut', 'bad', 'schlecht', 'so so', 'geht so')[n % 6]},{n * 7 % 11}\n"
                for n in range(24)
            ),
        ),
        {"path": "d.csv", "features": ["again", "mood", "age"]},
        "train: 24 × table again (category), mood (category), age: (Yes, good, 0) (Ja, gut, 7) (No, bad, 3) (Nein, schlecht, 10) …. the values of 'again', 'mood' are others where 'UserLanguage' is 'EN' than where it is 'DE': write them in one language, or as codes",
    ),
    Case(
        "csv, films in several languages",
        file(
            "d.csv",
            "language,genre,studio,length\n"
            + "".join(
                f"{('en', 'fr')[n % 2]},{('drama', 'comedy', 'crime')[n % 3]},"
                f"{('Fox', 'Gaumont', 'MGM', 'Canal', 'A24', 'Canal')[n % 6]},{n * 7 % 11}\n"
                for n in range(24)
            ),
        ),
        TABLE,
        "train: 24 × table language (category), genre (category), studio (category), length: (en, drama, Fox, 0) (fr, comedy, Gaumont, 7) (en, crime, MGM, 3) (fr, drama, Canal, 10) …",
    ),
    Case(
        "txt whose lines begin with labels",
        file(
            "d.txt",
            "".join(
                f"{('neg', 'pos')[n % 7 < 3]} ::: the soup was {n} hours late\n" for n in range(40)
            ),
        ),
        {"path": "d.txt"},
        "train: 40 × text 'pos ::: the soup was 0 hours late' 'pos ::: the soup was 1 hours late' 'pos ::: the soup was 2 hours late' 'neg ::: the soup was 3 hours late' …. each line of d.txt begins with one of 2 signs ('neg ::', 'pos ::'), which are part of the texts: if they are labels or names, write them as a column of a csv file",
    ),
    Case(
        "txt whose lines begin with classes as numbers",
        file(
            "d.txt", "".join(f"{int(n % 7 < 3)} the soup was {n} hours late\n" for n in range(40))
        ),
        {"path": "d.txt"},
        "train: 40 × text '1 the soup was 0 hours late' '1 the soup was 1 hours late' '1 the soup was 2 hours late' '0 the soup was 3 hours late' …. each line of d.txt begins with one of 2 signs ('0', '1'), which are part of the texts: if they are labels or names, write them as a column of a csv file",
    ),
    Case(
        "txt whose lines begin with one of a few words",
        file(
            "d.txt",
            "".join(
                f"{('The', 'My', 'UK', 'IT')[n * n % 4]} soup was {n} hours late\n"
                for n in range(40)
            ),
        ),
        {"path": "d.txt"},
        "train: 40 × text 'The soup was 0 hours late' 'My soup was 1 hours late' 'The soup was 2 hours late' 'My soup was 3 hours late' …",
    ),
    Case(
        "txt of JSON over several lines",
        file(
            "d.txt",
            "[\n"
            + ",\n".join(f'  {{\n    "id": {n},\n    "text": "soup {n}"\n  }}' for n in range(9))
            + "\n]\n",
        ),
        {"path": "d.txt"},
        "train: 38 × text '[' '  {' '    \"id\": 0,' '    \"text\": \"soup 0\"' …. the lines of d.txt look like JSON over several lines, and each is one text: call it .json",
    ),
    Case(
        "txt of YAML",
        file("d.txt", "".join(f"- id: {n}\n  text: soup {n * 7}\n  label: a\n" for n in range(9))),
        {"path": "d.txt"},
        "train: 27 × text '- id: 0' '  text: soup 0' '  label: a' '- id: 1' …. the lines of d.txt look like the fields of records (id, text, label), and each is one text: write one record a line, as jsonl or csv",
    ),
    Case(
        "csv of long texts that are cut into rows",
        file(
            "d.csv",
            "doc,line,text\n"
            + "".join(
                f"{n},{k},{part}\n"
                for n in range(40)
                for k, part in enumerate(
                    (
                        f"The soup that we had on day {n} was",
                        "rather cold and came some hours",
                        f"after it was due on table {n}.",
                    )
                )
            ),
        ),
        TEXT,
        "train: 120 × text 'The soup that we had on day 0 was' 'rather cold and came some hours' 'after it was due on table 0.' 'The soup that we had on day 1 was' …. the texts of column 'text' look like pieces of longer ones, of 34 characters at most: join those of one text (pandas: groupby(…)[…].agg(' '.join)). 40 of 81 different texts of column 'text' are equal but for a number that counts ('The soup that we had on day 0 was'), as numbers of pages: leave them out of the file, if they are no texts",
    ),
    Case(
        "csv of lines without a sign at their ends",
        file(
            "d.csv",
            "text\n"
            + "".join(f"the soup came {n} hours late {'again ' * (n % 7)}\n" for n in range(60)),
        ),
        TEXT,
        "train: 60 × text 'the soup came 0 hours late ' 'the soup came 1 hours late again ' 'the soup came 2 hours late again again ' 'the soup came 3 hours late again again a' …",
    ),
    Case(
        "csv of e-mails with their headers",
        file(
            "d.csv",
            "file,message\n"
            + "".join(
                f'{n},"Message-ID: <{n}.7@x>\nDate: Mon, 1 Jan 2001\nFrom: a@x.org\nTo: b@x.org\nSubject: soup\n\n'
                f'The soup number {n} was cold."\n'
                for n in range(9)
            ),
        ),
        {"path": "d.csv", "text": "message"},
        "train: 9 × text 'Message-ID: <0.7@x>\\nDate: Mon, 1 Jan 200' 'Message-ID: <1.7@x>\\nDate: Mon, 1 Jan 200' 'Message-ID: <2.7@x>\\nDate: Mon, 1 Jan 200' 'Message-ID: <3.7@x>\\nDate: Mon, 1 Jan 200' …. the texts of column 'message' hold the headers of e-mails (row 1: 'Message-ID: <0.7@x>\\nDate: Mon, 1 Jan 2): take the bodies alone (email.message_from_string(text).get_payload())",
    ),
    Case(
        "txt with the marks of a merge",
        file(
            "d.txt",
            "one soup\n<<<<<<< HEAD\ntwo soups\n=======\n2 soups\n>>>>>>> a1b2c3\nthree soups\n",
        ),
        {"path": "d.txt"},
        "train: 7 × text 'one soup' '<<<<<<< HEAD' 'two soups' '=======' …. the texts of column 'text' hold marks of a merge by git that is not resolved (row 2: '<<<<<<< HEAD'): remove them, and one of the two versions between them",
    ),
    Case(
        "json of Slack, with what it says of members",
        file(
            "d.json",
            json.dumps(
                [
                    {
                        "text": f"<@U{n}A> has joined the channel"
                        if n % 3 == 0
                        else f"the soup number {n} is cold"
                    }
                    for n in range(30)
                ]
            ),
        ),
        {"path": "d.json", "text": "text"},
        "train: 30 × text '<@U0A> has joined the channel' 'the soup number 1 is cold' 'the soup number 2 is cold' '<@U3A> has joined the channel' …. the texts of column 'text' hold what Slack says of its members (row 1: '<@U0A> has joined the channel'): leave these rows out (they have a subtype, as channel_join)",
    ),
    Case(
        "csv of a bank, debits and credits",
        file(
            "d.csv",
            "Debit,Credit,Balance\n"
            + "".join(
                f"{n * 7 % 50}.5,,{n * 13 % 97}\n" if n % 3 else f",{n * 3 % 40}.25,{n}\n"
                for n in range(60)
            ),
        ),
        TABLE,
        "train: 60 × table Debit, Credit, Balance: (-, 0.25, 0) (7.5, -, 13) (14.5, -, 26) (-, 9.25, 3) …. each row has a value in one of 'Debit' and 'Credit' alone: if none means 0 there, write it (fillna(0) of pandas). less than half of the rows have a value in 'Credit' (20 of 60 rows): clusters may be of those that have one",
    ),
    Case(
        "csv of salaries from and to",
        file(
            "d.csv",
            "salary,rating,n\n"
            + "".join(
                f"${40 + n}K-${70 + n}K (Glassdoor est.),{n % 5},{n * 7 % 11}\n" for n in range(30)
            ),
        ),
        TABLE,
        "train: 30 × table rating, n: (0, 0) (1, 7) (2, 3) (3, 10) …. column 'salary' is left out: it holds several numbers in one value, as $40K-$70K (Glassdoor est.): write each in a column of its own",
    ),
    Case(
        "vtt, subtitles",
        file("d.vtt", "WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n"),
        {"path": "d.vtt", "text": "text"},
        "Refused: path: d.vtt is not of a supported kind; write what is said, without numbers and times, to a .txt or .csv file",
    ),
    Case(
        "vec, vectors of words",
        file("d.vec", "2 3\na 1 2 3\nb 4 5 6\n"),
        {"path": "d.vec", "features": "all"},
        'Refused: path: d.vec is not of a supported kind; call it .txt to see what it holds; write vectors as .npy (features = "all")',
    ),
)
