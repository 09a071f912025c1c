"""Golden arrays of a record come back as they were, and lies about them are refused."""

from __future__ import annotations

import base64
import json
import zlib

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.weights.errors import WeightsError
from zoo.weights.golden import LARGEST, packed, unpacked

ARRAYS = st.sampled_from(["uint8", "int64", "float32", "float64", "bool"]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_side=0, max_side=9))
)


@settings(max_examples=60, deadline=None)
@given(ARRAYS)
def test_unpacking_is_the_inverse_of_packing_through_json(array: np.ndarray) -> None:
    found = unpacked(json.loads(json.dumps(packed(array), allow_nan=False)), where="test")
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def squeezed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


@pytest.mark.parametrize(
    "table",
    [
        None,
        {},
        {"dtype": "object", "shape": [1], "values": ["x"]},
        {"dtype": "float32", "shape": [2], "values": [1.0]},
        {"dtype": "float32", "shape": [-1], "values": [1.0]},
        {"dtype": "float32", "shape": [LARGEST], "zlib": squeezed(bytes(4 * LARGEST))},
        {"dtype": "uint8", "shape": [10], "zlib": squeezed(bytes(11))},
        {"dtype": "uint8", "shape": [10], "zlib": squeezed(bytes(9))},
        {"dtype": "uint8", "shape": [10], "zlib": squeezed(bytes(10**8))},
        {"dtype": "uint8", "shape": [10], "zlib": "no base64!"},
        {"dtype": "uint8", "shape": [10], "zlib": base64.b64encode(b"not compressed").decode()},
        {"dtype": "U8", "shape": [1], "values": ["x"]},
    ],
    ids=[
        "nothing", "empty", "objects", "too few", "negative", "too large", "longer", "shorter", "a bomb", "no base64",
        "not compressed", "text",
    ],
)  # fmt: skip
def test_a_golden_array_that_is_not_what_it_says_is_refused(table: object) -> None:
    with pytest.raises(WeightsError, match="golden arrays of a record"):
        unpacked(table, where="test")
