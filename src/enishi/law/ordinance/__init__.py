"""条例事務: what a municipality writes about its own affairs, and whether one of them may be linked on a day (Art. 9(2), 19(9), 19(11), rule 5).

*Holds:* the forms in which ordinances, filings and the judgements behind them are written; the checks that a machine can make of them.
*Never sees:* a person, a file of the disk, a clock.  Reading a text is `read`, the checks of the decision are `linkage`.
"""
