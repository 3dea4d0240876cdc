import { readOutput } from '../directory/read-manifests.ts'
import { checkManifest } from '../directory/manifest-check.ts'
import { checkValue, type Budget } from '../directory/value-check.ts'
import { ByteCache } from '../byte-cache.ts'
import type { HelmOutput, HelmRequest, RandomSource, RenderHelm } from '../helm/contract.ts'
import { helmRequestOf } from '../helm-source.ts'
import { parametersOf } from '../helm-parameters.ts'
import type { KustomizeRequest, RenderKustomize } from '../kustomize/contract.ts'
import type { ReadToolInput } from '../kustomize/tool-input.ts'
import { kustomizeRequestOf } from '../kustomize-source.ts'
import { maxObjectBytes } from '../limits.ts'
import { type FileProblem, tooLargeObject } from '../problem.ts'
import { type BinaryPlan, helmPlan, kustomizePlan } from './binary-plan.ts'
import { freshRandom, stableRandom } from './random-source.ts'
import type { EngineObject, EngineResult, EngineTask } from './task.ts'
import { RenderError, type Sources } from './tree.ts'
import type { UsedInputs } from './used-inputs.ts'

/** The engines, loaded when they are first wanted. */
export interface Engines {
  renderHelm: RenderHelm
  renderKustomize: RenderKustomize
  readToolInput: ReadToolInput
}

/**
 * One render, from a source to objects. Synchronous: everything it reads is in `sources`. Throws `NotFetched` and `RenderError`; what is wrong with
 * single objects is in `problems`.
 */
export function evaluate(
  task: EngineTask,
  sources: Sources,
  inputs: UsedInputs,
  engines: Engines,
  options: { secret: Uint8Array; onPlan: (plan: BinaryPlan) => void },
): EngineResult {
  const { secret } = options
  const random = randomOf(task, inputs, secret)
  const notice = (output: HelmOutput): HelmOutput => {
    if (output.usesCapabilities) inputs.markCapabilities()
    if (output.randomFunctions.length > 0) inputs.markRandom()
    return output
  }
  if (task.kind === 'Kustomize')
    return evaluateKustomize(task, sources, inputs, engines, { random, notice, onPlan: (plan) => options.onPlan(plan) })
  const request = helmRequestOf(task, sources, inputs, random)
  if (task.binary !== undefined) options.onPlan(helmPlan(request))
  return evaluateHelm(task, sources, request, (...args) => notice(engines.renderHelm(...args)))
}

function evaluateHelm(task: EngineTask, sources: Sources, request: HelmRequest, renderHelm: RenderHelm): EngineResult {
  const output = renderHelm(sources, request)
  checkSize(
    output.documents.reduce((sum, { text }) => sum + text.length, 0),
    task,
  )
  const collected = new Collected(task)
  for (const { source, text } of output.documents) {
    const file = fileOfTemplate(source, task.path)
    collected.read(text, file)
  }
  return {
    ...collected.result(),
    engine: `helm/${request.version === '3' ? '3.18' : '4.1'}`,
    chart: output.chart,
    warnings: output.warnings,
    randomFunctions: output.randomFunctions,
    ...(task.details && {
      details: {
        parameters: parametersOf(output.values, request.values),
        documents: output.documents.map(({ source, text }) => ({ source: fileOfTemplate(source, task.path), text })),
        ...(output.notes !== '' && { notes: output.notes }),
      },
    }),
  }
}

function evaluateKustomize(
  task: EngineTask,
  sources: Sources,
  inputs: UsedInputs,
  engines: Engines,
  {
    random,
    notice,
    onPlan,
  }: { random: { source: RandomSource; now: Date }; notice: (output: HelmOutput) => HelmOutput; onPlan: (plan: BinaryPlan) => void },
): EngineResult {
  const functions = new Set<string>()
  const renderHelm: RenderHelm = (trees, request) => {
    const output = notice(engines.renderHelm(trees, request))
    for (const name of output.randomFunctions) functions.add(name)
    return output
  }
  const request = kustomizeRequestOf(task, inputs, random, renderHelm)
  if (task.binary !== undefined) onPlan(planFor(request))
  const output = engines.renderKustomize(sources, request)
  const collected = new Collected(task)
  for (const { object, origin } of output.objects) collected.check(object, origin ?? (task.path === '' ? '.' : task.path))
  return {
    ...collected.result(),
    engine: 'kustomize/5.7',
    warnings: output.warnings,
    randomFunctions: [...functions].toSorted(),
    ...(task.details && { details: { parameters: [], documents: [{ source: task.path, text: output.text }] } }),
  }

  function planFor(asked: KustomizeRequest): BinaryPlan {
    try {
      return kustomizePlan(asked, engines.readToolInput(sources, asked))
    } catch (error) {
      if (error instanceof RenderError) return kustomizePlan(asked, { obstacle: error.message })
      throw error
    }
  }
}

