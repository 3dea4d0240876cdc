import { quote } from '../go/format.ts'
import { type GoFunction, type GoValue, TypedMap } from '../go/value.ts'
import { noteReadsIn, Reads, type WatchedRoot } from '../go/watched-map.ts'
import { tellChangesTo } from '../sprig/changes.ts'
import { fixed } from '../sprig/go-function.ts'
import { templateFunctions } from '../sprig/index.ts'
import type { TemplateLimits, TemplateSet } from '../template/contract.ts'
import { newTemplateSet, TemplateError, TemplateLimitError } from '../template/index.ts'
import { baseName } from './go-path.ts'
import { RenderedFile } from './manifests.ts'
import { executionFailure, markWarning, parseFailure } from './template-error.ts'
import { MemoryShelf } from './memory-shelf.ts'
import type { Draw, Printed, Recollection, ReleaseState } from './template-memory.ts'
import { sortTemplateNames, type TemplateFile, templateText } from './template-files.ts'

/** What one render gives its templates. */
export interface EngineRequest {
  state: ReleaseState
  /** Set where a template asks for what depends on the cluster. */
  use: { capabilities: boolean }
}

export interface EngineResult {
  /** By the name of the template, `<no value>` taken out. */
  files: Map<string, RenderedFile>
  randomFunctions: string[]
}

/** The words of a template's failure, in Helm's form; a string of bytes. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure'
}

/** The largest public charts need two megabytes and two million steps; ten times that is a mistake or an attack. */
const limits: TemplateLimits = { outputBytes: 64 * 1024 * 1024, steps: 20_000_000, depth: 1500 }
const maxIncludes = 1000
/** What each Helm is built by. */
const goReleases = { '3': '1.24', '4': '1.25' } as const

/**
 * The templates of a chart and of those below it, parsed: pkg/engine/engine.go. One of these serves every release of the chart, one after the other;
 * what belongs to one of them is in its `Run`.
 */
export class Engine {
  readonly #version: '3' | '4'
  readonly #names: readonly string[]
  readonly #set: TemplateSet

  /** Parses all. Throws `EngineFailure`. */
  constructor(version: '3' | '4', templates: ReadonlyMap<string, TemplateFile>) {
    this.#version = version
    this.#names = sortTemplateNames(templates.keys())
    this.#set = newTemplateSet({ functions: functionsOf(version), missingKey: 'zero', limits, goRelease: goReleases[version] })
    for (const name of this.#names) {
      const template = templates.get(name)
      if (template !== undefined) this.#parse(name, template)
    }
  }

