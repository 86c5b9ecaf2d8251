"""To come."""

SPECS = ()
