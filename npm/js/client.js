// What code that was written for the official client (@kubernetes/client-node) calls to make an informer.

import { Informer } from './index.js';

export const ADD = 'add';
export const UPDATE = 'update';
export const CHANGE = 'change';
export const DELETE = 'delete';
export const CONNECT = 'connect';
export const ERROR = 'error';

/** The cluster behind the page's own origin, as with `kubectl proxy --www`. */
export class KubeConfig {
    /** `server` is another server that allows this origin (CORS). */
    constructor({ server = '', fetch, headers } = {}) {
        Object.assign(this, { server, fetch, headers });
    }

    // There is no file to load from: the proxy has the credentials.
    loadFromDefault() {}
    loadFromCluster() {}

    getCurrentCluster() {
        return { name: 'page', server: this.server || globalThis.location?.origin };
    }

    /** The clients of the official package, as far as a `listFn` names one. */
    makeApiClient() {
        const refuse = () => Promise.reject(new Error('k8bit-informer reads collections alone, with makeInformer'));
        return new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : refuse) });
    }
}

/**
 * An informer that is driven as that of the official client. `listFn` is not called: a list is made of the path. Unlike that
 * one it recovers from errors by itself, so that a restart in the handler of `error` does no harm and is not needed.
 */
export function makeInformer(kubeConfig, path, listFn, labelSelector, fieldSelector) {
    const handlers = new Map();
    let current;
    let before;
    const tell = (event, ...values) => {
        for (const handler of [...(handlers.get(event) ?? [])]) {
            try {
                handler(...values);
            } catch (error) {
                globalThis.reportError ? reportError(error) : console.error(error);
            }
        }
    };
    const onState = ({ state }) => {
        if (state.live && !before?.live) tell(CONNECT);
        if (state.error && JSON.stringify(state.error) !== JSON.stringify(before?.error)) {
            const { message, cause, code } = state.error;
            tell(ERROR, Object.assign(new Error(message || cause), { cause, code, statusCode: code }));
        }
        before = state;
    };
    return {
        on(event, handler) {
            handlers.set(event, [...(handlers.get(event) ?? []), handler]);
        },
        off(event, handler) {
            handlers.set(event, (handlers.get(event) ?? []).filter((other) => other !== handler));
        },
        async start() {
            if (!current) {
                const { server: base, fetch, headers } = kubeConfig;
                current = new Informer({ path, base, fetch, headers, labelSelector, fieldSelector });
                for (const type of [ADD, UPDATE, DELETE]) {
                    current.addEventListener(type, ({ object }) => {
                        tell(type, object);
                        tell(CHANGE, object);
                    });
                }
                current.addEventListener('state', onState);
            }
            // As that of the official client, it is done when the first list is; one that is stopped is done as well.
            await current.ready.catch(() => {});
        },
        async stop() {
            current?.stop();
            current = before = undefined;
        },
        get: (name, namespace) => current?.get(name, namespace),
        list: (namespace) => current?.list(namespace) ?? [],
    };
}
