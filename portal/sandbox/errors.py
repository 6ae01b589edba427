"""What ``sandbox.run`` raises: each is a ValidationError whose message a person may read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class ParserRefused(ValidationError):
    """The parser itself refused the file; messages, codes and parameters are the parser's."""


class NotExamined(ValidationError):
    """Nothing was found out about the file: one of the three below. ``reason`` is for the log."""

    text: ClassVar[Any]
    name: ClassVar[str]

    def __init__(self, reason: str = "") -> None:
        super().__init__(self.text, code=self.name)
        self.reason = reason


class Unreadable(NotExamined):
    """A library raised, the process crashed, or what it answered is not what it should be."""

    text = _("This file is damaged, or of a kind that cannot be read here.")
    name = "unreadable"


class TooCostly(NotExamined):
    """It took more memory, processor or time than the limits allow."""

    text = _("Examining this file would take too much memory or time.")
    name = "too_costly"


class Busy(NotExamined):
    """No place became free in time, or no child can be made; the file may be sent again."""

    text = _("Files cannot be examined right now. Try again in a moment.")
    name = "busy"


@contextmanager
def answered(refusal: Callable[[], Exception]) -> Iterator[None]:
    """Whatever a library raises in here is this one answer of ours.

    Refusals of our own pass, and so does MemoryError, which says nothing about the file.
    """
    try:
        yield
    except (ValidationError, MemoryError):
        raise
    except Exception as error:
        raise refusal() from error
