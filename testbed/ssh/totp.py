"""Codes of the clock, as a person's telephone shows them: RFC 6238, of 6 digits and 30 seconds."""

from __future__ import annotations

import base64
import hashlib
import hmac

STEP_SECONDS = 30


def code(secret: str, at_seconds: float) -> str:
    """The code of a secret (base32) at a time since 1970."""
    counter = int(at_seconds // STEP_SECONDS).to_bytes(8, "big")
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 0x0F  # RFC 4226, 5.3
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06}"
