import { formatValue } from '../go/format.ts'
import { isTruthy } from '../go/kind.ts'
import type { GoValue } from '../go/value.ts'
import { GoBytes, GoInt, goInt } from '../go/value.ts'
import { printable } from './builtins.ts'
import { elementType } from './field.ts'
import type { ActionNode, BranchNode, ListNode, StatementNode, TemplateNode, Tree } from './node.ts'
import { compilePipeline } from './pipeline.ts'
import type { Program, Run, Statement } from './run.ts'
import { breakLoop, continueLoop, goOn, newVariables } from './run.ts'
import { Scope } from './scope.ts'

/**
 * Turns a tree into closures. Where variables live is settled here, as far as Go settles it when it runs. What is behind a condition is compiled when
 * it is first run: most of a large chart never is.
 */
export function compileTree(tree: Tree): Program {
  const scope = new Scope()
  scope.declare('$')
  return {
    name: tree.name,
    source: tree.source,
    root: tree.root,
    body: compileList(tree.root, scope),
    get slots() {
      return scope.slotCount
    },
  }
}

function compileList(list: ListNode, scope: Scope): Statement {
  const statements = list.nodes.map((node) => compileStatement(node, scope))
  const [first, second] = statements
  if (first === undefined) return () => goOn
  if (second === undefined) {
    return (run, dot) => {
      run.step(1)
      return first(run, dot)
    }
  }
  const count = statements.length
  return (run, dot) => {
    run.step(count)
    for (let index = 0; index < count; index += 1) {
      // The index is within the list.
      const signal = statements[index]!(run, dot)
      if (signal !== goOn) return signal
    }
    return goOn
  }
}

function compileStatement(node: StatementNode, scope: Scope): Statement {
  switch (node.type) {
    case 'text': {
      const { text } = node
      return (run) => {
        run.write(text)
        return goOn
      }
    }
    case 'action':
      return compileAction(node, scope)
    case 'if':
    case 'with':
      return compileCondition(node, scope)
    case 'range':
      return compileRange(node, scope)
    case 'template':
      return compileTemplate(node, scope)
    case 'break':
      return () => breakLoop
    case 'continue':
      return () => continueLoop
  }
}

function compileAction(node: ActionNode, scope: Scope): Statement {
  const pipe = compilePipeline(node.pipe, scope)
  if (node.pipe.declared.length > 0) {
    return (run, dot) => {
      pipe(run, dot)
      return goOn
    }
  }
  return (run, dot) => {
    const value = pipe(run, dot)
    run.node = node
    run.write(typeof value === 'string' ? value : printable(value))
    return goOn
  }
}

function compileCondition(node: BranchNode, outer: Scope): Statement {
  const scope = outer.child()
  const pipe = compilePipeline(node.pipe, scope)
  const isWith = node.type === 'with'
  const { elseList } = node
  const listScope = isWith ? scope.child().withDot(undefined) : scope.child()
  const elseScope = elseList === undefined ? undefined : scope.child()
  let list: Statement | undefined
  let otherwise: Statement | undefined
  return (run, dot) => {
    const value = pipe(run, dot)
    if (isTruthy(value)) {
      list ??= compileList(node.list, listScope)
      return list(run, isWith ? value : dot)
    }
    if (elseList === undefined || elseScope === undefined) return goOn
    otherwise ??= compileList(elseList, elseScope)
    return otherwise(run, dot)
  }
}

function compileTemplate(node: TemplateNode, scope: Scope): Statement {
  const pipe = node.pipe === undefined ? undefined : compilePipeline(node.pipe, scope)
  const { name } = node
  return (run, dot) => {
    run.node = node
    const program = run.set.program(name)
    if (program === undefined) return run.fail(`template "${name}" not defined`)
    const { budget, variables } = run
    const caller = run.program
    if (budget.depth >= budget.limits.depth) run.failLimit(`exceeded maximum template depth (${budget.limits.depth})`)
    const data = pipe === undefined ? undefined : pipe(run, dot)
    budget.depth += 1
    run.program = program
    run.variables = newVariables(program, data)
    program.body(run, data)
    budget.depth -= 1
    run.program = caller
    run.variables = variables
    run.node = node
    return goOn
  }
}

/** What the error about an element's field calls its type. */
function rangeElementType(value: GoValue): string | undefined {
  return Array.isArray(value) || value instanceof Map ? elementType(value) : undefined
}

/** Runs the body of a loop for one element; true: the loop ends here. */
type Iterate = (run: Run, index: GoValue, element: GoValue) => boolean

function compileRange(node: BranchNode, outer: Scope): Statement {
  const scope = outer.child()
  const pipe = compilePipeline(node.pipe, scope)
  const typeSlot = scope.reserve()
  const { isAssign, declared } = node.pipe
  const slots = declared.map((variable) => scope.find(variable.names[0] ?? '')?.slot)
  // An index is an int or a string, and never inside of an interface.
  if (!isAssign) scope.setType(declared.at(-1)?.names[0] ?? '', typeSlot)
  const bodyScope = scope.child().withDot(typeSlot)
  let body: Statement | undefined
  const otherwise = node.elseList === undefined ? undefined : compileList(node.elseList, scope.child())
  // With one variable it is the element, with two the first is the index.
  const elementSlot = slots.at(-1)
  const indexSlot = slots.length > 1 ? slots[0] : undefined
  const iterate: Iterate = (run, index, element) => {
    run.step(1)
    if (elementSlot !== undefined) run.variables[elementSlot] = element
    if (indexSlot !== undefined) run.variables[indexSlot] = index
    body ??= compileList(node.list, bodyScope)
    return body(run, element) === breakLoop
  }
  const hasIndex = declared.length > 1
  return (run, dot) => {
    run.node = node
    const value = pipe(run, dot)
    run.variables[typeSlot] = rangeElementType(value)
    if (loop(run, value, iterate, hasIndex) || otherwise === undefined) return goOn
    // There the variable holds what was to be gone through.
    run.variables[typeSlot] = undefined
    return otherwise(run, dot)
  }
}

/** Whether there was anything to go through. */
function loop(run: Run, value: GoValue, iterate: Iterate, hasIndex: boolean): boolean {
  // Go takes the length and the entries before the first round.
  if (Array.isArray(value)) {
    const { length } = value
    for (let index = 0; index < length; index += 1) {
      if (iterate(run, hasIndex ? goInt(index) : undefined, value[index] ?? null)) break
    }
    return length > 0
  }
  if (value instanceof Map) {
    // Bytes compare as UTF-16 units do, since each unit is one.
    const keys = [...value.keys()].sort()
    const elements = keys.map((key) => value.get(key) ?? null)
    for (let index = 0; index < keys.length; index += 1) {
      if (iterate(run, keys[index], elements[index])) break
    }
    return keys.length > 0
  }
  if (value instanceof GoInt) {
    if (hasIndex) run.fail(`can't use ${formatValue(value)} to iterate over more than one variable`)
    for (let index = 0n; index < value.value; index += 1n) {
      if (iterate(run, undefined, goInt(index, value.type))) break
    }
    return value.value > 0n
  }
  if (value instanceof GoBytes) {
    for (const [index, byte] of value.bytes.entries()) {
      if (iterate(run, hasIndex ? goInt(index) : undefined, goInt(byte, 'uint8'))) break
    }
    return value.bytes.length > 0
  }
  if (value === undefined || value === null) return false
  return run.fail(`range can't iterate over ${formatValue(value)}`)
}
