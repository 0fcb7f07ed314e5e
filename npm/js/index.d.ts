/** An object of the Kubernetes API, as plain JavaScript. `kind` and `apiVersion` are those of the path. */
export interface KubernetesObject {
    metadata: {
        name: string;
        namespace?: string;
        uid?: string;
        resourceVersion?: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
        creationTimestamp?: string;
        [field: string]: unknown;
    };
    [field: string]: any;
}

export interface InformerOptions {
    /** The path of the collection: `/api/v1/pods`, `/apis/apps/v1/namespaces/shop/deployments`. */
    path: string;
    /** Another server than the page's own origin; it must allow the origin (CORS). */
    base?: string;
    /** In place of the browser's `fetch`, for instance with credentials. WebSockets are not used then. */
    fetch?: typeof fetch;
    /** Headers of each request. WebSockets are not used then. */
    headers?: Record<string, string>;
    /** Stops the informer. */
    signal?: AbortSignal;
    /** `app=web,tier in (a,b)` */
    labelSelector?: string;
    /** `status.phase=Running` */
    fieldSelector?: string;
    /** Most objects that are held; 300,000 by default. */
    maxObjects?: number;
}

export interface InformerError {
    /** `Unreachable`, `Forbidden`, `Expired`, `TooManyRequests`, … */
    cause: string;
    /** `list` or `watch`. */
    verb: string;
    /** The HTTP status, where there was one. */
    code: number | null;
    /** What the server or the browser said. */
    message: string;
}

export interface InformerState {
    /** A list was complete. */
    ready: boolean;
    /** A watch is open and every change arrives. */
    live: boolean;
    lostForSeconds: number | null;
    nextAttemptInSeconds: number | null;
    /** The last failure since it was live. */
    error: InformerError | null;
    objects: number;
    /** Objects for which there was no room. */
    leftOut: number;
    resourceVersion: string | null;
}

export interface Change<T = KubernetesObject> {
    type: 'add' | 'update' | 'delete';
    object: T;
    old?: T;
}

export class ChangeEvent<T = KubernetesObject> extends Event {
    readonly object: T;
    readonly old?: T;
}

export class StateEvent extends Event {
    readonly state: InformerState;
}

export interface InformerEvents<T> {
    add: ChangeEvent<T>;
    update: ChangeEvent<T>;
    delete: ChangeEvent<T>;
    change: ChangeEvent<T>;
    state: StateEvent;
}

export class Informer<T = KubernetesObject> extends EventTarget implements AsyncIterable<Change<T>> {
    constructor(options: InformerOptions);
    /** The object of this name; the namespace is that of the path, if it has one. */
    get(name: string, namespace?: string): T | undefined;
    list(namespace?: string): T[];
    readonly size: number;
    readonly state: InformerState;
    readonly ready: Promise<void>;
    stop(): void;
    [Symbol.asyncIterator](): AsyncIterator<Change<T>>;
    addEventListener<E extends keyof InformerEvents<T>>(
        type: E,
        listener: (event: InformerEvents<T>[E]) => void,
        options?: boolean | AddEventListenerOptions,
    ): void;
    addEventListener(
        type: string,
        listener: EventListenerOrEventListenerObject | null,
        options?: boolean | AddEventListenerOptions,
    ): void;
}

/** Begins to follow a collection. */
export function informer<T = KubernetesObject>(options: InformerOptions): Informer<T>;

export const ADD: 'add';
export const UPDATE: 'update';
export const CHANGE: 'change';
export const DELETE: 'delete';
export const CONNECT: 'connect';
export const ERROR: 'error';

/** The cluster behind the page's own origin. */
export class KubeConfig {
    constructor(options?: { server?: string; fetch?: typeof fetch; headers?: Record<string, string> });
    loadFromDefault(): void;
    loadFromCluster(): void;
    getCurrentCluster(): { name: string; server: string };
    /** For a `listFn`, which is not called. Whatever is called on it is rejected with what to use instead. */
    makeApiClient(api?: unknown): any;
}

/** The names that code hands to `makeApiClient`. */
export class AppsV1Api {}
export class BatchV1Api {}
export class CoreV1Api {}
export class CustomObjectsApi {}
export class NetworkingV1Api {}

export interface ClientInformer<T = KubernetesObject> {
    on(event: 'add' | 'update' | 'change' | 'delete', handler: (object: T) => void): void;
    on(event: 'connect', handler: () => void): void;
    on(event: 'error', handler: (error: Error & { cause?: string; code?: number; statusCode?: number }) => void): void;
    off(event: string, handler: (...values: any[]) => void): void;
    start(): Promise<void>;
    stop(): Promise<void>;
    get(name: string, namespace?: string): T | undefined;
    list(namespace?: string): ReadonlyArray<T>;
}

/** As that of the official client; `listFn` is not called. */
export function makeInformer<T = KubernetesObject>(
    kubeConfig: KubeConfig,
    path: string,
    listFn?: unknown,
    labelSelector?: string,
    fieldSelector?: string,
): ClientInformer<T>;
