"""What an institution declares of its answering: when it is open, what an official must see first, on which provisions it may refuse.

*Holds:* the tenant's `answering.json`, marks on its people, and what waits until it opens.
*Never sees:* individual numbers, linkage codes, other tenants' people.
"""
