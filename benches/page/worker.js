// Lists pods in pages, parses them, and hands their projections to the page.

import { pagesOf, projection } from "./peer.js";

onmessage = async ({ data: limit }) => {
  for await (const items of pagesOf(limit)) postMessage(items.map(projection));
  postMessage(null);
};
