"""The record on disk: the only room that knows SQL.

store = open_store("sqlite:///clinic.db", key=read_key_file(path))
store.upgrade()
store.check()
with store.reading() as record:
    record.patient(patient_id)
with store.writing() as record:
    record.append(session_id, before, after, entries)
"""

from charting.store.keys import new_key_file, read_key_file
from charting.store.log import LogEntry, LoggedCommand, SubjectKind
from charting.store.reader import Kept, Reader, WorklistEntry
from charting.store.readings import Opened, Reading
from charting.store.staff import LoginRow, Tries
from charting.store.store import Store, open_store, restore
from charting.store.verify import Anchor, Fault, Report
from charting.store.writer import SEAL, Writer

__all__ = [
    "SEAL",
    "Anchor",
    "Fault",
    "Kept",
    "LogEntry",
    "LoggedCommand",
    "LoginRow",
    "Opened",
    "Reader",
    "Reading",
    "Report",
    "Store",
    "SubjectKind",
    "Tries",
    "WorklistEntry",
    "Writer",
    "new_key_file",
    "open_store",
    "read_key_file",
    "restore",
]
