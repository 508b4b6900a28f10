"""The other lawful ways: kinds of verdict that never open the network.

*Holds:* one module for each kind: 19(11), 19(16), 住民基本台帳法, the person's own disclosure, related affairs, contractors, proposals.
*Never sees:* a Permit, a linkage code, a person, a clock.  None of its values is a `law.Verdict`, and no use case that converts one institution's
code into another's takes one; what a way of the law gives here is carried out by people, by paper or by another law's own means.  One value the mesh
acts on: by `SelfDisclosure` a person's own data comes to the person, converted from `@root` and from no institution (docs/protocol.md, 15.1).
"""

from enishi.law.other.answer import OtherQuestion, OtherVerdict, answer
from enishi.law.other.contractor import Commission, ContractorQuestion, Entrusted
from enishi.law.other.emergency import Emergency, EmergencyQuestion, Interest
from enishi.law.other.kinds import NotOpen, OtherCondition, OtherGround, OtherGroundCode
from enishi.law.other.proposal import ProposalQuestion, Proposed
from enishi.law.other.related_affair import RelatedAffair, RelatedAffairQuestion
from enishi.law.other.resident_register import IdentityInformation, IdentityInformationQuestion
from enishi.law.other.same_government import SameGovernment, SameGovernmentQuestion
from enishi.law.other.self_disclosure import AppConsent, SelfDisclosure, SelfDisclosureQuestion

__all__ = [
    "AppConsent",
    "Commission",
    "ContractorQuestion",
    "Emergency",
    "EmergencyQuestion",
    "Entrusted",
    "IdentityInformation",
    "IdentityInformationQuestion",
    "Interest",
    "OtherCondition",
    "OtherGround",
    "OtherGroundCode",
    "OtherQuestion",
    "OtherVerdict",
    "ProposalQuestion",
    "Proposed",
    "RelatedAffair",
    "RelatedAffairQuestion",
    "SameGovernment",
    "SameGovernmentQuestion",
    "SelfDisclosure",
    "SelfDisclosureQuestion",
    "NotOpen",
    "answer",
]
