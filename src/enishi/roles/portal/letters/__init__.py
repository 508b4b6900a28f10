"""Letters on the portal: to an institution about one's own records and data, and to the commission; and what was answered.

*Holds:* a letter while its form is read, until it is sealed to who reads it; letters and answers that came back, as long as the session lasts.
*Never sees:* who writes; a letter that waits somewhere; an answer that nobody asked for with card, or number and secret. It keeps nothing.
"""
