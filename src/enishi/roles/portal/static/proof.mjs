// Runs the four checks on the records page (all records) and on a record's page (its own leaves), and shows each as it comes.

import { checkAll, readProof } from "./proof/checks.mjs";
import { deviceKeyOf } from "./proof/device.mjs";

const panel = document.querySelector("[data-proof]");

// The words are those of the state, or those that the check names for itself.
function show(element, state, says = state) {
  element.dataset.state = state;
  for (const words of element.querySelectorAll(":scope > .states > [data-when]")) words.hidden = words.dataset.when !== says;
}

function showNumbers(element, numbers) {
  for (const place of element.querySelectorAll("[data-number]")) {
    const value = numbers[place.dataset.number];
    place.textContent = value === undefined ? "" : String(value);
    place.closest("[data-row]").hidden = value === undefined;
  }
}

function report(name, { state, says, numbers }) {
  const check = panel.querySelector(`[data-check="${name}"]`);
  show(check, state, says);
  showNumbers(check, numbers);
}

// One bad answer spoils the whole; an absent or waiting one leaves it open.
function summary(results) {
  const states = Object.values(results).map(({ state }) => state);
  return ["bad", "absent", "waiting"].find((state) => states.includes(state)) ?? "good";
}

async function fetchProof() {
  const answer = await fetch(panel.dataset.proof, { headers: { accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return readProof(await answer.json());
}

async function run() {
  const whole = document.querySelector("[data-whole]");
  show(whole, "running");
  for (const check of panel.querySelectorAll("[data-check]")) show(check, "running");
  try {
    const proof = await fetchProof();
    const own = JSON.parse(panel.dataset.positions || "null");
    const records = own === null ? proof.records : proof.records.filter(({ index }) => own.includes(index));
    if (own !== null && records.length !== own.length) throw new Error("a shown record is not in the proof");
    const device = await deviceKeyOf(proof.request).catch(() => null);
    show(whole, summary(await checkAll(proof, records, device, report)));
  } catch {
    for (const check of panel.querySelectorAll('[data-check][data-state="running"]')) show(check, "unread");
    show(whole, "unread");
  }
}

if (panel) {
  const again = document.querySelector("[data-again]");
  again.hidden = false;
  again.addEventListener("click", run);
  run();
}
