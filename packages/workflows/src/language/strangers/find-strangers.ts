import type { StrangerKnowledge, StrangerUse, Template, TemplateTree } from '../contract.ts'
import type { Expression } from '../expression/syntax.ts'
import { strangerTexts, type StrangerText } from './known-contexts.ts'

/** What flows into the value of an expression: the name that is written there, and where. */
interface Flow {
  readonly context: string
  readonly offset: number
}

/** Functions whose value is true, false or a digest, whatever they are given. */
const harmless = new Set(['contains', 'startswith', 'endswith', 'hashfiles', 'success', 'failure', 'cancelled', 'always'])

/** Which contexts that a stranger controls reach the text of a template, in any form. */
export function strangerContexts(template: Template, knowledge: StrangerKnowledge = {}): StrangerUse[] {
  const uses: StrangerUse[] = []
  for (const [at, part] of template.parts.entries()) {
    if (typeof part === 'string') continue
    const place = template.places[at] ?? { ...template, offset: 0 }
    // An expression on one line is where its offset says; one over several lines is where it begins.
    const end = template.source.indexOf('}}', place.offset)
    const isOneLine = !template.source.slice(place.offset, end < 0 ? undefined : end).includes('\n')
    for (const { context, offset } of flows(part, knowledge)) {
      const column = place.column + (isOneLine ? Math.max(0, offset - place.offset) : 0)
      if (uses.some((one) => one.context === context && one.line === place.line && one.column === column)) continue
      uses.push({ context, line: place.line, column, message: explain(context) })
    }
  }
  return uses
}

/** Which entries of `with` hold a stranger's text. */
export function strangerInputs(given: ReadonlyMap<string, Template>, knowledge: StrangerKnowledge = {}): Set<string> {
  return new Set([...given].filter(([, template]) => strangerContexts(template, knowledge).length > 0).map(([name]) => name))
}

function explain(context: string): string {
  const variable = /([A-Za-z_]+)[^A-Za-z_]*$/.exec(context)?.[1]?.toUpperCase() ?? 'TEXT'
  if (context.startsWith('env.') || context.startsWith('env[')) {
    return `'${context}' holds text that anybody can write; pasted into a script it runs as code. Read the variable in the script itself: "$${variable}", or process.env.${variable} in JavaScript`
  }
  return `'${context}' is text that anybody can write; pasted into a script it runs as code. Put it into a variable, env: { ${variable}: \${{ ${context} }} }, and use "$${variable}", or process.env.${variable} in JavaScript`
}

function flows(node: Expression, knowledge: StrangerKnowledge): Flow[] {
  switch (node.kind) {
    case 'literal':
    case 'not':
    case 'compare':
      return []
    case 'context':
    case 'index':
    case 'filter': {
      const path = pathOf(node)
      if (path) return flowsOfPath(path, knowledge)
      // The value of an index is a part of what is indexed; what it is indexed by only chooses.
      return node.kind === 'context' ? [] : flows(node.of, knowledge)
    }
    case 'and':
      // A term before the last is the value only when it is false: empty text, null, 0.
      return flows(node.terms.at(-1) as Expression, knowledge)
    case 'or':
      return node.terms.flatMap((term) => flows(term, knowledge))
    case 'call': {
      if (harmless.has(node.name)) return []
      const given =
        node.name === 'case' ? node.arguments.filter((_, at) => at % 2 === 1 || at === node.arguments.length - 1) : node.arguments
      return given.flatMap((one) => flows(one, knowledge))
    }
  }
}

interface Path {
  readonly root: string
  /** Undefined: any name. */
  readonly names: readonly (string | undefined)[]
  readonly shown: string
  readonly offset: number
}

function pathOf(node: Expression): Path | undefined {
  if (node.kind === 'context') return { root: node.name, names: [], shown: node.name, offset: node.offset }
  if (node.kind !== 'index' && node.kind !== 'filter') return undefined
  const of = pathOf(node.of)
  if (!of) return undefined
  if (node.kind === 'filter') return { ...of, names: [...of.names, undefined], shown: `${of.shown}.*` }
  const { by } = node
  if (by.kind !== 'literal') return { ...of, names: [...of.names, undefined], shown: `${of.shown}[…]` }
  const isName = typeof by.value === 'string' && /^[A-Za-z_][A-Za-z0-9_-]*$/.test(by.value)
  const shown = isName ? `${of.shown}.${by.value}` : `${of.shown}[${typeof by.value === 'string' ? `'${by.value}'` : String(by.value)}]`
  return { ...of, names: [...of.names, String(by.value).toLowerCase()], shown }
}

