import type { Condition, Located, Position, Problem, Template, TemplateTree } from '../contract.ts'
import { availability, visit, type Availability } from '../expression/availability.ts'
import { foldCase } from '../expression/coercion.ts'
import { ExpressionProblem } from '../expression/tokens.ts'
import { compileExpression, compileTemplate, splitTemplate } from '../template.ts'
import type { YamlFile } from '../yaml/read-yaml.ts'
import { sourceOffsets, type MappingNode, type ScalarNode, type SourceNode } from '../yaml/source-node.ts'
import { nearest } from './nearest.ts'

/** Problems that are kept of one file: a file with more is not read by anybody. */
const mostProblems = 50

export interface Field {
  readonly key: ScalarNode
  readonly value: SourceNode
}

/** Reads nodes of one file into the model, and collects what is wrong, with its place. */
export class SourceReader {
  readonly file: YamlFile
  readonly problems: Problem[]

  constructor(file: YamlFile) {
    this.file = file
    this.problems = file.problems
  }

  /** More problems than these are not kept. */
  get isFull(): boolean {
    return this.problems.length >= mostProblems
  }

  error(message: string, at: Position): undefined {
    this.report('error', message, at)
  }

  warning(message: string, at: Position): void {
    this.report('warning', message, at)
  }

  private report(severity: Problem['severity'], message: string, at: Position): void {
    if (this.isFull) return
    // One node may be read in several places, through an alias: one problem is enough.
    if (this.problems.some((one) => one.line === at.line && one.column === at.column && one.message === message)) return
    this.problems.push({ message, severity, line: at.line, column: at.column })
  }

  /** The fields of a map, unknown and doubled ones reported. `what`: `job 'build'`. */
  fields(node: SourceNode, what: string, known: readonly string[], unknown: Problem['severity'] = 'error'): Map<string, Field> | undefined {
    const all = this.entries(node, what)
    if (!all) return undefined
    for (const [name, field] of all) {
      if (known.includes(name)) continue
      if (name === '<<')
        this.error("YAML merge keys '<<' are not supported by GitHub Actions; an alias stands for a whole value", field.key)
      else {
        const guess = nearest(name, known)
        this.report(
          unknown,
          `unknown key '${name}' in ${what}${guess ? `, did you mean '${guess}'?` : `; known are ${known.join(', ')}`}`,
          field.key,
        )
      }
      all.delete(name)
    }
    return all
  }

  /** The entries of a map whose keys are free. Keys that differ in case only are the same to GitHub. */
  entries(node: SourceNode, what: string): Map<string, Field> | undefined {
    if (node.kind !== 'mapping') return this.error(`${what} must be a map, not ${describe(node)}`, node)
    const all = new Map<string, Field>()
    const folded = new Map<string, string>()
    for (const { key, value } of node.entries) {
      const name = keyText(key)
      if (name === '') {
        this.error(`a key in ${what} is empty`, key)
        continue
      }
      if (name.includes('${{')) {
        this.error(`a key in ${what} cannot be an expression`, key)
        continue
      }
      const before = folded.get(foldCase(name))
      if (before !== undefined) {
        this.error(
          before === name ? `'${name}' is defined twice in ${what}` : `'${name}' is already defined in ${what}, as '${before}'`,
          key,
        )
        continue
      }
      folded.set(foldCase(name), name)
      all.set(name, { key, value })
    }
    return all
  }

  /** Text of any scalar; never empty, without expressions. */
  plainText(node: SourceNode, what: string): string | undefined {
    if (node.kind !== 'scalar') return this.error(`${what} must be text, not ${describe(node)}`, node)
    if (node.value === null || node.text === '') return this.error(`${what} must not be empty`, node)
    if (typeof node.value === 'string' && node.text.includes('${{')) return this.error(`${what} cannot hold an expression`, node)
    return node.text
  }

  /** Text that may be empty, or left out. */
  looseText(node: SourceNode, what: string): string | undefined {
    if (node.kind === 'scalar' && (node.value === null || node.text === '')) return ''
    return this.plainText(node, what)
  }

  /** A text, or a list of them. */
  plainTexts(node: SourceNode, what: string): Located<string>[] {
    const items = node.kind === 'sequence' ? node.items : [node]
    const texts: Located<string>[] = []
    for (const item of items) {
      const value = this.plainText(item, node.kind === 'sequence' ? `an entry of ${what}` : what)
      if (value !== undefined) texts.push({ value, line: item.line, column: item.column })
    }
    return texts
  }

