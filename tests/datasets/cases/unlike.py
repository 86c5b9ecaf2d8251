"""Files of one split, and test rows, of which some are written in another unit, form or language."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from .case import Case
from .writers import Write, file, several

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


def levels(number: int) -> Frame:
    """Return how strongly three genes are expressed in some samples."""
    draw = np.random.default_rng(number)
    return pd.DataFrame({g: draw.lognormal(6, 1, 60).round(1) for g in ("TP53", "BRCA1", "EGFR")})


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


def table(**columns: np.ndarray) -> Write:
    """Write people with further columns as d.csv."""

    def written(folder) -> None:
        rows = len(next(iter(columns.values())))
        person(7, rows).assign(**columns).to_csv(folder / "d.csv", index=False)

    return written


def bank(number: int, sign: int = 1) -> Frame:
    """Return payments: many small ones, and some of what is earned."""
    draw = np.random.default_rng(number)
    spent = draw.random(90) < 0.85
    amount = np.where(spent, -draw.lognormal(3, 1, 90), draw.lognormal(7, 0.5, 90))
    return person(number, 90)[["age", "visits"]].assign(amount=sign * amount.round(2))


def place(number: int, rain: int, bread: float) -> Frame:
    """Return towns of a country."""
    draw = np.random.default_rng(number)
    columns = {
        "rain_mm": (rain * draw.lognormal(0, 0.3, 60)).round(),
        "bread": (bread * draw.lognormal(0, 0.2, 60)).round(2),
        "height": draw.normal(170, 7, 60).round(),
    }
    return pd.DataFrame(columns)


def some(number: int, rows: int = 200) -> np.ndarray:
    """Return which rows are others: three of ten."""
    return np.random.default_rng(number).random(rows) < 0.3


DRAW = np.random.default_rng(3)
TALL, HOT, PRICE = (
    DRAW.normal(172, 9, 200),
    DRAW.normal(36.8, 0.5, 200),
    DRAW.lognormal(12, 0.4, 200),
)
KIND, TABLE = DRAW.integers(0, 3, 200), {"path": "d.csv", "features": "all"}
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
        "train: 240 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. column 'humid' of 2024-01.csv (0.26 to 1.01) seems to be in another unit than in 2024-03.csv (27 to 101), as shares are of per cents, whole ones of cents, or metres of cm: write both in one (the same of 2024-04.csv)",
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
        "train: 4030 × table day (date), temp, humid, wind: (2024-01-12, 11.1, 0.87, 32.1) (2024-01-15, -1.8, 0.75, 15.1) (2024-01-09, 5.8, 0.9, 4.7) (2024-01-04, 2.1, 0.88, 14.3) …. 3,310 of 4,030 rows are copies of earlier ones in every feature, the first is row 721: they weigh more; deduplicate = \"exact\" leaves them out. column 'humid' of 01.csv (26 to 99) seems to be in another unit than in 42.csv (0.24 to 1), as per cents are of shares, cents of a currency, or cm of metres: write both in one (the same of 04.csv, 07.csv, 10.csv and 19 more)",
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
        "csv files of which one has logarithms",
        files({"a": levels(1), "b": levels(2), "c": np.log2(levels(3)).round(3)}),
        {"path": "d", "features": "all"},
        "train: 180 × table TP53, BRCA1, EGFR: (570, 425.9, 1851.8) (917.5, 530, 87.8) (561.4, 151.1, 34.3) (109.6, 133.3, 747.6) …. columns 'BRCA1', 'EGFR' of c.csv seem to be logarithms (5.368 to 12.335), those of a.csv numbers (42.5 to 2,329.4): write both alike",
    ),
    Case(
        "csv, some rows of which are logarithms",
        file("d.csv", pd.concat([levels(1), np.log2(levels(3)).round(3)]).to_csv(index=False)),
        {"path": "d.csv", "features": "all"},
        "train: 120 × table TP53, BRCA1, EGFR: (570, 425.9, 1851.8) (917.5, 530, 87.8) (561.4, 151.1, 34.3) (109.6, 133.3, 747.6) …. columns 'BRCA1', 'EGFR' of 60 rows seem to be logarithms (5.368 to 12.335), those of the others numbers (42.5 to 2,329.4): write both alike",
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
        "train: 200 × table age, income, visits, spent: (47, 26014, 10, 37.51) (49, 15905, 6, 1.77) (64, 33902, 3, 14.98) (76, 20686, 4, 16.4) …. test: 90 × table age, income, visits, spent: (69, 35762, 2, 1891) (34, 19585, 11, 5804) (24, 42709, 9, 186) (36, 8636, 12, 3318) …. column 'spent' of test (123 to 26,746) seems to be in another unit than in train (0.2 to 170.42), as per cents are of shares, cents of a currency, or cm of metres: write both in one",
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
    Case(
        "csv files, one of which has expenses above 0",
        files({"a": bank(1), "b": bank(2), "visa": bank(3, -1)}),
        {"path": "d", "features": "all"},
        "train: 270 × table age, visits, amount: (47, 9, -32.09) (49, 11, 1403.2) (64, 13, -25.96) (76, 8, 688.07) …. column 'amount' of visa.csv (-1,920.1 to 257.25) seems to have the other sign than in a.csv (-115.98 to 1,611.89): if + and - are exchanged, write both alike",
    ),
    Case(
        "csv files of winter and summer, as far below 0 as above",
        files(
            {
                "winter": person(1).assign(temp=DRAW.normal(-12, 3, 60).round(1)),
                "summer": person(2).assign(temp=DRAW.normal(12, 3, 60).round(1)),
            }
        ),
        {"path": "d", "features": "all"},
        "train: 120 × table age, income, visits, spent: (69, 33548, 5, 20.5) (34, 23491, 8, 21.88) (24, 37766, 10, 21.18) (36, 31610, 13, 9.3) …",
    ),
    Case(
        "csv files of a wet and a dry country",
        files(
            {
                "egypt": place(1, 30, 0.5),
                "japan": place(2, 1600, 3.1),
                "norway": place(3, 1400, 5.2),
            }
        ),
        {"path": "d", "features": "all"},
        "train: 180 × table rain_mm, bread, height: (33, 0.51, 181) (38, 0.53, 159) (33, 0.41, 153) (20, 0.4, 174) …",
    ),
    Case(
        "csv files called after months, as many rows in each",
        files({f"2023-{n:02}": person(n) for n in range(1, 7)}),
        {"path": "d", "features": "all"},
        "train: 360 × table age, income, visits, spent: (47, 20717, 4, 39.01) (49, 63508, 12, 14.2) (64, 12632, 7, 10.04) (76, 18237, 10, 3.48) …",
    ),
    Case(
        "csv, metres beside cm in one column",
        table(height=np.where(some(1), (TALL / 100).round(2), TALL.round())),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …. column 'height' seems to hold two units: 1.47 to 2.02 in 57 rows, 149 to 192 in 143, none between, as shares are of per cents, whole ones of cents, or metres of cm: write all in one",
    ),
    Case(
        "csv, °F beside °C in one column",
        table(temp=np.where(some(1), (HOT * 1.8 + 32).round(1), HOT.round(1))),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …. column 'temp' seems to hold two units: 96.6 to 100.3 in 57 rows, 35.3 to 38.3 in 143, none between, as °F are of °C: write all in one",
    ),
    Case(
        "csv of two kinds of rows, the one a hundred times as high and wide",
        table(
            height=np.where(some(1), (TALL / 100).round(2), TALL.round()),
            width=np.where(some(1), (TALL[::-1] / 100).round(2), TALL[::-1].round()),
        ),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …",
    ),
    Case(
        "csv, small and large amounts without a factor of units",
        table(paid=np.where(some(1), PRICE, PRICE / 7e3).round(2)),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …",
    ),
    Case(
        "csv, 85 of a sensor that has just been switched on",
        table(temp=np.where(some(1), 85, DRAW.normal(10, 3, 200).round(1))),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …. a number apart from all others looks like a sign for no value in 'temp' (85 in 57 rows): if it is one, set na_values = {temp = [\"85\"]}",
    ),
    Case(
        "csv, what is done to 100 in many rows",
        table(progress=np.where(some(1), 100, DRAW.integers(5, 60, 200))),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …",
    ),
    Case(
        "csv, labels as a column of 0 and 1 for each class",
        table(
            kind=np.array(["fir", "oak", "yew"])[KIND], **{f"kind_{n}": n == KIND for n in range(3)}
        ),
        {**TABLE, "label": "kind"},
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …, labels fir oak oak fir. features 'kind_0', 'kind_1', 'kind_2' say the labels of 'kind', one class each: clusters would be found by them; name them in drop",
    ),
    Case(
        "csv, a feature that one class of several has alone",
        table(kind=np.array(["bird", "bug", "mammal"])[KIND], milk=(KIND == 2) * 1),
        {**TABLE, "label": "kind"},
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …, labels bird bug bug bird",
    ),
    Case(
        "csv, a price and its logarithm",
        table(price=PRICE.round(), log_price=np.log(PRICE.round()).round(4)),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …. columns 'price' and 'log_price' say the same, in other units, scales or words at most, which counts twice: name one of both in drop",
    ),
    Case(
        "csv, a counter that grows by time, and sizes that are nearly in one order",
        table(
            second=np.arange(200).cumsum() + 7,
            counter=PRICE.cumsum().round(),
            radius=TALL.round(1),
            area=(TALL**2 + DRAW.normal(0, 99, 200)).round(),
        ),
        TABLE,
        "train: 200 × table age, income, visits, spent: (76, 7961, 10, 40.31) (56, 18916, 11, 10.5) (60, 14045, 7, 23.86) (73, 23909, 6, 3.07) …. column 'counter' never falls from row to row (95536 to 3.6807e+07): if it is the state of a counter, write what was added in each row (diff of pandas)",
    ),
)
