"""One tree of faults.  A verdict of law is a value, never one of these; the web edge turns them into RFC 9457 documents.

`code` is a stable slug; its texts (what, why, next step, in Japanese and English) stand in `sentences/problems/*.json`,
and a test holds that every code raised in the source has them.
"""

from typing import ClassVar


class Fault(Exception):
    """Base of the tree: `code` names the problem, `detail` adds a fact that is safe to show, `field` the input at fault."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, detail: str = "", field: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.field = field


class Malformed(Fault):
    """The input cannot be read as what it claims to be (400)."""

    status = 400


class Unknown(Malformed):
    """The input names something that does not exist here (404)."""

    status = 404


class Conflict(Malformed):
    """The input contradicts what is already recorded (409)."""

    status = 409


class Oversized(Malformed):
    """The input is larger than this door takes (413)."""

    status = 413


class Unauthenticated(Fault):
    """The caller has not shown who it is (401)."""

    status = 401


class Denied(Fault):
    """The caller is known and may not do this (403)."""

    status = 403


class Tampered(Fault):
    """A signature, proof, hash or record does not hold (422): somebody or something changed it."""

    status = 422


class Unavailable(Fault):
    """A peer or resource does not answer now; nothing was lost and the call may be repeated (503)."""

    status = 503


class Busy(Unavailable):
    """The caller's quota or a queue is full (429)."""

    status = 429


class Misconfigured(Fault):
    """The installation is wrong and a person must mend it before the role can run (500)."""
