// One row of the benchmark of informers in Node: `node informers.mjs WAY FOLDER`, with the recorded bytes in the folder.
// scripts/bench puts this file beside the packages that it needs. Prints one line of JSON.

import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const [way, folder] = process.argv.slice(2);
const { isLast, lastOf, npm, parse } = await import(pathToFileURL(`${folder}/informers.js`));
const recorded = (name) => new Uint8Array(readFileSync(`${folder}/${name}.json`));

/** The official client, against a server in another process: it takes no bytes from memory. */
async function client() {
  const k8s = await import("@kubernetes/client-node");
  const last = lastOf(recorded("events"));
  const server = fork(fileURLToPath(new URL("server.mjs", import.meta.url)), [folder]);
  try {
    const port = await new Promise((resolve) => server.once("message", resolve));
    const address = `http://127.0.0.1:${port}`;
    const kc = new k8s.KubeConfig();
    // Without TLS, as behind `kubectl proxy`: there is none to verify.
    kc.loadFromClusterAndUser({ name: "recorded", server: address, skipTLSVerify: true }, { name: "nobody" });
    const api = kc.makeApiClient(k8s.CoreV1Api);
    const informer = k8s.makeInformer(kc, "/api/v1/pods", () => api.listPodForAllNamespaces());
    informer.on("error", (error) => {
      throw error;
    });
    const began = performance.now();
    // It is started when its list is complete and its watch open.
    await informer.start();
    const listMs = performance.now() - began;
    const done = new Promise((resolve) => {
      for (const type of ["add", "update", "delete"]) {
        informer.on(type, (pod) => isLast(last, type === "delete", pod) && resolve());
      }
    });
    const opened = performance.now();
    server.send("begin");
    await done;
    const eventsMs = performance.now() - opened;
    const pods = informer.list().length;
    await informer.stop();
    return { listMs, eventsMs, pods };
  } finally {
    server.kill();
  }
}

const ways = {
  npm: async () => npm(await import(pathToFileURL(`${folder}/npm/index.js`)), recorded("list"), recorded("events")),
  "parse-whole": () => parse(recorded("list"), recorded("events"), "whole"),
  "client-node": client,
};
console.log(JSON.stringify(await ways[way]()));
process.exit(0);
