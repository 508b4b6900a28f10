"""Evidence of one inquiry item in one file, and the checks anybody can make of it offline with public keys alone (docs/protocol.md, "Evidence").

Holds: nothing; a bundle and the two pinned keys are handed in.
Never sees: a private key, a linkage code, a tag, the plain content of an answer, a socket, a file, a clock.
"""

from enishi.evidence.bundle import Bundle, OutcomeEvidence, Standing, decode, encode
from enishi.evidence.report import Check, Mark, Report
from enishi.evidence.verify import verify_bundle

__all__ = ["Bundle", "Check", "Mark", "OutcomeEvidence", "Report", "Standing", "decode", "encode", "verify_bundle"]
