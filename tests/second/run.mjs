// One JSON message a line in, one a line out: {do, …} → {value} or {refused} or {error}.
import { createInterface } from "node:readline";
import * as actors from "./actors.mjs";
import { Refusal } from "./bytes.mjs";
import * as vectors from "./vectors.mjs";

const DEEDS = { files: vectors.files, vectors: ({ file }) => vectors.run(file), ...actors };

async function answer(asked) {
  try {
    return { value: await DEEDS[asked.do](asked) };
  } catch (error) {
    return error instanceof Refusal ? { refused: error.message } : { error: error.stack };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
