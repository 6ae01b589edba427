"""Parsers that behave, refuse, crash and eat, for the sandbox's tests; run in its children."""

import ctypes
import os
import resource
import signal
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import sandbox


class Colour(TextChoices):
    RED = "red", gettext_lazy("Red")


@dataclass(frozen=True)
class Finding:
    colour: Colour
    at: datetime | None
    raw: bytes
    rows: tuple[list[str | int | Decimal | date | None], ...]


def find(data: bytes, cell: date) -> Finding:
    rows: tuple[list[str | int | Decimal | date | None], ...]
    rows = (["a", 1, Decimal("1.50"), cell, None],)
    return Finding(Colour.RED, datetime(2026, 3, 1, tzinfo=UTC), data[::-1], rows)


def read(file: BinaryIO) -> tuple[str, bytes]:
    return type(file).__name__, file.read()


def write(file: BinaryIO) -> bool:
    try:
        os.write(file.fileno(), b"changed")
    except OSError:
        return False
    return True


def refuse() -> None:
    raise ValidationError(
        [
            ValidationError(_("The zip holds more than %(limit)s files."), "zip", {"limit": 3}),
            _("The file is empty."),
        ]
    )


def refuse_once() -> None:
    raise ValidationError(
        gettext_lazy("“%(name)s” is a link or a device, not a file."), "zip", {"name": "100%"}
    )


def fail() -> None:
    raise UnboundLocalError("what a stranger wrote")


def give_up() -> None:
    raise SystemExit(0)


def crash() -> None:
    ctypes.string_at(0)


def pid() -> int:
    return os.getpid()


def parent_pid() -> int:
    return os.getppid()


def eat_memory() -> int:
    return len(bytearray(1024**3))


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(60)


def ignore_signals() -> None:
    for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    spin()


def talk_much() -> str:
    return "x" * 5_000_000


def lie() -> int:
    return "not a number"  # type: ignore[return-value]


def lie_about_parameters() -> None:
    raise ValidationError("%(other)s %d", params={"name": "x"})


def look_around() -> dict[str, str]:
    return dict(os.environ)


def use_the_database() -> bool:
    from django.contrib.auth.models import Permission

    return Permission.objects.exists()


def limits() -> dict[str, tuple[int, int]]:
    names = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NPROC")
    return {name: resource.getrlimit(getattr(resource, name)) for name in names}


def call_another() -> tuple[int, int]:
    return os.getpid(), sandbox.run(pid)


def kill_the_server() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
