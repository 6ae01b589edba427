"""Portuguese: dates in figures (05/05/2027), which tables have room for."""

DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = "d/m/Y H:i"
