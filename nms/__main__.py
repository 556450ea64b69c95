"""`python -m nms`: the same as the command `nms`."""

from nms.cli import main

main()
