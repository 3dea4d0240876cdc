import {
  ClusterDecisionGenerator,
  ClustersGenerator,
  GitGenerator,
  ListGenerator,
  PlimsollError,
  PluginGenerator,
  PullRequestGenerator,
  ScmProviderGenerator,
  type ApplicationSet,
  type SetGenerator,
  type SetTemplate,
} from '@plimsoll/api'
import { clusterDecision } from './cluster-decision.ts'
import { clusters } from './clusters.ts'
import { type Asked, type Generator, type GeneratorKind, generatorKinds, type Sources } from './generator.ts'
import { git } from './git.ts'
import { list } from './list.ts'
import { matrix } from './matrix.ts'
import { merge } from './merge.ts'
import { mergedTemplate } from './merge-template.ts'
import { flattened, type Parameters } from './parameters.ts'
import { plugin } from './plugin.ts'
import { pullRequest } from './pull-request.ts'
import { scmProvider } from './scm-provider.ts'
import { parameterSelector } from './selector.ts'
import { dialectOf } from './values.ts'

/** A matrix or merge may stand in another one, and not below two (argo-cd: CRDs have no recursive types). */
const deepestCombination = 2

/** What one generator of a set has given. */
export interface Generated {
  parameters: Parameters[]
  template: SetTemplate
}

interface Asking {
  set: ApplicationSet
  sources: Sources
  isFresh: boolean
}

/** Everything that one generator of the spec gives, each kind that is set in it with its template. Rejects with `PlimsollError`. */
export async function transform(generator: SetGenerator, where: string, asking: Asking): Promise<Generated[]> {
  const kinds = kindsIn(generator)
  if (kinds.length === 0) throw unknownGenerator(generator, where)
  const results: Generated[] = []
  for (const kind of kinds) {
    results.push({
      parameters: await ask(kind, generator, where, asking, 0),
      template: mergedTemplate(templateIn(generator, kind), asking.set.spec.template),
    })
  }
  return results
}

/** How soon a set is to be looked at again by the clock; undefined: when something changes. */
export function requeueAfterMs(generators: readonly SetGenerator[]): number | undefined {
  const times = generators.flatMap((generator) =>
    kindsIn(generator).flatMap((kind) => {
      const inner = generator.matrix?.generators ?? generator.merge?.generators
      if ((kind === 'matrix' || kind === 'merge') && inner) return [requeueAfterMs(inner as SetGenerator[])]
      const module = modules[kind] as Generator<unknown>
      return [module.requeueAfterMs?.(generator[kind])]
    }),
  )
  const known = times.filter((time): time is number => time !== undefined && time > 0)
  return known.length === 0 ? undefined : Math.min(...known)
}

export function kindsIn(generator: SetGenerator): GeneratorKind[] {
  return generatorKinds.filter((kind) => generator[kind] !== undefined && generator[kind] !== null)
}

/** Every generator of a spec and below, combined ones too. */
export function allGenerators(generators: readonly SetGenerator[]): SetGenerator[] {
  return generators.flatMap((generator) => {
    const inner = [...(generator.matrix?.generators ?? []), ...(generator.merge?.generators ?? [])] as SetGenerator[]
    return [generator, ...allGenerators(inner)]
  })
}

async function ask(kind: GeneratorKind, generator: SetGenerator, where: string, asking: Asking, depth: number): Promise<Parameters[]> {
  const selector = parameterSelector(generator.selector, `${where}.selector`)
  const at = `${where}.${kind}`
  const asked: Asked = {
    ...asking,
    where: at,
    below: (inner, place, interpolated) => below(inner, place, interpolated, asking, depth + 1),
  }
  const module = modules[kind] as Generator<unknown>
  const given = await module.generate(checked(kind, generator, at), asked).catch((error: unknown) => Promise.reject(placed(error, at)))
  return selector === undefined ? given : given.filter((one) => selector.matches(flattened(one)))
}

/** A failure of what was asked says which generator asked. */
function placed(error: unknown, where: string): Error {
  if (error instanceof PlimsollError && !error.message.includes('spec.generators[')) {
    return new PlimsollError(error.code, `${where}: ${error.message}`, { remedy: error.remedy, cause: error })
  }
  return error instanceof Error ? error : new Error(String(error))
}

/** One generator of a matrix or merge. Its selector is as it is written, everything else is filled in from the generator before it. */
async function below(
  generator: SetGenerator,
  where: string,
  interpolated: Parameters | undefined,
  asking: Asking,
  depth: number,
): Promise<Parameters[]> {
  const [kind, another] = kindsIn(generator)
  if (kind === undefined) throw unknownGenerator(generator, where)
  if (another !== undefined) throw invalid(`${where}: has ${kind} and ${another}, and may have one generator`)
  if (depth > deepestCombination - 1 && (kind === 'matrix' || kind === 'merge')) {
    throw invalid(`${where}: a ${kind} cannot stand below two combined generators`)
  }
  const filled =
    interpolated === undefined || Object.keys(interpolated).length === 0 ? generator : await fillIn(generator, where, interpolated, asking)
  return ask(kind, { ...filled, selector: generator.selector }, where, asking, depth)
}

async function fillIn(generator: SetGenerator, where: string, parameters: Parameters, asking: Asking): Promise<SetGenerator> {
  const [filling] = await asking.sources.templates.fill({
    template: generator,
    parameters: [parameters],
    as: 'generator',
    ...dialectOf(asking),
  })
  if (filling === undefined || 'problem' in filling) {
    throw new PlimsollError('generator-failed', `${where}: ${filling?.problem ?? 'was not filled in'}.`, {
      remedy: 'Correct the text that the message names.',
    })
  }
  return filling.value as SetGenerator
}

const modules = {
  list,
  clusters,
  git,
  scmProvider,
  clusterDecisionResource: clusterDecision,
  pullRequest,
  matrix,
  merge,
  plugin,
} as const satisfies Record<GeneratorKind, unknown>

const schemas = {
  list: ListGenerator,
  clusters: ClustersGenerator,
  git: GitGenerator,
  scmProvider: ScmProviderGenerator,
  clusterDecisionResource: ClusterDecisionGenerator,
  pullRequest: PullRequestGenerator,
  plugin: PluginGenerator,
} as const

/** What was filled in may have become something else. */
function checked(kind: GeneratorKind, generator: SetGenerator, where: string): unknown {
  if (kind === 'matrix' || kind === 'merge') return generator[kind]
  const result = schemas[kind].safeParse(generator[kind])
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(`${where}${issue?.path.map((step) => `.${String(step)}`).join('') ?? ''}: ${issue?.message ?? 'is not valid'}`)
}

function templateIn(generator: SetGenerator, kind: GeneratorKind): SetTemplate | null | undefined {
  return (generator[kind] as { template?: SetTemplate | null } | undefined)?.template
}

function unknownGenerator(generator: SetGenerator, where: string): PlimsollError {
  const names = Object.keys(generator).filter((name) => name !== 'selector')
  const found = names.length === 0 ? 'is empty' : `has ${names.map((name) => `'${name.slice(0, 40)}'`).join(', ')}, which is no generator`
  return invalid(`${where}: ${found} (${generatorKinds.join(', ')})`)
}

function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid-application-set', `${message}.`)
}
