"""A secret opens in its own place, with its own key, and nowhere else."""

import base64
import json
import os
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.services import record
from portal.outbox.models import Entry
from portal.vault import checks, services
from portal.vault.errors import KeyMissing, KeyringBroken, Tampered, VaultError
from portal.vault.keyring import keyring, refreshed
from portal.vault.services import kid_of, open_sealed, rewrap, seal
from tests.racing import at_once

pytestmark = pytest.mark.both

PLACE: dict[str, Any] = {
    "label": "test.secret",
    "tenant": "company:1",
    "row": "7",
    "field": "password",
}


@pytest.fixture(autouse=True)
def ring_file(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the ring is made at first use, without a look into the database."""
    monkeypatch.setattr("portal.vault.keyring._refuse_a_second_one", lambda _path: None)
    settings.VAULT_KEYRING, settings.EMBEDDED = "", True
    settings.VAULT_KEYRING_FILE = str(tmp_path / "ring" / "keyring.json")
    return Path(settings.VAULT_KEYRING_FILE)


def ring(*kids: str) -> str:
    return json.dumps({kid: base64.b64encode(kid.encode().ljust(32)).decode() for kid in kids})


def an_entry(key: str) -> Entry:
    sealed = seal(b"text", label="outbox.mail", tenant="portal", row=key, field="sealed")
    return Entry.objects.create(kind="mail", key=key, name="n", sealed=sealed)


def blob(entry: Entry) -> bytes:
    assert entry.sealed
    return bytes(entry.sealed)


@pytest.mark.django_db
def test_a_lost_keyring_is_not_replaced_while_something_is_sealed(
    ring_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    entry = an_entry("k")
    kept = ring_file.read_bytes()
    ring_file.unlink()
    with pytest.raises(KeyringBroken, match=kid_of(blob(entry))):
        refreshed()
    assert not ring_file.exists()
    ring_file.write_bytes(kept)
    assert kid_of(blob(entry)) in refreshed().kids
    Entry.objects.all().delete()
    ring_file.unlink()
    assert refreshed(), "nothing is sealed"


@pytest.mark.django_db
def test_a_lost_keyring_is_not_replaced_while_the_audit_was_proven_with_it(
    ring_file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    record("a.one")
    [kid] = refreshed().kids
    ring_file.unlink()
    with pytest.raises(KeyringBroken, match=kid):
        refreshed()
    assert not ring_file.exists()


@pytest.mark.django_db
def test_who_drops_a_key_that_proved_the_audit_is_told():
    record("a.one")
    old, out = keyring().first, StringIO()
    call_command("vault_key", "add", stdout=out)
    record("a.two")
    call_command("vault_key", "drop", old, stdout=out)
    assert "audit.auditevent.mac" in out.getvalue()


@pytest.mark.parametrize("secret", [b"", b"x", b"ol\xc3\xa1", os.urandom(100_000)])
def test_what_was_sealed_opens_in_its_place(secret):
    sealed = seal(secret, **PLACE)
    assert open_sealed(sealed, **PLACE) == secret
    assert open_sealed(memoryview(sealed), **PLACE) == secret
    assert not secret or len(secret) < 3 or secret not in sealed


def test_the_same_secret_never_seals_to_the_same_bytes():
    assert len({seal(b"x", **PLACE) for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "other",
    [
        {"label": "test.other"},
        {"tenant": "company:2"},
        {"row": "8"},
        {"field": "pin"},
        {"version": 2},
    ],
)
def test_bytes_moved_elsewhere_do_not_open(other):
    sealed = seal(b"secret", **PLACE)
    with pytest.raises(Tampered):
        open_sealed(sealed, **{**PLACE, **other})


def test_parts_that_read_the_same_together_are_different_places():
    sealed = seal(b"secret", label="a", tenant="bc", row="1", field="2")
    with pytest.raises(Tampered):
        open_sealed(sealed, label="ab", tenant="c", row="1", field="2")


def test_every_changed_bit_is_noticed():
    sealed = seal(b"secret", **PLACE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(VaultError):
            open_sealed(bytes(changed), **PLACE)


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_refused_politely(junk):
    for bytes_ in (junk, b"BVL1" + junk):
        with pytest.raises(VaultError):
            open_sealed(bytes_, **PLACE)


def test_bytes_cut_short_are_refused():
    sealed = seal(b"secret", **PLACE)
    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            open_sealed(sealed[:length], **PLACE)


def test_no_error_and_no_repr_shows_a_secret(settings):
    settings.VAULT_KEYRING = ring("one")
    sealed = seal(b"hunter2", **PLACE)
    with pytest.raises(Tampered) as caught:
        open_sealed(sealed, **{**PLACE, "row": "9"})
    assert "hunter2" not in repr(caught.value)
    assert "AESGCM" not in repr(keyring())
    assert "one" in repr(keyring())


def test_embedded_makes_a_ring_that_only_its_owner_reads(ring_file):
    seal(b"x", **PLACE)
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o400
    [key] = json.loads(ring_file.read_text()).values()
    assert len(base64.b64decode(key)) == 32


def test_of_processes_that_start_together_all_use_one_ring(ring_file):
    sealed = at_once(*[lambda: seal(b"x", **PLACE)] * 8, connected=False)
    assert [open_sealed(s, **PLACE) for s in sealed] == [b"x"] * 8
    assert [p.name for p in ring_file.parent.iterdir()] == ["keyring.json"]


def test_in_production_a_missing_ring_fails_closed(settings, ring_file):
    settings.EMBEDDED = False
    with pytest.raises(KeyringBroken):
        seal(b"x", **PLACE)
    assert not ring_file.exists()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '"x"', "{", '{"a": 1}', '{"a": "notbase64!"}', '{"a": "c2hvcnQ="}',
     json.dumps({"a" * 17: base64.b64encode(bytes(32)).decode()}),
     json.dumps({"é": base64.b64encode(bytes(32)).decode()})],
)  # fmt: skip
def test_a_ring_that_cannot_be_understood_is_refused(ring_file, text):
    ring_file.parent.mkdir()
    ring_file.write_text(text)
    with pytest.raises(KeyringBroken):
        keyring()


def test_a_new_first_key_seals_and_the_old_one_still_opens(settings):
    settings.VAULT_KEYRING = ring("old")
    sealed = seal(b"x", **PLACE)
    settings.VAULT_KEYRING = ring("new", "old")
    assert open_sealed(sealed, **PLACE) == b"x"
    assert (kid_of(sealed), kid_of(seal(b"x", **PLACE))) == ("old", "new")


def test_a_missing_key_says_which(settings):
    settings.VAULT_KEYRING = ring("old")
    sealed = seal(b"x", **PLACE)
    settings.VAULT_KEYRING = ring("new")
    with pytest.raises(KeyMissing, match="old"):
        open_sealed(sealed, **PLACE)


def test_rewrapping_changes_the_wrapping_alone(settings):
    settings.VAULT_KEYRING = ring("old")
    sealed = seal(b"x", **PLACE)
    settings.VAULT_KEYRING = ring("new", "old")
    again = rewrap(sealed)
    assert kid_of(again) == "new"
    assert again[-17:] == sealed[-17:]
    settings.VAULT_KEYRING = ring("new")
    assert open_sealed(again, **PLACE) == b"x"


def test_a_running_process_sees_a_key_that_was_added(ring_file):
    before = seal(b"x", **PLACE)
    call_command("vault_key", "add", stdout=StringIO())
    after = seal(b"x", **PLACE)
    assert kid_of(before) != kid_of(after)
    assert open_sealed(before, **PLACE) == open_sealed(after, **PLACE) == b"x"
    assert stat.S_IMODE(ring_file.stat().st_mode) == 0o400


@pytest.mark.django_db
def test_rotation_from_first_to_last_step():
    for number in range(5):
        an_entry(f"k{number}")
    Entry.objects.create(kind="mail", key="wiped", name="n", sealed=None)
    old = keyring().first
    call_command("vault_key", "add", stdout=StringIO())
    with pytest.raises(CommandError, match="ainda é necessária para outbox"):
        call_command("vault_key", "drop", old)
    call_command("vault_rewrap", stdout=StringIO())
    call_command("vault_key", "drop", old, stdout=StringIO())
    assert old not in keyring().kids
    for entry in Entry.objects.exclude(key="wiped"):
        place: dict[str, Any] = {
            "label": "outbox.mail",
            "tenant": "portal",
            "row": entry.key,
            "field": "sealed",
        }
        assert open_sealed(blob(entry), **place) == b"text"


@pytest.mark.django_db
def test_rewrap_goes_on_where_it_was_stopped(monkeypatch):
    for number in range(6):
        an_entry(f"k{number}")
    call_command("vault_key", "add", stdout=StringIO())
    calls = []

    def stopped(sealed: bytes) -> bytes:
        calls.append(sealed)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return rewrap(sealed)

    command = "portal.vault.management.commands.vault_rewrap.rewrap"
    monkeypatch.setattr(command, stopped)
    with pytest.raises(KeyboardInterrupt):
        call_command("vault_rewrap", stdout=StringIO())
    monkeypatch.setattr(command, rewrap)
    out = StringIO()
    call_command("vault_rewrap", stdout=out)
    assert "outbox.entry.sealed: 3 reembrulhados" in out.getvalue()


@pytest.mark.django_db
def test_rewrap_does_not_overwrite_what_changed_meanwhile(monkeypatch):
    entry = an_entry("k")
    call_command("vault_key", "add", stdout=StringIO())

    def overtaken(sealed: bytes) -> bytes:
        Entry.objects.filter(pk=entry.pk).update(sealed=seal(b"newer", **PLACE))
        return rewrap(sealed)

    monkeypatch.setattr("portal.vault.management.commands.vault_rewrap.rewrap", overtaken)
    call_command("vault_rewrap", stdout=StringIO())
    entry.refresh_from_db()
    assert open_sealed(blob(entry), **PLACE) == b"newer"


@pytest.mark.django_db
def test_one_damaged_secret_does_not_stop_the_others():
    good, bad = an_entry("good"), an_entry("bad")
    damaged = bytearray(blob(bad))
    damaged[40] ^= 1
    Entry.objects.filter(pk=bad.pk).update(sealed=bytes(damaged))
    call_command("vault_key", "add", stdout=StringIO())
    said = StringIO()
    with pytest.raises(CommandError, match="1 segredos"):
        call_command("vault_rewrap", stdout=StringIO(), stderr=said)
    assert "o que foi selado mudou" in said.getvalue()
    good.refresh_from_db()
    assert kid_of(blob(good)) == keyring().first


def test_the_key_that_seals_and_an_unknown_key_are_not_dropped():
    with pytest.raises(CommandError, match="Esta chave sela"):
        call_command("vault_key", "drop", keyring().first)
    with pytest.raises(CommandError, match="Não há chave"):
        call_command("vault_key", "drop", "nobody")


@pytest.mark.django_db
def test_the_list_of_keys_shows_names_and_no_key(ring_file):
    an_entry("k")
    out = StringIO()
    call_command("vault_key", "list", stdout=out)
    assert f"{keyring().first}\tsela\toutbox.entry.sealed" in out.getvalue()
    assert not any(key in out.getvalue() for key in json.loads(ring_file.read_text()).values())


def test_the_known_answer_still_opens():
    assert checks.known_answer() == b"known answer"


@pytest.mark.django_db
def test_the_check_names_a_key_that_the_database_needs_and_the_ring_lacks(settings):
    settings.VAULT_KEYRING = ring("old")
    an_entry("k")
    assert checks.vault_opens_everything(databases=["default"]) == []
    settings.VAULT_KEYRING = ring("new")
    [problem] = checks.vault_opens_everything(databases=["default"])
    assert problem.id == "vault.E003"
    assert "'old'" in problem.msg
    assert "outbox.entry" in problem.msg


@pytest.mark.django_db
def test_the_check_fails_when_the_cipher_does(monkeypatch):
    monkeypatch.setattr(checks, "KNOWN_ANSWER", b"BVL1" + bytes(200))
    assert [p.id for p in checks.vault_opens_everything(databases=["default"])] == ["vault.E002"]


def test_the_check_tells_of_a_broken_ring(settings):
    settings.VAULT_KEYRING = "{"
    assert [p.id for p in checks.vault_opens_everything(databases=["default"])] == ["vault.E001"]


def test_the_place_is_part_of_the_sealed_format():
    """The additional data may never change, or nothing that was sealed would open."""
    place = services._place("a", "b", "1", "c", 2)
    lengths = bytes.fromhex("00000001 00000001 00000001 00000001 0000000000000002")
    assert place == b"BVL1" + lengths + b"ab1c"
