import type { Condition, Job, Position, StepsJob, Template, TemplateMap, TemplateTree, Workflow } from '../contract.ts'
import { visit } from '../expression/availability.ts'
import { foldCase } from '../expression/coercion.ts'
import type { Expression } from '../expression/syntax.ts'
import { nearest } from './nearest.ts'
import type { SourceReader } from './source-reader.ts'

/** Names that can be told from the file: GitHub evaluates one that is not there to nothing, which is hardly ever meant. */
export function checkReferences(reader: SourceReader, workflow: Workflow): void {
  const inputs = declaredInputs(workflow)
  for (const job of workflow.jobs.values()) {
    const needs = new Set(job.needs.map((need) => foldCase(need.value)))
    const matrix = matrixNames(job)
    const steps = job.kind === 'steps' ? stepPlaces(job) : undefined
    const check = (expression: Expression, at: Position, upToStep: number): void => {
      visit(expression, (node) => {
        const access = firstAccess(node)
        if (!access) return
        const { context, name } = access
        const say = (message: string): void => reader.warning(message, at)
        if (context === 'needs' && !needs.has(foldCase(name))) {
          say(`'needs.${name}' is empty: job '${job.id}' does not need a job '${name}'`)
        } else if (context === 'steps' && steps && (steps.get(foldCase(name)) ?? upToStep) >= upToStep) {
          const guess = nearest(
            name,
            [...steps.keys()].slice(0, 100).map((one) => one.toLowerCase()),
          )
          say(
            `'steps.${name}' is empty: no step before this place has the id '${name}'${guess && guess !== name.toLowerCase() ? `, did you mean '${guess}'?` : ''}`,
          )
        } else if (context === 'matrix' && matrix && !matrix.has(foldCase(name))) {
          say(`'matrix.${name}' is empty: the matrix of job '${job.id}' has no '${name}'`)
        } else if (context === 'inputs' && inputs && !inputs.has(foldCase(name))) {
          say(`'inputs.${name}' is empty: the workflow declares no input '${name}'`)
        }
      })
    }
    for (const { expression, at, upToStep } of expressionsOf(job)) {
      if (reader.isFull) return
      check(expression, at, upToStep)
    }
  }
}

/** `needs.build`, `steps['x']`: the context and the first name, when it is written out. */
function firstAccess(node: Expression): { context: string; name: string } | undefined {
  if (node.kind !== 'index' || node.of.kind !== 'context' || node.by.kind !== 'literal' || typeof node.by.value !== 'string')
    return undefined
  return { context: node.of.name, name: node.by.value }
}

/** Undefined: it is started with inputs that are not declared in one place. */
function declaredInputs(workflow: Workflow): Set<string> | undefined {
  const names = new Set<string>()
  for (const event of ['workflow_dispatch', 'workflow_call']) {
    for (const name of workflow.events.get(event)?.inputs?.keys() ?? []) names.add(foldCase(name))
  }
  return names
}

/** Undefined: it comes from an expression. */
function matrixNames(job: Job): Set<string> | undefined {
  const matrix = job.strategy?.matrix
  const names = new Set<string>()
  if (!matrix) return names
  if (!('entries' in matrix) || matrix.computed) return undefined
  for (const [name, value] of matrix.entries) {
    if (name !== 'include' && name !== 'exclude') names.add(foldCase(name))
    else if (!('items' in value)) return undefined
    else if (name === 'include') {
      for (const item of value.items) {
        if (!('entries' in item)) return undefined
        for (const key of item.entries.keys()) names.add(foldCase(key))
      }
    }
  }
  return names
}

/** Where each id stands. */
function stepPlaces(job: StepsJob): Map<string, number> {
  return new Map(job.steps.flatMap((step, at) => (step.id === undefined ? [] : [[foldCase(step.id), at] as const])))
}

interface Found {
  readonly expression: Expression
  readonly at: Position
  readonly upToStep: number
}

function* expressionsOf(job: Job): Generator<Found> {
  const end = Number.POSITIVE_INFINITY
  yield* ofTree(job.name, end)
  yield* ofCondition(job.if, end)
  yield* ofTree(job.concurrency?.group, end)
  if (job.kind === 'call') {
    for (const one of job.with.values()) yield* ofTree(one, end)
    if (job.secrets !== 'inherit') for (const one of job.secrets.values()) yield* ofTree(one, end)
    return
  }
  yield* ofTree(job.runsOn.labels, end)
  yield* ofTree(job.env, end)
  yield* ofTree(job.environment?.name, end)
  yield* ofTree(job.environment?.url, end)
  yield* ofTree(job.container, end)
  yield* ofTree(job.services, end)
  for (const one of job.outputs.values()) yield* ofTree(one, end)
  for (const [at, step] of job.steps.entries()) {
    yield* ofTree(step.name, at)
    yield* ofCondition(step.if, at)
    yield* ofTree(step.env, at)
    if (step.kind === 'run') {
      yield* ofTree(step.run, at)
      yield* ofTree(step.workingDirectory, at)
    } else for (const one of step.with.values()) yield* ofTree(one, at)
  }
}

function* ofCondition(condition: Condition | undefined, upToStep: number): Generator<Found> {
  if (condition) yield { expression: condition.expression, at: condition, upToStep }
}

function* ofTree(tree: TemplateTree | Template | undefined, upToStep: number): Generator<Found> {
  if (!tree) return
  if ('items' in tree) for (const item of tree.items) yield* ofTree(item, upToStep)
  else if ('entries' in tree) for (const item of valuesOf(tree)) yield* ofTree(item, upToStep)
  else for (const part of tree.parts) if (typeof part !== 'string') yield { expression: part, at: tree, upToStep }
}

function valuesOf(map: TemplateMap): TemplateTree[] {
  return [...map.entries.values(), ...(map.computed ?? []).flatMap(({ key, value }) => [key, value])]
}
