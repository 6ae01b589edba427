"""Files of a mail, on their way into the private store; those that are not taken are named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.files.services import drop_unclaimed, safe_name, store
from portal.files.sniffing import UNKNOWN
from tickets.mail import quotes
from tickets.mail.message import Attachment as MailFile
from tickets.mail.message import Defect, Mail
from tickets.models import Attachment, Ticket
from tickets.services.thread import NewFile

LARGEST = 25 * 1024**2  # bytes of one file; mail servers take no more
MOST = 50  # files of one mail, pictures inside its text included
# Whoever opens one of these runs a stranger's program.
_PROGRAMS = {
    "ade", "adp", "apk", "app", "appx", "bat", "cab", "chm", "cmd", "com", "cpl", "dll", "dmg",
    "exe", "hta", "ins", "iso", "isp", "jar", "js", "jse", "lnk", "mde", "msc", "msi", "msix",
    "msp", "mst", "nsh", "pif", "ps1", "psm1", "reg", "scr", "sct", "sh", "sys", "vb", "vbe",
    "vbs", "vxd", "wsc", "wsf", "wsh", "xll",
}  # fmt: skip
_PROGRAM_MAGIC = (b"MZ", b"\x7fELF", b"#!")
_LOST = {
    Defect.TOO_LARGE: gettext_lazy("This mail is too large: only the beginning of its text is here."),
    Defect.TOO_MANY_PARTS: gettext_lazy("This mail has too many parts: the last ones are not here."),
}  # fmt: skip


@dataclass(frozen=True)
class MailFiles:
    """``kept`` are in the store; ``notices`` name what is not here, a sentence each."""

    kept: Sequence[NewFile] = ()
    notices: Sequence[str] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [file.key for file in self.kept]


def store_files(mail: Mail) -> MailFiles:
    """Store the files of a mail, each content once. Outside of transactions.

    The entry claims them; the caller then drops what was not claimed (``drop``).
    """
    kept: dict[str, NewFile] = {}
    notices = [str(text) for defect, text in _LOST.items() if defect in mail.defects]
    for file in mail.attachments:
        if why := _refused(file, len(kept)):
            notices.append(_notice(file, why))
        elif file.sha256 not in kept or not file.is_inline:
            kept[file.sha256 if file.is_inline else f"{len(kept)}"] = _stored(file)
    return MailFiles(list(kept.values()), notices)


def drop(files: MailFiles) -> None:
    """Remove those that no entry has claimed."""
    if files.kept:
        drop_unclaimed(*files.keys)


def without_repeated(files: Iterable[NewFile], ticket: Ticket) -> list[NewFile]:
    """Without the pictures that the thread shows already: the logo of each signature."""
    inline = Attachment.objects.filter(entry__ticket=ticket, inline=True)
    shown = set(inline.values_list("sha256", flat=True))
    return [file for file in files if not (file.inline and file.sha256 in shown)]


@dataclass(frozen=True)
class Words:
    """What an entry says: the mail's text and HTML, with the notices before what it quotes."""

    text: str
    html: str
    quoted_from: int | None


def words_of(mail: Mail, notices: Sequence[str]) -> Words:
    """The whole mail. Nothing is cut: ``quoted_from`` says what is folded."""
    words = Words(mail.text, mail.html, quotes.quoted_from(mail.text))
    return _with_notices(words, notices) if notices else words


def own_words_of(mail: Mail, notices: Sequence[str]) -> Words:
    """Without what it quotes: of an agent's answer, which is mailed on to clients. The mail that
    came is kept whole."""
    own = replace(
        mail, text=quotes.split_text(mail.text).own.rstrip(), html=quotes.split_html(mail.html).own
    )
    return words_of(own, notices)


def _with_notices(words: Words, notices: Sequence[str]) -> Words:
    said = "\n".join(f"[{notice}]" for notice in notices)
    at = len(words.text) if words.quoted_from is None else words.quoted_from
    own = f"{words.text[:at].rstrip()}\n\n{said}\n\n".lstrip("\n")
    html = ""
    if words.html:
        parts = quotes.split_html(words.html)
        html = parts.own + "".join(map(_paragraph, notices)) + parts.quoted
    return Words(
        own + words.text[at:], html, None if words.quoted_from is None else len(own)
    )  # fmt: skip


def _paragraph(notice: str) -> SafeString:
    return format_html("<p>[{}]</p>", notice)


def _refused(file: MailFile, count: int) -> str:
    """Why a file is not taken; "" if it is."""
    if len(file.content) > LARGEST:
        return _("larger than %(most)s") % {"most": filesizeformat(LARGEST)}
    extension = file.name.rpartition(".")[2].lower()
    is_program = file.type == UNKNOWN and file.content.startswith(_PROGRAM_MAGIC)
    if extension in _PROGRAMS or is_program:
        return _("programs are not taken")
    return _("more than %(most)s files") % {"most": MOST} if count >= MOST else ""


def _notice(file: MailFile, why: str) -> str:
    size = filesizeformat(len(file.content))
    return _("File not kept here: %(name)s (%(size)s), %(why)s.") % {
        "name": safe_name(file.name), "size": size, "why": why,
    }  # fmt: skip


def _stored(file: MailFile) -> NewFile:
    stored = store(file.content, prefix="tickets", name=file.name)
    return NewFile(
        key=stored.key, name=safe_name(file.name), content_type=stored.content_type,
        size=stored.size, sha256=stored.sha256, content_id=file.content_id[:250],
        inline=file.is_inline,
    )  # fmt: skip
