import type { GoFunction, GoValue, ParameterType } from '../go/value.ts'
import { idealConstant, literalArgument, overflow, validateArgument } from './argument.ts'
import { type Argument, callFunction } from './call.ts'
import { type FieldChain, evaluateChain } from './field.ts'
import type {
  BoolNode,
  ChainNode,
  CommandNode,
  FieldNode,
  IdentifierNode,
  NilNode,
  NumberNode,
  OperandNode,
  PipeNode,
  StringNode,
  VariableNode,
} from './node.ts'
import { printNode } from './node-text.ts'
import type { Expression, Run } from './run.ts'
import type { Scope } from './scope.ts'

/** A command gets what the command before it gave. */
type Command = (run: Run, dot: GoValue, final: GoValue) => GoValue

const anyType: ParameterType = 'any'

/** Go's `evalPipeline`. What comes out is in no interface any more: nil has no type, and a field of it is no error. */
export function compilePipeline(pipe: PipeNode, scope: Scope): Expression {
  const commands = pipe.commands.map((command, index) => compileCommand(command, scope, index > 0))
  const assign = compileDeclarations(pipe, scope)
  // The parser lets no pipeline pass that has no command.
  const first = commands[0]!
  if (assign === undefined && commands.length === 1) {
    return (run, dot) => {
      run.node = pipe
      const value = first(run, dot, undefined)
      return value === null ? undefined : value
    }
  }
  const others = commands.slice(1)
  return (run, dot) => {
    run.node = pipe
    let value = first(run, dot, undefined)
    for (const command of others) value = command(run, dot, value === null ? undefined : value)
    if (value === null) value = undefined
    assign?.(run, value)
    return value
  }
}

function compileDeclarations(pipe: PipeNode, scope: Scope): ((run: Run, value: GoValue) => void) | undefined {
  const { declared, isAssign } = pipe
  if (declared.length === 0) return undefined
  const slots = declared.map((variable) => {
    const name = variable.names[0] ?? ''
    return { name, slot: isAssign ? scope.find(name)?.slot : scope.declare(name) }
  })
  return (run, value) => {
    for (const { name, slot } of slots) {
      if (slot === undefined) run.fail(`undefined variable: ${name}`)
      else run.variables[slot] = value
    }
  }
}

function compileCommand(command: CommandNode, scope: Scope, hasFinal: boolean): Command {
  // The parser lets no command pass that is empty.
  const first = command.args[0]!
  const hasArguments = command.args.length > 1 || hasFinal
  const compileArguments = (): Argument[] => command.args.slice(1).map((arg) => compileArgument(arg, scope))
  switch (first.type) {
    case 'field':
      return compileField(first, scope, compileArguments(), hasFinal)
    case 'chain':
      return compileChain(first, scope, compileArguments(), hasFinal)
    case 'identifier':
      return compileCall(first, command, compileArguments(), hasFinal)
    case 'variable':
      if (first.names.length > 1) return compileVariable(first, scope, compileArguments(), hasFinal)
      break
    case 'pipe':
      if (!hasArguments) return compilePipeline(first, scope)
      return (run) => run.fail(`can't give argument to non-function ${printNode(first)}`)
    default:
  }
  if (hasArguments) {
    return (run) => {
      run.node = first
      return run.fail(`can't give argument to non-function ${printNode(first)}`)
    }
  }
  return compileTerm(first, scope)
}

/** A word that is neither a function nor a method. */
function compileTerm(node: Exclude<OperandNode, FieldNode | ChainNode | IdentifierNode | PipeNode>, scope: Scope): Command {
  switch (node.type) {
    case 'variable':
      return compileVariable(node, scope, [], false)
    case 'dot':
      return (run, dot) => {
        run.node = node
        return dot
      }
    case 'bool':
      return constant(node, node.value)
    case 'string':
      return constant(node, node.text)
    case 'nil':
      return (run) => {
        run.node = node
        return run.fail('nil is not a command')
      }
    case 'number': {
      const value = idealConstant(node)
      if (value !== undefined) return constant(node, value)
      return (run) => {
        run.node = node
        return overflow(run, node)
      }
    }
  }
}

function constant(node: OperandNode, value: GoValue): Command {
  return (run) => {
    run.node = node
    return value
  }
}

function compileField(node: FieldNode, scope: Scope, args: readonly Argument[], hasFinal: boolean): Command {
  const chain: FieldChain = { node, names: node.names, args, hasFinal, typeSlot: scope.dotTypeSlot }
  return (run, dot, final) => {
    run.node = node
    return evaluateChain(run, dot, dot, chain, final)
  }
}

function compileVariable(node: VariableNode, scope: Scope, args: readonly Argument[], hasFinal: boolean): Command {
  const [name = '', ...names] = node.names
  const variable = scope.find(name)
  if (variable === undefined) {
    // The parser saw it in another branch of the same statement.
    return (run) => {
      run.node = node
      return run.fail(`undefined variable: ${name}`)
    }
  }
  const { slot } = variable
  if (names.length === 0) {
    return (run) => {
      run.node = node
      return run.variables[slot]
    }
  }
  const chain: FieldChain = { node, names, args, hasFinal, typeSlot: variable.typeSlot }
  return (run, dot, final) => {
    run.node = node
    return evaluateChain(run, dot, run.variables[slot], chain, final)
  }
}

function compileChain(node: ChainNode, scope: Scope, args: readonly Argument[], hasFinal: boolean): Command {
  const inner = node.node
  const receiver = inner.type === 'pipe' ? compilePipeline(inner, scope) : compileCall(inner, inner, [], false)
  const chain: FieldChain = { node, names: node.names, args, hasFinal, typeSlot: undefined }
  return (run, dot, final) => {
    run.node = inner
    return evaluateChain(run, dot, receiver(run, dot, undefined), chain, final)
  }
}

function compileCall(node: IdentifierNode, command: CommandNode | IdentifierNode, args: readonly Argument[], hasFinal: boolean): Command {
  const { name } = node
  let scope: object | undefined
  let called: GoFunction | undefined
  return (run, dot, final) => {
    run.node = node
    if (scope !== run.set.functionScope) {
      called = run.set.function(name)
      scope = run.set.functionScope
    }
    if (called === undefined) return run.fail(`"${name}" is not a defined function`)
    return callFunction(run, dot, called, name, command, args, hasFinal, final)
  }
}

/** Go's `evalArg`. */
function compileArgument(node: OperandNode, scope: Scope): Argument {
  switch (node.type) {
    case 'nil':
    case 'bool':
    case 'number':
    case 'string':
      return compileLiteral(node)
    case 'dot':
      return (run, dot, type) => {
        run.node = node
        return validateArgument(run, dot, type)
      }
    case 'field':
      return validated(compileField(node, scope, [], false))
    case 'variable':
      return validated(compileVariable(node, scope, [], false))
    case 'chain':
      return validated(compileChain(node, scope, [], false))
    case 'identifier':
      return validated(compileCall(node, node, [], false))
    case 'pipe':
      return validated(compilePipeline(node, scope))
  }
}

function validated(evaluate: Command): Argument {
  return (run, dot, type) => validateArgument(run, evaluate(run, dot, undefined), type)
}

function compileLiteral(node: BoolNode | NumberNode | StringNode | NilNode): Argument {
  const value = node.type === 'number' ? idealConstant(node) : node.type === 'nil' ? null : node.type === 'bool' ? node.value : node.text
  return (run, _dot, type) => {
    run.node = node
    return type === anyType && value !== undefined ? value : literalArgument(run, node, value, type)
  }
}
