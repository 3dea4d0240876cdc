import type { ReportedModel } from '@plimsoll/api'
import type { MlflowAccess, MlflowRun } from '@plimsoll/models'

/** What a server takes of one parameter, and how many of them a report is still read with. */
const maxParameterLength = 5000
const maxParameters = 1000

/** By the variables that MLflow's own client reads. */
export function mlflowAccess(): MlflowAccess {
  const {
    MLFLOW_TRACKING_URI: trackingUri = 'mlruns',
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = process.env
  if (user) return { trackingUri, authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` }
  return { trackingUri, ...(token && { authorization: `Bearer ${token}` }) }
}

/** Who trained it, when, with what, from which commit: as far as MLflow knows. */
export function modelOfRun(run: MlflowRun): Omit<ReportedModel, 'digest'> {
  const parameters = Object.entries(run.parameters)
    .filter(([name]) => name.length <= 500)
    .slice(0, maxParameters)
    .map(([name, value]) => [name, value.slice(0, maxParameterLength)] as const)
  return {
    origin: run.origin.slice(0, 2000),
    ...(run.name !== undefined && { name: run.name.slice(0, 500) }),
    ...(run.user !== undefined && { trainedBy: run.user.slice(0, 500) }),
    ...(run.endedAt !== undefined && { trainedAt: run.endedAt }),
    ...(run.commit !== undefined && { commit: run.commit }),
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
  }
}
