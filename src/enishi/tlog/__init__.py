"""The public log as mathematics: leaves, labels, trees, tiles, checkpoints, cosignatures, and the proofs anyone can check.

Holds: nothing between calls but the trees its caller keeps; private keys are handed in as signers and stay outside.
Never sees: a record's body in the clear, who a label belongs to, a socket, a database, a clock.
"""
