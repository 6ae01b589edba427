"""The forked child: takes the call that it was handed, works within its limits, answers, ends."""

import importlib
import io
import mmap
import os
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.utils import translation

from portal.sandbox import codec, limits

PLAIN, FILE, STREAM = "plain", "file", "stream"  # kinds of arguments
VALUE, REFUSED, FAILED, COSTLY = "value", "refused", "failed", "costly"  # kinds of answers

_working = False


def is_child() -> bool:
    """Whether this process is such a child: what it calls runs here, not in a child of its own."""
    return _working


def work(call_fd: int, answer_fd: int, file_fds: list[int]) -> NoReturn:
    """Answer on ``answer_fd`` and end the process, whatever happens."""
    global _working  # noqa: PLW0603 - one process, one call
    _working = True
    code = 1
    try:
        _silence()
        call = codec.unpack(_content(call_fd))
        size = os.fstat(call_fd).st_size
        limits.apply(call["memory"] + size, call["cpu_seconds"])
        with os.fdopen(answer_fd, "wb") as answer:
            answer.write(_answer(call, file_fds))
        code = 0
    finally:
        os._exit(code)


def _silence() -> None:
    """Libraries print what they meet: nothing of a stranger's file gets into a log."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)


def _content(fd: int) -> bytes:
    with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as view:
        return view[:]


def _answer(call: dict[str, Any], file_fds: list[int]) -> bytes:
    with translation.override(call["language"]):
        try:
            parser = getattr(importlib.import_module(call["module"]), call["name"])
            args = [_argument(kind, value, file_fds) for kind, value in call["args"]]
            return codec.pack([VALUE, parser(*args)])
        except ValidationError as error:
            return codec.pack([REFUSED, [_refusal(one) for one in error.error_list]])
        except MemoryError:
            pass  # answered below, when the frames that hold the memory are gone
        except Exception as error:  # noqa: BLE001 - whatever a library raises has one answer
            return codec.pack([FAILED, type(error).__name__])
        return codec.pack([COSTLY, ""])


def _argument(kind: str, value: Any, file_fds: list[int]) -> Any:
    if kind == FILE:
        return os.fdopen(file_fds[value], "rb")
    return io.BytesIO(value) if kind == STREAM else value


def _refusal(error: ValidationError) -> list[Any]:
    params = {name: _plain(value) for name, value in (error.params or {}).items()}
    return [str(error.message), error.code, params]


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | Decimal | date) else str(value)
