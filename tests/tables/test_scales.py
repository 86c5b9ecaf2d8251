"""Words and ranges whose order is known."""

import pytest

from clusterforge.tables.scales import in_order


@pytest.mark.parametrize(
    "ordered",
    [
        "Strongly disagree, Disagree, Neither agree nor disagree, Agree, Strongly agree",
        "Never, sometimes, OFTEN",
        "not useful, useful, very useful",
        "Not at all, Slightly, Very, Extremely",
        "poor, fair, good, very good",
        "none, mild, moderate, severe",
        "XS, S, M, XXL",
        "C, B, B+, A-, A",
        "A-, AA, AAA",
        "High school, Bachelor, PhD",
        "1st, 2nd, 3rd",
        "Stage I, Stage IIa, Stage IIb, Stage IV",
        "Level 2, Level 9, Level 10",
        "1 - Strongly disagree, 2, 3, 4 (agree)",
        "5 = poor, 6 = good, 7 = excellent",
        "nie, manchmal, immer",
        "jamais, parfois, souvent",
        "Under 18, 18-24, 25-34, 65+",
        "< 1 year, 1 year, 2 years, 10+ years",
        "<$25K, $25K-$50K, $50K-$100K, $100K+",
        "1,000-4,999; 5,000-9,999; 10,000+",
        "[0-10); [10-20); [90-100)",
        "(-0.001, 0.5]; (0.5, 1.0]; (1.0, 2.5]",
        "<0; 0<=X<200; >=200",
        "Less than 5 minutes, 5-10 minutes, 10 to 20 minutes, More than 20 minutes",
        "0-4 years, 5-9 years, 85 years and over",
        "12-14h, 14-16h, 16-18h",
    ],
)
def test_words_and_ranges_are_in_their_order(ordered: str) -> None:
    values = ordered.split("; " if ";" in ordered else ", ")

    assert in_order(values[::-1]) == tuple(values)
    assert in_order([*values[1:], values[0]]) == tuple(values)


@pytest.mark.parametrize(
    "names",
    [
        "red, green, blue",
        "A, B, C",
        "low, high",
        "agree, Agree, disagree",
        "fair, average, good",
        "1 - Sales, 2 - Research, 3 - Support",
        "Room 1, Room 2, Room 3",
        "2-1, 0-3, 1-1",
        "10-20, 15-25, 20-30",
        "10-20 kg, 20-30 lb, 30-40 kg",
        "A+, B+, AB+, O-",
        "<0, 0<=X<200, no account",
        "stage 1, level 2, stage 3",
        "1, 2, 3",
        "2024-01-01, 2024-01-02, 2024-01-03",
        "10:00-12:00, 12:00-14:00, 14:00-16:00",
        "Q1, Q2, Q3",
    ],
)
def test_names_have_no_order(names: str) -> None:
    assert in_order(names.split(", ")) is None
