"""Charges that any desk may raise: bank slips, bank files, settlements."""
