import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, textAt } from '../../json.ts'
import { type BuiltInAction, changing, replicasIn, setAt, timeText } from './change.ts'

const paused = 'autoscaling.keda.sh/paused'
const pausedReplicas = 'autoscaling.keda.sh/paused-replicas'
const rollingUpdate = 'strimzi.io/manual-rolling-update'

function annotationOf({ metadata }: KubeObject, name: string): string | undefined {
  return metadata.annotations?.[name]
}

function annotate(object: KubeObject, name: string, value: string | undefined): void {
  setAt(object, ['metadata', 'annotations', name], value)
}

/** An interval of nothing: it is read again only when somebody says so by its policy. */
function isNeverRefreshed(object: KubeObject): boolean {
  const interval = at(object, 'spec', 'refreshInterval')
  return interval === 0 || (typeof interval === 'string' && /^0(ns|us|µs|ms|s|m|h)?$/.test(interval))
}

function isAutomated(object: KubeObject): boolean {
  const automated = at(object, 'spec', 'syncPolicy', 'automated')
  return isObject(automated) && automated.enabled !== false
}

const icons = { pause: 'fa fa-fw fa-pause-circle', play: 'fa fa-fw fa-play-circle' }

function keda(isPaused: (object: KubeObject) => boolean): BuiltInAction[] {
  return [
    changing('pause', { iconClass: icons.pause, isDisabled: isPaused }, (object) => annotate(object, paused, 'true')),
    changing('resume', { iconClass: icons.play, isDisabled: (object) => !isPaused(object) }, (object) => {
      annotate(object, paused, undefined)
      annotate(object, pausedReplicas, undefined)
    }),
  ]
}

/** Kinds that are told by an annotation what to do, and the Application, which is told by its spec (argo-cd `resource_customizations`, 3.x). */
export const annotated: Record<string, BuiltInAction[]> = {
  'keda.sh/ScaledJob': keda((object) => annotationOf(object, paused) === 'true'),
  'keda.sh/ScaledObject': [
    ...keda((object) => annotationOf(object, paused) === 'true' || annotationOf(object, pausedReplicas) !== undefined),
    changing(
      'paused-replicas',
      {
        iconClass: icons.pause,
        describe: (object) => ({ params: [{ name: 'replicas', default: annotationOf(object, pausedReplicas) ?? '0' }] }),
        isDisabled: (object) => annotationOf(object, paused) === 'true',
      },
      (object, context) => annotate(object, pausedReplicas, String(replicasIn(context, ' (must be >= 0)'))),
    ),
  ],
  'external-secrets.io/ExternalSecret': [
    changing(
      'refresh',
      { isDisabled: (object) => isNeverRefreshed(object) && textAt(object, 'spec', 'refreshPolicy') !== 'OnChange' },
      (object, { now }) => annotate(object, 'force-sync', timeText(now)),
    ),
  ],
  'external-secrets.io/PushSecret': [
    changing('push', { isDisabled: isNeverRefreshed }, (object, { now }) => annotate(object, 'force-sync', timeText(now))),
  ],
  'core.strimzi.io/StrimziPodSet': [
    changing('rolling-update', { isDisabled: (object) => annotationOf(object, rollingUpdate) === 'true' }, (object) => {
      annotate(object, rollingUpdate, 'true')
    }),
  ],
  'argoproj.io/Application': [
    changing(
      'toggle-auto-sync',
      { describe: (object) => ({ displayName: isAutomated(object) ? 'Disable Auto-Sync' : 'Enable Auto-Sync' }) },
      (object) => setAt(object, ['spec', 'syncPolicy', 'automated', 'enabled'], !isAutomated(object)),
    ),
  ],
}
