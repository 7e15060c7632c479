"""The HTTP interface, under ``/api/v1``: the desk for programs."""
