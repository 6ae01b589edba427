"""Judging a certificate: its chain to a pinned root, its purpose, its policy, its validity."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from certificates.trust import pool
from certificates.trust.validation import examine
from certificates.trust.verdict import Fault, Purpose, Revocation
from tests.certificates import pki
from tests.certificates.authority import other_name, with_explicit_false

pytestmark = pytest.mark.django_db


@pytest.fixture
def pin(settings, tmp_path):
    """Trust these roots, and know these intermediates."""

    def write(*roots: pki.Made, known: tuple[pki.Made, ...] = ()) -> None:
        file, others = tmp_path / "roots.pem", tmp_path / "others.pem"
        file.write_bytes(b"".join(r.pem for r in roots))
        others.write_bytes(b"".join(k.pem for k in known))
        settings.TRUST_ROOTS_FILE = str(file)
        settings.TRUST_INTERMEDIATES_FILE = str(others) if known else ""

    return write


@pytest.fixture
def root(pin) -> pki.Made:
    made = pki.an_authority()
    pin(made)
    return made


@pytest.fixture
def issuer(root, pin) -> pki.Made:
    made = pki.an_authority("AC de Teste", issuer=root)
    pin(root, known=(made,))
    return made


def faults(made: pki.Made | bytes, purpose=Purpose.WATCH, at=None, others=()) -> list[Fault]:
    der = made if isinstance(made, bytes) else made.der
    return list(examine(der, purpose=purpose, at=at or pki.now(), others=others).faults)


# Chain


def test_a_certificate_under_a_pinned_root_is_accepted_with_its_path(issuer):
    verdict = examine(pki.a_person(issuer).der, purpose=Purpose.SIGN, at=pki.now())
    assert verdict.ok
    assert verdict.path == ("ANA SOUZA:12345678909", "AC de Teste", "AC Raiz de Teste")
    assert verdict.record is not None
    assert verdict.record.cpf == pki.CPF


@pytest.mark.parametrize("kind", ["rsa", "p521", "ed448"])
def test_roots_of_every_kind_of_key_of_icp_brasil_work(pin, kind):
    root = pki.an_authority(key=pki.a_key(9, kind))
    issuer = pki.an_authority("AC de Teste", issuer=root, key=pki.a_key(8, kind))
    pin(root, known=(issuer,))
    assert faults(pki.a_person(issuer)) == []


def test_a_root_with_the_right_name_and_another_key_is_refused(issuer, pin):
    pin(pki.an_authority(key=pki.a_key(7)), known=(issuer,))
    assert faults(pki.a_person(issuer)) == [Fault.UNKNOWN_AUTHORITY]


def test_an_issuer_with_the_right_name_and_another_key_is_said_to_be_one(root, issuer):
    impostor = pki.an_authority("AC de Teste", issuer=root, key=pki.a_key(7))
    leaf = pki.a_person(issuer)
    leaf_of_impostor = pki.a_person(impostor)
    assert faults(leaf) == []
    assert faults(leaf_of_impostor) == [Fault.BAD_SIGNATURE]


def test_a_root_that_the_fingerprints_do_not_name_is_ignored(issuer, root, settings):
    leaf = pki.a_person(issuer)
    settings.TRUST_ROOTS_SHA256 = ["00" * 32]
    assert faults(leaf) == [Fault.UNKNOWN_AUTHORITY]
    settings.TRUST_ROOTS_SHA256 = [
        ":".join(root.sha256()[i : i + 2] for i in range(0, 64, 2)).upper()
    ]
    assert faults(leaf) == []


def test_without_any_root_nothing_is_trusted(settings):
    settings.TRUST_ROOTS_FILE = ""
    root = pki.an_authority()
    assert faults(pki.a_person(root)) == [Fault.UNKNOWN_AUTHORITY]


def test_a_bundle_that_cannot_be_read_trusts_nothing(settings, tmp_path):
    root = pki.an_authority()
    for text in (b"", b"nada", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        (tmp_path / "bad.pem").write_bytes(text)
        settings.TRUST_ROOTS_FILE = str(tmp_path / "bad.pem")
        assert faults(pki.a_person(root)) == [Fault.UNKNOWN_AUTHORITY]
    settings.TRUST_ROOTS_FILE = str(tmp_path / "nowhere.pem")
    assert faults(pki.a_person(root)) == [Fault.UNKNOWN_AUTHORITY]


def test_intermediates_that_come_along_complete_the_path(root):
    issuer = pki.an_authority("AC de Teste", issuer=root)
    leaf = pki.a_person(issuer)
    assert faults(leaf) == [Fault.UNKNOWN_AUTHORITY]
    assert faults(leaf, others=[b"lixo", issuer.der]) == []


def test_a_root_that_comes_along_is_not_believed(root):
    stranger = pki.an_authority("AC Estranha", key=pki.a_key(5))
    assert faults(pki.a_person(stranger), others=[stranger.der]) == [Fault.UNKNOWN_AUTHORITY]


def test_a_self_signed_certificate_is_not_its_own_authority(root):
    leaf = pki.make("ANA", extensions=[(x509.SubjectAlternativeName(pki.a_cpf_name()), False)])
    assert Fault.UNKNOWN_AUTHORITY in faults(leaf)


def test_one_without_the_mark_of_an_authority_issues_nothing(root, pin):
    fake = pki.an_authority("AC Falsa", issuer=root, ca=False)
    pin(root, known=(fake,))
    assert Fault.UNKNOWN_AUTHORITY in faults(pki.a_person(fake), others=[fake.der])


def test_an_authority_whose_key_may_not_sign_certificates_issues_nothing(root):
    weak = pki.an_authority("AC Sem Uso", issuer=root, may_sign=False)
    assert Fault.UNKNOWN_AUTHORITY in faults(pki.a_person(weak), others=[weak.der])


def test_a_path_longer_than_an_authority_allows_is_refused(root):
    middle = pki.an_authority("AC 1", issuer=root, path_length=0, key=pki.a_key(3))
    lower = pki.an_authority("AC 2", issuer=middle, key=pki.a_key(4))
    others = [middle.der, lower.der]
    assert faults(pki.a_person(middle), others=others) == []
    assert faults(pki.a_person(lower), others=others) == [Fault.UNKNOWN_AUTHORITY]


def test_a_circle_of_authorities_ends(root):
    one, two = pki.a_key(3), pki.a_key(4)
    first = pki.an_authority("AC 1", issuer=pki.an_authority("AC 2", key=two), key=one)
    second = pki.an_authority("AC 2", issuer=pki.an_authority("AC 1", key=one), key=two)
    assert faults(pki.a_person(first), others=[first.der, second.der]) == [Fault.UNKNOWN_AUTHORITY]


def test_an_authority_with_name_constraints_is_refused(root):
    constraints = x509.NameConstraints([x509.DNSName("exemplo.com.br")], None)
    narrow = pki.an_authority("AC Estreita", issuer=root, more=[(constraints, True)])
    assert faults(pki.a_person(narrow), others=[narrow.der]) == [Fault.UNKNOWN_AUTHORITY]


def test_explicit_critical_false_does_no_harm(issuer):
    leaf = pki.make(
        "ANA SOUZA", issuer=issuer, key=issuer.key,
        extensions=[(x509.SubjectAlternativeName(pki.a_cpf_name()), False),
                    (x509.CertificatePolicies(
                        [x509.PolicyInformation(x509.ObjectIdentifier(pki.A1), None)]), False)],
    )  # fmt: skip
    assert faults(with_explicit_false(leaf.certificate, issuer.key), Purpose.SIGN) == []


# Validity


def test_expired_and_not_yet_valid_are_told_apart(issuer):
    assert faults(pki.a_person(issuer, days=(-400, -35))) == [Fault.EXPIRED]
    assert faults(pki.a_person(issuer, days=(2, 300))) == [Fault.NOT_YET_VALID]


def test_an_expired_root_opens_nothing_today_but_signed_in_its_time(pin):
    root = pki.an_authority(days=(-4000, -10))
    issuer = pki.an_authority("AC de Teste", issuer=root)
    pin(root, known=(issuer,))
    leaf = pki.a_person(issuer)
    assert faults(leaf) == [Fault.UNKNOWN_AUTHORITY]
    assert faults(leaf, Purpose.SIGN, at=pki.now() - timedelta(days=50)) == []


# Purpose, policy, identity


@pytest.mark.parametrize(
    "more",
    [
        {"extended": [Usage.CLIENT_AUTH, Usage.SERVER_AUTH]},
        {"names": [*pki.a_cnpj_name(), x509.DNSName("portal.exemplo.com.br")]},
        {"names": [*pki.a_cnpj_name(), other_name("2.16.76.1.3.8", pki.octets("EMPRESA"))]},
    ],
    ids=["serverAuth", "dNSName", "equipment"],
)
def test_a_servers_certificate_logs_nobody_in(issuer, more):
    leaf = pki.a_person(issuer, **more)
    assert faults(leaf, Purpose.LOGIN)[0] == Fault.SERVER_CERTIFICATE
    assert faults(leaf, Purpose.SIGN)[0] == Fault.SERVER_CERTIFICATE
    verdict = examine(leaf.der, purpose=Purpose.WATCH, at=pki.now())
    assert verdict.ok
    assert Fault.SERVER_CERTIFICATE in verdict.warnings


@pytest.mark.parametrize("policy", ["2.16.76.1.2.201.1", "2.16.76.1.2.202.3"])
def test_a_seal_signs_and_does_not_log_in(issuer, policy):
    seal = pki.a_person(issuer, names=pki.a_cnpj_name(), policy=policy)
    assert faults(seal, Purpose.SIGN) == []
    assert Fault.WRONG_PURPOSE in faults(seal, Purpose.LOGIN)


@pytest.mark.parametrize(
    ("more", "purpose"),
    [
        ({"extended": [Usage.EMAIL_PROTECTION]}, Purpose.LOGIN),
        ({"extended": [Usage.TIME_STAMPING]}, Purpose.SIGN),
        ({"usage": pki.key_usage(ca=False, digital_signature=False)}, Purpose.LOGIN),
        (
            {"usage": pki.key_usage(ca=False, digital_signature=False, content_commitment=False)},
            Purpose.SIGN,
        ),
    ],
)
def test_a_certificate_made_for_something_else_is_refused(issuer, more, purpose):
    assert Fault.WRONG_PURPOSE in faults(pki.a_person(issuer, **more), purpose)


def test_without_extended_usage_everything_is_allowed(issuer):
    leaf = pki.a_person(issuer, extended=None)
    assert faults(leaf, Purpose.LOGIN) == [Fault.REVOCATION_UNKNOWN]


def test_an_authoritys_own_certificate_logs_nobody_in(issuer):
    assert Fault.WRONG_PURPOSE in faults(issuer, Purpose.LOGIN)


@pytest.mark.parametrize("policy", ["", "2.16.76.1.2.101.5", "2.16.76.1.2.11.1", "1.2.3.4"])
def test_only_the_accepted_policies_pass(issuer, policy):
    assert Fault.WRONG_POLICY in faults(pki.a_person(issuer, policy=policy), Purpose.LOGIN)
    assert Fault.WRONG_POLICY in faults(pki.a_person(issuer, policy=policy), Purpose.SIGN)


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_a1_to_a4_pass(issuer, kind):
    leaf = pki.a_person(issuer, policy=f"2.16.76.1.2.{kind}.77")
    assert faults(leaf, Purpose.LOGIN) == [Fault.REVOCATION_UNKNOWN]


def test_which_policies_are_accepted_is_a_setting(issuer, settings):
    settings.TRUST_LOGIN_POLICIES = ["2.16.76.1.2.3"]
    assert Fault.WRONG_POLICY in faults(pki.a_person(issuer), Purpose.LOGIN)


def test_without_cpf_and_cnpj_nobody_logs_in(issuer):
    leaf = pki.a_person(issuer, names=[])
    assert Fault.NO_IDENTITY in faults(leaf, Purpose.LOGIN)
    assert Fault.NO_IDENTITY in examine(leaf.der, purpose=Purpose.SIGN, at=pki.now()).warnings


def test_a_critical_extension_that_nobody_knows_is_refused(issuer):
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
    assert faults(pki.a_person(issuer, more=[(odd, False)]), Purpose.SIGN) == []
    assert Fault.WRONG_PURPOSE in faults(pki.a_person(issuer, more=[(odd, True)]), Purpose.SIGN)


# The demonstration


def test_the_demonstrations_certificates_open_nothing_outside_it(settings):
    from certificates import demo

    settings.DEMO = True
    leaf = demo.issue(
        pki.a_key().public_key(), common_name="Ana", email="ana@exemplo.com.br",
        names={"2.16.76.1.3.1": pki.PERSON}, not_before=pki.now() - timedelta(days=1),
        not_after=pki.now() + timedelta(days=1),
    )  # fmt: skip
    assert faults(pki.der(leaf), Purpose.SIGN) == []
    settings.DEMO = False
    assert faults(pki.der(leaf), Purpose.SIGN)[0] == Fault.DEMONSTRATION
    assert not examine(pki.der(leaf), purpose=Purpose.WATCH, at=pki.now()).ok


# Hostile bytes


@pytest.mark.parametrize(
    "data",
    [b"", b"nada", b"\x30\x00", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 2000, b"\x00" * 70_000],
)
def test_hostile_bytes_are_unreadable_and_raise_nothing(data):
    verdict = examine(data, purpose=Purpose.LOGIN, at=pki.now())
    assert verdict.faults == (Fault.UNREADABLE,)
    assert verdict.revocation == Revocation.UNKNOWN


def test_a_certificate_cut_or_twisted_anywhere_raises_nothing(issuer):
    good = pki.a_person(issuer).der
    for i in range(0, len(good), 2):
        for bad in (good[:i], good[:i] + bytes([good[i] ^ 0xFF]) + good[i + 1 :]):
            verdict = examine(bad, purpose=Purpose.LOGIN, at=pki.now())
            assert not verdict.ok


def test_a_small_rsa_key_proves_nothing(pin):
    weak = rsa.generate_private_key(65537, 1024)
    root = pki.an_authority(key=weak)
    pin(root)
    assert faults(pki.a_person(root)) == [Fault.BAD_SIGNATURE]


# The bundle for TLS servers, and cost


def test_the_bundle_holds_what_is_valid_now(pin):
    root, old = (
        pki.an_authority(),
        pki.an_authority("Raiz Antiga", days=(-4000, -1), key=pki.a_key(6)),
    )
    issuer = pki.an_authority("AC de Teste", issuer=root)
    stranger = pki.an_authority("AC Estranha", issuer=pki.an_authority("Outra", key=pki.a_key(5)))
    pin(root, old, known=(issuer, stranger))
    assert pool.trusted_bundle_pem() == root.pem + issuer.pem


def test_judging_costs_few_queries(issuer, django_assert_max_num_queries):
    der = pki.a_person(issuer).der
    examine(der, purpose=Purpose.LOGIN, at=pki.now())  # the pool is read once per process
    with django_assert_max_num_queries(3):
        examine(der, purpose=Purpose.LOGIN, at=pki.now())
