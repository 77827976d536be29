"""The engine room: everything that runs beside the window.

Lives here: the job runner, the poller, the feed of streams, the mailbox and the pulse.
May import: QtCore, QtNetwork, QtWebSockets, services, venues, domain. No widgets, no doors.
Talks to: app wires its signals to the desk; work comes in as plain callables.
Ask first: whether a decision can be a pure function in services; the engine room only turns.
"""
