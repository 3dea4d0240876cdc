import { quote, unquote } from '../go/quote.ts'
import { TemplateError } from './contract.ts'
import { noItems, trimmed, withItem } from './exact-list.ts'
import { Lexer } from './lexer.ts'
import type {
  ActionNode,
  BranchNode,
  ChainNode,
  CommandNode,
  JumpNode,
  ListNode,
  MarkNode,
  NumberNode,
  OperandNode,
  PipeNode,
  Source,
  StatementNode,
  TemplateNode,
  Tree,
} from './node.ts'
import { isEmptyTree } from './node.ts'
import { printNode } from './node-text.ts'
import { readNumber } from './number-literal.ts'
import { beginsOperand, printToken, Token } from './token.ts'

/**
 * Parses a file: the tree of what stands outside of definitions, under the file's name, and one for each definition. `hasFunction` says which
 * functions there are. Throws `TemplateError` in the words of Go's parser: `template: NAME:LINE: …`.
 */
export function parseTemplate(name: string, text: string, hasFunction: (name: string) => boolean): Map<string, Tree> {
  const file: File = { source: { name, text }, lexer: new Lexer(text), trees: new Map(), hasFunction }
  try {
    new TreeParser(file).parseFile()
  } catch (error) {
    // Nesting beyond the stack: of parentheses, or of blocks.
    if (error instanceof RangeError) throw new TemplateError(`template: ${name}: max expression depth exceeded`)
    throw error
  }
  return file.trees
}

interface File {
  source: Source
  lexer: Lexer
  trees: Map<string, Tree>
  hasFunction(name: string): boolean
}

type Control = 'if' | 'range' | 'with'

const noToken: Token = { type: Token.Eof, position: 0, value: '' }

/** The parser of one definition; those of a file share its lexer. The three tokens of look-ahead are Go's, since errors name the line of the newest. */
class TreeParser {
  private readonly file: File
  private readonly tokens: [Token, Token, Token] = [noToken, noToken, noToken]
  private peekCount = 0
  private variables: string[] = ['$']
  /** The delimiter of the action that is read. */
  private action: Token | undefined
  private rangeDepth = 0

  constructor(file: File) {
    this.file = file
  }

  parseFile(): void {
    const root: ListNode = { type: 'list', position: this.peek().position, nodes: noItems }
    while (this.peek().type !== Token.Eof) {
      if (this.peek().type === Token.LeftDelim) {
        const delim = this.next()
        if (this.nextNonSpace().type === Token.Define) {
          new TreeParser(this.file).parseDefinition()
          continue
        }
        this.backup2(delim)
      }
      const node = this.readTextOrAction()
      if (node.type === 'end' || node.type === 'else') this.fail(`unexpected ${printNode(node)}`)
      else root.nodes = withItem(root.nodes, node)
    }
    root.nodes = trimmed(root.nodes)
    this.add(this.file.source.name, root)
  }

  private parseDefinition(): void {
    const context = 'define clause'
    const token = this.nextNonSpace()
    if (token.type !== Token.String && token.type !== Token.RawString) this.failUnexpected(token, context)
    const name = this.unquote(token.value)
    this.expect(Token.RightDelim, context)
    const { list, end } = this.readList()
    if (end.type !== 'end') this.fail(`unexpected ${printNode(end)} in ${context}`)
    this.add(name, list)
  }

  private add(name: string, root: ListNode): void {
    const { trees, source } = this.file
    const known = trees.get(name)
    if (known === undefined || isEmptyTree(known.root)) trees.set(name, { name, source, root })
    else if (!isEmptyTree(root)) this.fail(`template: multiple definition of template ${quote(name)}`)
  }

  private next(): Token {
    if (this.peekCount > 0) this.peekCount -= 1
    else this.tokens[0] = this.file.lexer.next()
    return this.tokens[this.peekCount] ?? noToken
  }

  private peek(): Token {
    if (this.peekCount > 0) return this.tokens[this.peekCount - 1] ?? noToken
    this.peekCount = 1
    this.tokens[0] = this.file.lexer.next()
    return this.tokens[0]
  }

  private backup(): void {
    this.peekCount += 1
  }

  private backup2(first: Token): void {
    this.tokens[1] = first
    this.peekCount = 2
  }

  private backup3(first: Token, second: Token): void {
    this.tokens[1] = second
    this.tokens[2] = first
    this.peekCount = 3
  }

  private nextNonSpace(): Token {
    let token = this.next()
    while (token.type === Token.Space) token = this.next()
    return token
  }

  private peekNonSpace(): Token {
    const token = this.nextNonSpace()
    this.backup()
    return token
  }

  private fail(message: string): never {
    throw new TemplateError(`template: ${this.file.source.name}:${this.file.lexer.lineOf(this.tokens[0])}: ${message}`)
  }

