"""``run``: call a parser in a child process of limited memory, processor and time.

A parser is a function of a module, annotated; its value is rebuilt as the annotation says. The
child has no database and no apps, so the module imports no models. See docs/decisions/sandbox.md.
"""

import logging
import os
import select
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from decimal import Decimal
from io import FileIO
from typing import IO, Any, BinaryIO, NamedTuple, TypeVar, get_type_hints

from django.core.exceptions import ValidationError
from django.utils.translation import get_language

from portal.sandbox import child, codec, warm
from portal.sandbox.errors import NotExamined, ParserRefused, TooCostly, Unreadable
from portal.sandbox.limits import Limits
from portal.sandbox.slots import one_slot
from portal.sandbox.wire import END

logger = logging.getLogger(__name__)
DEFAULT = Limits()
_GRACE_SECONDS = 60  # for the server, which may import first, and ends its children itself
_COSTLY_SIGNALS = {signal.SIGXCPU, signal.SIGKILL}
_CHUNK = 1 << 20
T = TypeVar("T")
_Parameters = dict[str, bool | int | float | str | Decimal | date | datetime | None]
_Refusal = tuple[str, str | None, _Parameters]
_answer_of = codec.shaper(tuple[str, object])
_refusals_of = codec.shaper(list[_Refusal])
_text_of = codec.shaper(str)


class _End(NamedTuple):
    """How the child ended: exit code or minus the signal; ``is_late``: killed for its time."""

    code: int
    is_late: bool
    cpu_seconds: float


class _Outcome(NamedTuple):
    """``end`` is None when the server went away."""

    answer: bytes
    end: _End | None


def run(parser: Callable[..., T], *args: Any, limits: Limits = DEFAULT) -> T:
    """What ``parser(*args)`` returns, from a child process of its own.

    ``args`` are plain values (see ``codec``) and open files, which the child reads from their
    start and cannot write. Raises ParserRefused with the parser's own ValidationError, and
    Unreadable, TooCostly or Busy; nothing else. In a child it calls ``parser`` at once.
    """
    if child.is_child():
        return parser(*args)
    value_of = codec.shaper(get_type_hints(parser)["return"])
    try:
        with one_slot(limits.wait_seconds), _handed_over(parser, args, limits) as fds:
            outcome = _attempt(parser.__module__, fds, limits)
            if outcome.end is None:  # the server was idle for long, or killed: once more
                outcome = _attempt(parser.__module__, fds, limits)
        value: T = _value(outcome, value_of, limits)
    except NotExamined as error:
        name = f"{parser.__module__}.{parser.__qualname__}"
        logger.warning("%s: %s (%s)", name, error.name, error.reason)
        raise
    return value


@contextmanager
def _handed_over(
    parser: Callable[..., Any], args: tuple[Any, ...], limits: Limits
) -> Iterator[list[int]]:
    """Descriptors of the call and of its files."""
    with ExitStack() as stack:
        files: list[int] = []
        call = {
            "module": parser.__module__, "name": parser.__qualname__,
            "args": [_argument(value, files, stack) for value in args],
            "language": get_language(),
            "memory": limits.memory, "cpu_seconds": limits.cpu_seconds,
        }  # fmt: skip
        yield [stack.enter_context(_in_memory(codec.pack(call))), *files]


def _argument(value: Any, files: list[int], stack: ExitStack) -> tuple[str, Any]:
    if not hasattr(value, "read"):
        return child.PLAIN, value
    fd = _reopened(value)
    if fd is None:
        value.seek(0)
        return child.STREAM, value.read()
    stack.callback(os.close, fd)
    files.append(fd)
    return child.FILE, len(files) - 1


def _reopened(file: BinaryIO) -> int | None:
    """The same file opened once more, only to be read; None for one that is no file on disk."""
    try:
        fd = file.fileno()
    except (AttributeError, OSError):
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        return None
    if file.writable():
        file.flush()
    return os.open(f"/dev/fd/{fd}", os.O_RDONLY)


@contextmanager
def _in_memory(data: bytes) -> Iterator[int]:
    with _new_file() as file:
        file.write(data)
        file.flush()
        yield file.fileno()


def _new_file() -> IO[bytes]:
    if make := getattr(os, "memfd_create", None):  # Linux
        return os.fdopen(make("call"), "wb")
    return tempfile.TemporaryFile()


def _attempt(module: str, fds: list[int], limits: Limits) -> _Outcome:
    call, *files = fds
    with _pipe() as (answer, answer_in), _pipe() as (end, end_in):
        with answer_in, end_in:
            handed = [call, answer_in.fileno(), end_in.fileno(), *files]
            warm.submit(module, limits.wall_seconds, handed)
        until = time.monotonic() + limits.wall_seconds + _GRACE_SECONDS
        answered = _read(answer, limits.answer + 1, until)
        answer.close()  # a child that answers more is not read to its end
        ended = _read(end, END.size, until)
    if len(ended) != END.size:
        return _Outcome(answered, None)
    return _Outcome(answered, _End(*END.unpack(ended)))


@contextmanager
def _pipe() -> Iterator[tuple[FileIO, FileIO]]:
    reading, writing = os.pipe()
    with FileIO(reading, "rb") as ours, FileIO(writing, "wb") as theirs:
        yield ours, theirs


def _read(pipe: FileIO, most: int, until: float) -> bytes:
    """Up to ``most`` bytes, fewer at the end of the pipe. Raises TooCostly when that lasts."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    found = bytearray()
    while len(found) < most:
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            warm.stop()  # it should have killed the child long ago
            raise TooCostly("no end")
        if not (chunk := pipe.read(min(_CHUNK, most - len(found)))):
            break
        found += chunk
    return bytes(found)


def _value(outcome: _Outcome, value_of: codec.Shaper, limits: Limits) -> Any:
    end = outcome.end
    if end is None:
        raise Unreadable("the server went away")
    if len(outcome.answer) > limits.answer:
        raise TooCostly("too long an answer")
    if end.is_late or -end.code in _COSTLY_SIGNALS:
        raise TooCostly(f"exit code {end.code} after {end.cpu_seconds:.1f} s of processor")
    if end.code:
        raise Unreadable(f"exit code {end.code}")
    try:
        kind, content = _answer_of(codec.unpack(outcome.answer))
        if kind == child.VALUE:
            return value_of(content)
        if kind == child.REFUSED:
            raise _refusal(_refusals_of(content))
        reason = _text_of(content)
    except codec.BadAnswer as error:
        raise Unreadable("not the answer that was agreed") from error
    if kind == child.COSTLY:
        raise TooCostly("memory")
    raise Unreadable(reason if reason.isidentifier() else "not the answer that was agreed")


def _refusal(refusals: list[_Refusal]) -> ParserRefused:
    """The parser's ValidationError as it was."""
    errors = [ValidationError(message, code, params) for message, code, params in refusals]
    try:
        _ = [error.messages for error in errors]
    except (TypeError, ValueError, LookupError) as error:  # parameters that are not the message's
        raise codec.BadAnswer from error
    one = errors[0] if len(errors) == 1 else None
    return ParserRefused(one.message, one.code, one.params) if one else ParserRefused(errors)
