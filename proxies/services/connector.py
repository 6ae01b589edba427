"""The connector: tries a login in an agency's login form over https, as the catalogue describes it.

The login and the password go from the caller's memory into the TLS connection and nowhere else:
no message, exception or row of ours says anything of what was sent or of what the agency answered.
Never called inside a transaction: it takes up to ``PROXY_CHECK_SECONDS``.
"""

import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from portal import sandbox
from portal.fetching import FetchFailed, NotUsable, Page, TimedOut, Visit
from proxies.models.checks import LoginPage, Outcome, Reason, lines_of
from proxies.services import pages

MAX_BYTES = 1024**2
LIMITS = sandbox.Limits(cpu_seconds=4, wall_seconds=15)
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came of it. ``was_sent``: whether the agency may have seen the password."""

    outcome: Outcome
    reason: Reason = Reason.NONE
    was_sent: bool = False


class _Unclear(Exception):
    """The agency's pages say neither yes nor no."""

    def __init__(self, reason: Reason, outcome: Outcome = Outcome.UNCLEAR) -> None:
        super().__init__(reason)
        self.reason, self.outcome = reason, outcome


@sensitive_variables("login", "password")
def try_login(page: LoginPage, login: str, password: str) -> Answer:
    """Send the login form once, and say how the agency answered."""
    was_sent = False
    try:
        visit, form = _form(page)
        was_sent = True
        outcome = _send(visit, form, page, login, password)
    except _Unclear as unclear:
        return Answer(unclear.outcome, unclear.reason, was_sent)
    except FetchFailed as error:
        # Not chained into anything that is kept: an error's text may repeat what the agency said.
        return Answer(*_failure(error), was_sent)
    return Answer(outcome, was_sent=was_sent)


def _form(page: LoginPage) -> tuple[Visit, pages.LoginForm]:
    """The login page's form, fit to be sent."""
    visit = Visit(
        page.address, max_bytes=MAX_BYTES, seconds=settings.PROXY_CHECK_SECONDS,
        private_hosts=settings.PROXY_CHECK_PRIVATE_HOSTS,
        authorities=settings.PROXY_CHECK_CA_FILE,
    )  # fmt: skip
    answer = _usable(visit.get(page.address))
    form = _read(
        pages.read_form, answer.body, answer.charset, answer.url, page.login_field,
        page.password_field,
    )  # fmt: skip
    if form is None:
        raise _Unclear(Reason.NO_FORM)
    if form.has_captcha:
        raise _Unclear(Reason.CAPTCHA)
    if any(_says(form.text, texts) for texts in _texts(page).values()):
        raise _Unclear(Reason.STANDS)
    visit.own(form.action)
    return visit, form


@sensitive_variables("login", "password", "ours", "fields")
def _send(
    visit: Visit, form: pages.LoginForm, page: LoginPage, login: str, password: str
) -> Outcome:
    fixed = (line.partition("=") for line in lines_of(page.fixed_fields))
    ours = {name.strip(): value.strip() for name, _sign, value in fixed}
    ours |= {page.login_field: login, page.password_field: password}
    fields = [pair for pair in form.hidden if pair[0] not in ours] + list(ours.items())
    body = urlencode(fields, encoding=form.charset, errors="xmlcharrefreplace").encode()
    answer = _usable(visit.post(form.action, body), after_login=True)
    text = _read(pages.read_text, answer.body, answer.charset)
    said = [outcome for outcome, texts in _texts(page).items() if _says(text, texts)]
    if len(said) == 1:
        return said[0]
    raise _Unclear(Reason.MANY_TEXTS if said else Reason.NO_TEXT)


def _usable(answer: Page, *, after_login: bool = False) -> Page:
    """The page. A refused login is often answered with a status of 400, 401, 403 or 422."""
    if answer.status == 200 or (after_login and answer.status in (400, 401, 403, 422)):
        return answer
    raise _Unclear(Reason.STATUS, Outcome.UNREACHABLE)


def _read(parser: Callable[..., T], *arguments: str | bytes) -> T:
    """What the sandbox reads of a stranger's page."""
    try:
        return sandbox.run(parser, *arguments, limits=LIMITS)
    except sandbox.NotExamined:
        raise _Unclear(Reason.UNREADABLE) from None


def _texts(page: LoginPage) -> dict[Outcome, list[str]]:
    return {
        Outcome.OPENED: lines_of(page.opened_texts),
        Outcome.REFUSED: lines_of(page.refused_texts),
        Outcome.EXPIRED: lines_of(page.expired_texts),
    }


def _says(text: str, texts: Collection[str]) -> bool:
    return any(pages.folded(one) in text for one in texts)


def _failure(error: FetchFailed) -> tuple[Outcome, Reason]:
    if isinstance(error, TimedOut):
        return Outcome.SLOW, Reason.NONE
    if isinstance(error, NotUsable):
        return Outcome.UNCLEAR, Reason.UNUSABLE
    untrusted = isinstance(error.__cause__, ssl.SSLCertVerificationError)
    return Outcome.UNREACHABLE, Reason.TLS if untrusted else Reason.NONE
