"""What the desk of accesses does once, however often it is sent at the same moment."""

from tests.powers import races as races_powers
from tests.proxies import races_checks, races_imports, races_office, races_values, races_world

_TABLES = (races_checks, races_imports, races_office, races_values, races_world, races_powers)
RACES = [race for table in _TABLES for race in table.RACES]
EXCEPTIONS: dict[str, set[str]] = {}
for _table in _TABLES:
    for _reason, _names in _table.EXCEPTIONS.items():
        EXCEPTIONS.setdefault(_reason, set()).update(_names)
