// What users of the package write in TypeScript, checked by `tsc`: scripts/npm. It never runs.

import * as k8s from './js/index.js';
import { ADD, CoreV1Api, Informer, KubeConfig, informer, makeInformer } from './js/index.js';
import type { Change, ClientInformer, InformerError, InformerState, KubernetesObject } from './js/index.js';

interface Pod extends KubernetesObject {
    spec: { nodeName?: string };
    status: { phase: string };
}

export async function follow(signal: AbortSignal): Promise<void> {
    const pods: Informer<Pod> = informer<Pod>({
        path: '/api/v1/namespaces/shop/pods',
        labelSelector: 'app=web',
        fieldSelector: 'status.phase=Running',
        maxObjects: 1_000,
        base: 'https://cluster.example.com',
        headers: { Authorization: 'Bearer x' },
        fetch: (input, init) => fetch(input, init),
        signal,
    });
    pods.addEventListener('update', ({ object, old }) => {
        const phases: [string, string | undefined] = [object.status.phase, old?.status.phase];
        console.log(phases);
    });
    pods.addEventListener('state', ({ state }) => {
        const { live, error }: InformerState = state;
        const failure: InformerError | null = error;
        console.log(live, failure?.message, failure?.code);
    });
    await pods.ready;
    const one: Pod | undefined = pods.get('web-0', 'shop');
    const all: Pod[] = pods.list('shop');
    const size: number = pods.size;
    console.log(one?.spec.nodeName, all.length, size);
    for await (const change of pods) {
        const { type, object, old }: Change<Pod> = change;
        if (type === 'delete') pods.stop();
        console.log(object.metadata.labels?.app, old?.metadata.resourceVersion);
    }

    // @ts-expect-error: a path is needed
    informer({ labelSelector: 'app=web' });
    // @ts-expect-error: there is no such option
    informer({ path: '/api/v1/pods', selector: 'app=web' });
    // @ts-expect-error: an event of a change has no state
    pods.addEventListener('add', ({ state }) => state);
    // @ts-expect-error: an object of this name may not be there
    pods.get('web-0').spec;
    // @ts-expect-error: a state is read, not written
    pods.state = {};
}

export async function followAsTheOfficialClientDoes(): Promise<void> {
    const config = new KubeConfig();
    config.loadFromDefault();
    const listFn = () => config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'default' });
    const pods: ClientInformer<Pod> = makeInformer<Pod>(config, '/api/v1/namespaces/default/pods', listFn, 'app=web');
    const tell = (pod: Pod) => console.log(pod.status.phase);
    pods.on(ADD, tell);
    pods.on(k8s.CHANGE, tell);
    pods.on('error', (error) => console.log(error.message, error.statusCode));
    pods.on('connect', () => console.log('connected'));
    pods.off(ADD, tell);
    await pods.start();
    const held: readonly Pod[] = pods.list();
    console.log(held.length, pods.get('web-0')?.status.phase);
    await pods.stop();

    // @ts-expect-error: there is no such event
    pods.on('bookmark', tell);
    // @ts-expect-error: an error is no object
    pods.on('error', (pod: Pod) => tell(pod));
    // @ts-expect-error: a path is needed
    makeInformer(config);
}
