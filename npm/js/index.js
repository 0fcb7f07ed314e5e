// Follows collections of the Kubernetes API, by list and watch. See README.md.

import init, { RawInformer } from './wasm.js';
export * from './client.js';

const wasm = new URL('wasm_bg.wasm', import.meta.url);
// Node's fetch reads no files.
await init({
    module_or_path: wasm.protocol === 'file:' ? await (await import('node:fs/promises')).readFile(wasm) : wasm,
});

/** What happened, by the letters of `RawChanges.next`. */
const types = { l: 'add', a: 'add', m: 'update', d: 'delete' };

const keyOf = (name, namespace) => (namespace ? `${namespace}/${name}` : name);

/** A change of a collection: `type` is `add`, `update` or `delete`. */
export class ChangeEvent extends Event {
    constructor(type, object, old) {
        super(type);
        this.object = object;
        this.old = old;
    }
}

/** The connection has changed: see `Informer.state`. */
export class StateEvent extends Event {
    constructor(state) {
        super('state');
        this.state = state;
    }
}

/** An informer and the objects it holds. Made by `informer()`. */
export class Informer extends EventTarget {
    #raw;
    #objects = new Map();
    #state;
    #namespace;
    #ready = Promise.withResolvers ? Promise.withResolvers() : withResolvers();
    #listeners = new AbortController();

    constructor({ path, signal, ...options }) {
        super();
        signal?.throwIfAborted();
        this.#raw = new RawInformer(path, options);
        this.#state = JSON.parse(this.#raw.state());
        this.#namespace = /\/namespaces\/([^/?]+)\/[^/?]+/.exec(path)?.[1];
        // Whoever does not wait for it need not handle it.
        this.#ready.promise.catch(() => {});
        signal?.addEventListener('abort', () => this.stop(), { signal: this.#listeners.signal });
        this.#listen();
        this.#follow();
        this.#watchState();
    }

    /** The object of this name; the namespace is that of the path, if it has one. A plain object, to be left as it is. */
    get(name, namespace = this.#namespace) {
        return this.#objects.get(keyOf(name, namespace));
    }

    /** All objects, or those of one namespace. */
    list(namespace) {
        const all = [...this.#objects.values()];
        return namespace ? all.filter((object) => object.metadata.namespace === namespace) : all;
    }

    /** How many objects there are. */
    get size() {
        return this.#objects.size;
    }

    /**
     * What is held is worth: `ready` (a list was complete), `live` (every change arrives), `error` (the last failure since
     * it was live), and more.
     */
    get state() {
        return this.#state;
    }

    /** Fulfilled when the first list is complete; rejected if the informer is stopped before. */
    get ready() {
        return this.#ready.promise;
    }

    /** Ends all requests. What is held stays. */
    stop() {
        this.#listeners.abort();
        this.#raw.stop();
    }

    /** All objects as `add`, and then what changes: `{ type, object, old }`. */
    async *[Symbol.asyncIterator]() {
        const changes = this.#raw.subscribe();
        try {
            for (let batch = await changes.next(); batch !== undefined; batch = await changes.next()) {
                for (let at = 0; at < batch.length; at += 3) {
                    yield { type: types[batch[at]], object: batch[at + 1], old: batch[at + 2] };
                }
            }
        } finally {
            changes.close();
        }
    }

    async #follow() {
        const changes = this.#raw.subscribe();
        for (let batch = await changes.next(); batch !== undefined; batch = await changes.next()) {
            for (let at = 0; at < batch.length; at += 3) {
                const [type, object, old] = [types[batch[at]], batch[at + 1], batch[at + 2]];
                const { name, namespace } = object.metadata;
                if (type === 'delete') this.#objects.delete(keyOf(name, namespace));
                else this.#objects.set(keyOf(name, namespace), object);
                this.#tell(new ChangeEvent(type, object, old));
                this.#tell(new ChangeEvent('change', object, old));
            }
            this.#checkReady();
        }
        this.#ready.reject(new Error('the informer was stopped'));
    }

    async #watchState() {
        const states = this.#raw.states();
        for (let state = await states.next(); state !== undefined; state = await states.next()) {
            this.#state = JSON.parse(state);
            this.#checkReady();
            this.#tell(new StateEvent(this.#state));
        }
        this.#state = { ...this.#state, live: false };
    }

    // Objects come in batches: it is ready when as many are here as were listed.
    #checkReady() {
        const { ready, objects } = JSON.parse(this.#raw.state());
        if (ready && this.#objects.size >= objects) this.#ready.resolve();
    }

    // A listener that throws is reported by the browser, and does not stop the informer.
    #tell(event) {
        this.dispatchEvent(event);
    }

    // A page that sleeps or loses the network hears nothing; it should not wait for a deadline to notice.
    #listen() {
        const { signal } = this.#listeners;
        const resume = () => this.#raw.resume();
        globalThis.addEventListener?.('online', resume, { signal });
        globalThis.addEventListener?.('pageshow', (event) => event.persisted && resume(), { signal });
        globalThis.document?.addEventListener('resume', resume, { signal });
    }
}

function withResolvers() {
    const it = {};
    it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
    return it;
}

/** Begins to follow a collection. */
export const informer = (options) => new Informer(options);
