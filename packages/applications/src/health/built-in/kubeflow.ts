import { type HealthCheck } from '../health-status.ts'
import { byConditions, type ConditionRule } from './conditions.ts'

/** A job that runs is on its way, as a Job of Kubernetes is (training-operator `pkg/apis/kubeflow.org/v1/common_types.go`). */
const jobRules: readonly ConditionRule[] = [
  { type: 'Failed', status: 'True', as: 'Degraded' },
  { type: 'Succeeded', status: 'True', as: 'Healthy' },
  { type: 'Suspended', status: 'True', as: 'Suspended' },
  { type: 'Restarting', status: 'True', as: 'Progressing' },
  { type: 'Running', status: 'True', as: 'Progressing' },
  { type: 'Created', status: 'True', as: 'Progressing' },
]

const jobs = ['JAXJob', 'MPIJob', 'MXJob', 'PaddleJob', 'PyTorchJob', 'TFJob', 'XGBoostJob']

/** Kubeflow's training, old and new, and Katib's experiments. */
export const kubeflow: Record<string, HealthCheck> = {
  ...Object.fromEntries(jobs.map((kind) => [`kubeflow.org/${kind}`, byConditions(`Waiting for ${kind}`, jobRules)])),
  'trainer.kubeflow.org/TrainJob': byConditions('Waiting for TrainJob', [
    { type: 'Failed', status: 'True', as: 'Degraded' },
    { type: 'Complete', status: 'True', as: 'Healthy' },
    { type: 'Suspended', status: 'True', as: 'Suspended' },
  ]),
  'kubeflow.org/Experiment': byConditions('Waiting for Experiment', jobRules),
  'kubeflow.org/Trial': byConditions('Waiting for Trial', [
    { type: 'Killed', status: 'True', as: 'Degraded' },
    { type: 'MetricsUnavailable', status: 'True', as: 'Degraded' },
    { type: 'EarlyStopped', status: 'True', as: 'Healthy' },
    ...jobRules,
  ]),
}
