"""The certificate entrance: a door of its own, on a port of its own, and the way back."""
