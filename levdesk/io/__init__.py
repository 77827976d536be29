"""The doors: the Qt-free implementations of the ports.

Lives here: HTTP, rate limits, the two SQLite files and their one writer, backups, check, paths, log, secrets, clock.
May import: services, venues, domain, requests, urllib3, sqlite-utils, keyring, platformdirs. No Qt.
Talks to: the outside world; app hands its objects to the office.
Ask first: whether a rule about the data belongs in domain or services; a door only carries.
"""
