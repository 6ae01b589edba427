"""What the invoice desk offers to the portal: menu entries, dashboard cards, personal data.

Imported once, when Django is ready.
"""
