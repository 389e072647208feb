"""``/1/*``: the protocol that InstantSearch speaks, answered by the shop."""
