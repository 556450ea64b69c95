"""Runs the command line: `python -m nms` does the same as the command `nms`."""

from nms.cli import main

main()
