"""The front door: composition only.

Lives here: first run, command line, wiring of the rooms, settings, logs, crash hooks, diagnostics.
May import: every other room; this file itself imports nothing, so that `first_run` works without any dependency.
Talks to: the person at the terminal, the operating system, and each room once, at wiring.
Ask first: before putting a rule, a calculation or a widget here; they live below.
"""
