"""Checking a public log from outside, and watching it as a witness: what anybody can do with nothing but its address and a key.

*Holds:* a copy of the public log in a folder of the reader's own; as a witness, a cosigning key and what it has seen.
*Never sees:* any data of a mesh but what its public face shows everybody.
"""
