"""What may cross between the processes, and what is refused of what a child answers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.utils.functional import lazystr

from portal.sandbox.codec import BadAnswer, pack, shaper, unpack
from tests.portal.parsers import Colour


@dataclass(frozen=True)
class Point:
    x: int
    name: str = ""


@pytest.mark.parametrize(
    "value",
    [
        None, True, 12345678901234567890, 1.5, "ação \ud800", b"\x00\xff", [], {}, {"a": {"b": [b"c"]}},
        date(2026, 1, 2), time(1, 2), datetime(2026, 1, 2, tzinfo=UTC), Decimal("1E+3"), {"dict": 1},
    ],
)  # fmt: skip
def test_plain_values_come_back_as_they_were(value):
    assert unpack(pack([value, value])) == [value, value]


def test_other_values_come_back_as_what_they_are_made_of():
    given = (Colour.RED, lazystr("x"), Point(1, "a"), {3})
    assert unpack(pack(given)) == ["red", "x", {"x": 1, "name": "a"}, [3]]


def test_what_cannot_cross_is_an_error_of_ours():
    with pytest.raises(TypeError):
        pack(object())
    with pytest.raises(TypeError):
        shaper(list[Any])


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00" * 8, pack(1)[:-1], pack(b"abc")[:-1], pack(1) [:8] + b"{}",
        (20).to_bytes(8, "big") + b'{"bytes": [-5, 5]}  ', (18).to_bytes(8, "big") + b'{"datetime": "x"} ',
        (16).to_bytes(8, "big") + b'{"os.system": 1}', (200_000).to_bytes(8, "big") + b"[" * 200_000,
    ],
)  # fmt: skip
def test_a_spoiled_answer_is_refused(data):
    with pytest.raises(BadAnswer):
        unpack(data)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (int, True), (int, "1"), (str, None), (bool, 1), (list[int], [1, "2"]), (list[int], {}),
        (dict[str, int], {1: 1}), (tuple[int, str], [1]), (tuple[int, ...], [None]), (Colour, "blue"),
        (Point, {"x": 1}), (Point, {"x": 1, "name": "", "__class__": 1}), (Point | None, 3),
        (int | str, 1.0), (Point, [1, ""]),
    ],
)  # fmt: skip
def test_a_value_of_another_shape_is_refused(annotation, value):
    with pytest.raises(BadAnswer):
        shaper(annotation)(unpack(pack(value)))


def test_values_take_the_shape_that_is_asked_for():
    shape = shaper(tuple[Colour, set[int], Point | None, dict[str, list[Point]], None])
    given = ["red", [1, 1], None, {"a": [{"x": 1, "name": "b"}]}, None]
    assert shape(given) == (Colour.RED, {1}, None, {"a": [Point(1, "b")]}, None)