  plainBoolean(node: SourceNode, what: string): boolean | undefined {
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
    return this.error(`${what} must be true or false, not ${describe(node)}`, node)
  }

  /** One of a few words. */
  word<T extends string>(node: SourceNode, what: string, words: readonly T[]): T | undefined {
    const text = this.plainText(node, what)
    if (text === undefined) return undefined
    const found = words.find((one) => one === text)
    if (found !== undefined) return found
    const guess = nearest(text, words)
    return this.error(`${what} cannot be '${text}'${guess ? `, did you mean '${guess}'?` : ''}; possible are ${words.join(', ')}`, node)
  }

  /** A scalar that may hold expressions. */
  template(node: SourceNode, what: string, here: Availability, options: { canBeEmpty?: boolean } = {}): Template | undefined {
    if (node.kind !== 'scalar') return this.error(`${what} must be text, not ${describe(node)}`, node)
    if (!options.canBeEmpty && (node.value === null || node.text === '')) return this.error(`${what} must not be empty`, node)
    const { template, problems } = compileTemplate(node.text, node.value, node, here, this.placesIn(node))
    for (const problem of problems) this.expressionProblem(problem, node, what)
    return template
  }

  /** A template whose literal must be true or false; text with an expression in its middle never is. */
  booleanTemplate(node: SourceNode, what: string, here: Availability): Template | undefined {
    const template = this.template(node, what, here)
    if (!template || template.isWhole || typeof template.literal === 'boolean') return template
    return this.error(`${what} must be true, false or one expression, not ${describe(node)}`, node)
  }

  numberTemplate(node: SourceNode, what: string, here: Availability, isPossible: (value: number) => boolean): Template | undefined {
    const template = this.template(node, what, here)
    if (!template || template.isWhole) return template
    if (typeof template.literal === 'number' && Number.isFinite(template.literal) && isPossible(template.literal)) return template
    return this.error(`${what} must be a number above 0 or one expression, not ${describe(node)}`, node)
  }

  /** Any YAML whose scalars may hold expressions. */
  tree(node: SourceNode, what: string, here: Availability): TemplateTree | undefined {
    if (node.kind === 'scalar') return this.template(node, what, here, { canBeEmpty: true })
    if (node.kind === 'sequence') {
      const items = node.items.map((item) => this.tree(item, what, here))
      return { items: items.filter((item) => item !== undefined), line: node.line, column: node.column }
    }
    return this.treeMap(node, what, (value, name) => this.tree(value, `'${name}' in ${what}`, here), here)
  }

  /** A map of texts, or one expression of such a map: `env`. */
  textMap(node: SourceNode, what: string, here: Availability): TemplateTree | undefined {
    if (node.kind === 'scalar') {
      if (node.value === null || node.text === '') return undefined
      const template = this.template(node, what, here)
      if (!template || template.isWhole) return template
      return this.error(`${what} must be a map, not ${describe(node)}`, node)
    }
    if (node.kind === 'sequence') return this.error(`${what} must be a map, not a list`, node)
    return this.treeMap(node, what, (value, name) => this.template(value, `'${name}' in ${what}`, here, { canBeEmpty: true }), here)
  }

  /** A map of texts where the whole cannot be an expression: `with`, `outputs`. */
  templates(node: SourceNode, what: string, here: Availability): Map<string, Template> {
    const all = new Map<string, Template>()
    if (node.kind === 'scalar' && node.value === null) return all
    for (const [name, { value }] of this.entries(node, what) ?? []) {
      const template = this.template(value, `'${name}' in ${what}`, here, { canBeEmpty: true })
      if (template) all.set(name, template)
    }
    return all
  }