  #parse(name: string, template: TemplateFile): void {
    try {
      this.#set.parse(name, templateText(template))
    } catch (error) {
      throw error instanceof TemplateError ? new EngineFailure(parseFailure(name, error.message)) : error
    }
  }

  /** Runs each template that is no partial, in the order of names, or knows what it prints. Throws `EngineFailure`. */
  render(templates: ReadonlyMap<string, TemplateFile>, request: EngineRequest): EngineResult {
    const set = this.#set.renew()
    const run = new Run(set, request)
    const files = new Map<string, RenderedFile>()
    const memory = memories.take(this)
    const recollection = memory.begin(request.state)
    const outer = current
    current = run
    const told = tellChangesTo((map) => recollection.change(map))
    try {
      for (const name of this.#names) {
        const template = templates.get(name)
        if (template === undefined || baseName(name).startsWith('_')) continue
        run.template = name
        template.data.set('Template', this.#templateData(name, template.basePath))
        const known = recollection.find(name)
        if (known !== undefined && set.use(known.used)) {
          if (known.usesCapabilities) request.use.capabilities = true
          run.drawAgain(known)
          files.set(name, known.file)
        } else files.set(name, this.#run(name, template.data, { set, run, recollection, request }))
      }
    } finally {
      memories.put(this, memory)
      tellChangesTo(told)
      current = outer
    }
    return { files, randomFunctions: [...run.randomFunctions].toSorted() }
  }

  #run(
    name: string,
    data: WatchedRoot,
    { set, run, recollection, request }: { set: TemplateSet; run: Run; recollection: Recollection; request: EngineRequest },
  ): RenderedFile {
    run.startTemplate()
    if (!recollection.wants(name)) return new RenderedFile(name, withoutNoValue(this.#execute(set, name, data)))
    const { use } = request
    const usedBefore = use.capabilities
    const before = set.used()
    const { changes } = recollection
    const reads = new Reads()
    const outer = noteReadsIn(reads)
    let file: RenderedFile
    use.capabilities = false
    try {
      file = new RenderedFile(name, withoutNoValue(this.#execute(set, name, data)))
    } finally {
      noteReadsIn(outer)
    }
    const usesCapabilities = use.capabilities
    use.capabilities ||= usedBefore
    const after = set.used()
    const used = { steps: after.steps - before.steps, outputBytes: after.outputBytes - before.outputBytes }
    if (recollection.changes === changes) recollection.add(name, reads, { file, used, usesCapabilities, ...run.randomUse() })
    return file
  }

  #execute(set: TemplateSet, name: string, data: GoValue): string {
    try {
      return set.execute(name, data)
    } catch (error) {
      if (error instanceof TemplateError) throw new EngineFailure(executionFailure(name, error.message, this.#version))
      throw error
    }
  }

  #templateData(name: string, basePath: string): TypedMap {
    return new TypedMap(this.#version === '3' ? 'chartutil.Values' : 'common.Values', {
      entries: [
        ['Name', name],
        ['BasePath', basePath],
      ],
    })
  }
}

/** Beside what is parsed: enough for some hundred releases of large charts. */
const memories = new MemoryShelf<Engine>(48 * 1024 * 1024)

/** The render whose templates run now: functions are made once for all renders, and rendering is synchronous. */
let current: Run | undefined

function running(): Run {
  if (current === undefined) throw new Error('No template runs.')
  return current
}

const functionsByVersion = new Map<'3' | '4', ReadonlyMap<string, GoFunction>>()

function functionsOf(version: '3' | '4'): ReadonlyMap<string, GoFunction> {
  let functions = functionsByVersion.get(version)
  if (functions === undefined) {
    functions = makeFunctions(version)
    functionsByVersion.set(version, functions)
  }
  return functions
}

function makeFunctions(version: '3' | '4'): ReadonlyMap<string, GoFunction> {
  const context = {
    randomBytes: (functionName: string, count: number) => running().randomBytes(functionName, count),
    now: () => running().now(),
  }
  const functions = new Map(templateFunctions(context, version))
  functions.set(
    'include',
    fixed(['string', 'any'], (name, data) => running().include(name, data)),
  )
  functions.set(
    'tpl',
    fixed(['string', 'any'], (text, data) => running().tpl(text, data)),
  )
  functions.set('required', fixed(['string', 'any'], requireValue))
  functions.set('fail', fixed(['string'], fail))
  functions.set(
    'lookup',
    fixed(['string', 'string', 'string', 'string'], () => new Map()),
  )
  return functions
}

/** One release: what its templates have called so far. */
class Run {
  template = ''
  readonly randomFunctions = new Set<string>()
  #draws: Draw[] = []
  #asksNow = false
  readonly #request: EngineRequest
  readonly #calls = new Map<string, number>()
  readonly #included = new Map<string, number>()
  /** The set that runs now: within `tpl` a copy, whose definitions everything under it sees. */
  #set: TemplateSet
  #depth = 0

  constructor(set: TemplateSet, request: EngineRequest) {
    this.#set = set
    this.#request = request
  }

  include(name: string, data: GoValue): string {
    const count = this.#included.get(name) ?? 0
    if (count > maxIncludes) throw new Error(`rendering template has a nested reference name: ${name}: unable to execute template`)
    this.#included.set(name, count + 1)
    const text = this.#set.execute(name, data)
    this.#included.set(name, count)
    return text
  }

  tpl(text: string, data: GoValue): string {
    if (!text.includes('{{')) return withoutNoValue(text)
    const outer = this.#set
    const copy = outer.clone()
    // Helm calls every text "gotpl". Within another one the name has to be another, or an empty text would run the outer one again.
    const name = `gotpl${nesting.repeat(this.#depth)}`
    inTpl(
      () => copy.parse(name, text),
      () => `cannot parse template ${quote(text)}`,
    )
    this.#set = copy
    this.#depth++
    try {
      return inTpl(
        () => withoutNoValue(copy.execute(name, data)),
        () => `error during tpl function execution for ${quote(text)}`,
      )
    } finally {
      this.#set = outer
      this.#depth--
    }
  }

  randomBytes(functionName: string, count: number): Uint8Array {
    this.randomFunctions.add(functionName)
    const place = `${this.template}\0${functionName}`
    const call = this.#calls.get(place) ?? 0
    this.#calls.set(place, call + 1)
    const bytes = this.#request.state.random.bytes({ template: this.template, functionName, call }, count)
    // A copy: it is the function's to use up.
    this.#draws.push({ functionName, call, bytes: bytes.slice() })
    return bytes
  }

  now(): Date {
    this.randomFunctions.add('now')
    this.#asksNow = true
    return this.#request.state.now
  }

  startTemplate(): void {
    this.#draws = []
    this.#asksNow = false
  }

  /** What the template at hand has asked for that is not the same for each application. */
  randomUse(): { draws: readonly Draw[]; now: number | undefined } {
    return { draws: this.#draws, now: this.#asksNow ? this.now().getTime() : undefined }
  }

  /** For a template that is known to ask for the same again. */
  drawAgain({ draws, now }: Printed): void {
    for (const { functionName } of draws) this.randomFunctions.add(functionName)
    if (now !== undefined) this.randomFunctions.add('now')
  }
}

/** Stands for how deep a `tpl` is; taken out of every message. */
const nesting = '\0'

function inTpl<Result>(work: () => Result, describe: () => string): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof TemplateError) || error instanceof TemplateLimitError) throw error
    throw new Error(`${describe()}: ${error.message.replace(/gotpl\0+/g, 'gotpl')}`, { cause: error })
  }
}

function requireValue(warning: string, value: GoValue): GoValue {
  if (value === null || value === undefined || value === '') throw new Error(markWarning(warning))
  return value
}

function fail(message: string): GoValue {
  throw new Error(markWarning(message))
}

/** Go writes `<no value>` for what is missing, and Helm takes it out of every text that is done. */
function withoutNoValue(text: string): string {
  return text.includes('<no value>') ? text.replaceAll('<no value>', '') : text
}
