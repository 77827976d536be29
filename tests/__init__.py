"""The specifications: one folder per room, one file per module, and the house's own rules in `test_house.py`.

Lives here: tests, the doubles they share, and the command that runs them (`python3 -m tests`).
May import: everything in `levdesk`; nothing in `levdesk` imports this.
Talks to: the loopback interface and temporary folders; `conftest.py` refuses any other machine and the person's home.
Ask first: before a test sleeps, reaches a real server or needs a file outside this project.
"""