  /** `keys`: what keys that are expressions may name; without it there can be none. */
  treeMap(
    node: MappingNode,
    what: string,
    read: (value: SourceNode, name: string) => TemplateTree | undefined,
    keys?: Availability,
  ): TemplateTree {
    const entries = new Map<string, TemplateTree>()
    const places = new Map<string, Position>()
    const computed: { key: Template; value: TemplateTree }[] = []
    const isComputed = ({ key }: Field): boolean => keys !== undefined && key.text.includes('${{')
    for (const field of node.entries) {
      if (!keys || !isComputed(field)) continue
      const key = this.template(field.key, `a key in ${what}`, keys)
      const value = read(field.value, field.key.text)
      if (key && value) computed.push({ key, value })
    }
    const plain = keys ? { ...node, entries: node.entries.filter((field) => !isComputed(field)) } : node
    for (const [name, field] of this.entries(plain, what) ?? []) {
      const value = read(field.value, name)
      if (value) entries.set(name, value)
      places.set(name, { line: field.key.line, column: field.key.column })
    }
    return { entries, ...(computed.length > 0 && { computed }), keys: places, line: node.line, column: node.column }
  }

  /** An `if`: an expression with or without `${{ }}`. */
  condition(node: SourceNode, what: string, here: Availability): Condition | undefined {
    if (node.kind !== 'scalar') return this.error(`${what} must be an expression, not ${describe(node)}`, node)
    const source = node.text
    if (source.trim() === '') return undefined
    const problems: ExpressionProblem[] = []
    let expression
    try {
      if (!source.includes('${{')) expression = compileExpression(source, 0, here, problems)
      else {
        const parts = splitTemplate(source)
        const only = parts.filter((part) => typeof part !== 'string' || part.trim() !== '')
        const [first] = only
        if (only.length === 1 && parts.length === 1 && first && typeof first !== 'string') {
          expression = compileExpression(first.text, first.offset, here, problems)
        } else expression = this.mixedCondition(parts, node, what, here, problems)
      }
    } catch (error) {
      if (!(error instanceof ExpressionProblem)) throw error
      problems.push(error)
    }
    for (const problem of problems) this.expressionProblem(problem, node, what)
    if (!expression || problems.length > 0) return undefined
    let hasStatusFunction = false
    visit(expression, (part) => {
      if (part.kind === 'call' && part.name in availability.stepIf.functions && part.name !== 'hashfiles') hasStatusFunction = true
    })
    return { source, expression, hasStatusFunction, line: node.line, column: node.column }
  }

  /** `${{ a }} == 'b'`: GitHub makes text of it, and text that is not empty is true. Surely not meant, so it is said. */
  private mixedCondition(
    parts: readonly (string | { text: string; offset: number })[],
    node: ScalarNode,
    what: string,
    here: Availability,
    problems: ExpressionProblem[],
  ): Condition['expression'] {
    this.warning(`${what} is always true: there is text around \${{ }}; put the whole condition inside it, or leave \${{ }} out`, node)
    const texts = parts.map((part) => (typeof part === 'string' ? part.replaceAll('{', '{{').replaceAll('}', '}}') : ''))
    const given = parts.flatMap((part) => (typeof part === 'string' ? [] : [compileExpression(part.text, part.offset, here, problems)]))
    let count = 0
    const format = parts.map((part, at) => (typeof part === 'string' ? texts[at] : `{${count++}}`)).join('')
    return { kind: 'call', name: 'format', arguments: [{ kind: 'literal', value: format, offset: 0 }, ...given], offset: 0 }
  }

  private expressionProblem(problem: ExpressionProblem, node: ScalarNode, what: string): void {
    // A place costs a walk over the text: none for a problem that is not kept.
    if (!this.isFull) this.error(`${what}: ${problem.message}`, this.place(node, problem.offset))
  }

  /** Of a character of a scalar's text. */
  place(node: ScalarNode, offset: number): Position {
    return this.placesIn(node)(offset)
  }

  private placesIn(node: ScalarNode): (offset: number) => Position {
    const offsets = sourceOffsets(this.file.text, node)
    return (offset) => this.file.position(offsets(offset))
  }
}

/** Keys such as `on`, `1.0` and `true` are text to GitHub. */
function keyText(key: ScalarNode): string {
  return key.text
}

export function describe(node: SourceNode): string {
  if (node.kind === 'sequence') return 'a list'
  if (node.kind === 'mapping') return 'a map'
  if (node.value === null || node.text === '') return 'nothing'
  return `'${node.text.length > 60 ? `${node.text.slice(0, 60)}…` : node.text}'`
}

export function isEmpty(node: SourceNode): boolean {
  return node.kind === 'scalar' && (node.value === null || node.text === '')
}
