import type { Job, LinkedWorkflow, StrangerKnowledge, Template, TemplateTree, Workflow } from '../contract.ts'
import { orderJobs } from '../order.ts'
import { isTainted, strangerContexts, strangerInputs } from './find-strangers.ts'

/**
 * What leads back to strangers' text inside a job's steps, as far as the file tells: variables of workflow and job, its matrix, and
 * outputs of what it needs. What steps write to GITHUB_ENV and GITHUB_OUTPUT cannot be told from it.
 */
export function jobKnowledge(workflow: Workflow, jobId: string, inputs: ReadonlySet<string> = new Set()): StrangerKnowledge {
  return allKnowledge(workflow, inputs).get(jobId) ?? { inputs, env: [workflow.env] }
}

export function allKnowledge(workflow: Workflow, inputs: ReadonlySet<string>): Map<string, StrangerKnowledge> {
  return traced({ workflow, calls: new Map() }, inputs).knowledge
}

/** The same, with what the workflows that it calls give back. */
export function levelKnowledge(linked: LinkedWorkflow, inputs: ReadonlySet<string> = new Set()): Map<string, StrangerKnowledge> {
  return traced(linked, inputs).knowledge
}

/** Inputs of a called workflow that hold a stranger's text: given by the caller, or its own defaults where nothing is given. */
export function calledInputs(called: Workflow, given: ReadonlyMap<string, Template>, knowledge: StrangerKnowledge): Set<string> {
  const tainted = strangerInputs(given, knowledge)
  const names = new Set([...given.keys()].map((name) => name.toLowerCase()))
  for (const [name, input] of called.events.get('workflow_call')?.inputs ?? []) {
    if (input.default && !names.has(name.toLowerCase()) && strangerContexts(input.default).length > 0) tainted.add(name)
  }
  return tainted
}

function traced(
  linked: LinkedWorkflow,
  inputs: ReadonlySet<string>,
): { knowledge: Map<string, StrangerKnowledge>; outputs: ReadonlySet<string> } {
  const { workflow } = linked
  const all = new Map<string, StrangerKnowledge>()
  const outputsOf = new Map<string, string[]>()
  for (const id of orderJobs(workflow)) {
    const job = workflow.jobs.get(id)
    if (!job) continue
    const needed = new Set(job.needs.map((need) => need.value.toLowerCase()))
    const needs = new Set([...needed].flatMap((one) => outputsOf.get(one) ?? []))
    const matrix = taintedMatrix(job.strategy?.matrix, { inputs, needs })
    const knowledge: StrangerKnowledge = { inputs, needs, matrix, env: [workflow.env, job.kind === 'steps' ? job.env : undefined] }
    all.set(id, knowledge)
    const name = id.toLowerCase()
    outputsOf.set(name, taintedOutputs(job, knowledge, linked.calls.get(id)).map((output) => `${name}.${output}`)) // prettier-ignore
  }
  return { knowledge: all, outputs: new Set([...outputsOf.values()].flat()) }
}

function taintedOutputs(job: Job, knowledge: StrangerKnowledge, called: LinkedWorkflow | undefined): string[] {
  if (job.kind === 'call' && called) {
    const inner = calledInputs(called.workflow, job.with, knowledge)
    const { outputs } = traced(called, inner)
    const declared = called.workflow.events.get('workflow_call')?.outputs ?? []
    return [...declared]
      .filter(([, { value }]) => strangerContexts(value, { inputs: inner, needs: outputs }).length > 0)
      .map(([name]) => name.toLowerCase())
  }
  // What a workflow that was not loaded makes of such an input cannot be told.
  if (job.kind === 'call') return [...job.with.values()].some((one) => strangerContexts(one, knowledge).length > 0) ? ['*'] : []
  return [...job.outputs].filter(([, template]) => strangerContexts(template, knowledge).length > 0).map(([name]) => name.toLowerCase())
}

function taintedMatrix(matrix: TemplateTree | undefined, knowledge: StrangerKnowledge): Set<string> {
  if (!matrix) return new Set()
  if (!('entries' in matrix) || matrix.computed) return new Set(isTainted(matrix, knowledge) ? ['*'] : [])
  const names = new Set<string>()
  for (const [name, value] of matrix.entries) {
    if (!isTainted(value, knowledge)) continue
    // An entry of `include` names what it sets; one that is an expression may set anything.
    names.add(name === 'include' ? '*' : name.toLowerCase())
  }
  return names
}
