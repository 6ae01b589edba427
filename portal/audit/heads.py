"""Heads of the chains, noted daily in signed files outside the database.

Whoever can write the database can cut a chain's end off, or write a chain anew in the old format;
against a head that was noted elsewhere both show. A file holds a line for each chain that has grown
since the file before it, names that file with its MAC, and ends in a MAC of its own.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from portal.audit.models import AuditEvent
from portal.audit.verification import chains
from portal.vault.services import KeyMissing, mac, mac_holds

LABEL = "audit.heads"
FIRST_LINE = "balcao audit heads 1"
_ENDING = ".heads"


@dataclass
class Noted:
    """Every head that was noted, by chain and sequence; and what is wrong with the files."""

    heads: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    problems: list[str] = field(default_factory=list)

    def add(self, chain: str, sequence: int, digest: str) -> None:
        if self.heads[chain].setdefault(sequence, digest) != digest:
            words = _(
                "%(chain)s: link %(link)s was noted twice, and differently: it was written anew"
            )
            self.problems.append(words % {"chain": chain, "link": sequence})


def folder() -> Path:
    return Path(settings.AUDIT_HEADS_DIR)


def note(*, at: datetime) -> Path | None:
    """Write a file with the heads that are new; None when no chain has grown."""
    known = read(folder()).heads
    lines = [
        f"{chain}\t{sequence}\t{digest}"
        for chain, sequence, digest in _heads()
        if known.get(chain, {}).get(sequence) != digest
    ]
    if not lines:
        return None
    files = _files(folder())
    after = f"{files[-1].name} {_mac_of(files[-1].read_text())}" if files else "-"
    moment = at.astimezone(UTC)
    text = "\n".join([FIRST_LINE, f"made\t{moment:%Y-%m-%dT%H:%M:%SZ}", f"after\t{after}", *lines])
    path = folder() / f"{moment:%Y%m%dT%H%M%S%f}{_ENDING}"
    _write(path, f"{text}\nmac\t{mac(text.encode(), label=LABEL)}\n")
    return path


def seal_old_chains(*, at: datetime) -> Path | None:
    """Note the heads where a chain begins in the old format and no file knows it yet.

    Links of the old format have no proof of their own: until a head is noted, whoever can write the
    database could write them anew. None when there is nothing to note.
    """
    begins_old = AuditEvent.objects.filter(sequence=1, version__lt=AuditEvent.KEYED)
    old = set(begins_old.values_list("chain", flat=True))
    return note(at=at) if old - read(folder()).heads.keys() else None


def read(place: Path) -> Noted:
    """Every file of a folder (or one file), oldest first. A file that is wrong vouches for nothing."""
    noted = Noted()
    after = ""
    for path in _files(place):
        text = path.read_text(errors="replace")
        if problem := _fault(path, text, after):
            noted.problems.append(problem)
            after = ""
            continue
        for chain, sequence, digest in _lines(text):
            noted.add(chain, sequence, digest)
        after = f"{path.name} {_mac_of(text)}"
    return noted


def _heads() -> Iterator[tuple[str, int, str]]:
    for chain in chains():
        last = AuditEvent.objects.filter(chain=chain).order_by("-sequence")
        sequence, digest = last.values_list("sequence", "hash")[0]
        yield chain, sequence, digest


def _files(place: Path) -> list[Path]:
    return (
        sorted(place.glob(f"*{_ENDING}")) if place.is_dir() else [place] if place.exists() else []
    )


def _mac_of(text: str) -> str:
    return text.rstrip("\n").rpartition("\nmac\t")[2]


def _lines(text: str) -> Iterator[tuple[str, int, str]]:
    for line in text.splitlines()[3:-1]:
        chain, sequence, digest = line.split("\t")
        yield chain, int(sequence), digest


def _fault(path: Path, text: str, after: str) -> str:
    """``after``: name and MAC of the file before this one, where there is one to compare."""
    body, _mark, tag = text.rstrip("\n").rpartition("\nmac\t")
    try:
        if not body.startswith(FIRST_LINE) or not mac_holds(body.encode(), tag, label=LABEL):
            return _("%(file)s was changed, or was not written by this portal") % {"file": path}
    except KeyMissing as missing:
        words = _("%(file)s cannot be checked: key %(key)s is not in the keyring")
        return words % {"file": path, "key": missing.kid}
    said = body.splitlines()[2].removeprefix("after\t")
    if after and said != after:
        words = _("a file is missing between %(file)s and the one before it")
        return words % {"file": path}
    return ""


def _write(path: Path, text: str) -> None:
    """In one step, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
