"""`enishi tour`: the story of one disaster on a running mesh, from the first inquiry to the citizen's own proof."""

import asyncio
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, Final

from enishi import clock, society
from enishi.cli.configs import Plan
from enishi.cli.founding import founded
from enishi.cli.mesh import Mesh
from enishi.cli.narration import Narrator, Untrue, expect
from enishi.cli.ports import face_url, find_base
from enishi.cli.serve import sentence
from enishi.client.gateway import GatewayClient
from enishi.client.offering import Carded, hand_over
from enishi.client.portal import Opened, read_records
from enishi.client.proving import check_complete, check_cosigned, check_included, check_signed
from enishi.errors import Misconfigured, Unavailable, Unknown
from enishi.mesh.config import read
from enishi.protocol.record import RecordBody, read_body
from enishi.society import Figure, Story
from enishi.store import claim

AFFAIR: Final = {"source": "506M60004008009@2024-05-27", "row": "108"}
REGISTER, ACCOUNT, TAX, RESIDENCE = "戸籍関係情報", "公的給付支給等口座登録簿関係情報", "地方税関係情報", "住民票関係情報"
LEGAL_DAY: Final = date(2025, 4, 1)
APPLICANT, HANDED_AS = "delegated_city", "2000000001"
"""The household of somebody whom the city does not know, and the city's own number for them from then on."""
TRIES, PAUSE_S = 100, 0.3
SMALL: Final = 60
"""Residents of a mesh that the tour starts for itself."""


def run_tour(data: Path | None, as_json: bool) -> int:
    """Run on the mesh that runs on the data folder, or start one there (in a temporary folder without `data`); 0 only if everything held."""
    begun, narrator = clock.monotonic(), Narrator(as_json)
    with ExitStack() as stack:
        folder, port = _running(data if data is not None else Path("data"))
        if port is None:
            folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="enishi-tour-")))
            plan = Plan(folder, find_base(), LEGAL_DAY)
            port = plan.base
            stack.enter_context(Mesh(plan, SMALL, lambda step: narrator.console.print(f"  [dim]{step}[/dim]")))
        asyncio.run(_Tour(folder, port, narrator).tell())
    seconds = clock.monotonic() - begun
    if as_json:
        narrator.end(seconds)
    else:
        held = "すべて確かめられました / everything held" if narrator.ok else "成り立たない所がありました / something did not hold"
        narrator.console.print(f"\n[bold]{held}[/bold]  [dim]{seconds:.1f} s[/dim]")
    return 0 if narrator.ok else 1


def _running(data: Path) -> tuple[Path, int | None]:
    """The folder with the first port of the mesh that runs on it, None if none does."""
    if not (data / "lock").exists():
        return data, None
    try:
        claim(data).release()
    except Misconfigured as fault:
        if fault.code == "data-in-use":
            return data, read(data / "portal" / "config.json").face_port
        raise
    return data, None


