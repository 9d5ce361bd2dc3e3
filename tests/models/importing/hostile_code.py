"""Code in files that would create a file, the canary, if anything ran it."""

from __future__ import annotations

import base64
import marshal

CANARY = "canary-was-run"


class Evil:
    """Creates the canary where it is unpickled."""

    def __reduce__(self):
        return (open, (CANARY, "w"))


def lambda_code() -> str:
    function = eval(f"lambda x: [open({CANARY!r}, 'w'), x][1]")
    return base64.b64encode(marshal.dumps(function.__code__)).decode()
