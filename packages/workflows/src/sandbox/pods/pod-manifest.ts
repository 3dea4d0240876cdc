import { applyStrategicMergePatch, typeSchemaFor, type KubeObject } from '@plimsoll/kube'
import type { SandboxRequest } from '../probe.ts'
import { labels } from './pod-labels.ts'
import type { PodService } from './pod-services.ts'

export const mainContainer = 'job'
export const copyContainer = 'node'

export interface PodSettings {
  namespace: string
  /** Of jobs that name none. Has bash, git, tar and Node.js. */
  image: string
  /** Of this installation, and of this start of it. */
  server: string
  start: string
  memoryBytes: number
  diskBytes: number
  /** How long a pod may take until its first step. */
  startMs: number
  /** What our own scripts are there, as `podScripts` packs them. */
  scripts: string
  /** Merged over what is said here (strategic merge patch of a Pod). */
  template?: Record<string, unknown>
}

/** A job's user, as on GitHub's runners. */
const user = 1001
const mebibyte = 1024 ** 2

/**
 * The first process reaps what steps leave behind, hands the request to end on, and starts the agent with whichever Node.js runs in this image:
 * that of the job's own image, or the one that was copied here.
 */
const boot = `for node in "$PLIMSOLL_RUN/bin/node" node; do
  "$node" -e 0 >/dev/null 2>&1 || continue
  "$node" -e "$PLIMSOLL_BOOT" & child=$!
  trap 'kill -TERM "$child"' TERM INT
  wait "$child"; code=$?
  while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
  exit "$code"
done
echo "This image cannot run Node.js, which steps of actions need: it has none of its own, and that of $PLIMSOLL_IMAGE does not run in it." >&2
exit 78`

/** Unpacks our scripts, and becomes the agent. */
const unpack = `const fs=require('node:fs'),path=require('node:path'),run=process.env.PLIMSOLL_RUN;
const files=JSON.parse(require('node:zlib').gunzipSync(Buffer.from(process.env.PLIMSOLL_SCRIPTS,'base64url')));
for(const name in files){fs.mkdirSync(path.dirname(path.join(run,name)),{recursive:true});fs.writeFileSync(path.join(run,name),files[name])}
import(require('node:url').pathToFileURL(path.join(run,'inside/pod-agent.mjs')).href)`

/** In a job's main container: joins whoever starts it with the agent, which may still be on its way up. */
export const bridgeCommand = [
  '/bin/sh',
  '-c',
  'n=0; while [ ! -s "$PLIMSOLL_RUN/node" ]; do n=$((n+1)); [ "$n" -gt 300 ] && { echo "the agent of this pod did not start" >&2; exit 1; }; sleep 0.1; done; exec "$(cat "$PLIMSOLL_RUN/node")" "$PLIMSOLL_RUN/inside/pod-bridge.mjs"',
]

/** The pod of one job: a container for its steps, one for each service. `name`: a new one for each try. */
export function podOf(name: string, request: SandboxRequest, services: readonly PodService[], settings: PodSettings): KubeObject {
  const { container } = request
  const image = container?.image ?? settings.image
  const variables = {
    PLIMSOLL_RUN: '/plimsoll',
    PLIMSOLL_HOME: '/home/runner',
    PLIMSOLL_REPOSITORY: folderName(request.repository),
    PLIMSOLL_IMAGE: settings.image,
    TMPDIR: '/tmp',
  }
  const env = [
    ...[...(container?.env ?? [])].map(([key, value]) => ({ name: key, value: literal(value) })),
    ...Object.entries(variables).map(([key, value]) => ({ name: key, value })),
  ]
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  }
  const volumeMounts = [
    { name: 'home', mountPath: '/home/runner' },
    { name: 'run', mountPath: '/plimsoll' },
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'tmp', mountPath: '/var/tmp' },
    { name: 'shm', mountPath: '/dev/shm' },
  ]
  const resources = {
    requests: { cpu: '250m', memory: bytes(Math.min(settings.memoryBytes, 512 * mebibyte)), 'ephemeral-storage': '512Mi' },
    limits: { memory: bytes(settings.memoryBytes), 'ephemeral-storage': bytes(settings.diskBytes) },
  }
  const copy = {
    name: copyContainer,
    image: settings.image,
    command: ['/bin/sh', '-c', 'mkdir -p "$PLIMSOLL_RUN/bin" && cp "$(command -v node)" "$PLIMSOLL_RUN/bin/node"'],
    env: [{ name: 'PLIMSOLL_RUN', value: '/plimsoll' }],
    securityContext,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: volumeMounts.filter((mount) => mount.name === 'run'),
    resources,
  }
  const volume = (of: string, emptyDir: object): object => ({ name: of, emptyDir })
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: settings.namespace,
      labels: {
        [labels.managedBy]: 'plimsoll',
        [labels.run]: request.runId,
        [labels.job]: request.jobId,
        [labels.trust]: request.isOutside ? 'outside' : 'trusted',
        [labels.server]: settings.server,
        [labels.start]: settings.start,
      },
      // Whoever empties a node to save it does not take one away that works.
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false', 'karpenter.sh/do-not-disrupt': 'true' },
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      activeDeadlineSeconds: Math.ceil((request.longestMs + settings.startMs) / 1000),
      terminationGracePeriodSeconds: 5,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      ...(services.length > 0 && { hostAliases: [{ ip: '127.0.0.1', hostnames: services.map((service) => service.host) }] }),
      ...(container && { initContainers: [copy] }),
      containers: [
        {
          name: mainContainer,
          image,
          command: ['/bin/sh', '-c', boot, 'plimsoll-job'],
          env: [...env, { name: 'PLIMSOLL_BOOT', value: unpack }, { name: 'PLIMSOLL_SCRIPTS', value: settings.scripts }],
          securityContext,
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts,
          resources,
        },
        ...services.map((service) => service.container),
      ],
      volumes: [
        volume('home', { sizeLimit: bytes(settings.diskBytes) }),
        volume('run', { sizeLimit: bytes(settings.diskBytes) }),
        volume('tmp', { sizeLimit: bytes(settings.diskBytes) }),
        volume('shm', { medium: 'Memory', sizeLimit: '1Gi' }),
      ],
    },
  }
  if (!settings.template) return pod
  const schema = typeSchemaFor({ group: '', version: 'v1', kind: 'Pod' })
  const merged = applyStrategicMergePatch(pod, settings.template, schema) as KubeObject
  // Whatever a template says, it is this job's, and is found again.
  return { ...merged, metadata: { ...merged.metadata, name, namespace: settings.namespace, labels: { ...merged.metadata.labels, ...pod.metadata.labels } } } // prettier-ignore
}

/** As its folder in the workspace is called. */
function folderName(repository: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(repository) ? repository : 'repository'
}

function bytes(count: number): string {
  return String(Math.floor(count))
}

/** The kubelet reads `$(NAME)` in values, and `$$` as a dollar sign (core/v1, EnvVar). */
export function literal(text: string): string {
  return text.replaceAll('$', () => '$$')
}
