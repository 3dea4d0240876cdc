import { quote } from '../go/quote.ts'
import { type GoFunction, type GoValue, ownText } from '../go/value.ts'
import { builtins } from './builtins.ts'
import { compileTree } from './compiler.ts'
import { type NewTemplateSet, TemplateError, type TemplateOptions, type TemplateSet, type TemplateUse } from './contract.ts'
import { TemplateLimitError, isStackOverflow } from './limit-error.ts'
import { type Tree, isEmptyTree } from './node.ts'
import { parseTemplate } from './parser.ts'
import { Budget, type Program, type Programs, Run } from './run.ts'
import { type Definition, type ParsedFile, TemplateCache } from './template-cache.ts'

type FunctionMap = ReadonlyMap<string, GoFunction>

const sharedCache = new TemplateCache()

/** What is parsed is shared by every set of this thread. */
export const newTemplateSet: NewTemplateSet = (options) => {
  const functions = functionsOf(options)
  return new Templates(options, options.cache ?? sharedCache, new Budget(options.limits), functions, undefined, undefined)
}

const withBuiltins = { '1.24': new WeakMap<object, FunctionMap>(), '1.25': new WeakMap<object, FunctionMap>() }

/** The same for every set that has the same functions, so that what was found for one of them is found for all. */
function functionsOf({ functions, goRelease = '1.24' }: TemplateOptions): FunctionMap {
  let all = withBuiltins[goRelease].get(functions)
  if (all === undefined) {
    all = new Map([...builtins[goRelease], ...functions])
    withBuiltins[goRelease].set(functions, all)
  }
  return all
}

/** Names of a set. Once a copy shares a layer nothing is added to it, so copying costs nothing. */
class Layer {
  readonly definitions = new Map<string, Definition>()
  readonly parent: Layer | undefined

  constructor(parent: Layer | undefined) {
    this.parent = parent
  }

  find(name: string): Definition | undefined {
    return this.definitions.get(name) ?? this.parent?.find(name)
  }
}

class Templates implements TemplateSet, Programs {
  private readonly options: TemplateOptions
  private readonly cache: TemplateCache
  private readonly budget: Budget
  private readonly functions: FunctionMap
  private readonly overrides: FunctionMap | undefined
  readonly functionScope: object
  private layer: Layer
  private isShared: boolean

  constructor(
    options: TemplateOptions,
    cache: TemplateCache,
    budget: Budget,
    functions: FunctionMap,
    overrides: FunctionMap | undefined,
    layer: Layer | undefined,
  ) {
    this.options = options
    this.cache = cache
    this.budget = budget
    this.functions = functions
    this.overrides = overrides
    this.functionScope = overrides ?? functions
    this.layer = layer ?? new Layer(undefined)
    this.isShared = layer !== undefined
  }

  parse(name: string, text: string): void {
    const file = this.parsed(name, text)
    if (this.isShared) {
      this.layer = new Layer(this.layer)
      this.isShared = false
    }
    for (const definition of file.definitions) {
      if (definition.isEmpty && this.layer.find(definition.name) !== undefined) continue
      this.layer.definitions.set(definition.name, definition)
    }
  }

  private parsed(name: string, given: string): ParsedFile {
    const known = this.cache.get(name, given)
    if (known !== undefined && this.hasAll(known.functions)) return known
    const text = ownText(given)
    const functions = new Set<string>()
    const trees = parseTemplate(name, text, (functionName) => {
      functions.add(functionName)
      return this.function(functionName) !== undefined
    })
    const file: ParsedFile = { definitions: [...trees.values()].map(definitionOf), functions }
    this.cache.put(name, text, file)
    return file
  }

  private hasAll(functions: ReadonlySet<string>): boolean {
    for (const name of functions) if (this.function(name) === undefined) return false
    return true
  }

  has(name: string): boolean {
    return this.layer.find(name) !== undefined
  }

  program(name: string): Program | undefined {
    return this.layer.find(name)?.program()
  }

  function(name: string): GoFunction | undefined {
    return this.overrides?.get(name) ?? this.functions.get(name)
  }

  clone(overrides?: FunctionMap): TemplateSet {
    this.isShared = true
    const merged =
      overrides === undefined || this.overrides === undefined ? (overrides ?? this.overrides) : new Map([...this.overrides, ...overrides])
    return new Templates(this.options, this.cache, this.budget, this.functions, merged, this.layer)
  }

  renew(): TemplateSet {
    this.isShared = true
    return new Templates(this.options, this.cache, new Budget(this.options.limits), this.functions, this.overrides, this.layer)
  }

  used(): TemplateUse {
    return { steps: this.budget.steps, outputBytes: this.budget.bytes }
  }

  use({ steps, outputBytes }: TemplateUse): boolean {
    const { budget } = this
    if (budget.steps + steps > budget.limits.steps || budget.bytes + outputBytes > budget.limits.outputBytes) return false
    budget.steps += steps
    budget.bytes += outputBytes
    return true
  }

  execute(name: string, data: GoValue): string {
    const { budget } = this
    const outerDepth = budget.depth
    try {
      const program = this.program(name)
      // Go asks the first template of a set, which Helm calls "gotpl".
      if (program === undefined) throw new TemplateError(`template: no template ${quote(name)} associated with template "gotpl"`)
      // Nil comes out of the interface that Go's Execute takes.
      const dot = data === null ? undefined : data
      const run = new Run(this, budget, this.options.missingKey, program, program.root, dot)
      if (outerDepth >= budget.limits.depth) run.failLimit(`exceeded maximum template depth (${budget.limits.depth})`)
      budget.depth += 1
      program.body(run, dot)
      return run.out
    } catch (error) {
      // Only where the stack is as good as empty again is there room for words.
      if (outerDepth > 0 || !(error instanceof RangeError)) throw error
      throw new TemplateLimitError(`template: ${name}: ${isStackOverflow(error) ? 'exceeded maximum template depth' : error.message}`)
    } finally {
      budget.depth = outerDepth
    }
  }
}

function definitionOf(tree: Tree): Definition {
  let program: Program | undefined
  return { name: tree.name, isEmpty: isEmptyTree(tree.root), program: () => (program ??= compileTree(tree)) }
}
