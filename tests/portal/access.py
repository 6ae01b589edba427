"""Who may use the addresses of the portal's own apps."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.accounts.models import AccessRequest, ErasureRequest, PendingRegistration
from portal.outbox.models import Entry
from tests.access import REFUSED, Access, Own
from tests.factories import (
    Cast,
    a_cpf,
    make_grant,
    make_invitation,
    make_notice,
    make_user,
    next_number,
)
from tests.payments import access as payments
from tests.payments import access_files

DECIDE = "accounts.decide_accessrequest"
COMPANIES = "accounts.change_company"
ERASE = "accounts.decide_erasurerequest"
MAIL = "outbox.view_entry"
REQUEST = {"accounts:access_request", "accounts:accept_request", "accounts:refuse_request"}
ERASURE = {"accounts:erasure", "accounts:erasure_carry_out", "accounts:erasure_go_on"}
LINK = {
    "accounts:invitation_send": "accounts.change_invitation",
    "accounts:invitation_withdraw": "accounts.change_invitation",
    "accounts:registration_send": "accounts.change_pendingregistration",
    "accounts:registration_withdraw": "accounts.change_pendingregistration",
}
ENTRY = {"outbox:entry", "outbox:body", "outbox:links", "outbox:retry", "outbox:cancel"}
WHOLE_TEAM = {"accounts:team_of", "accounts:team_invite"}
COLLEAGUE = {"accounts:team_member", "accounts:team_end"}
INVITATION = {"accounts:team_invite_again", "accounts:team_invite_cancel"}
TEAM = WHOLE_TEAM | COLLEAGUE | INVITATION
SESSION_OR_KEY = {"accounts:session_end", "mfa_remove_webauthn", "mfa_edit_webauthn"}
PERSON = SESSION_OR_KEY | {"accounts:erasure_cancel"}
MANUAL = {"help:manual", "help:answer"}
TOKEN = {
    "accounts:accept_link", "accounts:open_invitation", "accounts:email_confirm", "accounts:guest_link", "reminders:feed",
}  # fmt: skip
REGISTRATION = {
    "accounts:register", "accounts:registration_sent", "accounts:registration_link",
    "accounts:registration_confirm", "accounts:registration_cancel",
}  # fmt: skip
CODE = {"captcha-image", "captcha-image-2x", "captcha-audio"}


def _arguments(cast: Cast) -> dict[str, dict[str, Any]]:
    request = AccessRequest.objects.create(
        name="Nina", cpf=a_cpf(), email="nina@exemplo.com.br", phone="(31) 3333-4444",
        unit_text="Sede",
    )  # fmt: skip
    erasure = ErasureRequest.objects.create(user=make_user("Davi Reis"))
    entry = Entry.objects.create(kind="job", key=f"k{next_number()}", name="nothing")
    colleague = make_grant(make_user("Eva Melo"), cast.office)
    invitation = make_invitation(cast.office, cast.carla)
    typed = PendingRegistration.objects.create(
        desk="desk", email="gil@exemplo.com.br", digest=secrets.token_hex(32),
        expires_at=timezone.now() + timedelta(hours=48),
    )  # fmt: skip
    company, slug = cast.office.pk, make_notice(publish_from=timezone.now()).slug
    return {
        **access_files.arguments(cast),
        **{name: {"pk": request.pk} for name in REQUEST},
        **{name: {"pk": erasure.pk} for name in ERASURE},
        "accounts:erasure_cancel": {"pk": erasure.pk},
        **{name: {"pk": entry.pk} for name in ENTRY},
        **{name: {"pk": (invitation if "invitation" in name else typed).pk} for name in LINK},
        **{name: {"company": company, "pk": colleague.user_id} for name in COLLEAGUE},
        **{name: {"company": company, "pk": invitation.pk} for name in INVITATION},
        **{name: {"company": company} for name in WHOLE_TEAM},
        **{name: {"pk": 987654} for name in SESSION_OR_KEY},
        **{name: {"token": "x" * 43} for name in TOKEN},
        **{name: {"slug": "desk"} for name in REGISTRATION | {"accounts:registration_done"}},
        "accounts:registration_link": {"slug": "desk", "token": "x" * 43},
        **{name: {"key": "x"} for name in CODE},
        **{name: {"slug": "fatura-eletronica"} for name in MANUAL},
        **{name: {"slug": slug} for name in ("news:notice", "news:dismiss")},
        **payments.arguments(cast),
    }


ACCESS = Access(
    public={
        "site:home", "site:contact", "site:accessibility", "site:privacy", "site:map",
        "site:accent", "site:logo", "site:favicon", "site:alive", "site:ready", "site:robots",
        "site:security_txt", "ui:too_large", "ui:may_send", "set_language",
        "accounts:guest_link", "accounts:guest_link_sent", *REGISTRATION, "account_login", "account_logout", "account_inactive", "account_reset_password",
        "account_reset_password_done", "mfa_authenticate", "accounts:choose_password",
        "accounts:accept_link", "accounts:open_invitation", "accounts:invitation",
        "accounts:leave_for_invitation", "accounts:certificate_question",
        "accounts:certificate_not_mine", "accounts:request_access", "accounts:request_access_done",
        *CODE, "captcha-refresh", "reminders:feed", "news:list", "news:notice", "news:feed",
        "help:index", *MANUAL, "municipalities:names",
    },
    first_step={"account_logout", "mfa_authenticate"},
    member={
        "accounts:registration_done", "news:dismiss",
        "search:results", "ui:dashboard", "account_reauthenticate", "account_change_password",
        "account_set_password", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_index",
        "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn",
        "accounts:second_factor_later", "usersessions_list", "accounts:profile", "accounts:profile_edit",
        "accounts:email_change", "accounts:email_confirm",
        "accounts:email_prove", "accounts:certificate_link", "accounts:my_data",
        "accounts:my_data_export", "accounts:erasure_ask", "accounts:context", "accounts:team",
        "accounts:find_company", "accounts:find_unit",
        "reminders:list", "reminders:dismiss", "reminders:restore", "reminders:feed_new",
        "reminders:feed_end",
    },
    staff={
        **payments.STAFF,
        **dict.fromkeys(REQUEST, DECIDE),
        "accounts:access_requests": DECIDE, **LINK,
        "accounts:find_person": "accounts.view_user",
        "accounts:refuse_requests": DECIDE,
        "accounts:certificate_only": COMPANIES,
        **dict.fromkeys(ERASURE, ERASE),
        "accounts:erasures": ERASE,
        **dict.fromkeys(ENTRY, MAIL),
        "outbox:list": MAIL, "outbox:ask_mail_server": MAIL,
        "help:answers": "help.view_answer",
        "site:first_steps": "provider.change_provider",
        **access_files.STAFF,
    },
    own=[
        Own(TEAM, owners=["carla"], opens=WHOLE_TEAM, others=REFUSED),
        Own(PERSON),
    ],
    arguments=_arguments,
)  # fmt: skip
