import { quote } from '../go/quote.ts'
import type { GoFunction, GoValue } from '../go/value.ts'
import type { MissingKey, TemplateLimits } from './contract.ts'
import { TemplateError } from './contract.ts'
import { TemplateLimitError } from './limit-error.ts'
import { printNode } from './node-text.ts'
import type { ListNode, Source, TreeNode } from './node.ts'

/** What a set of templates and all of its clones have used up. */
export class Budget {
  readonly limits: TemplateLimits
  steps = 0
  bytes = 0
  depth = 0

  constructor(limits: TemplateLimits) {
    this.limits = limits
  }
}

/** A template that can be run: its statements as closures. */
export interface Program {
  name: string
  source: Source
  /** Variables of one execution, `$` among them, as far as it is compiled. */
  readonly slots: number
  root: ListNode
  body: Statement
}

/** What a statement asks of the loop around it. */
export type Signal = 0 | 1 | 2
export const goOn: Signal = 0
export const breakLoop: Signal = 1
export const continueLoop: Signal = 2

export type Statement = (run: Run, dot: GoValue) => Signal
export type Expression = (run: Run, dot: GoValue) => GoValue

/** What a run asks of its set. */
export interface Programs {
  /** Where this is the same object, a name is the same function. */
  readonly functionScope: object
  program(name: string): Program | undefined
  function(name: string): GoFunction | undefined
}

/** One execution. Closures share it; it holds what Go's `state` does: the node at hand, for errors, and the variables of the template that runs. */
export class Run {
  out = ''
  readonly set: Programs
  readonly budget: Budget
  readonly missingKey: MissingKey
  node: TreeNode
  program: Program
  variables: GoValue[]

  constructor(set: Programs, budget: Budget, missingKey: MissingKey, program: Program, node: TreeNode, data: GoValue) {
    this.set = set
    this.budget = budget
    this.missingKey = missingKey
    this.program = program
    this.node = node
    this.variables = newVariables(program, data)
  }

  write(text: string): void {
    this.out += text
    const { budget } = this
    budget.bytes += text.length
    if (budget.bytes > budget.limits.outputBytes) this.failLimit(`output is larger than ${budget.limits.outputBytes} bytes`)
  }

  step(count: number): void {
    const { budget } = this
    budget.steps += count
    if (budget.steps > budget.limits.steps) this.failLimit(`more than ${budget.limits.steps} steps`)
  }

  /** Go's `errorf`: `template: FILE:LINE:COLUMN: executing "NAME" at <NODE>: MESSAGE`. */
  fail(message: string): never {
    throw new TemplateError(this.describe(message))
  }

  failLimit(message: string): never {
    throw new TemplateLimitError(this.describe(message))
  }

  private describe(message: string): string {
    const { source, name } = this.program
    const { position } = this.node
    const before = source.text.lastIndexOf('\n', position - 1)
    const column = position - (position === 0 ? 0 : before + 1)
    let line = 1
    for (let at = source.text.indexOf('\n'); at >= 0 && at < position; at = source.text.indexOf('\n', at + 1)) line += 1
    return shorten(`template: ${source.name}:${line}:${column}: executing ${quote(name)} at <${printNode(this.node)}>: ${message}`)
  }
}

/** Go's message grows with each template around it; a thousand of them with a megabyte of literals are of use to nobody. */
const longestMessage = 1_000_000

function shorten(message: string): string {
  if (message.length <= longestMessage) return message
  return `${message.slice(0, longestMessage / 2)} ... ${message.slice(-longestMessage / 2)}`
}

export function newVariables(program: Program, data: GoValue): GoValue[] {
  const variables: GoValue[] = [data]
  for (let slot = 1; slot < program.slots; slot += 1) variables.push(undefined)
  return variables
}
