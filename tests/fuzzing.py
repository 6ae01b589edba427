"""Spoils our own samples, the same way each time, and hands them to a parser.

``FUZZ_SECONDS`` (environment) is how long each parser is tried: 2 by default, more by hand.
"""

import os
import random
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError

SECONDS = float(os.environ.get("FUZZ_SECONDS", "2"))
MOST = 4_000 if SECONDS <= 2 else 1_000_000
FEWEST = 20
_ONE_CALL = 15  # seconds, after which it hangs
_THROUGH_SANDBOX = 4
_ODD = (b"\0", b"\xff", b"\x80", b"-1", b"4294967295", b"99999999999999999999", b"<<", b"[", b"(",
        b"%", b"null", b"\r\n", b"\x30\x84\xff\xff\xff\xff", b"/Root", b" 0 R", b'"', b"\xe7\xe3")  # fmt: skip


class Hangs(BaseException):
    """The parser did not come to an end in time."""


def spoiled(samples: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Without end: samples with some bytes changed, cut out, doubled or put elsewhere."""
    dice = random.Random(seed)
    while True:
        data = bytearray(dice.choice(samples))
        for _number in range(dice.choice((1, 1, 2, 4, 16))):
            at = dice.randrange(len(data) + 1)
            length = dice.choice((1, 1, 2, 8, 60, len(data) // 4))
            match dice.randrange(6):
                case 0:
                    data[at : at + 1] = bytes([dice.randrange(256)])
                case 1:
                    del data[at : at + length]
                case 2:
                    data[at:at] = data[at : at + length]
                case 3:
                    data[at : at + dice.choice((0, 1, 4))] = dice.choice(_ODD)
                case 4:
                    other = dice.randrange(len(data) + 1)
                    data[at : at + length] = data[other : other + length]
                case _:
                    _change_number(data, at, dice)
            data = data or bytearray(b"\0")
        yield bytes(data)


def _change_number(data: bytearray, start: int, dice: random.Random) -> None:
    """Another digit, where the next number in the text stands."""
    for at in range(start, min(len(data), start + 400)):
        if 0x30 <= data[at] <= 0x39:
            data[at] = dice.randrange(0x30, 0x3A)
            return


def survives(parse: Callable[[bytes], Any], samples: Sequence[bytes], *, seed: int) -> int:
    """How many spoiled samples it has read or refused in our words; anything else fails the test."""
    until = time.monotonic() + SECONDS
    for sample in samples:
        parse(sample)  # they are sound to begin with
    for done, data in enumerate(spoiled(samples, seed)):
        if done >= MOST or (time.monotonic() > until and done >= FEWEST):
            break
        with _at_most(_ONE_CALL), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _one(parse, data)
    return done


def survives_in_sandbox(
    parse: Callable[[bytes], Any], samples: Sequence[bytes], *, seed: int
) -> None:
    """The same of a few, each in a child of its own."""
    source = spoiled(samples, seed)
    for _number in range(_THROUGH_SANDBOX):
        _one(parse, next(source))


def _one(parse: Callable[[bytes], Any], data: bytes) -> None:
    try:
        parse(data)
    except ValidationError as error:
        if not all(error.messages):
            raise AssertionError("a refusal without a word") from error
    except Exception as error:
        raise AssertionError(
            f"{type(error).__name__} over {data[:60]!r}… of {len(data)}"
        ) from error


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def stop(*_args: Any) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
