"""Notices of change: an inquirer subscribes to items that it asked, a provider says that something changed, and an ordinary inquiry follows.

*Holds:* for each tenant what it subscribed to, what others subscribed to of its own answers, and the notes not yet taken.
*Never sees:* content: a note names an earlier item, and nothing of what changed.
"""