function randomOf(task: EngineTask, inputs: UsedInputs, secret: Uint8Array): { source: RandomSource; now: Date } {
  if (task.policy.randomness === 'helm') return { source: freshRandom, now: new Date() }
  const application = inputs.peekRandom()
  return { source: stableRandom(secret, application), now: new Date(application.rotation.at) }
}

/** Helm names a template by its chart (`web/templates/a.yaml`); what is wanted is where it is in the repository. */
function fileOfTemplate(source: string, chartPath: string): string {
  const inside = source.slice(source.indexOf('/') + 1)
  return chartPath === '' ? inside : `${chartPath}/${inside}`
}

/** Lines of rendered text are not lines of the template. */
function asRendered({ line, column: _column, message, remedy, code }: FileProblem): FileProblem {
  return { message: line === undefined ? message : `line ${line} of what it renders to: ${message}`, remedy, code }
}

function checkSize(bytes: number, { limits }: EngineTask): void {
  if (bytes <= limits.outputBytes) return
  throw new RenderError(`It renders to ${bytes} bytes; at most ${limits.outputBytes} are taken.`, {
    code: 'manifest-too-large',
    remedy: 'Split it into several applications.',
  })
}

/** One document of an output, read: what it holds, and what of the limits it takes. */
interface ReadDocument {
  objects: readonly string[]
  problems: readonly FileProblem[]
  cost: Budget
}

/** Documents by their text: most of what many applications of one chart render to is the same, definitions of custom resources above all. */
const documents = new ByteCache<ReadDocument>(32 * 1024 * 1024)

/** With memory of its own: a slice would keep the whole output alive. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString()
}

function readDocument(text: string, limits: EngineTask['limits'], budget: Budget): ReadDocument {
  const before = { ...budget }
  const { objects, problems } = readOutput(text, limits, budget)
  return {
    objects: objects.map(({ object }) => JSON.stringify(object)),
    problems,
    cost: { values: before.values - budget.values, textBytes: before.textBytes - budget.textBytes },
  }
}

/** Objects of one render, within its limits. */
class Collected {
  readonly #budget: Budget
  #bytes = 0
  readonly problems: (FileProblem & { file: string })[] = []
  readonly #objects: EngineObject[] = []
  readonly #task: EngineTask

  constructor(task: EngineTask) {
    this.#task = task
    this.#budget = { values: task.limits.values, textBytes: task.limits.textBytes }
  }

  /** A document as an engine prints it. */
  read(text: string, file: string): void {
    const known = documents.get(text)
    const fits = known !== undefined && known.cost.values <= this.#budget.values && known.cost.textBytes <= this.#budget.textBytes
    const read = fits ? known : readDocument(text, this.#task.limits, this.#budget)
    if (fits) {
      this.#budget.values -= known.cost.values
      this.#budget.textBytes -= known.cost.textBytes
    } else if (read.problems.length === 0) documents.set(ownCopy(text), read, text.length * 3 + 300)
    for (const json of read.objects) this.#add({ json, file })
    for (const problem of read.problems) this.problems.push({ ...asRendered(problem), file })
  }

  /** For an object that comes from an engine, and was not read from text here. */
  check(object: Record<string, unknown>, file: string): void {
    const unfit = checkValue(object, this.#task.limits, this.#budget)
    if (unfit !== undefined) this.problems.push({ file, message: unfit.message, code: unfit.code, remedy: 'Correct the object, and push.' })
    const faults = unfit === undefined ? checkManifest(object) : []
    for (const { message, remedy } of faults)
      this.problems.push({ file, message: `${message}${nameOf(object)}`, remedy, code: 'manifest-invalid' })
    if (unfit === undefined && faults.length === 0) this.#add({ json: JSON.stringify(object), file })
  }

  #add(object: EngineObject): void {
    if (object.json.length > maxObjectBytes) {
      this.problems.push({ file: object.file, ...tooLargeObject(object.json.length) })
      return
    }
    this.#objects.push(object)
    this.#bytes += object.json.length
    checkSize(this.#bytes, this.#task)
    if (this.#objects.length <= this.#task.limits.objects) return
    throw new RenderError(`There are more than ${this.#task.limits.objects} objects.`, {
      code: 'manifest-too-large',
      remedy: 'Split them into several applications.',
    })
  }

  result(): Pick<EngineResult, 'objects' | 'problems'> {
    return { objects: this.#objects, problems: this.problems }
  }
}

function nameOf({ kind, metadata }: Record<string, unknown>): string {
  const name = (metadata as { name?: unknown } | null | undefined)?.name
  const words = [kind, typeof name === 'string' ? `'${name.slice(0, 100)}'` : undefined].filter((word) => typeof word === 'string')
  return words.length === 0 ? '' : ` (${words.join(' ')})`
}
