"""Recordings in a folder: the messages of a running system, written by `nms record`.

Modules: `choices` and `families`: the recorded families; `entry`: one message; `manifest`: the description of the
folder; `journal`: the files while they grow; `tables` and `flat`: rows for analysts, and messages from rows;
`csv_files` and `parquet_files`: those rows on disk; `reader`: reads and checks a folder. `nms/extras/recording`
writes recordings and runs the diagnosis on them again.
"""
