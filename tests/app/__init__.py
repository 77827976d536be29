"""The front door: command line, first run, wiring."""