  private failUnexpected(token: Token, context: string): never {
    if (token.type !== Token.Error) return this.fail(`unexpected ${printToken(token)} in ${context}`)
    let where = ''
    const { lexer } = this.file
    const start = this.action === undefined ? 0 : lexer.lineOf(this.action)
    if (start !== 0 && start !== lexer.lineOf(token)) {
      where = ` in action started at ${this.file.source.name}:${start}`
      if (token.value.endsWith(' action')) where = where.slice(' in action'.length)
    }
    return this.fail(token.value + where)
  }

  private expect(type: number, context: string): Token {
    const token = this.nextNonSpace()
    if (token.type !== type) this.failUnexpected(token, context)
    return token
  }

  private unquote(literal: string): string {
    return unquote(literal) ?? this.fail('invalid syntax')
  }

  /** Statements up to `{{end}}` or `{{else}}`, which is given beside them. */
  private readList(): { list: ListNode; end: MarkNode } {
    const list: ListNode = { type: 'list', position: this.peekNonSpace().position, nodes: noItems }
    while (this.peekNonSpace().type !== Token.Eof) {
      const node = this.readTextOrAction()
      if (node.type === 'end' || node.type === 'else') {
        list.nodes = trimmed(list.nodes)
        return { list, end: node }
      }
      list.nodes = withItem(list.nodes, node)
    }
    return this.fail('unexpected EOF')
  }

  private readTextOrAction(): StatementNode | MarkNode {
    const token = this.nextNonSpace()
    if (token.type === Token.Text) return { type: 'text', position: token.position, text: token.value }
    if (token.type !== Token.LeftDelim) return this.failUnexpected(token, 'input')
    this.action = token
    const node = this.readAction()
    this.action = undefined
    return node
  }

  private readAction(): StatementNode | MarkNode {
    const token = this.nextNonSpace()
    switch (token.type) {
      case Token.Block:
        return this.readBlock()
      case Token.Break:
        return this.readJump(token, 'break')
      case Token.Continue:
        return this.readJump(token, 'continue')
      case Token.Else:
        return this.readElse()
      case Token.End:
        return { type: 'end', position: this.expect(Token.RightDelim, 'end').position }
      case Token.If:
        return this.readControl('if', Token.If)
      case Token.Range:
        return this.readControl('range', Token.Range)
      case Token.With:
        return this.readControl('with', Token.With)
      case Token.Template:
        return this.readTemplate()
      default:
    }
    this.backup()
    const { position } = this.peek()
    return { type: 'action', position, pipe: this.readPipeline('command', Token.RightDelim) } satisfies ActionNode
  }

  private readJump(keyword: Token, type: 'break' | 'continue'): JumpNode {
    const token = this.nextNonSpace()
    if (token.type !== Token.RightDelim) this.failUnexpected(token, `{{${type}}}`)
    if (this.rangeDepth === 0) this.fail(`{{${type}}} outside {{range}}`)
    return { type, position: keyword.position }
  }

  private readElse(): MarkNode {
    const next = this.peekNonSpace()
    // `{{else if …` and `{{else with …`: what follows is read as a statement of its own.
    if (next.type === Token.If || next.type === Token.With) return { type: 'else', position: next.position }
    return { type: 'else', position: this.expect(Token.RightDelim, 'else').position }
  }

  private readControl(type: Control, keyword: number): BranchNode {
    const outer = this.variables.length
    const pipe = this.readPipeline(type, Token.RightDelim)
    if (type === 'range') this.rangeDepth += 1
    const { list, end } = this.readList()
    if (type === 'range') this.rangeDepth -= 1
    const node: BranchNode = { type, position: pipe.position, pipe, list, elseList: undefined }
    if (end.type === 'else') {
      if (type !== 'range' && this.peek().type === keyword) {
        this.next()
        node.elseList = { type: 'list', position: end.position, nodes: [this.readControl(type, keyword)] }
      } else {
        const otherwise = this.readList()
        if (otherwise.end.type !== 'end') this.fail(`expected end; found ${printNode(otherwise.end)}`)
        node.elseList = otherwise.list
      }
    }
    this.variables.length = outer
    return node
  }

  private readBlock(): TemplateNode {
    const context = 'block clause'
    const token = this.nextNonSpace()
    const name = this.readTemplateName(token, context)
    const pipe = this.readPipeline(context, Token.RightDelim)
    const body = new TreeParser(this.file)
    const { list, end } = body.readList()
    if (end.type !== 'end') this.fail(`unexpected ${printNode(end)} in ${context}`)
    body.add(name, list)
    return { type: 'template', position: token.position, name, pipe }
  }

  private readTemplate(): TemplateNode {
    const context = 'template clause'
    const token = this.nextNonSpace()
    const name = this.readTemplateName(token, context)
    if (this.nextNonSpace().type === Token.RightDelim) return { type: 'template', position: token.position, name, pipe: undefined }
    this.backup()
    return { type: 'template', position: token.position, name, pipe: this.readPipeline(context, Token.RightDelim) }
  }

  private readTemplateName(token: Token, context: string): string {
    if (token.type !== Token.String && token.type !== Token.RawString) this.failUnexpected(token, context)
    return this.unquote(token.value)
  }

