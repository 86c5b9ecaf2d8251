import doctest

import pytest

from clusterforge import formats


def test_the_examples_hold() -> None:
    assert doctest.testmod(formats).failed == 0


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (-0.0001, "−1.0e−04"), (-1e-17, "0.000"), (12.34, "12.3")]
)
def test_number(value: float, text: str) -> None:
    assert formats.number(value) == text


def test_a_number_of_fewer_digits_has_no_exponent() -> None:
    assert formats.number(0.00004, digits=1) == "0.0"


def test_a_share_is_never_rounded_to_all_or_none() -> None:
    shares = (1.0, 0.99999, 0.5, 0.00001, 0.0)
    assert [formats.share(s) for s in shares] == ["100 %", "> 99.9 %", "50.0 %", "< 0.1 %", "0 %"]


def test_no_duration_has_sixty_seconds() -> None:
    assert [formats.duration(s) for s in (9.96, 59.6, 3599.7)] == ["10 s", "1 min 0 s", "1 h 0 min"]
