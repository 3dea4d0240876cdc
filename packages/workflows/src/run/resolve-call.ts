import { evaluate, evaluateStrings, resolveCallInputs, resolveCallSecrets } from '../language/index.ts'
import type { CallJob, Scope, Value, Workflow } from '../language/contract.ts'
import { mapOf } from '../step/values.ts'
import type { Level } from './level.ts'
import type { RunOfJobs } from './run-steps-job.ts'

/** What a job gives to the workflow that it calls. Throws a sentence when the two do not fit. */
export async function resolveCall(
  run: Pick<RunOfJobs, 'secrets' | 'isOutside'>,
  level: Level,
  job: CallJob,
  scope: Scope,
  called: Workflow,
): Promise<Required<Pick<Level, 'inputs' | 'secrets'>>> {
  const available = await run.secrets(level, undefined)
  const inner: Scope = { ...scope, contexts: { ...scope.contexts, secrets: mapOf(available) } }
  const given: [string, Value][] = []
  for (const [name, template] of job.with) given.push([name, await evaluate(template, inner)])
  const { inputs, problems } = await resolveCallInputs(called, mapOf(given), scope)
  const givenSecrets = job.secrets === 'inherit' ? 'inherit' : await evaluateStrings(job.secrets, inner)
  const { secrets, problems: secretProblems } = resolveCallSecrets(called, givenSecrets, available)
  // An outside run has no secrets: those that are required are empty, as on GitHub.
  const allProblems = [...problems, ...(run.isOutside ? [] : secretProblems)]
  if (allProblems.length > 0) throw new Error(allProblems.join(' '))
  return { inputs, secrets }
}
