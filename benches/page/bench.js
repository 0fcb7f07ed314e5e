// What is measured in the browser. Each function of `measures` runs once in a fresh page and answers plain numbers;
// times are in milliseconds.

import { article } from "./article.js";
import { npm, parse } from "./informers.js";
import { list, pages, projection, watch, whole, worker } from "./peer.js";

const PIECE_BYTES = 64 << 10;
const ACCEPT = { json: "application/json", protobuf: "application/vnd.kubernetes.protobuf" };

/** Starts the program: the module, its compilation, and how long they took. */
async function start() {
  const began = performance.now();
  const program = await import("./k8bit.js");
  const wasm = await program.default();
  return { program, memory: wasm.memory, startUpMs: performance.now() - began };
}

/** Has every request of this page ask for JSON. */
function askForJson() {
  const { fetch } = window;
  window.fetch = (request, options) => {
    const asked = new Request(request, options);
    asked.headers.set("Accept", ACCEPT.json);
    return fetch(asked);
  };
}

/** The longest task since the last call, and how many were longer than 50 ms. */
const tasks = { longest: 0, long: 0 };
new PerformanceObserver((entries) => {
  for (const { duration } of entries.getEntries()) {
    tasks.longest = Math.max(tasks.longest, duration);
    tasks.long += 1;
  }
}).observe({ type: "longtask" });

const lap = async (work) => {
  tasks.longest = tasks.long = 0;
  const before = performance.now();
  const result = await work();
  const ms = performance.now() - before;
  // The observer is told of a task after its end.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { ms, longestTask: tasks.longest, longTasks: tasks.long, ...result };
};

/** Reads a body and counts its bytes, no more: each piece as the browser makes it, or all into one buffer. */
async function count(path, encoding, intoOneBuffer) {
  const response = await fetch(path, { cache: "no-store", headers: { Accept: ACCEPT[encoding] } });
  const reader = response.body.getReader(intoOneBuffer ? { mode: "byob" } : {});
  let bytes = 0;
  let buffer = new ArrayBuffer(4 * PIECE_BYTES);
  for (;;) {
    const { done, value } = await (intoOneBuffer ? reader.read(new Uint8Array(buffer)) : reader.read());
    if (done) return { bytes };
    bytes += value.length;
    buffer = value.buffer;
  }
}

const keeps = { whole, projection };
const peers = {
  list: (limit, root, keep) => list(root, keep),
  pages,
  worker: (limit, root) => worker(limit, root),
};

/**
 * The peer's own picture, which `?way=pages&limit=500&keep=whole` asks for: begun by the navigation, as a dashboard's is,
 * and timed from it.
 */
const asked = new URLSearchParams(location.search);
const picture = asked.get("way") && peers[asked.get("way")](Number(asked.get("limit")),
  document.querySelector("#app"), keeps[asked.get("keep")]).then((result) => ({ ms: performance.now(), ...result }));

