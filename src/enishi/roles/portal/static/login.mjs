// Before the card is asked, this browser makes a key of its own; only with it can the proof of completeness be opened.

import { toBase64Url } from "./proof/bytes.mjs";
import { makeDeviceKey } from "./proof/device.mjs";

const form = document.querySelector("form[data-login]");

form?.addEventListener("submit", async (event) => {
  const field = form.elements.namedItem("device_key");
  if (field.value !== "") return;
  event.preventDefault();
  const key = await makeDeviceKey(Date.now());
  field.value = key === null ? "" : toBase64Url(key);
  form.submit();
});
