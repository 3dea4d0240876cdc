import type { ContextName } from '../contract.ts'
import type { Expression } from './syntax.ts'
import { ExpressionProblem } from './tokens.ts'

/** What an expression at one place may name. */
export interface Availability {
  readonly contexts: readonly ContextName[]
  /** Beyond those that are always there: name to the fewest and the most arguments. */
  readonly functions?: Readonly<Record<string, readonly [number, number]>>
}

const always = {
  case: [3, 255],
  contains: [2, 2],
  endswith: [2, 2],
  format: [1, 255],
  fromjson: [1, 1],
  join: [1, 2],
  startswith: [2, 2],
  tojson: [1, 1],
} as const satisfies Record<string, readonly [number, number]>

const hash = { hashfiles: [1, 255] } as const
const states = { always: [0, 0], cancelled: [0, 0], failure: [0, 0], success: [0, 0] } as const
const statesOfNeeds = { always: [0, 0], cancelled: [0, 0], failure: [0, 255], success: [0, 255] } as const
const job = ['github', 'needs', 'strategy', 'matrix', 'vars', 'inputs'] as const
const running = [...job, 'job', 'runner', 'env', 'secrets', 'steps'] as const

/** GitHub's documentation, "Context availability" (contexts reference), and its schema workflow-v1.0 of 2026. */
export const availability = {
  none: { contexts: [] },
  runName: { contexts: ['github', 'inputs', 'vars'] },
  workflowConcurrency: { contexts: ['github', 'inputs', 'vars'] },
  workflowEnv: { contexts: ['github', 'secrets', 'inputs', 'vars'] },
  callInputDefault: { contexts: ['github', 'inputs', 'vars'] },
  callOutput: { contexts: ['github', 'jobs', 'vars', 'inputs'] },
  jobIf: { contexts: ['github', 'needs', 'vars', 'inputs'], functions: statesOfNeeds },
  strategy: { contexts: ['github', 'needs', 'vars', 'inputs'] },
  job: { contexts: job },
  jobEnv: { contexts: [...job, 'secrets'] },
  jobDefaults: { contexts: [...job, 'env'] },
  /** GitHub allows `hashFiles` wherever a job runs, in steps; outputs and the environment's address have it not. */
  jobOutput: { contexts: running },
  environmentUrl: { contexts: [...job, 'job', 'runner', 'env', 'steps'] },
  container: { contexts: job },
  containerEnv: { contexts: running },
  credentials: { contexts: [...job, 'env', 'secrets'] },
  callWith: { contexts: job },
  callSecret: { contexts: [...job, 'secrets'] },
  step: { contexts: running, functions: hash },
  stepIf: { contexts: [...job, 'job', 'runner', 'env', 'steps'], functions: { ...states, ...hash } },
  /** Of action.yml. */
  actionDefault: { contexts: ['github', 'strategy', 'matrix', 'job', 'runner', 'vars'], functions: hash },
  actionOutput: { contexts: ['github', 'strategy', 'matrix', 'steps', 'job', 'runner', 'env', 'inputs', 'vars'] },
  actionStep: {
    contexts: ['github', 'inputs', 'strategy', 'matrix', 'steps', 'job', 'runner', 'env', 'vars'],
    functions: hash,
  },
  actionStepIf: {
    contexts: ['github', 'inputs', 'strategy', 'matrix', 'steps', 'job', 'runner', 'env', 'vars'],
    functions: { ...states, ...hash },
  },
  actionHookIf: {
    contexts: ['github', 'inputs', 'strategy', 'matrix', 'steps', 'job', 'runner', 'env', 'vars'],
    functions: { ...states, ...hash },
  },
  actionDocker: { contexts: ['github', 'inputs', 'strategy', 'matrix', 'steps', 'job', 'runner', 'env', 'vars'] },
  everything: {
    contexts: ['github', 'env', 'vars', 'job', 'jobs', 'steps', 'runner', 'secrets', 'strategy', 'matrix', 'needs', 'inputs'],
    functions: { ...statesOfNeeds, ...hash },
  },
} as const satisfies Record<string, Availability>

const written: Readonly<Record<string, string>> = {
  endswith: 'endsWith',
  fromjson: 'fromJSON',
  hashfiles: 'hashFiles',
  startswith: 'startsWith',
  tojson: 'toJSON',
}

/** What the expression names that is not there, or called with the wrong number of arguments. */
export function unavailableNames(expression: Expression, here: Availability): ExpressionProblem[] {
  const problems: ExpressionProblem[] = []
  visit(expression, (node) => {
    if (node.kind === 'context' && !here.contexts.some((name) => name === node.name)) {
      const isKnown = availability.everything.contexts.some((name) => name === node.name)
      const list = here.contexts.length === 0 ? 'no context is available here' : `available here: ${here.contexts.join(', ')}`
      problems.push(
        new ExpressionProblem(
          isKnown ? `context '${node.name}' cannot be used here (${list})` : `there is no context '${node.name}' (${list})`,
          node.offset,
        ),
      )
    }
    if (node.kind === 'call') problems.push(...callProblems(node, here))
  })
  return problems
}

function callProblems(node: Expression & { kind: 'call' }, here: Availability): ExpressionProblem[] {
  const special: Readonly<Record<string, readonly [number, number]>> = here.functions ?? {}
  const name = written[node.name] ?? node.name
  const bounds = own(always, node.name) ?? own(special, node.name)
  if (!bounds) {
    const isKnown = own(availability.everything.functions, node.name)
    const names = [...Object.keys(always), ...Object.keys(special)].map((one) => written[one] ?? one).toSorted()
    const what = isKnown ? `function '${name}' cannot be used here` : `there is no function '${name}'`
    return [new ExpressionProblem(`${what} (available here: ${names.join(', ')})`, node.offset)]
  }
  const count = node.arguments.length
  const [fewest, most] = bounds
  if (count < fewest || count > most) {
    const wanted = fewest === most ? `${fewest}` : most === 255 ? `at least ${fewest}` : `${fewest} to ${most}`
    return [
      new ExpressionProblem(`function '${name}' takes ${wanted} ${wanted === '1' ? 'argument' : 'arguments'}, not ${count}`, node.offset),
    ]
  }
  if (node.name === 'case' && count % 2 === 0) {
    return [new ExpressionProblem("function 'case' takes pairs of a predicate and a value, and a default at the end", node.offset)]
  }
  if (node.name === 'format') return formatProblems(node)
  return []
}

/** What can be told of a `format` whose text is written out. */
function formatProblems(node: Expression & { kind: 'call' }): ExpressionProblem[] {
  const text = node.arguments[0]
  if (text?.kind !== 'literal' || typeof text.value !== 'string') return []
  for (const found of text.value.matchAll(/\{\{|\}\}|\{([0-9]+)\}/g)) {
    if (found[1] !== undefined && Number(found[1]) >= node.arguments.length - 1) {
      return [new ExpressionProblem(`format names argument {${found[1]}}, but ${node.arguments.length - 1} are given`, text.offset)]
    }
  }
  return []
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Each node of the expression, outer ones first. */
export function visit(expression: Expression, see: (node: Expression) => void): void {
  see(expression)
  for (const child of children(expression)) visit(child, see)
}

function children(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'index':
      return [node.of, node.by]
    case 'filter':
    case 'not':
      return [node.of]
    case 'and':
    case 'or':
      return node.terms
    case 'compare':
      return [node.left, node.right]
    case 'call':
      return node.arguments
    default:
      return []
  }
}
