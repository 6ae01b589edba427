"""Whether a sender is proven: only by what the configured server wrote on top."""

import pytest

from tests.tickets.mail.mails import mail
from tickets.mail.reading import read
from tickets.mail.trust import MICROSOFT, Reason, Trust, is_aligned, judge, parse

MX = "mx.balcao.example"
ANA = "header.from=cliente.example"


def judged(*results, authserv_id=MX, head="", **others):
    rows = "".join(f"Authentication-Results: {one}\r\n" for one in results)
    raw = (rows + head).encode() + mail(**others.pop("headers", {}))
    return judge(read(raw), authserv_id=authserv_id, **others)


@pytest.mark.parametrize(
    ("results", "is_trusted", "reason"),
    [
        (f"dmarc=pass (p=NONE) {ANA}", True, Reason.DMARC),
        (f"dmarc=fail {ANA}; dkim=pass header.d=cliente.example", False, Reason.DMARC_FAIL),
        (
            f"dmarc=temperror {ANA}; spf=pass smtp.mailfrom=cliente.example",
            False,
            Reason.DMARC_FAIL,
        ),
        (f"dmarc=permerror {ANA}", False, Reason.DMARC_FAIL),
        ("dmarc=none; dkim=pass header.d=cliente.example", True, Reason.DKIM_ALIGNED),
        ("dkim=pass header.i=@mail.cliente.example", True, Reason.DKIM_ALIGNED),
        (
            "dkim=fail header.d=cliente.example; dkim=pass header.d=outro.example",
            False,
            Reason.NOT_ALIGNED,
        ),
        ("spf=pass smtp.mailfrom=ana@cliente.example", True, Reason.SPF_ALIGNED),
        ("spf=softfail smtp.mailfrom=ana@cliente.example", False, Reason.NOT_ALIGNED),
        ("spf=pass smtp.mailfrom=naocliente.example", False, Reason.NOT_ALIGNED),
        ("dmarc=pass header.from=outro.example", False, Reason.OTHER_SENDER),
        ("dmarc=none; dmarc=pass", False, Reason.DMARC_FAIL),
        ("none", False, Reason.NO_RESULTS),
        # What the sender chose is in quotes or in a comment.
        ('spf=fail smtp.mailfrom="x; dmarc=pass"@mau.example', False, Reason.NOT_ALIGNED),
        ("spf=fail (mau.example; dmarc=pass (x) ) smtp.mailfrom=y", False, Reason.NOT_ALIGNED),
        ("spf=fail (\\) ; dmarc=pass", False, Reason.NOT_ALIGNED),
        ('spf=fail smtp.helo="(" ; dkim=pass header.d=cliente.example', True, Reason.DKIM_ALIGNED),
    ],
)
def test_verdicts(results, is_trusted, reason):
    assert judged(f"{MX}; {results}") == Trust(is_trusted, reason)


def test_only_the_topmost_of_our_server_counts():
    bad, good = f"{MX}; dmarc=fail", f"{MX}; dmarc=pass"
    assert not judged(bad, good).is_trusted
    assert judged(good, bad).is_trusted
    assert judged("outro.example; dmarc=fail", good).is_trusted
    assert judged("outro.example; dmarc=pass", bad).reason == Reason.DMARC_FAIL
    assert judged("outro.example; dmarc=pass").reason == Reason.NO_RESULTS
    assert judged().reason == Reason.NO_RESULTS


def test_without_a_configured_server_nobody_is_trusted():
    assert judged("; dmarc=pass", authserv_id="").reason == Reason.NOT_CONFIGURED


def test_microsoft_writes_no_name():
    theirs = (
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=cliente.example; dkim=none (message not "
        "signed)\r\n header.d=none;dmarc=bestguesspass action=none header.from=cliente.example;compauth=pass reason=109"
    )
    assert judged(theirs, authserv_id=MICROSOFT) == Trust(True, Reason.SPF_ALIGNED)
    assert judged(theirs).reason == Reason.NO_RESULTS
    assert judged(f"{MX}; dmarc=pass", authserv_id=MICROSOFT).reason == Reason.NO_RESULTS


def test_a_name_with_a_version_in_capitals():
    assert judged(f"{MX.upper()} 1; dmarc=pass").is_trusted


@pytest.mark.parametrize("sender", ["a@cliente.example, b@cliente.example", "Ana", None])
def test_no_single_sender_is_nobody(sender):
    found = judged(f"{MX}; dmarc=pass", headers={"From": sender, "Sender": "x@cliente.example"})
    assert found.reason == Reason.NO_SENDER


def test_internal_senders_need_a_pass():
    internal = ["cliente.example"]
    aligned = f"{MX}; dkim=pass header.d=cliente.example"
    assert judged(aligned, internal=internal).reason == Reason.INTERNAL_NOT_PROVEN
    assert judged(f"{MX}; dmarc=pass", internal=internal).is_trusted


SEAL = (
    "ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=lista.example; s=x; b=y\r\n"
    "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=outra.example; s=x; b=y\r\n"
    "ARC-Authentication-Results: i=2; lista.example; dmarc={} header.from=cliente.example\r\n"
    "ARC-Authentication-Results: i=1; outra.example; dmarc=pass header.from=cliente.example\r\n"
)


@pytest.mark.parametrize(
    ("arc", "sealed", "sealers", "is_trusted"),
    [
        ("pass", "pass", ["lista.example"], True),
        ("pass", "fail", ["lista.example"], False),
        ("fail", "pass", ["lista.example"], False),
        ("none", "pass", ["lista.example"], False),
        ("pass", "pass", ["outra.example"], False),
        ("pass", "pass", [], False),
    ],
)
def test_a_forwarded_mail_counts_by_a_listed_sealer_alone(arc, sealed, sealers, is_trusted):
    results = f"{MX}; dmarc=fail {ANA}; arc={arc}"
    found = judged(results, head=SEAL.format(sealed), arc_sealers=sealers)
    assert found.is_trusted == is_trusted


@pytest.mark.parametrize(
    ("signer", "domain", "expected"),
    [
        ("a.example", "a.example", True),
        ("mail.a.com.br", "a.com.br", True),
        ("a.com.br", "mail.a.com.br", True),
        ("com.br", "a.com.br", False),
        ("co.uk", "a.co.uk", False),
        ("example", "a.example", False),
        ("ba.example", "a.example", False),
        ("A.Example.", "a.example", True),
        ("", "", False),
    ],
)
def test_alignment(signer, domain, expected):
    assert is_aligned(signer, domain) == expected


@pytest.mark.parametrize("header", ["", ";", "=", '"', "(", "a" * 9_000, "(" * 9_000, '";' * 4_000])
def test_a_broken_header_is_no_result(header):
    assert parse(header)[1] == []
