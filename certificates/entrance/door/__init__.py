"""The entrance: a server of its own that asks for a certificate and sends people back."""