function flowsOfPath(path: Path, knowledge: StrangerKnowledge): Flow[] {
  const flow: Flow = { context: path.shown, offset: path.offset }
  const [name] = path.names
  switch (path.root) {
    case 'github':
      return reaches(path.names) ? [flow] : []
    case 'env': {
      const isTainted = name === undefined ? anyVariable(knowledge) : variable(name, knowledge)
      return isTainted ? [flow] : []
    }
    case 'inputs': {
      const tainted = [...(knowledge.inputs ?? [])]
      return (name === undefined ? tainted.length > 0 : tainted.some((one) => one.toLowerCase() === name)) ? [flow] : []
    }
    case 'jobs':
    case 'needs': {
      const [, outputs, output] = path.names
      const isOutput = outputs === undefined || outputs === 'outputs'
      return isOutput && [...(knowledge.needs ?? [])].some((one) => isOutputOf(one, name, output)) ? [flow] : []
    }
    case 'matrix': {
      const tainted = knowledge.matrix ?? new Set<string>()
      return (name === undefined ? tainted.size > 0 : tainted.has('*') || tainted.has(name)) ? [flow] : []
    }
    default:
      return []
  }
}

/** Is `job.output` what is read? Undefined: any name. */
function isOutputOf(tainted: string, job: string | undefined, output: string | undefined): boolean {
  const [taintedJob, taintedOutput] = tainted.split('.')
  if (job !== undefined && job !== taintedJob) return false
  return output === undefined || taintedOutput === '*' || output === taintedOutput
}

/** The path ends at a stranger's text, or above one: `toJSON` of that holds it. */
function reaches(names: readonly (string | undefined)[]): boolean {
  let nodes: StrangerText[] = [strangerTexts]
  for (const name of names) {
    nodes = nodes.flatMap(({ children }) => {
      if (!children) return []
      if (name === undefined) return [...children.values()]
      return [children.get(name), children.get('*')].filter((child) => child !== undefined)
    })
  }
  return nodes.length > 0
}

/** The innermost level that sets the variable decides; what it is made from was read with the levels around it. */
function variable(name: string, knowledge: StrangerKnowledge): boolean {
  const levels = knowledge.env ?? []
  for (let at = levels.length - 1; at >= 0; at--) {
    const [level, around] = levelAt(knowledge, at)
    if (!level) continue
    if (!('entries' in level)) {
      // A whole map from one expression: it may set any variable.
      if (isTainted(level, around)) return true
      continue
    }
    // A name that is an expression may be any.
    if (level.computed?.some(({ value }) => isTainted(value, around))) return true
    const found = [...level.entries].find(([key]) => key.toLowerCase() === name)
    if (found) return isTainted(found[1], around)
  }
  return false
}

function anyVariable(knowledge: StrangerKnowledge): boolean {
  const levels = knowledge.env ?? []
  return levels.some((_, at) => {
    const [level, around] = levelAt(knowledge, at)
    return level !== undefined && isTainted(level, around)
  })
}

/** The variables of one level, and what was known where they were written. */
function levelAt(knowledge: StrangerKnowledge, at: number): [TemplateTree | undefined, StrangerKnowledge] {
  const level = knowledge.env?.[at]
  const around: StrangerKnowledge = { ...knowledge, env: (knowledge.env ?? []).slice(0, at) }
  return level && 'tree' in level ? [level.tree, { ...around, inputs: level.inputs }] : [level, around]
}

/** Does a stranger's text reach any value in it? */
export function isTainted(tree: TemplateTree, knowledge: StrangerKnowledge): boolean {
  if ('items' in tree) return tree.items.some((item) => isTainted(item, knowledge))
  if ('entries' in tree) {
    const computed = (tree.computed ?? []).flatMap(({ key, value }) => [key, value])
    return [...tree.entries.values(), ...computed].some((item) => isTainted(item, knowledge))
  }
  return tree.parts.some((part) => typeof part !== 'string' && flows(part, knowledge).length > 0)
}
