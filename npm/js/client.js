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

    /**
     * A client of the official package, as far as a `listFn` names one. `makeInformer` makes the list of its path, so that
     * nothing is called on it; whoever calls something else is told what to use.
     */
    makeApiClient(api) {
        const client = api?.name ?? 'a client';
        const refuse = (method) => () =>
            Promise.reject(
                new Error(
                    `k8bit-informer has no ${client}.${String(method)}. To follow a collection, use makeInformer(kubeConfig, path) ` +
                        `or informer({ path }); for a single request, use fetch, for instance fetch('/api/v1/pods').`,
                ),
            );
        return new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : refuse(name)) });
    }
}

// The names that code hands to `makeApiClient`.
export class AppsV1Api {}
export class BatchV1Api {}
export class CoreV1Api {}
export class CustomObjectsApi {}
export class NetworkingV1Api {}

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
