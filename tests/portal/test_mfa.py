"""The second factor: sealed, shown once, asked at login, required of staff, always recoverable."""

import base64
import json
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from portal.accounts import mfa
from portal.accounts.mfa import AuthenticatorSecrets, MFAAdapter, owned_by
from portal.audit.models import AuditEvent
from portal.vault.services import VaultError, kid_of, rewrap
from tests.factories import Cast
from tests.portal.entrance import mail_text, mails, sign_in, signed_in, text
from tests.portal.second_factor import activate_app, code_for, confirm_identity, secret_on, stored

ClientOf = Callable[..., Client]


def test_the_secret_of_the_app_is_sealed_in_the_database(cast: Cast, client_of: ClientOf) -> None:
    secret = activate_app(client_of(cast.ana))
    kept = json.dumps(stored(cast.ana, "totp"))
    assert secret not in kept
    assert base64.b64encode(secret.encode()).decode() not in kept
    assert kid_of(base64.b64decode(stored(cast.ana, "totp")["secret"]))


def test_the_seed_of_the_recovery_codes_is_sealed_in_the_database(
    cast: Cast, client_of: ClientOf
) -> None:
    activate_app(client_of(cast.ana))
    assert kid_of(base64.b64decode(stored(cast.ana, "recovery_codes")["seed"]))


def test_a_sealed_secret_moved_to_another_person_does_not_open(
    cast: Cast, client_of: ClientOf
) -> None:
    activate_app(client_of(cast.ana))
    moved = stored(cast.ana, "totp")["secret"]
    with owned_by(cast.ana):
        assert MFAAdapter().decrypt(moved)
    with owned_by(cast.bruno), pytest.raises(Exception, match="Fale conosco"):
        MFAAdapter().decrypt(moved)


def test_nothing_is_sealed_for_nobody() -> None:
    with pytest.raises(VaultError):
        MFAAdapter().encrypt("JBSWY3DPEHPK3PXP")


