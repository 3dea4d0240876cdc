import { at } from '../../json.ts'
import { type BuiltInAction, changing, replicasIn, setAt, timeText } from './change.ts'

/** New pods with the same template, as `kubectl rollout restart` makes them. */
const restart = changing('restart', { iconClass: 'fa fa-fw fa-redo' }, (object, { now }) => {
  setAt(object, ['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'], timeText(now))
})

export const scale = changing('scale', { iconClass: 'fa fa-fw fa-plus-circle', params: [{ name: 'replicas' }] }, (object, context) => {
  setAt(object, ['spec', 'replicas'], replicasIn(context))
})

const pause = changing(
  'pause',
  { iconClass: 'fa fa-fw fa-pause-circle', isDisabled: (object) => at(object, 'spec', 'paused') === true },
  (object) => setAt(object, ['spec', 'paused'], true),
)

const resume = changing(
  'resume',
  { iconClass: 'fa fa-fw fa-play-circle', isDisabled: (object) => at(object, 'spec', 'paused') !== true },
  (object) => setAt(object, ['spec', 'paused'], undefined),
)

/** Workloads of Kubernetes, and those of others that scale like them. */
export const workloads: Record<string, BuiltInAction[]> = {
  'apps/DaemonSet': [restart],
  'apps/Deployment': [pause, restart, resume, scale],
  'apps/StatefulSet': [restart, scale],
  'leaderworkerset.x-k8s.io/LeaderWorkerSet': [scale],
}
