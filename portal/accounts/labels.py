"""Human-readable labels for audit actions, and how an instant is written."""

from collections.abc import Collection
from datetime import datetime

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal import desks

# Actions of people and access in the audit; each desk has its own in ``Desk.audit_words``.
ACTIONS: dict[str, str | Promise] = {
    "account.login": _("Signed in"),
    "account.login_refused": _("Was refused: certificate only"),
    "account.password_changed": _("Changed the password"),
    "account.recovery_redeemed": _("Recovered the password"),
    "account.invitation_redeemed": _("Accepted the invitation"),
    "account.registration_asked": _("Asked to register"),
    "account.registration_sent_again": _("Sent the link of a registration again"),
    "account.registration_withdrawn": _("Withdrew a registration that waited for its link"),
    "account.registered": _("Registered"),
    "account.invited": _("Invited a person"), "account.created": _("Registered a person"),
    "account.login_failed": _("Could not sign in"),
    "account.recovery_requested": _("Asked for a new password"),
    "account.activated": _("Activated a person"), "account.deactivated": _("Blocked a person"),
    "account.profile_changed": _("Changed the profile"),
    "account.email_change_asked": _("Asked to change the e-mail"),
    "account.email_changed": _("Changed the e-mail"),
    "account.session_ended": _("Ended a session"),
    "account.sessions_ended": _("Ended the other sessions"),
    "account.oldest_sessions_ended": _("Too many sessions: the oldest ended"),
    "account.data_exported": _("Saved the own data as a file"),
    "account.provisional_password": _("Issued a provisional password"),
    "certificate.ended": _("Certificate ended: its sessions and access were closed"),
    "company.certificate_only": _("Made a company open only for certificates"),
    "company.certificate_only_lifted": _("Let passwords open a company again"),
    "grant.given": _("Gave access"), "grant.revoked": _("Ended access"),
    "guest.link_made": _("Made a link for a guest"), "guest.came": _("A guest opened a link"),
    "team.invited": _("Invited a person to the company"),
    "team.invited_again": _("Sent an invitation again"),
    "team.registered": _("Registered a person for the company, without inviting them yet"),
    "team.invitation_changed": _("Changed an invitation"),
    "team.invitation_held": _("Held an invitation back"),
    "team.invitation_cancelled": _("Cancelled an invitation"),
    "team.invitation_accepted": _("Accepted the invitation of a company"),
    "account.cpf_proven": _("Confirmed a CPF"),
    "account.cpf_disputed": _("Said that a registration with their CPF is not theirs"),
    "erasure.asked": _("Asked for erasure"), "erasure.cancelled": _("Cancelled the erasure"),
    "erasure.done": _("Carried out an erasure"), "erasure.refused": _("Refused an erasure"),
    "erasure.finished": _("Finished an erasure: the texts were gone through"),
    "erasure.resumed": _("Had an erasure go on that had stopped"),
    "access_request.made": _("Requested access"),
    "access_request.accepted": _("Accepted an access request"),
    "access_request.refused": _("Refused an access request"),
    "mfa.totp_added": _("Activated the authenticator app"),
    "mfa.totp_removed": _("Deactivated the authenticator app"),
    "mfa.webauthn_added": _("Added a passkey"), "mfa.webauthn_removed": _("Removed a passkey"),
    "mfa.codes_made": _("Made new recovery codes"), "mfa.code_used": _("Used a recovery code"),
    "mfa.failed": _("Typed a wrong second-step code"),
    "portal.setup": _("Set the portal up"),
    "mfa.reset": _("Switched two-step verification off for a person"),
}  # fmt: skip


def services_text(scopes: Collection[str]) -> str:
    """The services that a grant with these scopes opens, as people call them."""
    known = desks.services()
    if scopes:
        labels = [known[name].label if name in known else name for name in scopes]
        return ", ".join(map(str, labels))
    kept = sensitive_services()
    return str(_("All but %(names)s") % {"names": kept} if kept else _("All"))


def sensitive_services() -> str:
    """Those that open only to a grant that names them."""
    return ", ".join(str(s.label) for s in desks.services().values() if s.sensitive)


def instant(at: datetime | None) -> str:
    """Local date and time as people write them; "" for none."""
    return formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT") if at else ""
