"""The shelter: where the books live while their file cannot be written, and how they get back into it.

Lives here: the copy in memory, what each act changed in it, the note elsewhere, and bringing it all into the file.
May import: levdesk.io, levdesk.services, levdesk.domain, sqlite3.
Talks to: the writer, which takes shelter and leaves it; nobody else writes here.
Ask first: whether an act may be answered for that stands in memory only (yes, where the window says so all the time).
"""
