"""What the order desk does once, however often it is sent at the same moment."""

from tests.orders import races_agenda, races_clients, races_desk, races_notes, races_renewals

_TABLES = (races_agenda, races_clients, races_desk, races_notes, races_renewals)
RACES = [race for table in _TABLES for race in table.RACES]
EXCEPTIONS: dict[str, set[str]] = {}
for _table in _TABLES:
    for _reason, _names in _table.EXCEPTIONS.items():
        EXCEPTIONS.setdefault(_reason, set()).update(_names)
