"""Service-order tickets: to be built on this ground."""
