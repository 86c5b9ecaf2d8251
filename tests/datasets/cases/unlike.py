"""Files of one split, and test rows, of which some are written in another unit, form or language."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from .case import Case
from .writers import Write, several

DAYS = {"path": "d", "features": "all", "types": {"day": "%d/%m/%Y"}}
SKY = {"sun": "Sonne", "rain": "Regen", "snow": "Schnee", "fog": "Nebel"}
Frame = pd.DataFrame


def month(number: int) -> Frame:
    """Return sixty rows of weather."""
    draw = np.random.default_rng(number)
    kind = draw.integers(0, 4, 60)
    day = pd.Timestamp(2024, number, 1) + pd.to_timedelta(draw.integers(0, 28, 60), unit="D")
    columns = {
        "day": pd.Series(day),
        "temp": (np.array([22, 12, -2, 5])[kind] + draw.normal(0, 3, 60)).round(1),
        "humid": (np.array([30, 85, 70, 95])[kind] / 100 + draw.normal(0, 0.03, 60)).round(2),
        "wind": draw.gamma(2, 8, 60).round(1),
        "sky": np.array([*SKY])[kind],
    }
    return pd.DataFrame(columns)


def person(number: int, rows: int = 60) -> Frame:
    """Return rows of people."""
    draw = np.random.default_rng(number)
    columns = {
        "age": draw.integers(18, 80, rows),
        "income": draw.lognormal(10, 0.5, rows).round(),
        "visits": draw.poisson(9, rows),
        "spent": draw.exponential(40, rows).round(2),
    }
    return pd.DataFrame(columns)


def months(change: Callable[[Frame], Frame], *numbers: int) -> Write:
    """Write a file for each of four months, some of them changed."""
    return files(
        {
            f"2024-0{n}": (change if n in (numbers or (3,)) else lambda own: own)(month(n))
            for n in range(1, 5)
        },
    )


def files(frames: dict[str, Frame]) -> Write:
    """Write a folder of csv files."""

    def write(name: str, frame: Frame) -> Write:
        def written(folder) -> None:
            (folder / "d").mkdir(exist_ok=True)
            frame.to_csv(folder / "d" / f"{name}.csv", index=False, date_format="%d/%m/%Y")

        return written

    return several(*(write(name, frame) for name, frame in frames.items()))


def scaled(frame: Frame) -> Frame:
    """Return columns with a mean of 0 and a width of 1."""
    return ((frame - frame.mean()) / frame.std()).round(3)


def height(frame: Frame, unit: float = 1.0) -> Frame:
    """Return people with a height in cm."""
    tall = np.random.default_rng(len(frame)).normal(172, 9, len(frame))
    return frame.assign(height=(tall / unit).round())


CASES = (
    Case(
        "csv files, one of which has °F for °C",
        months(lambda own: own.assign(temp=own.temp * 1.8 + 32)),
        DAYS,
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. column 'temp' of 2024-03.csv (19.04 to 79.7) seems to be in another unit than in 2024-01.csv (-6.9 to 24.6), as °F are of °C: write both in one",
    ),
    Case(
        "csv files, two of which have per cents for shares",
        months(lambda own: own.assign(humid=own.humid * 100), 2, 3),
        DAYS,
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. column 'humid' of 2024-01.csv (0.26 to 1.01) seems to be in another unit than in 2024-03.csv (27 to 101), as shares are of per cents, or whole ones of cents: write both in one (the same of 2024-04.csv)",
    ),
    Case(
        "csv files, seventy, many of which have per cents for shares",
        files(
            {
                f"{n:02}": month(n % 12 + 1)[n // 12 :].assign(
                    humid=lambda own, n=n: own.humid * (100 if n % 3 == 1 else 1)
                )
                for n in range(70)
            }
        ),
        DAYS,
        "train: 4030 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. column 'humid' of 01.csv (26 to 99) seems to be in another unit than in 42.csv (0.24 to 1), as per cents are of shares, or cents of a currency: write both in one (the same of 04.csv, 07.csv, 10.csv and 19 more)",
    ),
    Case(
        "csv files, in one of which days and months are exchanged",
        months(
            lambda own: own.assign(
                day=[day.replace(day=day.day % 12 + 1).strftime("%m/%d/%Y") for day in own.day]
            )
        ),
        DAYS,
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. no date of column 'day' of 2024-03.csv is after the 12th of a month, as those of 2024-02.csv are: if days and months are exchanged, write both in one form",
    ),
    Case(
        "csv files, one of which is in another language",
        months(lambda own: own.assign(sky=own.sky.map(SKY))),
        DAYS,
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. no category of 'sky' in 2024-03.csv is in another file (as 'Nebel'): if they are written in another language or form there, write them alike",
    ),
    Case(
        "csv files, in one of which the names of two columns are exchanged",
        months(lambda own: own.rename(columns={"temp": "humid", "humid": "temp"})),
        DAYS,
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. columns 'temp' and 'humid' of 2024-03.csv seem to be exchanged: each is as the other one is in 2024-04.csv; write both under their names",
    ),
    Case(
        "csv files, in one of which a column was not exported",
        months(lambda own: own.assign(wind=0)),
        DAYS,
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. column 'wind' of 2024-03.csv is 0 in all 60 rows, in 2024-02.csv it is 0.9 to 54: is it filled in for what was not exported?",
    ),
    Case(
        "csv files of months that differ as seasons do",
        months(lambda own: own.assign(temp=own.temp + 25, humid=own.humid - 0.2, sky="sun")),
        DAYS,
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …",
    ),
    Case(
        "csv files of cities, each with its own districts, numbers and year",
        files(
            {
                city: person(at).assign(
                    district=[f"{city}-{row % 3}" for row in range(60)],
                    year=2020 + at,
                    income=person(at).income * (1 + 3 * at),
                )
                for at, city in enumerate(("bern", "oslo", "rome"))
            }
        ),
        {"path": "d", "features": "all"},
        "train: 180 × table age, income, visits, spent: (70, 13296, 10, 8.38) (57, 19839, 8, 40.56) (49, 20341, 7, 9.02) (34, 28866, 9, 49.2) …",
    ),
    Case(
        "csv files of few rows",
        files({f"2024-0{n}": month(n)[:9].assign(humid=n) for n in range(1, 4)}),
        DAYS,
        "train: 27 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 1, 32.1) (2024-01-15, -1.8, 1, 15.1) (2024-01-09, 5.8, 1, 4.7) (2024-01-04, 2.1, 1, 14.3) …",
    ),
    Case(
        "csv files train and test, the test rows scaled alone",
        files({"train": person(1, 200), "test": scaled(person(2, 90))}),
        {"path": "d", "features": "all"},
        "train: 200 × table age, income, visits, spent: (47, 26014, 10, 37.51) (49, 15905, 6, 1.77) (64, 33902, 3, 14.98) (76, 20686, 4, 16.4) …. test: 90 × table age, income, visits, spent: (1.11, 0.817, -2.677, -0.621) (-1.012, -0.418, 0.608, 0.274) (-1.618, 1.347, -0.122, -1.011) (-0.891, -1.253, 0.973, -0.295) …. columns 'age', 'income', 'visits' of test seem to be scaled (-1.861 to 1.717), those of train are not (18 to 79): scale both alike, or none",
    ),
    Case(
        "csv files train and test, cents in one and a currency in the other",
        files(
            {"train": person(1, 200), "test": person(2, 90).assign(spent=person(2, 90).spent * 100)}
        ),
        {"path": "d", "features": "all"},
        "train: 200 × table age, income, visits, spent: (47, 26014, 10, 37.51) (49, 15905, 6, 1.77) (64, 33902, 3, 14.98) (76, 20686, 4, 16.4) …. test: 90 × table age, income, visits, spent: (69, 35762, 2, 1891) (34, 19585, 11, 5804) (24, 42709, 9, 186) (36, 8636, 12, 3318) …. column 'spent' of test (123 to 26,746) seems to be in another unit than in train (0.2 to 170.42), as per cents are of shares, or cents of a currency: write both in one",
    ),
    Case(
        "csv files train and test, both scaled, and later rows that have drifted",
        files(
            {"train": scaled(person(1, 200)), "test": scaled(person(2, 90)).add([0.5, 1, 0.2, 0])}
        ),
        {"path": "d", "features": "all"},
        "train: 200 × table age, income, visits, spent: (-0.157, 0.189, 0.314, -0.067) (-0.045, -0.565, -0.986, -1.011) (0.802, 0.776, -1.961, -0.662) (1.479, -0.208, -1.636, -0.624) …. test: 90 × table age, income, visits, spent: (1.61, 1.817, -2.477, -0.621) (-0.512, 0.582, 0.808, 0.274) (-1.118, 2.347, 0.078, -1.011) (-0.391, -0.253, 1.173, -0.295) …",
    ),
    Case(
        "csv files, one of which has inches for cm",
        files(
            {
                city: height(person(at, 60 + at), 2.54 if at == 2 else 1)
                for at, city in enumerate(("bern", "oslo", "rome"))
            }
        ),
        {"path": "d", "features": "all"},
        "train: 183 × table age, income, visits, spent: (70, 13296, 10, 8.38) (57, 19839, 8, 40.56) (49, 20341, 7, 9.02) (34, 28866, 9, 49.2) …. column 'height' of rome.csv (60 to 79) seems to be in another unit than in oslo.csv (149 to 197), as inches are of cm: write both in one",
    ),
)
