import { formatted } from '../builtins/formats.ts'
import type { Run } from '../frame.ts'
import type { Machine } from '../machine.ts'
import { operate } from '../operators.ts'
import type { Scope } from '../scope.ts'
import type { Node } from '../syntax.ts'
import { compileAssignment } from './assignments.ts'
import { compileCall, compileDefinition, compileVariable } from './calls.ts'
import type { Compiling } from './compiling.ts'
import { compileAlternative, compileBreak, compileCondition, compileConnective, compileLabel, compileTry } from './control.ts'
import { compileBind, compileFold } from './folds.ts'
import { compileRecurse, compileStep } from './steps.ts'
import { compileList, compileMap, compileSign, compileText } from './values.ts'

/** Turns a program into functions. Throws `JqSyntaxError` for names that are not defined. */
export function compileProgram(machine: Machine, program: Node): Run {
  const compiling: Compiling = { machine, prelude: new Map(), compile: (node, scope) => compileNode(compiling, node, scope) }
  return compiling.compile(program, undefined)
}

function compileNode(compiling: Compiling, node: Node, scope: Scope | undefined): Run {
  switch (node.kind) {
    case 'identity':
      return (input, path, _frame, emit) => emit(input, path)
    case 'group':
      return compiling.compile(node.inner, scope)
    case 'literal': {
      const { value } = node
      return (_input, path, _frame, emit) => emit(value, path)
    }
    case 'recurse':
      return compileRecurse(compiling)
    case 'format':
      return (input, path, _frame, emit) => emit(formatted(node.name, input), path)
    case 'text':
      return compileText(compiling, node, scope)
    case 'field':
    case 'index':
    case 'slice':
    case 'iterate':
      return compileStep(compiling, node, scope)
    case 'list':
      return compileList(compiling, node, scope)
    case 'map':
      return compileMap(compiling, node, scope)
    case 'negate':
    case 'plus':
      return compileSign(compiling, node, scope)
    case 'pipe': {
      const [left, right] = [compiling.compile(node.left, scope), compiling.compile(node.right, scope)]
      return (input, path, frame, emit) => left(input, path, frame, (value, reached) => right(value, reached, frame, emit))
    }
    case 'comma': {
      const [left, right] = [compiling.compile(node.left, scope), compiling.compile(node.right, scope)]
      return (input, path, frame, emit) => {
        left(input, path, frame, emit)
        right(input, path, frame, emit)
      }
    }
    case 'alternative':
      return compileAlternative(compiling, node, scope)
    case 'and':
    case 'or':
      return compileConnective(compiling, node, scope)
    case 'operator': {
      const [left, right] = [compiling.compile(node.left, scope), compiling.compile(node.right, scope)]
      const { operator } = node
      return (input, path, frame, emit) =>
        right(input, undefined, frame, (b) => left(input, undefined, frame, (a) => emit(operate(operator, a, b), path)))
    }
    case 'assign':
    case 'modify':
    case 'update':
      return compileAssignment(compiling, node, scope)
    case 'if':
      return compileCondition(compiling, node, scope)
    case 'try':
      return compileTry(compiling, node, scope)
    case 'reduce':
    case 'foreach':
      return compileFold(compiling, node, scope)
    case 'bind':
      return compileBind(compiling, node, scope)
    case 'label':
      return compileLabel(compiling, node, scope)
    case 'break':
      return compileBreak(node, scope)
    case 'define':
      return compileDefinition(compiling, node, scope)
    case 'variable':
      return compileVariable(node, scope)
    case 'call':
      return compileCall(compiling, node, scope)
  }
}
