"""How values cross between the processes: JSON with tags, then raw bytes; never pickle.

``pack`` and ``unpack`` know plain values: None, bool, int, float, str, bytes, dates, times,
Decimal, and lists and dictionaries of them. What a child sends chooses no type: ``shaper``'s
functions build dataclasses, enumerations, tuples and sets as annotations of ours say.
"""

import dataclasses
import enum
import json
import struct
import types
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, partial
from typing import Any, Union, get_args, get_origin, get_type_hints

from django.utils.functional import Promise

_HEAD = struct.Struct("!Q")
_PLAIN = frozenset({type(None), bool, int, float, str})
_TEXTUAL: dict[type, tuple[str, Callable[[str], Any]]] = {
    datetime: ("datetime", datetime.fromisoformat),
    date: ("date", date.fromisoformat),
    time: ("time", time.fromisoformat),
    Decimal: ("decimal", Decimal),
}
_READERS = dict(_TEXTUAL.values())
_SCALARS = _PLAIN | {bytes} | _TEXTUAL.keys()

Shaper = Callable[[Any], Any]


class BadAnswer(ValueError):
    """What came is not what was agreed."""


def pack(value: Any) -> bytes:
    """Raises TypeError for a value that cannot cross."""
    raw = bytearray()
    head = json.dumps(_encoded(value, raw), separators=(",", ":")).encode()
    return b"".join([_HEAD.pack(len(head)), head, raw])


def unpack(data: bytes) -> Any:
    """What was packed, with tuples and sets as lists and dataclasses as dictionaries.

    Raises BadAnswer.
    """
    try:
        (length,) = _HEAD.unpack_from(data)
        start = _HEAD.size + length
        return _decoded(json.loads(data[_HEAD.size : start]), partial(_slice, data, start))
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise BadAnswer from error
    except struct.error as error:
        raise BadAnswer from error


def _slice(data: bytes, base: int, start: int, length: int) -> bytes:
    found = data[base + start : base + start + length]
    if start < 0 or len(found) != length:
        raise BadAnswer
    return found


def _encoded(value: Any, raw: bytearray) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind in _TEXTUAL:
        return {_TEXTUAL[kind][0]: str(value) if kind is Decimal else value.isoformat()}
    if kind in {list, tuple, set, frozenset}:
        return [_encoded(item, raw) for item in value]
    if kind in {bytes, bytearray}:
        raw += value
        return {"bytes": [len(raw) - len(value), len(value)]}
    return _encoded(_plain(value), raw) if kind is not dict else _encoded_items(value, raw)


def _encoded_items(value: dict[str, Any], raw: bytearray) -> Any:
    return {"dict": [[key, _encoded(item, raw)] for key, item in value.items()]}


def _plain(value: Any) -> Any:
    """A value of a class of ours, or a text of another class, as what it is made of."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, str | Promise):
        return str(value)
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} does not cross between processes")


def _decoded(value: Any, slice_of: Callable[[int, int], bytes]) -> Any:
    if isinstance(value, list):
        return [_decoded(item, slice_of) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    if tag == "bytes":
        return slice_of(*content)
    if tag == "dict":
        return {key: _decoded(item, slice_of) for key, item in content}
    return _READERS[tag](content)


@cache
def shaper(annotation: Any) -> Shaper:
    """A function that gives an unpacked value as the annotation says, or raises BadAnswer.

    Raises TypeError for an annotation of something that does not cross.
    """
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType}:
        return _shaper_of_choice(get_args(annotation))
    if origin is not None:
        return _shaper_of_many(origin, get_args(annotation))
    return _shaper_of_one(annotation)


def _shaper_of_choice(choices: tuple[Any, ...]) -> Shaper:
    if set(choices) <= _SCALARS:
        return partial(_scalar, frozenset(choices))
    return partial(_one_of, [shaper(choice) for choice in choices])


def _shaper_of_many(origin: type, inner: tuple[Any, ...]) -> Shaper:
    if origin is dict and inner[0] is str:
        return partial(_mapping, shaper(inner[1]))
    if origin is tuple and inner[-1] is not ...:
        return partial(_row, [shaper(item) for item in inner])
    if origin in {list, tuple, set, frozenset}:
        return partial(_collection, origin, shaper(inner[0]))
    raise TypeError(f"{origin} of {inner} does not cross between processes")


def _shaper_of_one(kind: Any) -> Shaper:
    if kind is object:  # whatever could be unpacked
        return lambda value: value
    if kind is None or kind in _SCALARS:
        return partial(_scalar, frozenset({type(None) if kind is None else kind}))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return partial(_member, kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return partial(_record, kind)
    raise TypeError(f"{kind} does not cross between processes")


def _scalar(kinds: frozenset[type], value: Any) -> Any:
    if type(value) not in kinds:
        raise BadAnswer
    return value


def _one_of(shapers: list[Shaper], value: Any) -> Any:
    for shaper in shapers:
        try:
            return shaper(value)
        except BadAnswer:
            continue
    raise BadAnswer


def _mapping(shaper: Shaper, value: Any) -> dict[str, Any]:
    if type(value) is not dict or any(type(key) is not str for key in value):
        raise BadAnswer
    return {key: shaper(item) for key, item in value.items()}


def _row(shapers: list[Shaper], value: Any) -> tuple[Any, ...]:
    if type(value) is not list or len(value) != len(shapers):
        raise BadAnswer
    return tuple(shaper(item) for shaper, item in zip(shapers, value, strict=True))


def _collection(origin: type, shaper: Shaper, value: Any) -> Any:
    if type(value) is not list:
        raise BadAnswer
    return origin(map(shaper, value))


def _member(kind: type[enum.Enum], value: Any) -> enum.Enum:
    try:
        return kind(value)
    except ValueError as error:
        raise BadAnswer from error


def _record(kind: type, value: Any) -> Any:
    shapers = _fields(kind)
    if type(value) is not dict or value.keys() != shapers.keys():
        raise BadAnswer
    return kind(**{name: shaper(value[name]) for name, shaper in shapers.items()})


@cache
def _fields(kind: type) -> dict[str, Shaper]:
    hints = get_type_hints(kind)
    return {field.name: shaper(hints[field.name]) for field in dataclasses.fields(kind)}
