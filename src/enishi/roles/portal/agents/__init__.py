"""Mandates to organisations at the portal: what an employer's or agent's link asks for, the form that the card signs, the person's list, withdrawal.

*Holds:* for ten minutes, in memory, a mandate that is at the card; nothing of what was given, which is fetched from the registrar each time.
*Never sees:* a number, or a mandate of anybody who is not logged in.
"""
