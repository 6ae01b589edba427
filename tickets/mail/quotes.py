"""Where a mail's own text ends and the mail that it quotes begins. Nothing is ever cut away.

Folded is only what is surely a quote at the end: from our own line on, after a header of a mail
program ("Em …, Fulano escreveu:", "De: / Enviado:"), or a last block of ``>`` lines. Where the
person wrote below or between the quotes, nothing is folded. Why no library does it:
docs/decisions/written-although-a-library-exists.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tickets.mail import html as markup

# Our mail begins with this line, in one of the portal's languages.
MARKERS = ("Escreva sua resposta acima desta linha", "Write your answer above this line")
_MARKER = re.compile("|".join(map(re.escape, MARKERS)), re.IGNORECASE)
_WROTE = re.compile(
    r"(?:(?:Em|No dia|A|Às|On|El|Le|Am)\b.{3,400}\b|.{0,200}[\w>)\]]\s)"
    r"(?:escreveu|wrote|escribió|escribio|a écrit|schrieb)\b[^\n:]{0,60}:"
    r"|(?:Citando|Quoting)\s.{1,200}:"
    r"|\d{4}-\d\d-\d\d \d{1,2}:\d\d (?:GMT)?[+-]\d.{1,200}>:",
    re.IGNORECASE,
)
_WROTE_STARTS = re.compile(
    r"(?:Em|No dia|A|Às|On|El|Le|Am)\s.{0,200}\d|(?:Citando|Quoting)\s", re.IGNORECASE
)
_ORIGINAL = re.compile(
    r"[-_]{2,}\s*(?:Mensagem original|Original message|Mensaje original|Original appointment)\s*[-_]{2,}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"-{2,}\s*(?:Mensagem encaminhada|Forwarded message|Mensaje reenviado)\b.*"
    r"|(?:Início da mensagem encaminhada|Begin forwarded message|Inicio del mensaje reenviado)\s*:",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-_=]{8,}")
_FROM_FIELD = re.compile(r"\*?(?:De|From)\s*:\s*\*?\s*\S", re.IGNORECASE)
_OTHER_FIELD = re.compile(
    r"\*?(?:Enviad[ao](?: em)?|Data|Para|Assunto|Cc|Cco|Sent|Date|To|Subject|Fecha|Enviado el|Asunto)\s*:",
    re.IGNORECASE,
)
_TELLING_FIELD = re.compile(
    r"\*?(?:Enviad[ao](?: em)?|Assunto|Sent|Subject|Enviado el|Asunto)\s*:", re.IGNORECASE
)
_HEADER_LINES = 8
_WRAPPED = 4  # lines over which a header may run
_LONGEST_LINE = 1_000


@dataclass(frozen=True)
class Parts:
    """``quoted`` is "" where nothing is to be folded."""

    own: str
    quoted: str


@dataclass(frozen=True)
class _Line:
    """``start`` is its place in the whole; ``text`` is without the marks of quoting."""

    start: int
    text: str
    is_quoted: bool

    @property
    def is_own(self) -> bool:
        return bool(self.text) and not self.is_quoted


def split_text(text: str) -> Parts:
    """``own + quoted`` is the text."""
    at = quoted_from(text)
    return Parts(text, "") if at is None else Parts(text[:at], text[at:])


def quoted_from(text: str) -> int | None:
    """The character from which on plain text quotes earlier mail; None where nothing is folded."""
    lines, start = [], 0
    for row in text.splitlines(keepends=True):
        bare = row.strip()
        lines.append(_Line(start, bare.lstrip("> \t")[:_LONGEST_LINE], bare.startswith(">")))
        start += len(row)
    return _start(lines)


def split_html(cleaned: str) -> Parts:
    """The same of HTML that ``tickets.mail.html.clean`` wrote; both parts have balanced tags."""
    lines = [
        _Line(line.start, line.text.strip().lstrip("> \t")[:_LONGEST_LINE], _is_quoted(line))
        for line in markup.lines(cleaned)
    ]
    at = _start(lines)
    return Parts(cleaned, "") if at is None else Parts(*markup.cut(cleaned, at))


def _is_quoted(line: markup.Line) -> bool:
    return line.level > 0 or line.text.lstrip().startswith(">")


def _start(lines: Sequence[_Line]) -> int | None:
    """Where the quoted tail starts, if there is one and something of the person's own before it."""
    first = _first_header(lines)
    if first is None:
        first = _last_block(lines)
    elif _FORWARDED.match(lines[first].text) or _has_own_text_after(lines, first):
        return None
    while first and lines[first].is_quoted and lines[first - 1].is_quoted:
        first -= 1
    if first is None or not any(line.is_own for line in lines[:first]):
        return None
    return lines[first].start


