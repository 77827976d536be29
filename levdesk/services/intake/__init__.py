"""Foreign files: how they are written, what their columns mean, and their rows in the words of a transaction file.

Lives here: detection of encoding, separator, numbers and dates; mappings and presets; the translation of rows.
May import: `services.csv_format`, `csv_rows`, `import_rows`, `importing`, `naming`, domain. No Qt, no files.
Talks to: `importing.preview_rows`, which judges every row by the one set of rules there is.
Ask first: before judging a row here; this room only reads, and counts what it leaves out.
"""
