import pytest

from clusterforge.tables.durations import duration

DAY = 86_400
YEAR, MONTH = 31_557_600, 2_629_800


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3y 4m", 3 * YEAR + 4 * MONTH),
        ("1y 30 min", YEAR + 1800),
        ("1 year, 2 days, 4 hours, 10 minutes", YEAR + 2 * DAY + 4 * 3600 + 600),
        ("1y 2d 3h 4m 5s", YEAR + 2 * DAY + 3 * 3600 + 4 * 60 + 5),
        ("1 year 2 mons 3 days", YEAR + 2 * MONTH + 3 * DAY),
        ("3h 20m", 12_000),
        ("P2M", 2 * MONTH),
        ("PT2M", 120),
        ("P1Y2M3DT4H5M", YEAR + 2 * MONTH + 3 * DAY + 4 * 3600 + 300),
        ("5 apples", None),
    ],
)
def test_durations_in_units(text, seconds):
    assert duration(text) == seconds
