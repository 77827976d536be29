"""Specifications of the parlour.

Lives here: tests of widgets, models and charts, and the fake desk they share.
May import: levdesk.ui, services, domain; nothing that opens a socket or a file of the person's.
Talks to: an offscreen Qt.
Ask first: before a test needs the real desk; that belongs to tests/app.
"""
