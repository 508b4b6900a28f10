"""`enishi law explain`: the story of one question, step by step; or what stands at one citation."""

from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from enishi.cli.law.deciding import ANSWERED, opened, ordinances_in, party, policy_of
from enishi.cli.law.placing import look_up_and_print
from enishi.cli.law.speech import Speech
from enishi.errors import Malformed
from enishi.law import describe, link, load, print_verdict, read_question, say
from enishi.law.explain import Step, Story, tell
from enishi.law.question import LawRef, Question, RowRef
from enishi.law.verdict import Permit

MARKS: Final = {"holds": ("✔", "green"), "fails": ("✖", "bold red"), "open": ("–", "dim")}
LARGEST: Final = 1024 * 1024


def run_explain(wanted: str, on: date | None, proposals: bool, ordinances: Path | None, language: str, as_json: bool) -> int:
    """Explain a citation (it has a `#`), or the question in a file (`-` is standard input)."""
    speech, console = Speech(language), Console(highlight=False, soft_wrap=True)
    if "#" in wanted and not Path(wanted).exists():
        return look_up_and_print(wanted, speech, console, as_json)
    with opened(Path(wanted)) as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise Malformed("question-malformed", f"> {LARGEST} bytes", "file")
    policy = policy_of(proposals)
    asked = read_question(text, load(), on, party, policy)
    asked = asked._replace(facts=msgspec.structs.replace(asked.facts, ordinances=ordinances_in(ordinances)))
    story = tell(asked, load(), policy)
    if as_json:
        console.print(msgspec.json.encode(in_json(story)).decode(), markup=False)
    else:
        _print(story, speech, console)
    return ANSWERED


def in_json(story: Story) -> dict[str, Any]:
    """The story as JSON data: the question as it was read, the steps with their places, the verdict as `decide` prints it."""
    return {
        "question": msgspec.to_builtins(story.question),
        "affair": story.affair,
        "steps": [
            {"step": step.code, "mark": step.mark, "citations": list(step.citations), "grounds": [str(one.code) for one in step.grounds]}
            for step in story.steps
        ],
        "verdict": print_verdict(story.verdict),
    }


def _print(story: Story, speech: Speech, console: Console) -> None:
    permit = isinstance(story.verdict, Permit)
    color = "green" if permit else "red"
    console.print(Panel(Text(speech.say("permit" if permit else "refusal"), f"bold {color}"), border_style=color, expand=False, padding=(1, 4)))
    _question(story, speech, console)
    for number, step in enumerate(story.steps, start=1):
        _step(number, step, speech, console)
    verdict = story.verdict
    if isinstance(verdict, Permit):
        _notes(speech.say("conditions-head"), [speech.of(one.message) for one in verdict.conditions], "cyan", console)
    _notes(speech.say("doubts-head"), [speech.of(one.message) for one in verdict.doubts], "yellow", console)
    if verdict.proposals:
        console.print(Text(f"\n{speech.say('proposals-count')}", "bold yellow"))


def _question(story: Story, speech: Speech, console: Console) -> None:
    question = story.question
    told = (
        ("on", story.verdict.on.isoformat()),
        ("inquirer", _who(question.inquirer.institution, question.inquirer.capacities, speech)),
        ("affair", _affair(question, story.affair)),
        ("provider", _who(question.provider.institution, question.provider.capacities, speech)),
        ("items", speech.list(question.items) or "—"),
        ("purpose", question.purpose_item or "—"),
        ("relation", speech.of(say("relations", question.relation, ())) if question.relation else "—"),
    )
    for key, value in told:
        console.print(Text(f"{speech.say(f'question-{key}')}: ", "dim").append(value, "default"))
    if isinstance(story.verdict, Permit):
        console.print(Text(f"{speech.say('question-level')}: ", "dim").append(speech.say(f"level-{story.verdict.level}"), "default"))


def _who(institution: str, capacities: tuple[str, ...], speech: Speech) -> str:
    held = speech.list(capacities) or "—"
    return f"{institution}（{held}）" if institution else held


def _affair(question: Question, words: str) -> str:
    named = question.affair
    if isinstance(named, RowRef):
        place = f"{named.source}{'' if '#' in named.source else '#'}/{named.row}".replace("#/", " ")
        return f"{words or '—'}（{place}）"
    return words or (named.law if isinstance(named, LawRef) else named.ordinance)


def _step(number: int, step: Step, speech: Speech, console: Console) -> None:
    sign, color = MARKS[step.mark]
    console.print(Text(f"\n{sign} {number}. {speech.say(f'step-{step.code}')}", color))
    for citation in step.citations:
        _citation(citation, speech, console)
    for ground in step.grounds:
        console.print(Text(f"    ✖ {speech.of(ground.message)}", "red"))
        _citation(ground.citation, speech, console)
        for remedy in ground.remedies:
            console.print(Text(f"      → {speech.of(remedy.message)}", "cyan"))
            if remedy.citation:
                _citation(remedy.citation, speech, console, "        ")


def _citation(citation: str, speech: Speech, console: Console, indent: str = "      ") -> None:
    page = link(citation)
    console.print(
        Text(f"{indent}{speech.of(describe(citation))}").append(f"  {citation}", "dim").append(f"  {page}" if page else "", f"dim link {page}")
    )


def _notes(head: str, notes: list[str], color: str, console: Console) -> None:
    if notes:
        console.print(Text(f"\n{head}", "bold"))
    for note in dict.fromkeys(notes):
        console.print(Text(f"  ・{note}", color))
