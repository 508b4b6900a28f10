"""The published forms of the data items as pages: which there are, each version's fields, codes and rules, for anyone who reads or writes them.

*Holds:* the public schemas and code lists only.
*Never sees:* a tenant, a person, a credential; it is made when its first reader comes.
"""
