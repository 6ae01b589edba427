"""Reads every mail of a folder, and says of each what came of it: a proof by other people's mails."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from portal.sandbox import NotExamined
from tickets.mail import charsets
from tickets.mail.classify import classify
from tickets.mail.message import Mail
from tickets.mail.reading import examine

SUFFIXES = {".eml", ".box", ".mbox", ".raw"}
_MBOXES = {".box", ".mbox"}
# A mail in an mbox begins after a blank line with "From", a sender and a time. Some files of that
# name hold one mail without such a line: they are not cut.
_SEPARATOR = re.compile(rb"^From \S+[^\r\n]*\d\d:\d\d[^\r\n]*\r?\n", re.MULTILINE)
_COLUMNS = ("file", "class", "raw kept", "valid", "entries", "characters", "files", "defects")


@dataclass(frozen=True)
class Proof:
    """What came of a mail that was kept and put into orders twice. ``expected``: entries that it
    must have made, None where it may also have made none."""

    is_kept: bool
    entries: int
    expected: int | None = None

    @property
    def is_one_entry(self) -> bool:
        return self.entries <= 1 and self.expected in (None, self.entries)

    @property
    def is_good(self) -> bool:
        return self.is_kept and self.is_one_entry


@dataclass(frozen=True, kw_only=True)
class Row:
    """``code``: the class with its reason, or why there is none. ``is_valid``: every text can be
    stored and has no NUL. ``has_failed``: something was raised that is no answer of ours.
    ``proof``: None where it was only read."""

    name: str
    code: str
    is_valid: bool
    characters: int = 0
    attachments: int = 0
    defects: tuple[str, ...] = ()
    has_failed: bool = False
    proof: Proof | None = None

    @property
    def is_good(self) -> bool:
        return self.is_valid and not self.has_failed and (self.proof is None or self.proof.is_good)

    def cells(self) -> tuple[str, ...]:
        kept, entries = ("-", "-")
        if self.proof:
            kept, entries = _yes(self.proof.is_kept), str(self.proof.entries)
        numbers = (str(self.characters), str(self.attachments))
        name = charsets.one_line(self.name)
        valid = _yes(self.is_valid)
        return (name, self.code, kept, valid, entries, *numbers, " ".join(self.defects))


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "NO"


Prove = Callable[[bytes, Mail | None], Proof]


def mails_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each mail below a folder, by name; of an mbox with its place in it."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            name, raw = str(path.relative_to(folder)), path.read_bytes()
            ends = _mbox_ends(raw) if path.suffix.lower() in _MBOXES else [len(raw)]
            start = 0
            for place, end in enumerate(ends, start=1):
                yield (f"{name}#{place}" if len(ends) > 1 else name), raw[start:end]
                start = end


def _mbox_ends(raw: bytes) -> list[int]:
    """Where each mail of an mbox ends, which begins with its "From" line; one if it begins without."""
    if not _SEPARATOR.match(raw):
        return [len(raw)]
    places = (found.start() for found in _SEPARATOR.finditer(raw))
    starts = [
        at for at in places if at and raw[max(0, at - 4) : at].endswith((b"\n\n", b"\r\n\r\n"))
    ]
    return [*starts, len(raw)]


def check(
    name: str, raw: bytes, *, read: Callable[[bytes], Mail] = examine, prove: Prove | None = None
) -> Row:
    """What came of one mail. Nothing is raised."""
    try:
        return _checked(name, raw, read, prove)
    except Exception as error:  # noqa: BLE001 - it is what the proof looks for
        return Row(name=name, code=type(error).__name__, is_valid=False, has_failed=True)


def _checked(name: str, raw: bytes, read: Callable[[bytes], Mail], prove: Prove | None) -> Row:
    try:
        mail = read(raw)
    except NotExamined as error:
        proof = prove(raw, None) if prove else None
        return Row(name=name, code=str(error.code), is_valid=True, proof=proof)
    return Row(
        name=name,
        code=classify(mail).code,
        is_valid=all(map(is_storable, texts_of(mail))),
        characters=len(mail.text),
        attachments=len(mail.attachments),
        defects=tuple(mail.defects),
        proof=prove(raw, mail) if prove else None,
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
    """The rows as lines, as they come; then how many there are of each class, and what went wrong."""
    counts: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    yield _line(_COLUMNS)
    for row in rows:
        counts[row.code if row.has_failed else row.code.partition(":")[0]] += 1
        wrong["raised"] += row.has_failed
        wrong["raw not kept"] += bool(row.proof and not row.proof.is_kept)
        wrong["not valid"] += not row.is_valid
        wrong["not one entry"] += bool(row.proof and not row.proof.is_one_entry)
        yield _line(row.cells())
    yield ""
    yield f"{counts.total()} mails. " + _counted(counts)
    yield _counted(wrong)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))


def _line(cells: tuple[str, ...]) -> str:
    name, code, kept, valid, entries, characters, files, defects = cells
    return (
        f"{name[-40:]:40}  {code[:34]:34}  {kept:8}  {valid:5}  {entries:>7}  {characters:>10}  "
        f"{files:>5}  {defects}"
    ).rstrip()
