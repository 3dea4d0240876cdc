import type { WorkflowStep } from '@plimsoll/api'
import { StepFailure } from '../actions/action-call.ts'
import { type ContainerDefinition, readDefinition } from '../engine/container-definition.ts'
import { startContainers } from '../engine/start-containers.ts'
import { evaluate, evaluateTree } from '../language/index.ts'
import type { Scope, StepsJob, Value } from '../language/contract.ts'
import { refuseStrangersToName } from './asked-containers.ts'
import { contextsOf } from './job-contexts.ts'
import type { JobExecution } from './job-execution.ts'

/** The image that the steps of a job run in. Undefined: they run on the machine. */
export async function stepsImage(job: StepsJob, scope: Scope): Promise<string | undefined> {
  const { container } = job
  if (container === undefined) return undefined
  const image = 'entries' in container ? container.entries.get('image') : container
  if (image === undefined || 'entries' in image || 'items' in image) return undefined
  const value = await evaluate(image, scope)
  return readDefinition(value, "the job's container")?.image
}

/** Whether the job has to have containers started before its first step. */
export function needsContainers(job: JobExecution): boolean {
  const { services } = job.spec.job
  if (job.tools.sandbox.services !== undefined) return false
  return job.tools.sandbox.image !== undefined || (services !== undefined && !('entries' in services && services.entries.size === 0))
}

export async function initializeContainers(job: JobExecution, record: WorkflowStep, signal: AbortSignal): Promise<void> {
  const { spec, tools } = job
  refuseStrangersToName(spec)
  const scope: Scope = { contexts: contextsOf(job, undefined, job.env) }
  const steps = tools.sandbox.image && readDefinition(spec.job.container && (await evaluateTree(spec.job.container, scope)), "the job's container") // prettier-ignore
  const services = readServices(spec.job.services && (await evaluateTree(spec.job.services, scope)))
  if (!steps && services.size === 0) return
  for (const one of [...(steps ? [steps] : []), ...services.values()]) if (one.credentials) tools.masker.add(one.credentials.password)
  try {
    await startContainers(tools.containers, { ...(steps && { steps }), services }, tools.sandbox, {
      say: (text, kind) => job.say(record.number, text, kind),
      line: (line) => tools.log.write(record.number, line),
      signal,
    })
  } catch (error) {
    if (signal.aborted) throw new StepFailure('The operation was canceled.')
    throw error
  }
}

function readServices(value: Value | undefined): Map<string, ContainerDefinition> {
  const services = new Map<string, ContainerDefinition>()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return services
  for (const [name, one] of Object.entries(value)) {
    // It is a name on a network.
    if (!/^[A-Za-z_][A-Za-z0-9_-]{0,100}$/.test(name))
      throw new StepFailure(`'${name}' cannot be the name of a service: letters, digits, - and _ can.`)
    const definition = readDefinition(one as Value, `service '${name}'`)
    if (definition) services.set(name, definition)
  }
  return services
}
