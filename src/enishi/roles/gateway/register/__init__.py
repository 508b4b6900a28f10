"""What an institution's own officials look up in what it lawfully has: a person's held copies with all that stood before, and whom to ask.

*Holds:* for the length of one call a person's copies here, or documents that the caller hands in.
*Never sees:* another tenant, another institution: nothing is sent anywhere, so nobody learns that somebody looked.
"""
