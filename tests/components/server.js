// An API server in the page itself, and counters of what the page has started.

const encoder = new TextEncoder();
const JSON_TYPE = { "Content-Type": "application/json" };
const watches = new Map();
const lists = new Map();
const events = new Map();

/** What was asked for, other than lists and watches: "DELETE /api/v1/…?dryRun=All". */
export const requests = [];

export function asked() {
  return requests.join("\n");
}

/** Answers lists of a path with `list`, and its watches with what `send` sends. */
export function serve(path, list) {
  lists.set(path, list);
}

/** Something changes: an event for whoever watches a path, or will from a version before it. */
export function send(path, version, line) {
  const event = { version, bytes: encoder.encode(line + "\n") };
  events.set(path, [...(events.get(path) ?? []), event]);
  for (const stream of watches.get(path) ?? []) stream.enqueue(event.bytes);
}

function watch(path, version, signal) {
  const body = new ReadableStream({
    start(stream) {
      watches.set(path, [...(watches.get(path) ?? []), stream]);
      signal.addEventListener("abort", () => {
        watches.set(path, watches.get(path).filter((other) => other !== stream));
        stream.error(signal.reason);
      });
      for (const event of events.get(path) ?? []) {
        if (event.version > version) stream.enqueue(event.bytes);
      }
    },
  });
  return new Response(body, { headers: JSON_TYPE });
}

/** A watch of one object from any version begins with it: so the page finds out whether something holds bodies back. */
function watchOne(list, name) {
  const object = JSON.parse(list).items.find(({ metadata }) => metadata.name === name);
  const body = new ReadableStream({
    start(stream) {
      stream.enqueue(encoder.encode(`{"type":"ADDED","object":${JSON.stringify(object)}}\n`));
    },
  });
  return new Response(body, { headers: JSON_TYPE });
}

function answer(request) {
  const { pathname, searchParams, search } = new URL(request.url);
  const list = lists.get(pathname);
  if (list && searchParams.has("watch")) {
    const one = searchParams.get("fieldSelector")?.match(/metadata\.name=([^,]+)/);
    if (one) return watchOne(list, one[1]);
    return watch(pathname, Number(searchParams.get("resourceVersion")), request.signal);
  }
  if (list) return new Response(list, { headers: JSON_TYPE });
  requests.push(`${request.method} ${pathname}${search}`);
  if (pathname.endsWith("/selfsubjectaccessreviews")) {
    return new Response('{"status":{"allowed":true}}', { status: 201, headers: JSON_TYPE });
  }
  for (const list of lists.values()) {
    const object = JSON.parse(list).items.find(({ metadata: { namespace, name } }) =>
      pathname.endsWith(namespace ? `/${namespace}/pods/${name}` : `/nodes/${name}`));
    if (object) return new Response(JSON.stringify(object), { headers: JSON_TYPE });
  }
  return new Response("{}", { status: 404, headers: JSON_TYPE });
}

// What is not of the API is fetched: the runner of the tests loads the program after this module.
const { fetch } = window;
window.fetch = async (resource, options) => {
  const request = new Request(resource, options);
  return /^\/apis?\//.test(new URL(request.url).pathname) ? answer(request) : fetch(request);
};

// Locks are granted at once: where they are late because the machine is busy, the page tries a WebSocket.
Object.defineProperty(navigator, "locks", {
  configurable: true,
  value: { request: async (name, options, granted) => granted({ name }) },
});

// ---- What the page has started -------------------------------------------------------------------------------------

const running = { listeners: [], intervals: new Set(), locks: 0 };

for (const target of [window, document]) {
  const { addEventListener, removeEventListener } = target;
  target.addEventListener = function (type, listener, ...rest) {
    running.listeners.push({ type, listener });
    return addEventListener.call(target, type, listener, ...rest);
  };
  target.removeEventListener = function (type, listener, ...rest) {
    const at = running.listeners.findIndex((other) => other.type === type && other.listener === listener);
    if (at >= 0) running.listeners.splice(at, 1);
    return removeEventListener.call(target, type, listener, ...rest);
  };
}

const { setInterval, clearInterval } = window;
window.setInterval = (...rest) => {
  const id = setInterval(...rest);
  running.intervals.add(id);
  return id;
};
window.clearInterval = (id) => {
  running.intervals.delete(id);
  clearInterval(id);
};

Object.defineProperty(navigator, "wakeLock", {
  configurable: true,
  value: {
    async request() {
      running.locks += 1;
      let isHeld = true;
      return {
        async release() {
          running.locks -= isHeld ? 1 : 0;
          isHeld = false;
        },
      };
    },
  },
});

/** Listeners of the window and the document, intervals, and locks that are held. */
export function started() {
  const listeners = running.listeners.map(({ type }) => type).sort();
  return JSON.stringify({ listeners, intervals: running.intervals.size, locks: running.locks });
}
