import type { KubeObject } from '@plimsoll/kube'
import { at, isObject, listAt, textAt } from '../../json.ts'
import { type BuiltInAction, changing, setAt, timeText } from './change.ts'

type Path = readonly [string, ...string[]]

/** `suspend` or `resume`, whichever makes sense, for kinds that have a field for it. */
export function suspension(path: Path, isOver: (object: KubeObject) => boolean = () => false): BuiltInAction[] {
  const isSuspended = (object: KubeObject): boolean => at(object, ...path) === true
  return [
    changing('resume', { iconClass: 'fa fa-fw fa-play', isHidden: (object) => !isSuspended(object) || isOver(object) }, (object) => {
      if (isSuspended(object)) setAt(object, path, false)
    }),
    changing('suspend', { iconClass: 'fa fa-fw fa-pause', isHidden: (object) => isSuspended(object) || isOver(object) }, (object) => {
      setAt(object, path, true)
    }),
  ]
}

function hasEnded(types: readonly string[]): (object: KubeObject) => boolean {
  return (object) =>
    listAt(object, 'status', 'conditions')
      .filter(isObject)
      .some(({ type, status }) => typeof type === 'string' && types.includes(type) && status === 'True')
}

const isJobOver = hasEnded(['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'])
const isTrainingOver = hasEnded(['Succeeded', 'Failed', 'Complete', 'Completed'])
const trainingKinds = ['JAXJob', 'MPIJob', 'MXJob', 'PaddleJob', 'PyTorchJob', 'TFJob', 'XGBoostJob']

/** Kinds that can be told to wait. */
export const suspensions: Record<string, BuiltInAction[]> = {
  'batch/Job': [
    ...suspension(['spec', 'suspend'], isJobOver),
    changing(
      'terminate',
      { iconClass: 'fa fa-fw fa-stop', isHidden: (object) => !isObject(object.status) || isJobOver(object) },
      terminateJob,
    ),
  ],
  'jobset.x-k8s.io/JobSet': suspension(['spec', 'suspend'], isTrainingOver),
  ...Object.fromEntries(
    trainingKinds.map((kind) => [`kubeflow.org/${kind}`, suspension(['spec', 'runPolicy', 'suspend'], isTrainingOver)]),
  ),
  'trainer.kubeflow.org/TrainJob': suspension(['spec', 'suspend'], isTrainingOver),
  'ray.io/RayCluster': suspension(['spec', 'suspend']),
  'ray.io/RayJob': suspension(['spec', 'suspend'], (object) =>
    ['Complete', 'Failed'].includes(textAt(object, 'status', 'jobDeploymentStatus') ?? ''),
  ),
  'sparkoperator.k8s.io/ScheduledSparkApplication': suspension(['spec', 'suspend']),
  'kueue.x-k8s.io/Workload': [
    changing('resume', { isDisabled: (object) => at(object, 'spec', 'active') !== false }, (object) =>
      setAt(object, ['spec', 'active'], true),
    ),
    changing('suspend', { isDisabled: (object) => at(object, 'spec', 'active') === false }, (object) =>
      setAt(object, ['spec', 'active'], false),
    ),
  ],
}

/** The controller of Jobs ends what has this condition (k8s.io/api batch/v1, JobFailureTarget). */
function terminateJob(object: KubeObject, { now }: { now: Date }): void {
  if (!isObject(object.status) || isJobOver(object)) return
  const condition = {
    lastTransitionTime: timeText(now),
    message: 'Job was terminated explicitly through Argo CD',
    reason: 'ManuallyTerminated',
    status: 'True',
    type: 'FailureTarget',
  }
  setAt(object, ['status', 'conditions'], [...listAt(object, 'status', 'conditions'), condition])
}
