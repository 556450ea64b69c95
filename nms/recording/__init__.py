"""Recordings: what a running system said, kept in a folder, and judged again by the same cores.

Rooms: `choices` and `families` what is kept, `entry` one message of it, `manifest` what the folder says of itself,
`journal` the files as they grow, `tables` and `flat` rows for analysts and back, `csv_files` and `parquet_files`
those rows on disk, `export` journals turned into them, `recorder` the shell that writes a recording, `reader` a
folder read with distrust, `replay` the cores fed from one, `findings` and `compare` what they find beside what was
recorded.
"""
