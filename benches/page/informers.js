// Informers on recorded bytes, in a browser and in Node: `JSON.parse` with a Map, and the npm package. Each answers how long
// a list took until it was complete, a watch until its last event was applied, and how many pods there were then.

import { keyOf, projection, watch, whole } from "./peer.js";

const PIECE_BYTES = 64 << 10;
const keeps = { whole, projection };

/** The event that ends a watch. */
export function lastOf(events) {
  const text = new TextDecoder().decode(events.subarray(-(1 << 20))).trimEnd();
  const { type, object } = JSON.parse(text.slice(text.lastIndexOf("\n") + 1));
  const { namespace, name, resourceVersion } = object.metadata;
  return { isDeletion: type === "DELETED", namespace, name, resourceVersion };
}

/** Whether a change is the one that ends a watch. */
export function isLast(last, isDeletion, { metadata }) {
  return (
    metadata.name === last.name &&
    metadata.namespace === last.namespace &&
    isDeletion === last.isDeletion &&
    (isDeletion || metadata.resourceVersion === last.resourceVersion)
  );
}

/** `JSON.parse` and a Map. */
export function parse(list, events, keepName) {
  const keep = keeps[keepName];
  const pods = new Map();
  const began = performance.now();
  const { items } = JSON.parse(new TextDecoder().decode(list));
  for (const pod of items) pods.set(keyOf(pod.metadata), keep(pod));
  const listed = performance.now();
  watch(pods, events, PIECE_BYTES, keep);
  return { listMs: listed - began, eventsMs: performance.now() - listed, pods: pods.size };
}

/** A body that hands out bytes piece by piece, as one from the network does, and then ends or stays open. */
function body(bytes, gate, ends) {
  let at = 0;
  const stream = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      await gate;
      if (at === bytes.length) {
        if (!ends) await new Promise(() => {});
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      const view = controller.byobRequest?.view;
      const piece = bytes.subarray(at, at + Math.min(PIECE_BYTES, view?.byteLength ?? PIECE_BYTES));
      at += piece.length;
      if (view) {
        new Uint8Array(view.buffer, view.byteOffset, piece.length).set(piece);
        controller.byobRequest.respond(piece.length);
      } else {
        controller.enqueue(piece.slice());
      }
    },
  });
  return new Response(stream, { headers: { "Content-Type": "application/json" } });
}

/** The npm package, as its readers use it. */
export async function npm({ informer }, list, events) {
  const last = lastOf(events);
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  const fetch = async (url) => (url.includes("watch=") ? body(events, gate, false) : body(list, null, true));
  const began = performance.now();
  const pods = informer({ path: "/api/v1/pods", fetch });
  await pods.ready;
  const listMs = performance.now() - began;
  const done = new Promise((resolve) => {
    for (const type of ["add", "update", "delete"]) {
      pods.addEventListener(type, ({ object }) => isLast(last, type === "delete", object) && resolve());
    }
  });
  const opened = performance.now();
  open();
  await done;
  const eventsMs = performance.now() - opened;
  const result = { listMs, eventsMs, pods: pods.size };
  pods.stop();
  return result;
}
