"""Spoiled lists, answers and stamps that others send us are used, or refused in our words; no hang."""

import asyncio
import io
import urllib.request
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from asn1crypto import pem, tsp
from django.test import RequestFactory
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from certificates.entrance.door import peer
from certificates.signatures.timestamps import HTTPTimeStamper
from certificates.trust.answers import build_request, read_answer
from certificates.trust.lists import Refused, check_list
from certificates.trust.parsing import Unreadable, parse
from tests.certificates import pki
from tests.certificates.test_timestamps import the_authority
from tests.fuzzing import FEWEST, survives


def test_authority_s_certificate():
    def read(data: bytes) -> None:
        with suppress(Unreadable):
            parse(data)

    root = pki.an_authority()
    samples = [root.der, pki.a_person(root, names=pki.a_cnpj_name()).der]
    assert survives(read, samples, seed=1) >= FEWEST


def test_revocation_list():
    root = pki.an_authority()
    issuer, at = parse(root.der), pki.now()

    def read(data: bytes) -> None:
        with suppress(Refused):
            check_list(data, issuer=issuer, at=at)

    assert survives(read, [pki.a_list(root, pki.a_person(root).certificate)], seed=1) >= FEWEST


def test_answer_about_a_certificate():
    root = pki.an_authority()
    issuer, person, at = parse(root.der), pki.a_person(root).certificate, pki.now()
    request = build_request(issuer, person.serial_number)
    responder = pki.Responder(root, known={person.serial_number: person})

    def read(data: bytes) -> None:
        with suppress(Refused):
            read_answer(data, request=request, issuer=issuer, serial=person.serial_number, at=at)

    assert survives(read, [responder.answer(request.der)], seed=1) >= FEWEST


def test_time_stamp(monkeypatch):
    asked: list[bytes] = []
    answer: dict[str, bytes] = {}

    def urlopen(request: Any, timeout: float) -> io.BytesIO:
        asked.append(request.data)
        return io.BytesIO(answer["data"])

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr("pyhanko.sign.timestamps.api.get_nonce", lambda: 7)

    def stamp(data: bytes) -> None:
        answer["data"] = data
        with suppress(TimestampRequestError):
            client = HTTPTimeStamper("https://exemplo.com.br/")
            asyncio.run(client.async_timestamp(b"d" * 32, "sha256"))

    stamp(b"")
    request = tsp.TimeStampReq.load(asked[0])
    sample = the_authority().request_tsa_response(request).dump()
    assert survives(stamp, [sample], seed=1) >= FEWEST


def test_certificate_that_the_proxy_passes_on(settings):
    settings.ENTRANCE_PROXY = True

    def read(data: bytes) -> None:
        shown = quote(pem.armor("CERTIFICATE", data))
        peer._told_by_proxy(RequestFactory().get("/", headers={"X-Certificate": shown}))

    assert survives(read, [pki.a_person(pki.an_authority()).der], seed=1) >= FEWEST


@pytest.mark.parametrize(("changes", "says"), [
    ({"issued": timedelta(days=-2)}, "A lista está vencida."),
    ({"signed_by": pki.a_key(7)}, "A lista não foi assinada por sua autoridade."),
])  # fmt: skip
def test_a_list_that_is_whole_but_of_no_use_is_refused_for_its_own_reason(changes, says):
    root = pki.an_authority()
    with pytest.raises(Refused, match=says):
        check_list(pki.a_list(root, **changes), issuer=parse(root.der), at=pki.now())
