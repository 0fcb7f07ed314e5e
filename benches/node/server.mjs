// Serves recorded bytes to the official client: the list, and a watch whose events begin when the parent says so.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [folder] = process.argv.slice(2);
const [list, events] = ["list", "events"].map((name) => readFileSync(`${folder}/${name}.json`));
const begin = new Promise((resolve) => process.once("message", resolve));

const server = createServer(async (request, response) => {
  response.setHeader("Content-Type", "application/json");
  if (!request.url.includes("watch=")) {
    response.end(list);
    return;
  }
  response.flushHeaders();
  await begin;
  // It stays open, as a watch does.
  response.write(events);
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
