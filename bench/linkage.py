"""What the group arithmetic costs: microseconds of processor time per primitive, and per inquiry for each party, singly and in a batch of 100.

python bench/linkage.py [--json] [--repeat N]
"""

import argparse
import json
from collections.abc import Callable
from secrets import token_bytes

from enishi import clock
from enishi.linkage import convert, enrol, hop, keys
from enishi.linkage.group import base, decode_point, multiply, p_add, s_inv, s_mul
from enishi.linkage.hashing import hash_to_group, hash_to_scalar

Work = Callable[[], object]


def microseconds(work: Work, repeat: int, per: int = 1) -> float:
    """The best of three rounds, in microseconds of processor time for one of the `per` things that the work handles."""
    rounds = []
    for _ in range(3):
        begun = clock.process_seconds()
        for _ in range(repeat):
            work()
        rounds.append(clock.process_seconds() - begun)
    return round(min(rounds) / repeat / per * 1e6, 2)


def primitives() -> dict[str, Work]:
    """The operations that everything else is made of."""
    k, p, q = keys.new_share(), base(keys.new_share()), base(keys.new_share())
    return {
        "multiply": lambda: multiply(k, p),
        "base": lambda: base(k),
        "p_add": lambda: p_add(p, q),
        "decode_point": lambda: decode_point(p),
        "s_mul": lambda: s_mul(k, k),
        "s_inv": lambda: s_inv(k),
        "hash_to_scalar": lambda: hash_to_scalar("bench", p),
        "hash_to_group": lambda: hash_to_group("bench", p),
    }


def inquiry(count: int) -> dict[str, Work]:
    """Each party's part of a message of `count` rows, in the order of the protocol."""
    layers = keys.new_operator(), keys.new_operator()
    y_b, y_u = keys.new_pair(), keys.new_pair()
    layer = keys.layer_key(layers[0].public_layer(), layers[1].public_layer())
    z_b, z_u = keys.target_key(y_b.public, layer), keys.target_key(y_u.public, layer)
    txid, secret, delta = token_bytes(32), token_bytes(32), keys.new_share()
    codes = [base(keys.new_share()) for _ in range(count)]
    rows, secrets = convert.blind(codes, z_b, z_u)
    pi = convert.prove_rows(txid, z_b, z_u, rows, secrets)
    masks = [convert.beta(secret, txid, i) for i in range(count)]
    admitted = [convert.admit_pair(row, mask, layers[1].layer, y_u.secret) for row, mask in zip(rows, masks, strict=True)]
    stepped = [convert.exchange_step(blinded, layers[0].layer, delta, delta) for blinded in admitted]
    pairs = [convert.commit_pair(blinded, mask, delta) for blinded, mask in zip(stepped, masks, strict=True)]

    def inquirer() -> None:
        made, drawn = convert.blind(codes, z_b, z_u)
        convert.prove_rows(txid, z_b, z_u, made, drawn)

    def keeper_admits() -> None:
        convert.check_rows(txid, z_b, z_u, rows, pi)
        for i, row in enumerate(rows):
            convert.admit_pair(row, convert.beta(secret, txid, i), layers[1].layer, y_u.secret)

    def keeper_commits() -> None:
        fresh = token_bytes(32)  # a new β each time, as in life: the inverse of the last one is still remembered
        for i, blinded in enumerate(stepped):
            mask = convert.beta(fresh, txid, i)
            convert.commit_tag(blinded, mask, delta)
            convert.commit_pair(blinded, mask, delta)

    return {
        "inquirer": inquirer,
        "keeper_admits": keeper_admits,
        "exchange": lambda: [convert.exchange_step(blinded, layers[0].layer, delta, delta) for blinded in admitted],
        "keeper_commits": keeper_commits,
        "provider": lambda: [convert.open_pair(y_b.secret, pair) for pair in pairs],
    }


def rare(count: int) -> dict[str, Work]:
    """One operator's enrolment step and its check for `count` people, and the proofs of one hop."""
    own, share, z = keys.new_operator(), keys.new_share(), base(keys.new_share())
    elements = tuple(enrol.request(base(keys.new_share()), z) for _ in range(count))
    step = enrol.operate(elements, own.root, share, own.layer, b"")
    publics = own.public_root(), base(share), own.public_layer()
    before = convert.Blinded(*(base(keys.new_share()) for _ in range(3)))
    after = convert.exchange_step(before, own.layer, share, share)
    return {
        "enrol_operate": lambda: enrol.operate(elements, own.root, share, own.layer, b""),
        "enrol_check": lambda: enrol.check_step(elements, step, *publics, b""),
        "hop_prove": lambda: [hop.prove_hop(before, after, share, z, own.layer, b"") for _ in range(count)],
    }


def measure(repeat: int) -> dict[str, dict[str, float]]:
    """All figures, microseconds; those of a batch are per person."""
    figures = {"primitive": {name: microseconds(work, repeat * 20) for name, work in primitives().items()}}
    for name, count in (("inquiry_single", 1), ("inquiry_batch_100", 100)):
        times = max(1, repeat // count)
        figures[name] = {party: microseconds(work, times, count) for party, work in inquiry(count).items()}
        figures[name]["all"] = round(sum(figures[name].values()), 2)
        figures[name.replace("inquiry", "rare")] = {party: microseconds(work, times, count) for party, work in rare(count).items()}
    return figures


def main() -> None:
    """Print the figures as a table or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeat", type=int, default=100)
    options = parser.parse_args()
    figures = measure(options.repeat)
    if options.json:
        print(json.dumps(figures))
        return
    for section, values in figures.items():
        print(section.replace("_", " "))
        for name, value in values.items():
            print(f"  {name:<16} {value:>10.2f} µs")


if __name__ == "__main__":
    main()