class _Tour:
    def __init__(self, data: Path, port: int, narrator: Narrator) -> None:
        marker = founded(data)
        if marker is None:
            raise Misconfigured("mesh-not-founded", str(data), "data")
        self._story: Story = society.story(marker.seed, marker.residents)
        holders = society.card_holders(society.generate(marker.seed, marker.residents), marker.seed)
        self._applicant = next(one for one in holders if one.role == APPLICANT and not one.state)
        self._narrator = narrator
        self._portal = face_url(port, "portal")
        token = (data / "credentials" / self._story.condolence.inquirer).read_text()
        self._gateway = GatewayClient(face_url(port, "gateway"), token)

    async def tell(self) -> None:
        """All chapters in their order."""
        story = self._narrator
        story.chapter(
            "災害弔慰金（苫小牧市）",
            "A city decides on a condolence grant: family registers from the Ministry of Justice, an account from the Digital Agency.",
        )
        await story.step("family-register", "亡くなった方とご遺族の戸籍を、法務省に求める", self._registers)
        await story.step("account", "受け取る方の口座を、デジタル庁に求める", self._account)
        story.chapter("災害援護資金", "A loan after the disaster: tax and residence from the city that taxed the applicant.")
        await story.step("tax-and-residence", "申請した方の地方税と住民票を、札幌市に求める", self._loan)
        story.chapter("番号を渡す", "Somebody whom the city does not know hands over the number with the card, and nobody on the way sees it.")
        await story.step("number-handed-over", "札幌市の方が、署名した申出で苫小牧市に個人番号を渡す", self._hand_over)
        story.chapter("求められないもの、答えられないもの", "What law refuses, who is not there, who is protected.")
        await story.step("refused", "災害弔慰金のために地方税を求める → 法律により断られる", self._refused)
        await story.step("unknown-person", "札幌市にいない方について求める → 該当者なし", self._unknown)
        await story.step("held", "保護されている方について求める → 職員が確かめるまで保留", self._held)
        story.chapter("本人が確かめる", "The citizen reads with the card who asked, and proves that nothing is missing.")
        await story.step("record-read", "カードと暗証番号でポータルに入り、記録を読む", self._read)
        for name, told, work in (
            ("record-included", "記録は、記録簿にこのとおり載っている", self._included),
            ("record-complete", "抜けている記録はない", self._complete),
            ("log-signed", "記録簿は署名されている", self._signed),
            ("log-cosigned", "ほかの証人も同じ記録簿を見た", self._cosigned),
        ):
            await story.step(name, told, work)

    async def _ask(self, people: list[tuple[Figure, str]], purpose: str, items: list[str], provider: str, period: str = "") -> list[dict[str, Any]]:
        inquirer = self._story.condolence.inquirer
        question = {
            "people": [
                {"person": who.addressees[inquirer], "relation": relation, "period": period, "case": "令和7年-弔慰-1"} for who, relation in people
            ],
            "affair": AFFAIR,
            "purpose_item": purpose,
            "items": items,
            "provider": provider,
        }
        answer = await self._gateway.inquire(question)
        items_shown: list[dict[str, Any]] = answer["items"]
        return items_shown

    async def _registers(self) -> str:
        case = self._story.condolence
        people = [(case.deceased, "deceased"), *((one, "survivor") for one in case.survivors)]
        items = await self._ask(people, "1", [REGISTER], case.register)
        expect(len(items) == len(people) and all(item["outcome"] == "provided" for item in items), "not everything was provided")
        first = items[0]["documents"]["koseki"][0]
        expect(first["died_on"] == case.died_on.isoformat(), "the register does not show the death")
        return f"{len(items)} 名分、1通の求めで。根拠 {items[0]['basis'][-1]}  受領番号 {_places(items)}"

    async def _account(self) -> str:
        case = self._story.condolence
        (item,) = await self._ask([(case.recipient, "recipient")], "1", [ACCOUNT], case.accounts)
        expect(item["outcome"] == "provided" and item["documents"]["account"], "no account was provided")
        return f"根拠 {item['basis'][-1]}  受領番号 {_places([item])}"

    async def _loan(self) -> str:
        case = self._story.loan
        (item,) = await self._ask([(case.applicant, "applicant")], "3", [TAX, RESIDENCE], case.provider, case.fiscal_year)
        expect(item["outcome"] in ("provided", "not_registered"), f"outcome {item['outcome']}")
        expect(item["documents"].get("local_tax"), "no tax document came")
        return f"年度 {case.fiscal_year}  {', '.join(item['documents'])}  受領番号 {_places([item])}"

    async def _hand_over(self) -> str:
        city, holder = self._story.condolence.inquirer, self._applicant
        wanted = {"institution": city, "source": AFFAIR["source"], "row": AFFAIR["row"], "item": "1"}
        try:
            reference = await hand_over(self._portal, Carded(holder.card, holder.pin, holder.password), wanted)
        except Unavailable as fault:
            if fault.code != "signature-serials-missing":
                raise
            return sentence(fault)
        shown = await self._arrived(reference)
        expect(shown["applicant"]["name"] == holder.name and holder.individual_number not in str(shown), "another applicant, or the number shown")
        settled = await self._gateway.settle_handed(reference, shown["person"] or HANDED_AS)
        expect(settled["state"] == "enrolled" and settled["person"], f"state {settled['state']}")
        return f"受付番号 {reference[:8]}…、符号も届き、宛名番号 {settled['person']} の方として求められる。番号は経路のどこにもない"

    async def _arrived(self, reference: str) -> dict[str, Any]:
        """What the city's system sees once its platform has fetched the number and the code has come."""
        for _ in range(TRIES):
            try:
                shown = await self._gateway.handed(reference)
            except Unknown:
                shown = {"state": "waiting"}
            if shown["state"] == "enrolled":
                return shown
            await asyncio.sleep(PAUSE_S)
        raise Untrue("the number did not arrive")

    async def _refused(self) -> str:
        case = self._story.condolence
        (item,) = await self._ask([(case.recipient, "recipient")], "1", [TAX], self._story.loan.provider, "2024")
        expect(item["verdict"] == "refusal" and not item["documents"], "it was not refused")
        codes = {ground["code"] for ground in item["grounds"]}
        expect("item-not-in-purpose" in codes and "other-purpose-item" in {one["code"] for one in item["remedies"]}, f"grounds {codes}")
        return f"{item['grounds'][0]['message']['ja']} 代わりの方法 {len(item['remedies'])} 通り。記録番号 {_places([item])}"

    async def _unknown(self) -> str:
        (item,) = await self._ask([(self._story.unknown, "applicant")], "3", [TAX], self._story.loan.provider, "2024")
        expect(item["outcome"] == "no_such_person", f"outcome {item['outcome']}")
        return f"両方の変換の証明を、記録機関が確かめた。受領番号 {_places([item])}"

    async def _held(self) -> str:
        (item,) = await self._ask([(self._story.protected, "applicant")], "3", [TAX], self._story.loan.provider, "2024")
        expect(item["outcome"] == "held" and item["deadline"] and not item["documents"], f"outcome {item['outcome']}")
        return f"期限 {item['deadline']}  受領番号 {_places([item])}"

    async def _read(self) -> str:
        reader = self._story.reader
        self._opened: Opened | None = None
        self._opened = await read_records(self._portal, reader.card, reader.pin)
        bodies = [read_body(record.body) for record in self._opened.proof.records]
        kinds = [body.kind for body in bodies]
        refused = [body for body in bodies if body.kind == "refusal"]
        expect(refused and refused[0].grounds and "look" in kinds, f"records {kinds}")
        expect(_provided(bodies) >= 2, "the provided items are not all in the record")
        return f"{len(bodies)} 件（求め {kinds.count('intent')}、結果 {kinds.count('outcome')}、断り {len(refused)}、閲覧 {kinds.count('look')}）"

    async def _included(self) -> str:
        opened = self._demand()
        checkpoint = check_signed(opened.proof)
        return f"{check_included(opened.proof, checkpoint)} 件と目録の根を、{checkpoint.size} 枚の葉の木で確かめた"

    async def _complete(self) -> str:
        count = check_complete(self._demand())
        return f"見出し 0〜{count - 1} はすべてあり、{count} はない（鍵はこの端末だけが持つ）"

    async def _signed(self) -> str:
        checkpoint = check_signed(self._demand().proof)
        return f"{checkpoint.origin}  大きさ {checkpoint.size}"

    async def _cosigned(self) -> str:
        return ", ".join(check_cosigned(self._demand().proof, clock.now_ms()))

    def _demand(self) -> Opened:
        expect(getattr(self, "_opened", None), "the record could not be read")
        assert self._opened is not None
        return self._opened


def _provided(bodies: list[RecordBody]) -> int:
    return sum(1 for body in bodies if body.outcome == "provided")


def _places(items: list[dict[str, Any]]) -> str:
    return ", ".join(str(item["receipt"]["index"]) for item in items)
