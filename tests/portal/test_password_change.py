"""“Altera senha”: Atual, Nova, Confirma, Alterar; and what a password must be."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from portal.accounts.models import User
from portal.accounts.passwords import personal_parts, provisional_password
from tests.factories import PASSWORD, Cast, make_user
from tests.portal.entrance import NEW_PASSWORD, mail_text, mails, sign_in, signed_in, text

PAGE = "/altera-senha/"


def fill(old: str = PASSWORD, new: str = NEW_PASSWORD, again: str = "") -> dict[str, str]:
    return {"oldpassword": old, "password1": new, "password2": again or new}


@pytest.fixture
def ana(cast: Cast) -> Client:
    client = Client()
    sign_in(client, str(cast.ana.cpf))
    return client


def test_the_page_has_the_words_of_the_manual(ana: Client) -> None:
    page = text(ana.get(PAGE))
    for words in ["Altera senha", ">Atual<", ">Nova<", ">Confirma<", ">Alterar</button>"]:
        assert words in page.replace("\n", "")


def test_the_change_is_confirmed_kept_and_told(ana: Client, cast: Cast) -> None:
    response = ana.post(PAGE, fill(), follow=True)
    assert "Alteração feita com sucesso" in text(response)
    assert signed_in(ana)
    cast.ana.refresh_from_db()
    assert cast.ana.check_password(NEW_PASSWORD)
    assert "foi alterada em" in mail_text(mails(str(cast.ana.email))[0])


def test_sessions_on_other_devices_end_and_this_one_goes_on(ana: Client, cast: Cast) -> None:
    elsewhere = Client()
    sign_in(elsewhere, str(cast.ana.cpf))
    ana.post(PAGE, fill())
    assert elsewhere.get("/painel/").status_code == 302
    assert ana.get("/painel/").status_code == 200


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (fill(old="Errada123"), "Esta não é a sua senha atual"),
        (fill(again="Caminho7Outro"), "As duas senhas"),
        (fill(new=PASSWORD), "diferente da atual"),
        (fill(new="Abc123x"), "8 caracteres"),
        (fill(new="A1b" * 43), "no máximo 128"),
        (fill(new="SemNumeroAqui"), "pelo menos um número"),
        (fill(new="minuscula123"), "maiúscula"),
        (fill(new="MAIUSCULA123"), "minúscula"),
        (fill(new="xSOUZA12345x"), "não pode conter seu nome"),
        (fill(new="Password123"), "comum"),
        (fill(old=""), "obrigatório"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_changes_nothing(
    ana: Client, cast: Cast, data: dict[str, str], said: str
) -> None:
    page = text(ana.post(PAGE, data))
    assert said in page
    assert "Alteração feita" not in page
    cast.ana.refresh_from_db()
    assert cast.ana.check_password(PASSWORD)
    assert not mails()


def test_the_rules_stand_on_the_page_for_who_has_no_javascript(ana: Client) -> None:
    page = text(ana.get(PAGE))
    assert "de 8 a 128 caracteres" in page
    assert "uma letra maiúscula" in page
    assert 'data-password-rules="' in page


@pytest.mark.parametrize("password", ["Aa1" + "x" * 5, "Aa1" + "x" * 125])
def test_8_and_128_characters_are_both_enough(password: str, cast: Cast) -> None:
    validate_password(password, cast.ana)


def test_no_part_of_the_name_whatever_accents_and_case(db: None) -> None:
    user = make_user("Íris Conceição de Sá", email="iris.c@exemplo.com.br")
    for password in ["xIRIS12345x", "9conceicaoX", "9CONCEIÇÃOx", f"Xx{user.cpf}", "Iris.C99999"]:
        with pytest.raises(ValidationError):
            validate_password(password, user)
    validate_password("Mordes7Saudades", user)
    assert "de" not in personal_parts(user)


def test_a_letter_with_an_accent_is_a_letter(cast: Cast) -> None:
    validate_password("Ótimo caminhão 7", cast.ana)


def test_a_provisional_password_meets_every_rule_and_is_never_the_same() -> None:
    made = {provisional_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        validate_password(password, User(name="Ana"))
        assert not set(password) & set("0O1lI")


def test_guessing_the_current_password_at_an_open_screen_is_limited(ana: Client) -> None:
    found = [ana.post(PAGE, fill(old="Errada123")).status_code for _ in range(11)]
    assert found == [200] * 10 + [429]


def test_strangers_are_sent_to_the_entrance(db: None) -> None:
    assert Client().get(PAGE)["Location"].startswith("/entrar/")
    assert Client().post(PAGE, fill())["Location"].startswith("/entrar/")


def test_who_has_no_password_yet_chooses_one(cast: Cast) -> None:
    cast.ana.set_unusable_password()
    cast.ana.save()
    client = Client()
    client.force_login(cast.ana)
    assert client.get(PAGE)["Location"] == "/define-senha/"
    response = client.post(
        "/define-senha/", {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True
    )
    assert "Alteração feita com sucesso" in text(response)
    cast.ana.refresh_from_db()
    assert cast.ana.check_password(NEW_PASSWORD)


def test_confirming_that_it_is_you_asks_for_the_password_and_is_limited(ana: Client) -> None:
    url = "/conta/confirmar-identidade/?next=/painel/"
    assert "Esta não é a sua senha" in text(ana.post(url, {"password": "Errada123"}))
    assert ana.post(url, {"password": PASSWORD})["Location"] == "/painel/"
    found = [ana.post(url, {"password": "Errada123"}).status_code for _ in range(11)]
    assert found[-1] == 429
