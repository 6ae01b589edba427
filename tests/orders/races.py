"""What the order desk does once, however often it is sent at the same moment."""

from tests.orders import races_agenda, races_desk, races_notes

RACES = [*races_agenda.RACES, *races_desk.RACES, *races_notes.RACES]
EXCEPTIONS: dict[str, set[str]] = {
    **races_agenda.EXCEPTIONS, **races_desk.EXCEPTIONS, **races_notes.EXCEPTIONS,
}  # fmt: skip
