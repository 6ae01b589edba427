"""The demonstration: its provider, its people and their companies; each desk adds its world.

A desk names a module in ``Desk.demo``. It has ``load(world)``, which makes the desk's objects, and
may have ``finish(world)``, which does what comes last, and ``logins(world)``, lines for who tries
the demonstration. Every one of them changes nothing when it is called again.
"""
