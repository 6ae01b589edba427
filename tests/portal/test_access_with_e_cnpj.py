"""Every named address in a session that an e-CNPJ opened, whoever the certificate names.

The file may be in several hands: it opens its CNPJ's units, and nothing of the person's, of the
staff's or of another company's.
"""

import pytest
from django.test import Client

from portal.accounts.models import Grant
from tests.access import World, merged
from tests.factories import Cast, make_grant
from tests.invoices.access import DOCUMENT
from tests.portal import access
from tests.portal.certificate_entry import client_with, e_cnpj, entrance  # noqa: F401
from tests.portal.test_access import admin_addresses, asks_for_login

pytestmark = pytest.mark.usefixtures("entrance")
TABLE = merged()
DESKS = {name for own in TABLE.own for name in own.names} - access.PERSON - access.TEAM
# Which places the session has, and finding them: of its own CNPJ's only.
PLACES = {"accounts:context", "accounts:find_company", "accounts:find_unit"}
# What of the members' pages is the person's own: 403 with an explanation. The rest opens.
PERSONAL = {
    name
    for name in TABLE.member
    if name.startswith(("account_", "accounts:", "mfa_", "usersessions_"))
} - PLACES


def browser(cast: Cast, role: str, unit: str = "unit_b1") -> Client:
    """With the e-CNPJ of company B, whose responsible person has ``role`` here."""
    return client_with(e_cnpj(getattr(cast, unit).cnpj, getattr(cast, role).cpf))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["admin", "faturista", "carla"])
def test_no_page_of_the_staff_opens(world: World, role: str, method: str) -> None:
    client = browser(world.cast, role)
    for name in TABLE.staff:
        assert getattr(client, method)(world.url(name)).status_code in {403, 405}, name


@pytest.mark.parametrize("role", ["admin", "carla"])
def test_the_administration_is_closed(world: World, role: str) -> None:
    client = browser(world.cast, role)
    for address in admin_addresses():
        assert client.get(address).status_code in {302, 403, 404}, address


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["ana", "admin", "faturista"])
def test_an_object_of_another_company_does_not_exist(world: World, role: str, method: str) -> None:
    client = browser(world.cast, role)
    for name in sorted(DESKS):
        assert getattr(client, method)(world.url(name)).status_code in {404, 405}, name


def test_a_document_of_its_own_unit_opens(world: World) -> None:
    client = browser(world.cast, "bruno", "unit_a1")
    for name in sorted(DOCUMENT):
        assert client.get(world.url(name)).status_code == 200, name


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_team_is_administered(world: World, method: str) -> None:
    make_grant(world.cast.carla, world.cast.company_b, Grant.Level.ADMINISTER)
    client = browser(world.cast, "carla")
    for name in sorted(access.TEAM):
        assert getattr(client, method)(world.url(name)).status_code == 403, name


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_person_s_own_pages_are_closed(world: World, method: str) -> None:
    client = browser(world.cast, "ana")
    for name in sorted(PERSONAL | access.PERSON):
        response = getattr(client, method)(world.url(name))
        assert response.status_code == 403, name
        assert "e-CPF" in response.content.decode(), name


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["ana", "carla", "admin"])
def test_what_is_left_shows_nothing_of_another_company(
    world: World,
    role: str,
    method: str,
) -> None:
    client, cast = browser(world.cast, role), world.cast
    for name in sorted(TABLE.member - PERSONAL):
        response = getattr(client, method)(world.url(name))
        assert response.status_code < 500, name
        assert not asks_for_login(response), name
        body = b"" if response.streaming else response.content
        for unit in (cast.unit_a1, cast.unit_a2, cast.unit_office):
            assert unit.code.encode() not in body, name


def test_public_pages_stay_open(world: World) -> None:
    client = browser(world.cast, "ana")
    for name in sorted(TABLE.public):
        page = client.get(world.url(name)).content.decode()
        assert "Não com o certificado da empresa" not in page, name
