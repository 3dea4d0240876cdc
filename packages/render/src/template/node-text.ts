import { quote } from '../go/quote.ts'
import type { PipeNode, TreeNode } from './node.ts'

/** A node as Go's `String` methods print it: what stands between `<` and `>` in an error. */
export function printNode(node: TreeNode): string {
  switch (node.type) {
    case 'text':
      return node.text
    case 'action':
      return `{{${printNode(node.pipe)}}}`
    case 'if':
    case 'range':
    case 'with': {
      const otherwise = node.elseList === undefined ? '' : `{{else}}${printNode(node.elseList)}`
      return `{{${node.type} ${printNode(node.pipe)}}}${printNode(node.list)}${otherwise}{{end}}`
    }
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe === undefined ? '' : ` ${printNode(node.pipe)}`}}}`
    case 'break':
    case 'continue':
    case 'end':
    case 'else':
      return `{{${node.type}}}`
    case 'list':
      return node.nodes.map(printNode).join('')
    case 'pipe':
      return printPipe(node)
    case 'command':
      return node.args.map(printOperand).join(' ')
    case 'identifier':
      return node.name
    case 'variable':
      return node.names.join('.')
    case 'field':
      return `.${node.names.join('.')}`
    case 'chain':
      return `${printOperand(node.node)}.${node.names.join('.')}`
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return node.value ? 'true' : 'false'
    case 'number':
      return node.text
    case 'string':
      return node.quoted
  }
}

function printPipe(node: PipeNode): string {
  const declared = node.declared.length === 0 ? '' : `${node.declared.map(printNode).join(', ')} ${node.isAssign ? '=' : ':='} `
  return declared + node.commands.map(printNode).join(' | ')
}

function printOperand(node: TreeNode): string {
  return node.type === 'pipe' ? `(${printPipe(node)})` : printNode(node)
}
