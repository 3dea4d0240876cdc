/** The tree of a template, with the names of Go's `text/template/parse`. `position` is a byte's offset in the text that was parsed. */
export interface TextNode {
  type: 'text'
  position: number
  text: string
}

export interface ActionNode {
  type: 'action'
  position: number
  pipe: PipeNode
}

export interface BranchNode {
  type: 'if' | 'range' | 'with'
  position: number
  pipe: PipeNode
  list: ListNode
  elseList: ListNode | undefined
}

export interface TemplateNode {
  type: 'template'
  position: number
  name: string
  pipe: PipeNode | undefined
}

export interface JumpNode {
  type: 'break' | 'continue'
  position: number
}

/** `{{end}}` and `{{else}}`: the parser meets them, the tree does not hold them. */
export type MarkNode = { type: 'end'; position: number } | { type: 'else'; position: number }

export interface ListNode {
  type: 'list'
  position: number
  nodes: StatementNode[]
}

export type StatementNode = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode

export interface PipeNode {
  type: 'pipe'
  position: number
  isAssign: boolean
  declared: VariableNode[]
  commands: CommandNode[]
}

export interface CommandNode {
  type: 'command'
  position: number
  args: OperandNode[]
}

export interface IdentifierNode {
  type: 'identifier'
  position: number
  name: string
}

/** `$x.Field`: the first of the names is the variable with its dollar sign. */
export interface VariableNode {
  type: 'variable'
  position: number
  names: string[]
}

/** `.Field.Field`. */
export interface FieldNode {
  type: 'field'
  position: number
  names: string[]
}

/** `(pipeline).Field`. */
export interface ChainNode {
  type: 'chain'
  position: number
  node: PipeNode | IdentifierNode
  names: string[]
}

export interface DotNode {
  type: 'dot'
  position: number
}

export interface NilNode {
  type: 'nil'
  position: number
}

export interface BoolNode {
  type: 'bool'
  position: number
  value: boolean
}

/** A number as every type that can hold it, as Go's ideal constants are. */
export interface NumberNode {
  type: 'number'
  position: number
  text: string
  int: bigint | undefined
  uint: bigint | undefined
  float: number | undefined
  complex: { real: number; imaginary: number } | undefined
}

export interface StringNode {
  type: 'string'
  position: number
  quoted: string
  text: string
}

export type OperandNode =
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | DotNode
  | NilNode
  | BoolNode
  | NumberNode
  | StringNode
  | PipeNode

export type TreeNode = StatementNode | MarkNode | ListNode | CommandNode | OperandNode

/** One `define`, or what stands outside of any. */
export interface Tree {
  name: string
  /** The name and the text that errors refer to: those of the file. */
  source: Source
  root: ListNode
}

export interface Source {
  name: string
  text: string
}

/** Unicode's white space in bytes, as bytes.TrimSpace has it. */
const blank = /^(?:[ \t\n\v\f\r]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)*$/

/** Whether there is nothing but space; such a definition does not replace another one. */
export function isEmptyTree(node: ListNode): boolean {
  return node.nodes.every((child) => child.type === 'text' && blank.test(child.text))
}
