// The best that hand-written JavaScript does with the same API: JSON.parse, a Map, elements found by key, one fragment
// for each page. Like ours it asks for compact JSON, lists nodes beside pods, and has an element for each pod. It keeps
// whole objects, or with a projection the fields that a dashboard shows; it parses on the main thread, or in a worker.

const get = (path) => fetch(path, { cache: "no-store" });
export const keyOf = ({ namespace, name }) => `${namespace}/${name}`;

/** Whole objects. */
export const whole = (pod) => pod;

/** What a dashboard shows of a pod. The rest can be collected as garbage. */
export const projection = ({ metadata, spec, status }) => ({
  metadata: {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    creationTimestamp: metadata.creationTimestamp,
    deletionTimestamp: metadata.deletionTimestamp,
    labels: metadata.labels,
    owner: metadata.ownerReferences?.[0]?.name,
  },
  spec: {
    nodeName: spec.nodeName,
    containers: spec.containers.map(({ name, image, resources }) => ({ name, image, requests: resources?.requests })),
  },
  status: {
    phase: status.phase,
    reason: status.reason,
    podIP: status.podIP,
    containers: status.containerStatuses?.map(({ name, ready, restartCount, state }) => ({
      name,
      ready,
      restartCount,
      reason: state?.waiting?.reason ?? state?.terminated?.reason,
    })),
  },
});

/** Boxes and blocks by key. */
class Picture {
  boxes = new Map();
  blocks = new Map();

  constructor(root) {
    this.root = root;
    this.template = document.createElement("span");
    this.template.className = "pod";
  }

  nodes(nodes) {
    const fragment = document.createDocumentFragment();
    for (const node of nodes) this.box(node.metadata.name, fragment);
    this.root.append(fragment);
  }

  /** New boxes go into the fragment, and blocks of boxes that are on the page into a fragment for each. */
  add(pods) {
    const fragment = document.createDocumentFragment();
    const pieces = new Map();
    for (const pod of pods) {
      const node = pod.spec.nodeName ?? "";
      let piece = pieces.get(node);
      if (!piece) pieces.set(node, (piece = document.createDocumentFragment()));
      const block = this.template.cloneNode();
      block.dataset.phase = pod.status.phase;
      block.title = pod.metadata.name;
      this.blocks.set(keyOf(pod.metadata), block);
      piece.append(block);
    }
    for (const [node, piece] of pieces) this.box(node, fragment).append(piece);
    this.root.append(fragment);
  }

  box(node, parent) {
    let box = this.boxes.get(node);
    if (!box) {
      box = document.createElement("div");
      box.className = "node";
      box.append(node);
      this.boxes.set(node, box);
      parent.append(box);
    }
    return box;
  }
}

async function listNodes(picture) {
  const { items } = await (await get("/api/v1/nodes?pretty=false")).json();
  picture?.nodes(items);
}

/** What is kept stays reachable, as it would in a dashboard. */
function hold(value) {
  window.held = value;
}

/** One list of everything. */
export async function list(root, keep) {
  const picture = root && new Picture(root);
  const nodes = listNodes(picture);
  const { items } = await (await get("/api/v1/pods?pretty=false")).json();
  const pods = new Map();
  for (const pod of items) pods.set(keyOf(pod.metadata), keep(pod));
  hold(pods);
  await nodes;
  picture?.add(items);
  root?.getBoundingClientRect();
  return { pods: pods.size };
}

/** The pages of all pods, each asked for while the one before is used. */
export async function* pagesOf(limit) {
  const ask = async (token) => {
    const response = await get(`/api/v1/pods?pretty=false&limit=${limit}&continue=${encodeURIComponent(token)}`);
    return response.json();
  };
  let next = ask("");
  while (next) {
    const { items, metadata } = await next;
    next = metadata.continue ? ask(metadata.continue) : null;
    yield items;
  }
}

/** Pages, each parsed and drawn while the next one is under way. */
export async function pages(limit, root, keep) {
  const picture = root && new Picture(root);
  const nodes = listNodes(picture);
  const pods = new Map();
  hold(pods);
  for await (const items of pagesOf(limit)) {
    for (const pod of items) pods.set(keyOf(pod.metadata), keep(pod));
    picture?.add(items);
  }
  await nodes;
  root?.getBoundingClientRect();
  return { pods: pods.size };
}

/** Pages that a worker parses; it hands the projections to this thread, which keeps and draws them. */
export function worker(limit, root) {
  const picture = root && new Picture(root);
  const nodes = listNodes(picture);
  const pods = new Map();
  hold(pods);
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    thread.onerror = ({ message }) => reject(new Error(message));
    thread.onmessage = async ({ data }) => {
      if (data) {
        for (const pod of data) pods.set(keyOf(pod.metadata), pod);
        picture?.add(data);
        return;
      }
      await nodes;
      root?.getBoundingClientRect();
      resolve({ pods: pods.size });
    };
    thread.postMessage(limit);
  });
}

/** The bytes of a watch into a Map, a piece at a time as they would arrive. */
export function watch(pods, bytes, pieceBytes, keep) {
  const decoder = new TextDecoder();
  let rest = "";
  let events = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const lines = (rest + decoder.decode(bytes.subarray(at, at + pieceBytes), { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const { type, object } = JSON.parse(line);
      if (type === "DELETED") pods.delete(keyOf(object.metadata));
      else pods.set(keyOf(object.metadata), keep(object));
      events += 1;
    }
  }
  return { events };
}
