import { type Application, type ApplicationSet, PlimsollError, resourcesFinalizer } from '@plimsoll/api'
import { applyStrategicMergePatch, PatchError } from '@plimsoll/kube'
import { isObject, listAt, textAt } from '../../json.ts'
import type { Sources } from './generator.ts'
import type { Parameters } from './parameters.ts'
import { transform, type Generated } from './transform.ts'
import { dialectOf } from './values.ts'

/** More from one set is a mistake. */
const maxApplications = 20_000

/** What a set makes: its Applications as they should be, or why nobody knows. */
export type Generation =
  | { ok: true; applications: Application[]; /** How many each generator of the spec gave. */ counts: number[] }
  | { ok: false; reason: 'params' | 'template'; error: PlimsollError }

/**
 * The Applications of a set, from what its generators give now. All of them or none: where one generator fails, or one template, nothing is known of
 * what should be there, and the caller leaves everything as it is.
 */
export async function generate(set: ApplicationSet, sources: Sources, options: { isFresh?: boolean } = {}): Promise<Generation> {
  const asking = { set, sources, isFresh: options.isFresh ?? false }
  const generated: { index: number; results: Generated[] }[] = []
  try {
    for (const [index, generator] of set.spec.generators.entries()) {
      generated.push({ index, results: await transform(generator, `spec.generators[${index}]`, asking) })
    }
  } catch (error) {
    return { ok: false, reason: 'params', error: expected(error) }
  }
  try {
    const applications: Application[] = []
    const counts: number[] = []
    for (const { index, results } of generated) {
      const before = applications.length
      for (const result of results) applications.push(...(await fillIn(result, set, sources, `spec.generators[${index}]`)))
      counts.push(applications.length - before)
      if (applications.length > maxApplications) throw tooMany()
    }
    return { ok: true, applications, counts }
  } catch (error) {
    return { ok: false, reason: 'template', error: expected(error) }
  }
}

async function fillIn({ parameters, template }: Generated, set: ApplicationSet, sources: Sources, where: string): Promise<Application[]> {
  // A template that asks for nothing is the same for all that give nothing, as in Argo CD: not filled in, and without a finalizer.
  const empty = parameters.filter((one) => Object.keys(one).length === 0)
  const asked = parameters.filter((one) => Object.keys(one).length > 0)
  if (parameters.length > maxApplications) throw tooMany()
  const { templatePatch } = set.spec
  const fillings = await sources.templates.fill({
    template: ofApplication(template),
    ...(typeof templatePatch === 'string' && { patch: templatePatch }),
    parameters: asked,
    ...dialectOf({ set }),
  })
  const filled = fillings.map((filling, index) => {
    if ('problem' in filling) throw unfilled(filling.problem, where, asked[index] ?? {})
    const application = withFinalizer(filling.value as Application, set)
    return inNamespace(typeof templatePatch === 'string' ? patched(application, filling.patch, where) : application, set)
  })
  return [...filled, ...empty.map(() => inNamespace(ofApplication(template), set))]
}

/** What an Application takes from a template, and nothing else that is written in it. */
function ofApplication(template: Generated['template']): Application {
  const { name, namespace, labels, annotations, finalizers } = template.metadata ?? {}
  return {
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && finalizers.length > 0 && { finalizers }),
    },
    spec: template.spec ?? {},
  } as Application
}

/** What an Application deploys goes with it, unless its template or the set says otherwise. */
function withFinalizer(application: Application, { spec }: ApplicationSet): Application {
  const { finalizers } = application.metadata
  if (spec.syncPolicy?.preserveResourcesOnDeletion === true || (finalizers && finalizers.length > 0)) return application
  return { ...application, metadata: { ...application.metadata, finalizers: [resourcesFinalizer] } }
}

/** An Application never leaves the namespace of its set. */
function inNamespace(application: Application, { metadata }: ApplicationSet): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    ...application,
    metadata: { ...application.metadata, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) },
  }
}

/** A strategic merge: lists are replaced, but for finalizers. The project stays, so that no patch gets into another one. */
function patched(application: Application, patch: unknown, where: string): Application {
  if (patch === null || patch === undefined) return application
  if (!isObject(patch)) throw invalid(`spec.templatePatch (${where}): must be a map`)
  const unknownField = Object.keys(patch).find((name) => !['apiVersion', 'kind', 'metadata', 'spec', 'operation', 'status'].includes(name))
  if (unknownField !== undefined)
    throw invalid(`spec.templatePatch (${where}): '${unknownField.slice(0, 80)}' is no field of an Application`)
  try {
    const result = applyStrategicMergePatch(application as Record<string, unknown>, patch, undefined) as Application
    const finalizers = [...new Set([...(application.metadata.finalizers ?? []), ...listAt(patch, 'metadata', 'finalizers')])]
    const { status: _status, operation: _operation, ...rest } = result
    return {
      ...rest,
      metadata: { ...result.metadata, ...(listAt(patch, 'metadata', 'finalizers').length > 0 && { finalizers: finalizers as string[] }) },
      spec: { ...result.spec, ...projectOf(application) },
    } as Application
  } catch (error) {
    if (error instanceof PatchError) throw invalid(`spec.templatePatch (${where}): ${error.message}`)
    throw error
  }
}

function projectOf(application: Application): { project?: string } {
  const project = textAt(application, 'spec', 'project')
  return project === undefined ? {} : { project }
}

function unfilled(problem: string, where: string, parameters: Parameters): PlimsollError {
  const names = Object.keys(parameters).slice(0, 20).join(', ')
  return new PlimsollError('invalid-application-set', `spec.template (${where}): ${problem}. There are the parameters ${names}.`, {
    remedy: 'Correct the template, or what the generator gives.',
  })
}

function tooMany(): PlimsollError {
  return new PlimsollError('generator-failed', `The set makes more than ${maxApplications} Applications.`, {
    remedy: 'Narrow its generators, or split it.',
  })
}

function invalid(message: string): PlimsollError {
  return new PlimsollError('invalid-application-set', `${message}.`)
}

/** What is no expected failure is a bug of ours, and costs this set alone. */
function expected(error: unknown): PlimsollError {
  if (error instanceof PlimsollError) return error
  return new PlimsollError('internal', error instanceof Error ? error.message : String(error), { cause: error })
}
