"""Row labels: a number with branches (`26-3`), in the order in which a table lists them."""


def label_key(label: str) -> tuple[int, ...]:
    """What labels are sorted by: 26, 26-2, 26-10, 27; ValueError for what is no label."""
    return tuple(int(part) for part in label.split("-"))
