"""Removes passwords and tokens from the URLs in texts that are displayed or logged."""

from __future__ import annotations

import re

HIDDEN = "***"
_LOGIN_IN_URL = re.compile(r"(?<=://)[^\s]*@")
_LOGIN = re.compile(r"^.*@", re.DOTALL)


def without_logins(text: str) -> str:
    return _LOGIN_IN_URL.sub(f"{HIDDEN}@", text) if "://" in text and "@" in text else text


def shown_url(url: str) -> str:
    """Replace the login in the value of an option that should be a URL, even if `://` is missing in the value."""
    return without_logins(url) if "://" in url else _LOGIN.sub(f"{HIDDEN}@", url)


def holds_login(url: str) -> bool:
    return shown_url(url) != url