def test_login_with_the_app_asks_for_its_code_and_takes_it_once(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    secret = activate_app(client_of(cast.ana))
    response = sign_in(client, cast.ana.cpf or "")
    assert response.url == reverse("mfa_authenticate")
    assert not signed_in(client)
    code = code_for(secret, steps=1)
    assert "Código" in text(client.get(response.url))
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert signed_in(client)
    again = Client()
    sign_in(again, cast.ana.cpf or "")
    answer = again.post(reverse("mfa_authenticate"), {"code": code})
    assert not signed_in(again)
    assert "incorreto" in text(answer)


def test_the_code_that_activated_the_app_does_not_sign_in_too(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    ana = client_of(cast.ana)
    confirm_identity(ana)
    secret = secret_on(text(ana.get(reverse("mfa_activate_totp"))))
    code = code_for(secret)
    ana.post(reverse("mfa_activate_totp"), {"code": code})
    sign_in(client, cast.ana.cpf or "")
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert not signed_in(client)
    assert "incorreto" in text(answer)


def test_a_wrong_code_is_said_and_recorded(cast: Cast, client_of: ClientOf, client: Client) -> None:
    activate_app(client_of(cast.ana))
    sign_in(client, cast.ana.cpf or "")
    answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "incorreto" in text(answer)
    assert AuditEvent.objects.filter(action="mfa.failed").count() == 1


def test_the_second_step_fails_closed_when_the_vault_cannot_open_the_secret(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    secret = activate_app(client_of(cast.ana))
    row = Authenticator.objects.get(user=cast.ana, type="totp")
    row.data["secret"] = base64.b64encode(b"BVL1" + b"x" * 200).decode()
    row.save()
    sign_in(client, cast.ana.cpf or "")
    answer = client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert not signed_in(client)
    assert "Fale conosco" in text(answer)


def test_recovery_codes_are_shown_once_and_each_signs_in_once(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    ana = client_of(cast.ana)
    activate_app(ana)
    with owned_by(cast.ana):
        codes = (
            Authenticator.objects.get(user=cast.ana, type="recovery_codes")
            .wrap()
            .get_unused_codes()
        )
    first = text(ana.get(reverse("mfa_view_recovery_codes")))
    assert all(code in first for code in codes)
    assert "data:text/plain" in first
    assert not any(code in text(ana.get(reverse("mfa_view_recovery_codes"))) for code in codes)
    for works in (True, False):
        other = Client()
        sign_in(other, cast.ana.cpf or "")
        other.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert signed_in(other) is works


def test_pages_that_show_secrets_are_not_kept_by_the_browser(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    confirm_identity(ana)
    assert "no-store" in ana.get(reverse("mfa_activate_totp"))["Cache-Control"]
    activate_app(ana)
    assert "no-store" in ana.get(reverse("mfa_view_recovery_codes"))["Cache-Control"]


def test_new_recovery_codes_end_the_old_ones_and_are_told_by_mail(
    cast: Cast, client_of: ClientOf, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    ana = client_of(cast.ana)
    activate_app(ana)
    before = stored(cast.ana, "recovery_codes")["seed"]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        response = ana.post(reverse("mfa_generate_recovery_codes"))
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    assert stored(cast.ana, "recovery_codes")["seed"] != before
    assert "novos códigos de recuperação" in mail_text(mails(cast.ana.email or "")[-1])


def test_whatever_touches_the_second_factor_asks_for_the_password_again(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    for name in ("mfa_activate_totp", "mfa_add_webauthn"):
        response = ana.get(reverse(name))
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_reauthenticate"))
    wrong = ana.post(reverse("account_reauthenticate"), {"password": "errada"})
    assert "Esta não é a sua senha" in text(wrong)


def test_activating_and_deactivating_leave_events_and_mail(
    cast: Cast, client_of: ClientOf, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    ana = client_of(cast.ana)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        activate_app(ana)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        ana.post(reverse("mfa_deactivate_totp"))
    actions = AuditEvent.objects.filter(action__startswith="mfa.").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["mfa.totp_added", "mfa.totp_removed"]
    assert not Authenticator.objects.filter(user=cast.ana).exists()
    assert ["ativado" in mail_text(m) for m in mails(cast.ana.email or "")] == [True, True]


def test_staff_without_a_second_factor_are_led_to_it_and_get_through(
    cast: Cast, client: Client, settings: LazySettings
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    client.force_login(cast.faturista)
    assert client.get(reverse("ui:dashboard"))["Location"] == reverse("mfa_index")
    assert "Quem trabalha na equipe" in text(client.get(reverse("mfa_index")))
    asked = client.get(reverse("mfa_activate_totp"))
    assert client.get(asked["Location"]).status_code == 200
    confirm_identity(client)
    secret = secret_on(text(client.get(reverse("mfa_activate_totp"))))
    response = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("mfa_view_recovery_codes")
    assert "só desta vez" in text(response)
    assert client.get(reverse("ui:dashboard")).status_code == 200


def test_a_client_is_not_made_to_set_a_second_factor_up(
    cast: Cast, client_of: ClientOf, settings: LazySettings
) -> None:
    settings.STAFF_MFA_REQUIRED = True
    assert client_of(cast.ana).get(reverse("ui:dashboard")).status_code == 200


def test_a_reset_takes_every_factor_away_and_tells_the_person(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    activate_app(client_of(cast.ana))
    assert mfa.reset(cast.ana, by=cast.admin) == 2
    assert AuditEvent.objects.get(action="mfa.reset").actor == cast.admin
    assert "desligada pela equipe" in mail_text(mails(cast.ana.email or "")[-1])
    sign_in(client, cast.ana.cpf or "")
    assert signed_in(client)


def test_the_vault_finds_and_rewraps_the_secrets_in_place(cast: Cast, client_of: ClientOf) -> None:
    secret = activate_app(client_of(cast.ana))
    source = AuthenticatorSecrets()
    assert source.kids() == {kid_of(base64.b64decode(stored(cast.ana, "totp")["secret"]))}
    rows = list(source.not_under("another"))
    assert len(rows) == 2
    for pk, sealed in rows:
        assert source.replace(pk, sealed, rewrap(sealed))
        assert not source.replace(pk, sealed, rewrap(sealed))
    with owned_by(cast.ana):
        assert MFAAdapter().decrypt(stored(cast.ana, "totp")["secret"]) == secret


def test_another_persons_passkey_is_not_found(cast: Cast, client_of: ClientOf) -> None:
    row = Authenticator.objects.create(
        user=cast.bruno, type="webauthn", data={"name": "Dele", "credential": {}}
    )
    ana = client_of(cast.ana)
    confirm_identity(ana)
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert ana.get(reverse(name, args=[row.pk])).status_code == 404
        assert ana.post(reverse(name, args=[row.pk]), {"name": "Meu"}).status_code == 404
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_junk_instead_of_a_passkey_is_refused_with_a_message(
    cast: Cast, client_of: ClientOf
) -> None:
    ana = client_of(cast.ana)
    confirm_identity(ana)
    for junk in ("", "{}", "[]", '{"id": "x", "type": "public-key"}', "não é json"):
        response = ana.post(reverse("mfa_add_webauthn"), {"name": "Chave", "credential": junk})
        assert response.status_code == 200, junk
        assert "data-error-summary" in text(response)
    assert not Authenticator.objects.filter(user=cast.ana).exists()


def test_junk_instead_of_an_answer_at_the_second_step_is_a_wrong_answer(
    cast: Cast, client_of: ClientOf, client: Client
) -> None:
    activate_app(client_of(cast.ana))
    sign_in(client, cast.ana.cpf or "")
    client.get(reverse("mfa_authenticate"))
    for junk in ("{}", '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}'):
        assert client.post(reverse("mfa_authenticate"), {"credential": junk}).status_code == 200
    assert not signed_in(client)


def test_a_client_is_invited_to_a_second_factor_until_they_put_it_away(
    cast: Cast, client_of: ClientOf
) -> None:
    invited = "Deixe seu acesso mais seguro"
    ana, bruno = client_of(cast.ana), client_of(cast.bruno)
    assert invited in text(ana.get(reverse("ui:dashboard")))
    for _twice in range(2):
        page = ana.post(reverse("accounts:second_factor_later"), follow=True)
        assert invited not in text(page)
    assert invited in text(bruno.get(reverse("ui:dashboard")))
    activate_app(bruno)
    assert invited not in text(bruno.get(reverse("ui:dashboard")))
    assert invited not in text(client_of(cast.atendente).get(reverse("ui:dashboard")))
