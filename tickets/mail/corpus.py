"""Reads every mail of a folder, and says of each what came of it: a proof by other people's mails."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from portal.sandbox import NotExamined
from tickets.mail.classify import classify
from tickets.mail.message import Mail
from tickets.mail.reading import examine

SUFFIXES = {".eml", ".box", ".raw"}
# A mail in an mbox begins after a blank line with "From", a sender and a time. Some files of that
# name hold one mail without such a line: they are not cut.
_SEPARATOR = re.compile(rb"^From \S+[^\r\n]*\d\d:\d\d[^\r\n]*\r?\n", re.MULTILINE)
_COLUMNS = ("file", "class", "valid", "characters", "files", "defects")


@dataclass(frozen=True)
class Row:
    """``code``: the class with its reason, or why there is none. ``is_valid``: every text can be
    stored and has no NUL. ``has_failed``: something was raised that is no answer of ours."""

    name: str
    code: str
    is_valid: bool
    characters: int = 0
    attachments: int = 0
    defects: tuple[str, ...] = ()
    has_failed: bool = False

    def cells(self) -> tuple[str, ...]:
        valid = "yes" if self.is_valid else "NO"
        numbers = (str(self.characters), str(self.attachments))
        return (self.name, self.code, valid, *numbers, " ".join(self.defects))


def mails_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each mail below a folder, by name; of an mbox with its place in it."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            name, raw = str(path.relative_to(folder)), path.read_bytes()
            mails = split_mbox(raw) if path.suffix.lower() == ".box" else [raw]
            for place, mail in enumerate(mails, start=1):
                yield (f"{name}#{place}" if len(mails) > 1 else name), mail


def split_mbox(raw: bytes) -> list[bytes]:
    """The mails of an mbox, each with its "From" line; one mail if it begins without."""
    if not _SEPARATOR.match(raw):
        return [raw]
    places = [found.start() for found in _SEPARATOR.finditer(raw)]
    starts = [at for at in places if not at or raw[:at].endswith((b"\n\n", b"\r\n\r\n"))]
    return [raw[start:end] for start, end in zip(starts, [*starts[1:], len(raw)], strict=True)]


def check(name: str, raw: bytes, *, read: Callable[[bytes], Mail] = examine) -> Row:
    """What came of one mail. Nothing is raised."""
    try:
        mail = read(raw)
        code = classify(mail).code
    except NotExamined as error:
        return Row(name, str(error.code), is_valid=True)
    except Exception as error:  # noqa: BLE001 - it is what the proof looks for
        return Row(name, type(error).__name__, is_valid=False, has_failed=True)
    return Row(
        name=name,
        code=code,
        is_valid=all(map(is_storable, texts_of(mail))),
        characters=len(mail.text),
        attachments=len(mail.attachments),
        defects=tuple(mail.defects),
    )


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts_of(getattr(value, field.name))
    elif isinstance(value, dict):
        yield from texts_of([*value.keys(), *value.values()])
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)


def is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as lines, as they come, and then how many there are of each class."""
    counts: Counter[str] = Counter()
    yield _line(_COLUMNS)
    for row in rows:
        counts[row.code if row.has_failed else row.code.partition(":")[0]] += 1
        counts["not valid"] += not row.is_valid
        yield _line(row.cells())
    yield ""
    yield ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))


def _line(cells: tuple[str, ...]) -> str:
    name, code, valid, characters, files, defects = cells
    return f"{name[-40:]:40}  {code[:34]:34}  {valid:5}  {characters:>10}  {files:>5}  {defects}".rstrip()
