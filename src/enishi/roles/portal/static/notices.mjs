// Works out the person's next labels and hands them in, by the button of the notices page or, where the person chose mails, at a log-in.
// K_T stays in this browser: from 32 labels nobody learns the next one.

import { toBase64Url } from "./proof/bytes.mjs";
import { nextLabels, readProof } from "./proof/checks.mjs";
import { deviceKeyOf } from "./proof/device.mjs";

const COUNT = 32;
const form = document.querySelector("form[data-labels]");

function say(state) {
  for (const words of form.querySelectorAll("[data-when]")) words.hidden = words.dataset.when !== state;
}

async function workOut() {
  const answer = await fetch("/records/proof", { headers: { accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const proof = readProof(await answer.json());
  return toBase64Url(await nextLabels(proof, await deviceKeyOf(proof.request), COUNT));
}

async function handIn() {
  say("running");
  try {
    form.elements.namedItem("labels").value = await workOut();
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok) throw new Error(String(answer.status));
    say("done");
    return true;
  } catch {
    say("failed");
    return false;
  }
}

if (form?.dataset.renew !== undefined) {
  handIn();
} else if (form) {
  form.querySelector("[data-hand-in]").hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await handIn()) location.reload();
  });
}
