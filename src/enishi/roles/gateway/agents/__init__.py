"""Mandates that people gave to an organisation of this platform (Number Act Art. 9(4)): fetched, checked, kept, listed, and deleted when they end.

*Holds:* for as long as a mandate stands, what its person signed with certificate and signature, and under its reference the number, which enrolment
keeps apart from those that it obtains codes for; afterwards the digest, the times and the reason.
*Never sees:* a linkage code of these people, an inquiry about them, or an answer.
"""