def _first_header(lines: Sequence[_Line]) -> int | None:
    """The line with which the quoted mail's header begins; lines that lead to it included."""
    for at, line in enumerate(lines):
        if not line.text:
            continue
        if _MARKER.search(line.text):
            return _led_by(lines, at)
        if _ORIGINAL.fullmatch(line.text) or _FORWARDED.fullmatch(line.text):
            return at
        if _begins_fields(lines, at) or _is_wrote(lines, at):
            return _led_by(lines, at)
    return None


def _begins_fields(lines: Sequence[_Line], at: int) -> bool:
    """Outlook's block of "De:", "Enviado:", "Para:", "Assunto:"; two of the others must follow.

    "De: São Paulo / Para: Rio / Data: amanhã" may be what the person wants: one must be a mail's own.
    """
    if not _FROM_FIELD.match(lines[at].text):
        return False
    following = [line.text for line in lines[at + 1 : at + _HEADER_LINES]]
    return sum(bool(_OTHER_FIELD.match(text)) for text in following) >= 2 and any(
        _TELLING_FIELD.match(text) for text in following
    )


def _is_wrote(lines: Sequence[_Line], at: int) -> bool:
    """ "Em 3 de nov., Fulano escreveu:", which may run over several lines.

    "O despachante escreveu:" counts only before marked lines.
    """
    count = _wrote_lines(lines, at)
    if not count or _WROTE_STARTS.match(lines[at].text):
        return count > 0
    following = next((line for line in lines[at + count :] if line.text), None)
    return following is not None and following.is_quoted


def _wrote_lines(lines: Sequence[_Line], at: int) -> int:
    joined = ""
    for count, line in enumerate(lines[at : at + _WRAPPED], start=1):
        if not line.text or line.is_quoted != lines[at].is_quoted:
            return 0
        joined = f"{joined} {line.text}".strip()
        if _WROTE.fullmatch(joined):
            return count
        if count == 1 and not _WROTE_STARTS.match(joined):
            return 0
    return 0


def _led_by(lines: Sequence[_Line], at: int) -> int:
    """From a header or our marker up to what leads to it: blank lines, a rule, who wrote when."""
    first = at
    for before in range(at - 1, max(-1, at - 1 - _HEADER_LINES), -1):
        line = lines[before]
        if _RULE.fullmatch(line.text) or _is_wrote(lines, before) or _ORIGINAL.fullmatch(line.text):
            first = before
        elif line.text and not _FROM_FIELD.match(line.text) and not _OTHER_FIELD.match(line.text):
            break
    return first


def _has_own_text_after(lines: Sequence[_Line], first: int) -> bool:
    """Whether the person wrote below or between the quotes.

    That can be told only where the quotes are marked. Where none is, all that follows the header
    is the quoted mail, as Outlook writes it.
    """
    rest = lines[first + max(_wrote_lines(lines, first), 1) :]
    marked = [at for at, line in enumerate(rest) if line.is_quoted]
    if not marked or _has_bare_fields(lines, first):
        return False
    return any(line.is_own for line in rest[marked[0] :])


def _has_bare_fields(lines: Sequence[_Line], first: int) -> bool:
    """Whether Outlook's header stands there unmarked."""
    near = range(first, min(first + _HEADER_LINES, len(lines)))
    return any(not lines[at].is_quoted and _begins_fields(lines, at) for at in near)


def _last_block(lines: Sequence[_Line]) -> int | None:
    """The first of the quoted lines with which the text ends."""
    first = None
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].is_quoted:
            first = at
        elif lines[at].text:
            break
    return first
