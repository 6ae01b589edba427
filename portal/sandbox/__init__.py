"""Parsers of strangers' bytes run in a child process with limits: ``sandbox.run(parser, …)``."""

from portal.sandbox.errors import (
    Busy,
    NotExamined,
    ParserRefused,
    TooCostly,
    Unreadable,
    answered,
)
from portal.sandbox.limits import Limits
from portal.sandbox.services import run

__all__ = [
    "Busy",
    "Limits",
    "NotExamined",
    "ParserRefused",
    "TooCostly",
    "Unreadable",
    "answered",
    "run",
]
