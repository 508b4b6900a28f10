"""Takes the pictures of the running pages for README and docs/pictures: starts a mesh of its own, plays the story, reads it as its reader.

python tools/pictures.py [--out docs/pictures] [--port 9700]
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from enishi.society import story

RESIDENTS = 200
SEED = 1
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]
PROGRAM = str(Path(sys.executable).parent / "enishi")
SIZES = {"phone": (360, 780), "tablet": (768, 1000), "desktop": (1280, 860)}
SETTLED = "[data-whole]:not([data-state=running]):not([data-state=idle])"


@contextmanager
def running_mesh(data: Path, port: int) -> Iterator[str]:
    """A mesh on its own data folder; the portal's address once it is ready."""
    command = [PROGRAM, "up", "--data", str(data), "--port", str(port), "--residents", str(RESIDENTS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield wait_until_ready(process)
    finally:
        process.terminate()
        process.wait(30)


def wait_until_ready(process: "subprocess.Popen[str]") -> str:
    """Pass on what the mesh says until its line `ready  http://…`."""
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        if line.startswith("ready  "):
            return line.split()[1]
    raise SystemExit("the mesh ended before it was ready")


def play(data: Path) -> None:
    """The story, so that there is something to see."""
    subprocess.run([PROGRAM, "tour", "--data", str(data), "--json"], check=True, stdout=subprocess.DEVNULL)


def log_in(page: Page, portal: str, out: Path, size: str) -> None:
    """First page, choice of the card, PIN: the same way as any reader."""
    reader = story(SEED, RESIDENTS).reader
    page.goto(portal)
    keep(page, out, f"portal-first-{size}")
    page.click("form[data-login] button")
    page.wait_for_selector(".holders")
    keep(page, out, f"card-choose-{size}")
    page.click(f"a.holder[href$='/{reader.card}']")
    page.fill("#pin", reader.pin)
    keep(page, out, f"card-pin-{size}")
    page.click("form:has(#pin) button")
    page.wait_for_url("**/records")
    page.wait_for_selector(SETTLED)


def keep(page: Page, out: Path, name: str) -> None:
    """One picture of what the window shows."""
    page.screenshot(path=out / f"{name}.png")


def take(browser: Browser, portal: str, out: Path, size: str) -> None:
    """Every page in one size."""
    width, height = SIZES[size]
    page = browser.new_context(viewport={"width": width, "height": height}, locale="ja-JP").new_page()
    log_in(page, portal, out, size)
    keep(page, out, f"portal-records-{size}")
    page.locator("article", has_text="戸籍").first.get_by_text("くわしく").click()
    page.wait_for_selector(SETTLED)
    keep(page, out, f"portal-record-{size}")
    page.locator("#proof").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#proof').scrollIntoView()")
    keep(page, out, f"portal-proof-{size}")
    state = page.get_attribute("[data-whole]", "data-state")
    print(f"{size}: proof {state}, {out}", flush=True)


def main() -> None:
    """Start, play, take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--port", type=int, default=9700)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, running_mesh(Path(data), options.port) as portal, sync_playwright() as playwright:
        play(Path(data))
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for size in SIZES:
            take(browser, portal, options.out, size)
        browser.close()


if __name__ == "__main__":
    main()
