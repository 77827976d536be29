"""The carpenters behind the front door: they make the program's own environment and leave.

Lives here: what is lacking (`needs`, `libraries`, `survey`), the `plan`, the work (`workshop`, `set_up`) and its words;
`pyside_files` are laid out here and read at each start of a window.
May import: the standard library and `levdesk.domain.errors`; nothing else exists yet when this runs.
Talks to: pip, venv, apt-get and the person's terminal (stderr, so that `report --json` stays clean).
Ask first: before importing anything more in `stamp` or `screen`, which every start reads.
"""
