"""Recordings in a folder: the messages of a running system, written by `nms record`.

Modules: `choices` and `families` what is kept, `entry` one message of it, `manifest` what the folder says of itself,
`journal` the files as they grow, `tables` and `flat` rows for analysts and back, `csv_files` and `parquet_files`
those rows on disk, `reader` a folder read with distrust. `nms/extras/recording` writes them, and judges them again.
"""
