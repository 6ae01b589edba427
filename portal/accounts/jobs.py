"""Work of people and access that is done out of a request."""

from datetime import date, datetime, timedelta

from captcha.models import CaptchaStore
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import (
    AccessLink,
    EndedCertificate,
    GuestLink,
    Invitation,
    User,
)
from portal.accounts.services import certificate_only, erasing, guests, invitations
from portal.accounts.services.erasure import forget_mail_later
from portal.outbox import people
from portal.outbox.registry import job

# Links are kept a while after their end, so that staff can answer "I never got it".
LINKS_KEPT = timedelta(days=30)
# Through an old link a participant of something that takes months asks for a new one.
GUEST_LINKS_KEPT = timedelta(days=365)


@job("accounts.send_recovery", atomic=True)
def send_recovery(*, user: int, ticket: str, invitation: int = 0) -> None:
    """Mail a recovery link, or once more that of an ``invitation``; with both 0, whom nobody
    knows, there is nothing to do."""
    if invited := Invitation.objects.select_related("company").filter(pk=invitation).first():
        invitations.send_to_who_asked(invited, at=timezone.now())
    found = User.objects.filter(pk=user, is_active=True).exclude(email=None).first()
    if found:
        services.send_recovery(found, ticket=ticket, at=timezone.now())


@job("accounts.announce_certificate_only", atomic=True)
def announce_certificate_only(*, companies: list[int], start: str, ticket: str) -> None:
    """Tell the people of companies that have been closed to passwords."""
    day = date.fromisoformat(start)
    certificate_only.announce(companies, day, ticket=ticket, at=timezone.now())


@job("accounts.send_guest_link", atomic=True)
def send_guest_link(*, link: int) -> None:
    """Mail a participant a new link; for ``link`` 0, which nobody was sent, there is nothing to do."""
    found = GuestLink.objects.filter(pk=link).first()
    if found:
        guests.send_again(found, at=timezone.now())


@job("accounts.forget_mail", atomic=True)
def forget_mail(*, user: int) -> None:
    """Wipe what is left of mail about a person who was erased; once more while some waits."""
    if people.wipe(user):
        forget_mail_later(user, at=timezone.now())


def _not_erased(*, erasure: int) -> None:
    erasing.note_given_up(erasure)


@job("accounts.erase_mentions", attempts=8, gave_up=_not_erased)
def erase_mentions(*, erasure: int) -> None:
    """Take a person who was erased out of what anybody typed."""
    erasing.work(erasure, at=timezone.now())


def housekeeping(*, at: datetime) -> dict[str, int]:
    """Delete what is over: security codes, sessions, links, invitations.

    How many of each.
    """
    over = at - LINKS_KEPT
    links = AccessLink.objects.filter(Q(used_at__lt=over) | Q(expires_at__lt=over))
    return {
        "codes": CaptchaStore.objects.filter(expiration__lt=at).delete()[0],
        "sessions": Session.objects.filter(expire_date__lt=at).delete()[0],
        "links": links.delete()[0],
        "guest_links": GuestLink.objects.filter(expires_at__lt=at - GUEST_LINKS_KEPT).delete()[0],
        "invitations": Invitation.objects.over(over).delete()[0],
        "ended": EndedCertificate.objects.filter(not_after__lt=over).delete()[0],
    }
