"""Speed, measured: `python3 -m tests.bench` prints ratios of one run, against the floor and against peers.

Nothing here passes or fails by a clock; each line names its target so that a reader can judge.
"""
