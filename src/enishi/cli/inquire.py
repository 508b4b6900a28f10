"""`enishi inquire`: one inquiry through the gateway of a running mesh, and its verdict as a card."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from enishi.cli.ports import face_url
from enishi.client.gateway import GatewayClient
from enishi.errors import Misconfigured
from enishi.mesh.config import read


def run_inquire(data: Path, institution: str, question: dict[str, Any], as_json: bool) -> int:
    """Ask as an institution of the demo; 0 for a permit, 3 for a refusal."""
    port = read(data / "portal" / "config.json").face_port
    try:
        token = (data / "credentials" / institution).read_text()
    except OSError as error:
        raise Misconfigured("credential-not-found", institution[:40], "as") from error
    answer = asyncio.run(GatewayClient(face_url(port, "gateway"), token).inquire(question))
    if as_json:
        print(msgspec.json.encode(answer).decode())
    else:
        for item in answer["items"]:
            _show(item, Console(highlight=False))
    return 0 if all(item["verdict"] == "permit" for item in answer["items"]) else 3


def _show(item: dict[str, Any], console: Console) -> None:
    permit = item["verdict"] == "permit"
    text = Text()
    for citation in item["basis"] if permit else ():
        text.append(f"✔ {citation}\n")
    for ground in item["grounds"]:
        text.append(f"✖ {ground['message']['ja']}\n  {ground['message']['en']}\n  {ground['citation']}\n")
    for remedy in item["remedies"]:
        text.append(f"→ {remedy['ja']}\n  {remedy['en']}\n")
    if item["outcome"]:
        text.append(f"結果 outcome: {item['outcome']}  {item['deadline'] or ''}\n")
    for name, documents in item["documents"].items():
        for document in documents:
            text.append(f"{name}: {msgspec.json.encode(document).decode()}\n")
    if item["receipt"]:
        text.append(f"受領 receipt: {item['receipt']['index']}  {item['receipt']['at']}")
    title = "照会できます / permitted" if permit else "照会できません / refused"
    console.print(Panel(text, title=title, title_align="left", border_style="green" if permit else "red"))
