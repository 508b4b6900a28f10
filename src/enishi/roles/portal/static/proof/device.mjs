// The device's own key: made before log-in, kept in this browser only, its private half not even readable by this page.

import { bytesOf, concat, fromBase64, toBase64 } from "./bytes.mjs";

const SUITE = 2;
const STORE = "device-keys";
const KEEP = 8;

function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("enishi", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "name" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Make a key and return its public bytes (suite byte and 32 bytes), or null where this browser cannot.
export async function makeDeviceKey(at) {
  try {
    const pair = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    const publicBytes = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const wire = concat(Uint8Array.of(SUITE), publicBytes);
    const store = (await database()).transaction(STORE, "readwrite").objectStore(STORE);
    await done(store.put({ name: toBase64(wire), privateKey: pair.privateKey, at }));
    await forgetOld(store);
    return wire;
  } catch {
    return null;
  }
}

// Each log-in has a key of its own; those of long ago open nothing that is still shown.
async function forgetOld(store) {
  const all = await done(store.getAll());
  const old = all.sort((a, b) => b.at - a.at).slice(KEEP);
  await Promise.all(old.map(({ name }) => done(store.delete(name))));
}

// The key pair that a card-signed request names (`device_key`), or null if this browser does not hold it.
export async function deviceKeyOf(request) {
  const name = JSON.parse(new TextDecoder().decode(request)).device_key;
  if (!name) return null;
  const found = await done((await database()).transaction(STORE).objectStore(STORE).get(name));
  return found ? { privateKey: found.privateKey, publicBytes: fromBase64(name).subarray(1) } : null;
}

export const labelsInfo = bytesOf("enishi/v1/labels");
