"""Walks the portal in which the sixth desk is installed; ends with an error where it is missing."""

from urllib.parse import urlsplit

import django

django.setup()

from django.contrib.auth.models import Group  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from portal.accounts.groups import add_permissions  # noqa: E402
from portal.accounts.services.guests import issue_link  # noqa: E402
from portal.desks import permissions_of_groups  # noqa: E402
from tests.access import make_world  # noqa: E402
from tests.factories import Cast, make_cast  # noqa: E402
from tests.portal import test_access  # noqa: E402
from tests.sixth.models import Pass  # noqa: E402


def main() -> None:
    setup_test_environment()
    call_command("migrate", run_syncdb=True, verbosity=0)
    cast = make_cast()
    add_permissions("Atendimento", ["sixth.view_pass", "sixth.add_pass"])  # its migration
    staff_take_a_file_in(cast)
    a_client_sees_their_own(cast)
    a_guest_comes_in_by_a_link(cast)
    it_stands_in_every_shared_page(cast)
    it_is_in_the_walk_of_access(cast)


def signed_in(user: object) -> Client:
    browser = Client()
    browser.force_login(user)  # type: ignore[arg-type]
    return browser


def page(browser: Client, name: str, *args: str, **query: str) -> str:
    answer = browser.get(reverse(name, args=args), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def staff_take_a_file_in(cast: Cast) -> None:
    lines = ["unidade;placa;validade"]
    lines += [f"{cast.unit_a1.code};ABC{n}D00;31/12/2026" for n in range(3)]
    lines += [f"{cast.unit_b1.code};XYZ1D00;31/12/2026"]
    file = SimpleUploadedFile("c.csv", "\n".join(lines).encode())
    answer = signed_in(cast.atendente).post(reverse("sixth:import"), {"file": file})
    assert answer.status_code == 302, answer.content


def a_client_sees_their_own(cast: Cast) -> None:
    ana = signed_in(cast.ana)
    found = page(ana, "sixth:list")
    assert "ABC2D00" in found
    assert "XYZ1D00" not in found
    assert "3 resultados" in found
    assert "ABC2D00" not in page(ana, "sixth:list", plate="ABC1")
    exported = ana.get(reverse("sixth:export")).getvalue().decode()
    assert "ABC0D00" in exported
    assert "XYZ1D00" not in exported


def a_guest_comes_in_by_a_link(cast: Cast) -> None:
    mine, other = Pass.objects.filter(unit=cast.unit_a1)[:2]
    Pass.objects.filter(pk=mine.pk).update(driver="motorista@exemplo.com.br")
    mine.refresh_from_db()
    address = issue_link(mine, email=mine.driver, by=cast.atendente, at=timezone.now())
    guest, path = Client(), urlsplit(address).path
    assert guest.get(path).status_code == 200
    assert mine.plate in guest.post(path, follow=True).content.decode()
    assert guest.get(reverse("sixth:pass", args=[other.pk])).status_code == 404
    assert guest.get(reverse("sixth:list")).status_code == 302


def it_stands_in_every_shared_page(cast: Cast) -> None:
    ana = signed_in(cast.ana)
    assert "3 de estacionamento" in page(ana, "ui:dashboard")
    assert 'href="/credenciais/"' in page(ana, "accounts:my_data")  # the menu
    assert "ABC1D00" in page(ana, "accounts:my_data")
    stranger = Client()
    assert "Estacionamento</h2>" in page(stranger, "site:home")
    assert 'href="/credenciais/"' in page(stranger, "site:map")
    assert "Placa" in page(stranger, "accounts:register", "estacionamento")
    assert "sixth.add_pass" in permissions_of_groups()["Atendimento"]
    group = Group.objects.get(name="Atendimento").pk
    assert "credencial" in page(signed_in(cast.admin), "admin:auth_group_change", str(group))


def it_is_in_the_walk_of_access(cast: Cast) -> None:
    test_access.test_every_address_stands_in_one_table()
    world = make_world(cast)
    wrong = []
    for role, enter in test_access.ROLES.items():
        visitor = enter(world)
        for name in ("sixth:list", "sixth:export", "sixth:import", "sixth:pass"):
            answer = visitor.browser.get(world.url(name))
            if not test_access.as_expected(name, role, visitor, answer):
                wrong.append((role, name, answer.status_code))
    assert wrong == []


if __name__ == "__main__":
    main()
