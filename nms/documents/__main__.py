"""`python -m nms.documents`: write docs/reference anew and say what changed."""

import sys

from nms.documents.tree import write
from shared.errors import NmsError
from shared.logs import say_out

try:
    for name in write():
        say_out(f"wrote docs/reference/{name}")
except NmsError as error:
    sys.exit(str(error))
