"""The registrar: gives every person a random handle, starts every enrolment, and says whose card asks to look.

*Holds:* number → random handle; the serial numbers of cards; which institution enrolled whom and on what basis; what people
handed over, and to which organisation they gave a mandate; who may act for whom,
with both names as their signature certificates or the municipality said them, what both signed, and each use.
*Never sees:* linkage codes, inquiries, content. Enrolled codes go from the keeper straight to the institution.
"""
