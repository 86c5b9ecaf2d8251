"""What ``--json`` prints, as typed records: one for each command, with a JSON Schema.

Enter: what a command worked out. Leaves: one JSON object on stdout. Imports records and pydantic; a module
of records imports nothing that its commands do not.
"""
