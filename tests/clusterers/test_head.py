import numpy as np
import pytest

from clusterforge.builtin.clusterers import HeadParams
from clusterforge.clusterers.head import Head
from clusterforge.contracts import Context, Points
from clusterforge.errors import InputError


def test_largest_assignment_the_first_of_equals():
    soft = np.float32([[0.1, 0.9, 0], [0.4, 0.2, 0.4], [0, 0, 1]])
    labels = Head(HeadParams()).fit(Points(np.zeros((3, 2), np.float32), soft), Context())
    assert labels.tolist() == [1, 0, 2]


def test_an_encoder_without_a_head():
    with pytest.raises(InputError, match="has no soft assignment"):
        Head(HeadParams()).fit(Points(np.zeros((3, 2), np.float32)), Context())


def test_not_finite():
    soft = np.float32([[0.5, np.nan]])
    with pytest.raises(InputError, match="NaN"):
        Head(HeadParams()).predict(Points(np.zeros((1, 2), np.float32), soft), Context())


def test_membership_is_the_encoders_where_its_rows_are_shares():
    rows = np.zeros((2, 2), np.float32)
    soft = np.float32([[0.1, 0.9], [0.5, 0.5]])
    assert Head(HeadParams()).membership(Points(rows, soft), Context()) is soft
    assert Head(HeadParams()).membership(Points(rows, soft * 2), Context()) is None
    assert Head(HeadParams()).membership(Points(rows, -soft), Context()) is None
