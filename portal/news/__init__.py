"""Notices that staff write for the front page ("Portal de Notícias")."""
