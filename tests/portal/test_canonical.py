"""Canonical JSON: what is hashed and signed is written in one way alone."""

import pytest

from portal.canonical import canonical


def test_data_are_written_in_one_way():
    one = canonical({"b": [1, "é"], "a": {"d": None, "c": True}})
    assert one == '{"a":{"c":true,"d":null},"b":[1,"é"]}'.encode()
    assert canonical({"a": {"c": True, "d": None}, "b": [1, "é"]}) == one
    assert b"\n" not in canonical({"a": "one\ntwo"})


@pytest.mark.parametrize("data", [{"a": 1.5}, {"a": [{"b": 0.1}]}])
def test_floats_are_no_part_of_a_record(data):
    with pytest.raises(TypeError):
        canonical(data)