const measures = {
  /** The fastest way to fetch all objects: what nobody can be faster than. */
  empty: (encoding, intoOneBuffer) =>
    lap(async () => {
      const [pods, nodes] = await Promise.all([
        count("/api/v1/pods?pretty=false", encoding, intoOneBuffer),
        count("/api/v1/nodes?pretty=false", encoding, intoOneBuffer),
      ]);
      return { bytes: pods.bytes + nodes.bytes };
    }),

  /** Ours, from the request to the complete store. */
  async store(encoding) {
    if (encoding === "json") askForJson();
    const { program, memory, startUpMs } = await start();
    let live, first;
    const result = await lap(
      () =>
        new Promise((resolve) => {
          const began = performance.now();
          live = new program.Live("", (pods, isListed) => {
            if (pods > 0) first ??= performance.now() - began;
            if (isListed) resolve({ pods, first });
          });
        }),
    );
    window.held = live;
    return { ...result, startUpMs, withStartUpMs: startUpMs + result.ms, wasmBytes: memory.buffer.byteLength };
  },

  /**
   * Blocks that are mounted once and changed many times, of which every tenth is another each time: what that takes until
   * effects have run, and until the document is laid out.
   */
  async blocks(way, pods, updates) {
    const { program, memory } = await start();
    const root = document.querySelector("#app");
    // A task of its own, which comes after all microtasks.
    const channel = new MessageChannel();
    const effects = () =>
      new Promise((resolve) => {
        channel.port1.onmessage = resolve;
        channel.port2.postMessage(null);
      });
    const timed = async (work) => {
      const began = performance.now();
      work();
      await effects();
      const effectsMs = performance.now() - began;
      root.getBoundingClientRect();
      return [effectsMs, performance.now() - began];
    };
    // What is done for the first time is compiled meanwhile.
    const first = new program.BlockBench(program.Way[way], pods);
    const bench = new program.BlockBench(program.Way[way], pods);
    // What the first leaves is used again.
    const wasmBytes = memory.buffer.byteLength;
    first.mount();
    await effects();
    first.update();
    await effects();
    first.unmount();
    await effects();
    const [mountMs, mountLaidOutMs] = await timed(() => bench.mount());
    const elements = root.querySelectorAll("button.pod").length;
    const failed = () => root.querySelectorAll("[data-family=failing]").length;
    const laps = [];
    for (let update = 0; update < updates; update++) laps.push(await timed(() => bench.update()));
    const middle = (at) => laps.map((lap) => lap[at]).sort((a, b) => a - b)[laps.length >> 1];
    if (elements !== pods || failed() !== (updates % 2) * Math.ceil(pods / 10)) throw new Error(`${way}: ${elements} blocks, ${failed()} failed`);
    window.held = [bench, first];
    return { ms: mountMs, mountMs, mountLaidOutMs, updateMs: middle(0), updateLaidOutMs: middle(1),
      wasmBytes: memory.buffer.byteLength - wasmBytes };
  },

  article: () => lap(() => article(document.querySelector("#app"))),

  /** A way of the peer into a Map. */
  peer: (way, limit, keep) => lap(() => peers[way](limit, null, keeps[keep])),

  /** The picture that the address asks for, from the navigation on. */
  async picture() {
    const result = await picture;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { longestTask: tasks.longest, longTasks: tasks.long, ...result };
  },

  /** Recorded bytes of a list and of its watch, ours. */
  async replay(encoding) {
    const { program, memory } = await start();
    const replay = new program.Replay(encoding === "protobuf");
    const { body } = await fetch(`list.${encoding}`);
    for (const reader = body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      for (let at = 0; at < value.length; at += PIECE_BYTES) replay.feed(value.subarray(at, at + PIECE_BYTES));
    }
    replay.end_list();
    const pods = replay.pods();
    const events = new Uint8Array(await (await fetch(`events.${encoding}`)).arrayBuffer());
    const result = await lap(() => {
      for (let at = 0; at < events.length; at += PIECE_BYTES) replay.feed(events.subarray(at, at + PIECE_BYTES));
      return {};
    });
    return { ...result, before: pods, pods: replay.pods(), events: replay.events(), bytes: events.length,
      wasmBytes: memory.buffer.byteLength };
  },

  /** A row of the informers: recorded bytes out of memory, from the first piece of the list on. */
  async informer(way) {
    const [kind, detail] = way.split("-");
    const suffix = kind === "ours" ? detail : "json";
    const recorded = async (name) => new Uint8Array(await (await fetch(`${name}.${suffix}`)).arrayBuffer());
    const [listed, events] = [await recorded("list"), await recorded("events")];
    if (kind === "parse") return parse(listed, events, detail);
    if (kind === "npm") return npm(await import("./npm/index.js"), listed, events);
    const { program } = await start();
    const replay = new program.StoreReplay(suffix === "protobuf");
    const feed = (bytes) => {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) replay.feed(bytes.subarray(at, at + PIECE_BYTES));
    };
    const began = performance.now();
    feed(listed);
    replay.end_list();
    const opened = performance.now();
    feed(events);
    return { listMs: opened - began, eventsMs: performance.now() - opened, pods: replay.pods() };
  },

  /** The same bytes with JSON.parse and a Map. */
  async parse(keepName) {
    const keep = keeps[keepName];
    const pods = new Map();
    const { items } = await (await fetch("list.json")).json();
    for (const pod of items) pods.set(`${pod.metadata.namespace}/${pod.metadata.name}`, keep(pod));
    const before = pods.size;
    const bytes = new Uint8Array(await (await fetch("events.json")).arrayBuffer());
    const result = await lap(() => watch(pods, bytes, PIECE_BYTES, keep));
    window.held = pods;
    return { ...result, before, pods: pods.size, bytes: bytes.length };
  },
};

window.bench = {
  result: null,
  start(name, parameters) {
    this.result = null;
    const end = (result) => (this.result = result);
    Promise.resolve()
      .then(() => measures[name](...parameters))
      .then((value) => end({ value }), (error) => end({ error: String(error) }));
  },
};
