import type { CallJob, FileOrigin, LinkedWorkflow, LoadedWorkflow, Problem, Workflow, WorkflowParser } from './contract.ts'
import { foldCase } from './expression/coercion.ts'
import { parseWorkflow } from './reading/workflow.ts'

/** GitHub's documentation, "Reusing workflow configurations" (2025): the caller and nine levels below it, 50 files in all. */
const deepest = 10
const mostWorkflows = 50

type PlacedProblem = Problem & { path: string }

/** Loads what the jobs call, all the way down. */
export async function linkWorkflows(
  workflow: Workflow,
  identity: string,
  load: LoadedWorkflow['load'],
  parse: WorkflowParser = parseWorkflow,
): Promise<{ linked?: LinkedWorkflow; problems: PlacedProblem[] }> {
  const problems: PlacedProblem[] = []
  const parsed = new Map<string, Workflow | undefined>()
  const seen = new Set<string>([identity])
  let called = 0
  const linked = await link(workflow, [identity], load, undefined)
  return problems.length > 0 ? { problems } : { linked, problems }

  async function link(
    from: Workflow,
    chain: readonly string[],
    loadFrom: LoadedWorkflow['load'],
    origin: FileOrigin | undefined,
  ): Promise<LinkedWorkflow> {
    const calls = new Map<string, LinkedWorkflow>()
    for (const [id, job] of from.jobs) {
      if (job.kind !== 'call') continue
      const found = await follow(from, job, chain, loadFrom)
      if (found) calls.set(id, found)
    }
    return { workflow: from, calls, ...(origin && { origin }) }
  }

  async function follow(
    from: Workflow,
    job: CallJob,
    chain: readonly string[],
    loadFrom: LoadedWorkflow['load'],
  ): Promise<LinkedWorkflow | undefined> {
    const report = (message: string): undefined => {
      problems.push({ message, severity: 'error', line: job.uses.line, column: job.uses.column, path: from.path })
    }
    // Each call costs, also one to a file that is known: a tree of calls grows by its branches.
    if (++called > 500) return report('the workflow calls others more than 500 times')
    if (chain.length >= deepest) return report(`workflows call each other more than ${deepest} levels deep`)
    const loaded = await loadFrom(job.uses)
    if (!loaded) return undefined
    if ('problem' in loaded) return report(`'${job.uses.source}': ${loaded.problem}`)
    if (chain.includes(loaded.identity)) return report(`'${job.uses.source}' calls itself, by way of ${chain.length} workflows`)
    seen.add(loaded.identity)
    if (seen.size > mostWorkflows + 1) return report(`the workflow calls more than ${mostWorkflows} others`)
    if (!parsed.has(loaded.identity)) {
      const result = await parse(loaded.text, loaded.path)
      parsed.set(loaded.identity, result.workflow)
      for (const problem of result.problems) if (problem.severity === 'error') problems.push({ ...problem, path: loaded.path })
    }
    const workflow = parsed.get(loaded.identity)
    if (!workflow) return report(`'${job.uses.source}' has errors`)
    if (!workflow.events.has('workflow_call')) return report(`'${job.uses.source}' cannot be called: it has no event 'workflow_call'`)
    checkCall(job, workflow, report)
    return link(workflow, [...chain, loaded.identity], (reference) => loaded.load(reference), loaded.origin)
  }
}

/** What can be told before anything is evaluated: names that are missing, and names that are not there. */
function checkCall(job: CallJob, called: Workflow, report: (message: string) => undefined): void {
  const trigger = called.events.get('workflow_call')
  const given = new Set([...job.with.keys()].map(foldCase))
  const inputs = trigger?.inputs ?? new Map<string, { required: boolean }>()
  for (const [name, input] of inputs) if (input.required && !given.has(foldCase(name))) report(`'${job.uses.source}' needs input '${name}'`)
  for (const name of job.with.keys()) if (!hasName(inputs, name)) report(`'${job.uses.source}' has no input '${name}'`)
  if (job.secrets === 'inherit') return
  const secrets = trigger?.secrets ?? new Map<string, { required: boolean }>()
  const passed = new Set([...job.secrets.keys()].map(foldCase))
  for (const [name, secret] of secrets)
    if (secret.required && !passed.has(foldCase(name))) report(`'${job.uses.source}' needs secret '${name}'`)
  for (const name of job.secrets.keys()) if (!hasName(secrets, name)) report(`'${job.uses.source}' has no secret '${name}'`)
}

function hasName(names: ReadonlyMap<string, unknown>, name: string): boolean {
  return [...names.keys()].some((one) => foldCase(one) === foldCase(name))
}