  private readPipeline(context: string, end: number): PipeNode {
    const pipe: PipeNode = { type: 'pipe', position: this.peekNonSpace().position, isAssign: false, declared: noItems, commands: noItems }
    this.readDeclarations(pipe, context)
    for (;;) {
      const token = this.nextNonSpace()
      if (token.type === end) {
        this.checkPipeline(pipe, context)
        return pipe
      }
      if (!beginsOperand(token.type)) this.failUnexpected(token, context)
      this.backup()
      pipe.commands = withItem(pipe.commands, this.readCommand())
    }
  }

  private readDeclarations(pipe: PipeNode, context: string): void {
    for (;;) {
      const variable = this.peekNonSpace()
      if (variable.type !== Token.Variable) return
      this.next()
      const afterVariable = this.peek()
      const next = this.peekNonSpace()
      const isComma = next.type === Token.Char && next.value === ','
      if (next.type !== Token.Assign && next.type !== Token.Declare && !isComma) {
        if (afterVariable.type === Token.Space) this.backup3(variable, afterVariable)
        else this.backup2(variable)
        return
      }
      if (!isComma) pipe.isAssign = next.type === Token.Assign
      this.nextNonSpace()
      pipe.declared = withItem(pipe.declared, { type: 'variable', position: variable.position, names: [variable.value] })
      this.variables.push(variable.value)
      if (!isComma) return
      if (context !== 'range' || pipe.declared.length >= 2) this.fail(`too many declarations in ${context}`)
      const second = this.peekNonSpace().type
      if (second !== Token.Variable && second !== Token.RightDelim && second !== Token.RightParen)
        this.fail('range can only initialize variables')
    }
  }

  private checkPipeline(pipe: PipeNode, context: string): void {
    if (pipe.commands.length === 0) this.fail(`missing value for ${context}`)
    for (let index = 1; index < pipe.commands.length; index += 1) {
      const type = pipe.commands[index]?.args[0]?.type
      if (type === 'bool' || type === 'dot' || type === 'nil' || type === 'number' || type === 'string') {
        this.fail(`non executable command in pipeline stage ${index + 1}`)
      }
    }
  }

  private readCommand(): CommandNode {
    const command: CommandNode = { type: 'command', position: this.peekNonSpace().position, args: noItems }
    for (;;) {
      this.peekNonSpace()
      const operand = this.readOperand()
      if (operand !== undefined) command.args = withItem(command.args, operand)
      const token = this.next()
      if (token.type === Token.Space) continue
      if (token.type === Token.RightDelim || token.type === Token.RightParen) this.backup()
      else if (token.type !== Token.Pipe) this.failUnexpected(token, 'operand')
      break
    }
    if (command.args.length === 0) this.fail('empty command')
    return command
  }

  /** A term and the fields that follow it; undefined when what comes next is none. */
  private readOperand(): OperandNode | undefined {
    const node = this.readTerm()
    if (node === undefined || this.peek().type !== Token.Field) return node
    const { position } = this.peek()
    let names: string[] = node.type === 'field' || node.type === 'variable' ? node.names : noItems
    while (this.peek().type === Token.Field) names = withItem(names, this.next().value)
    switch (node.type) {
      case 'field':
      case 'variable':
        return { type: node.type, position, names }
      case 'pipe':
      case 'identifier':
        return { type: 'chain', position, node, names } satisfies ChainNode
      default:
        return this.fail(`unexpected . after term ${quote(printNode(node))}`)
    }
  }

  private readTerm(): OperandNode | undefined {
    const token = this.nextNonSpace()
    const { position, value } = token
    switch (token.type) {
      case Token.Identifier:
        if (!this.file.hasFunction(value)) this.fail(`function ${quote(value)} not defined`)
        return { type: 'identifier', position, name: value }
      case Token.Dot:
        return { type: 'dot', position }
      case Token.Nil:
        return { type: 'nil', position }
      case Token.Variable: {
        if (!this.variables.includes(value)) this.fail(`undefined variable ${quote(value)}`)
        return { type: 'variable', position, names: [value] }
      }
      case Token.Field:
        return { type: 'field', position, names: [value] }
      case Token.Bool:
        return { type: 'bool', position, value: value === 'true' }
      case Token.CharConstant:
        return this.numberOf(readNumber(position, value, 'charConstant'))
      case Token.Complex:
        return this.numberOf(readNumber(position, value, 'complex'))
      case Token.Number:
        return this.numberOf(readNumber(position, value, 'number'))
      case Token.LeftParen:
        return this.readPipeline('parenthesized pipeline', Token.RightParen)
      case Token.String:
      case Token.RawString:
        return { type: 'string', position, quoted: value, text: this.unquote(value) }
      default:
        this.backup()
        return undefined
    }
  }
  private numberOf(number: NumberNode | string): NumberNode {
    return typeof number === 'string' ? this.fail(number) : number
  }
}
