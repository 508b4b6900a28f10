"""The portal: where a person reads who asked what about them and why, and has their browser prove that nothing is missing.

*Holds:* for a quarter of an hour, in memory, what the person who logged in with their card was given to read; the key that answer was sealed to.
*Never sees:* a person's number, a linkage code, K_T (which goes to the person's device only), or anything of a person who is not logged in.
"""
