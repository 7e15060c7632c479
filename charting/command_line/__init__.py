"""The command line: what runs the tool, keeps its record, and says who may use it.

What is heavy to load is loaded by the command that needs it.
"""
