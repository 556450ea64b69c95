"""`python -m nms.documents`: write docs/reference anew and say what changed."""

import sys

from nms.documents.tree import write
from shared.errors import NmsError

try:
    sys.stdout.writelines(f"wrote docs/reference/{name}\n" for name in write())
except NmsError as error:
    sys.exit(str(error))
