"""What the portal does once, however often it is sent at the same moment."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import (
    AccessLink,
    AccessRequest,
    EndedCertificate,
    ErasureRequest,
    User,
)
from portal.accounts.services import (
    accept_request,
    erasure,
    profile,
    refuse_request,
    request_access,
)
from portal.accounts.services.certificates import UsedCertificate, end_certificate
from portal.accounts.services.grants import NewAccess, grant_access
from portal.accounts.services.links import LinkOver
from portal.accounts.services.second_factor import decline
from portal.outbox.services import enqueue_job, enqueue_mail
from portal.reminders.registry import ExpiringItem
from portal.reminders.services import daily
from portal.reminders.services.feeds import new_feed
from portal.reminders.services.listing import dismiss
from portal.transitions import IllegalTransition
from tests.factories import PASSWORD, Cast, a_cpf, make_grant
from tests.payments import races as payments
from tests.payments import races_files
from tests.portal.entrance import code
from tests.racing import Race, Work, sending

_A = "portal.accounts.services"
_D = "portal.reminders.services.daily"


def _asked() -> dict[str, Any]:
    return {
        "name": "Eva Souza", "cpf": a_cpf(), "email": "eva@exemplo.com.br",
        "phone": "(31) 3555-0100", "unit_text": "U0001",
    }  # fmt: skip


def _browser(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def _request(_cast: Cast) -> Work:
    values = _asked()
    return lambda: request_access(dict(values))


def _accept(cast: Cast) -> Work:
    pk = AccessRequest.objects.create(**_asked()).pk
    access = NewAccess(places=[cast.unit_a1], level="operate")
    return lambda: accept_request(
        AccessRequest.objects.get(pk=pk), access=access, by=cast.atendente, at=timezone.now()
    )


def _refuse(cast: Cast) -> Work:
    pk = AccessRequest.objects.create(**_asked()).pk
    return lambda: refuse_request(
        AccessRequest.objects.get(pk=pk), reason="Não", by=cast.atendente, at=timezone.now()
    )


def _grant(cast: Cast) -> Work:
    return lambda: grant_access(cast.bruno, cast.unit_a2, by=cast.atendente, at=timezone.now())


def _erasure(cast: Cast) -> Work:
    return lambda: erasure.ask(cast.ana, "Não uso mais")


def _refuse_erasure(cast: Cast) -> Work:
    pk = ErasureRequest.objects.create(user=cast.ana).pk
    return lambda: erasure.refuse(
        ErasureRequest.objects.get(pk=pk), "Não", by=cast.admin, at=timezone.now()
    )


def _answer(cast: Cast) -> Work:
    address = reverse("help:answer", args=["fatura-eletronica"])
    return sending(_browser(cast.ana), address, {"useful": "yes", "comment": "Sim"})


def _mail(_cast: Cast) -> Work:
    to = "eva@exemplo.com.br"
    return lambda: enqueue_mail(to=to, template="email_taken", context={}, key="race")


def _job(_cast: Cast) -> Work:
    later = timezone.now() + timedelta(days=1)
    return lambda: enqueue_job(
        "accounts.send_recovery", key="race-job", at=later, user=0, ticket=""
    )


def _feed(cast: Cast) -> Work:
    return lambda: new_feed(cast.ana, at=timezone.now())


def _recovery(cast: Cast) -> Work:
    filled = {"cpf": cast.ana.cpf, "email": cast.ana.email, **code()}
    return sending(Client(), reverse("account_reset_password"), filled)


def _email(cast: Cast) -> Work:
    filled = {"email": "ana.nova@exemplo.com.br", "password": PASSWORD}
    return sending(_browser(cast.ana), reverse("accounts:email_change"), filled)


def _new_email(cast: Cast) -> Work:
    now = timezone.now()
    token = AccessLink.issue(cast.ana, "email", hours=1, at=now, email="nova@exemplo.com.br")
    return lambda: profile.confirm_email(User.objects.get(pk=cast.ana.pk), token, at=now)


def _new_guest_link(cast: Cast) -> Work:
    del cast
    address = reverse("accounts:guest_link", args=["unknown"])
    return sending(Client(), address, {"new_link": "1"})


def _invitation(cast: Cast) -> Work:
    make_grant(cast.ana, cast.company_a, level="administer")
    filled = {
        "name": "Nina Nova", "email": "nina@exemplo.com.br", "cpf": "", "level": "consult",
        "reach": "all", "services": [], "last_day": "",
    }  # fmt: skip
    return sending(
        _browser(cast.ana), reverse("accounts:team_invite", args=[cast.company_a.pk]), filled
    )


def _ended(cast: Cast) -> Work:
    now = timezone.now()
    shown = UsedCertificate(
        sha256="a" * 64,
        name="Ana",
        cnpj="",
        not_after=now + timedelta(days=9),
        users=[cast.ana.pk],
    )
    return lambda: end_certificate(shown, reason=EndedCertificate.Reason.REVOKED, at=now)


def _certificates_only(cast: Cast) -> Work:
    start = timezone.localdate() + timedelta(days=9)
    filled = {"numbers": cast.company_a.tax_id, "start": f"{start:%d/%m/%Y}", "confirm": "1"}
    return sending(_browser(cast.admin), reverse("accounts:certificate_only"), filled)


def _decline(cast: Cast) -> Work:
    return lambda: decline(cast.ana, at=timezone.now())


def _dismissal(cast: Cast) -> Work:
    at = timezone.now()
    item = ExpiringItem(
        key="1",
        version="1",
        expires_on=timezone.localdate(at),
        title="Certificado",
        detail="",
        url="/",
    )
    return lambda: dismiss(cast.ana, "certificates", item, at=at)


def _reminders(_cast: Cast) -> Work:
    at = timezone.now()
    return lambda: daily.remind(at=at)


RACES = [
    *payments.RACES,
    Race(name="access-request", services={f"{_A}.requests.request_access"}, prepare=_request,
         leaves={"accounts.AccessRequest": 1, "outbox.Entry": 1}),
    Race(name="acceptance", prepare=_accept, told=(IllegalTransition,),
         services={f"{_A}.requests._tell_accepted", f"{_A}.links.invite", f"{_A}.people.create_user"},
         leaves={"accounts.User": 1, "accounts.Grant": 1, "outbox.Entry": 1}),
    Race(name="refusal", services={f"{_A}.requests.refuse_request"}, prepare=_refuse,
         leaves={"outbox.Entry": 1}, told=(IllegalTransition,)),
    Race(name="grant", services={f"{_A}.grants.grant_access"}, prepare=_grant,
         leaves={"accounts.Grant": 1}),
    Race(name="erasure", services={f"{_A}.erasure.ask"}, prepare=_erasure,
         leaves={"accounts.ErasureRequest": 1}, told=(erasure.AlreadyAsked,)),
    Race(name="erasure-refusal", services={f"{_A}.erasure.tell"}, prepare=_refuse_erasure,
         leaves={"outbox.Entry": 1}, told=(IllegalTransition,)),
    Race(name="recovery", services={f"{_A}.links.request_recovery"}, prepare=_recovery,
         leaves={"outbox.Entry": 1}),
    Race(name="new-email", services={f"{_A}.profile.ask_email_change"}, prepare=_email,
         leaves={"outbox.Entry": 1}),
    Race(name="new-email-confirmed", services={f"{_A}.profile._confirm"}, prepare=_new_email,
         leaves={"outbox.Entry": 1}, told=(LinkOver,)),
    Race(name="guest-link", services={f"{_A}.guests.ask_for_new"}, prepare=_new_guest_link,
         leaves={"outbox.Entry": 1}),
    Race(name="invitation", prepare=_invitation, leaves={"accounts.Invitation": 1, "outbox.Entry": 1},
         services={f"{_A}.invitations.invite_member", f"{_A}.invitations._mail"}),
    Race(name="certificate-ended", prepare=_ended,
         services={f"{_A}.certificates.end_certificate", f"{_A}.certificates._tell"},
         leaves={"accounts.EndedCertificate": 1, "outbox.Entry": 1}),
    Race(name="certificates-only", services={f"{_A}.certificate_only.require_certificate"},
         prepare=_certificates_only, leaves={"outbox.Entry": 1}),
    Race(name="help-answer", services={"portal.help.services.note_answer"}, prepare=_answer,
         leaves={"help.Answer": 1}),
    Race(name="mail", services={"portal.outbox.services._insert"}, prepare=_mail,
         leaves={"outbox.Entry": 1}),
    Race(name="job", services=set(), prepare=_job, leaves={"outbox.Entry": 1}),
    Race(name="reminders", prepare=_reminders, leaves={"reminders.Run": 1},
         services={f"{_D}.remind", f"{_D}._note_reminders", f"{_D}._enqueue_mails",
                   f"{_D}._enqueue_digests"}),
    Race(name="feed", services={"portal.reminders.services.feeds.new_feed"}, prepare=_feed,
         leaves={"reminders.Feed": 1}),
    Race(name="second-factor-declined", services={f"{_A}.second_factor.decline"},
         prepare=_decline, leaves={"accounts.DeclinedSecondFactor": 1}),
    Race(name="dismissal", services={"portal.reminders.services.listing.dismiss"},
         prepare=_dismissal, leaves={"reminders.Dismissal": 1}),
    *races_files.RACES,
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {
    **payments.EXCEPTIONS,
    "events of a chain stand one after the other; six writers are tried in test_audit.py": {
        "portal.audit.services.record_many",
    },
    "the store's own books: each key is new, and a key that is there stays": {
        "portal.files.services.reserve", "portal.files.services._save",
        "portal.files.services.delete_later", "portal.files.services._doom_unclaimed",
    },
    "the person's row is locked first; two first logins are tried in test_certificate_login.py": {
        f"{_A}.certificate_login.sync_grants",
    },
    "a job of the outbox: one runs at a time, and its mail has the job's own key": {
        f"{_A}.certificate_only._mail", f"{_A}.guests.mail_link", f"{_A}.guests._issue",
        f"{_A}.links.send_recovery", f"{_D}.mail_person", f"{_D}.mail_digests",
    },
    "answers a certificate that was just shown: each showing is an entrance of its own": {
        f"{_A}.certificate_link.link", f"{_A}.certificate_question.tell_staff",
    },
    "behind a link that is used up by one conditional step, tried in their own tests": {
        f"{_A}.passwords.set_password", f"{_A}.registration._save",
    },
    "only from forms that are carried out once (portal.ui.once)": {
        f"{_A}.registration.begin", f"{_A}.registration._mail_link",
    },
    "changes a row that is there; the request for it goes by one conditional step": {
        f"{_A}.erasure._anonymise", f"{_A}.erasure.forget_mail_later", f"{_A}.erasure.queue",
    },
    "each makes another password and its mail tells of that one": {
        f"{_A}.passwords.issue_provisional_password",
    },
    "tells of a change that was made just before; the key of the mail is that change's": {
        f"{_A}.people.tell_login_changed", f"{_A}.keepers._mail",
    },
    "the demonstration's ground, made once before anybody comes": {
        "portal.demo.services._clients", "portal.demo.services._provider",
    },
}  # fmt: skip
