"""The municipalities of Brazil, by their IBGE code."""
