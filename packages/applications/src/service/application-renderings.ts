import { type Application, PlimsollError } from '@plimsoll/api'
import type { RenderResult } from '@plimsoll/render'
import { specSources, targetRevisionOf, targetRevisionsOf } from '../application-sources.ts'
import type { ApplicationRendering, SourceRendering, TargetCluster } from '../contract.ts'
import { secretEraser, SecretMasker } from '../masking.ts'
import {
  desiredState,
  failureOf,
  fetchAll,
  isReferenceOnly,
  type LocalSource,
  renderedObjects,
  renderRequest,
} from '../reconcile/desired-state.ts'
import type { Reconciling } from '../reconcile/reconciling.ts'
import { requireSignatures } from '../projects/signatures.ts'
import { instanceName } from '../tracking.ts'

/** What the sources of an application are rendered to, for those who want to look. It changes nothing. */
export class ApplicationRenderings {
  readonly #context: Reconciling

  constructor(context: Reconciling) {
    this.#context = context
  }

  async manifests(
    application: Application,
    cluster: TargetCluster,
    asked: readonly string[] = [],
    binary?: 'compare',
  ): Promise<ApplicationRendering> {
    const set = specSources(application)
    const revisions = set.sources.map((source, index) => asked[index] || targetRevisionOf(source))
    const { name, namespace = '' } = application.metadata
    const instance = instanceName({ name, namespace }, this.#context.namespace)
    const desired = await desiredState(
      this.#context,
      { application, set, revisions, cluster, instance, isForShow: true, ...(binary && { binary }) },
      undefined,
    )
    const masker = new SecretMasker(this.#context.diffSettings().sensitiveAnnotations)
    return {
      manifests: desired.targets.map((target) => JSON.stringify(masker.mask(target.object))),
      revisions: desired.revisions,
      sourceTypes: desired.sourceTypes,
      ...(desired.comparedWithBinary.length > 0 && { comparedWithBinary: desired.comparedWithBinary }),
    }
  }

  /** Manifests of files that are not in Git, as they are: with what Secrets among them hold. For a sync, and for nobody's eyes. */
  async localManifests(application: Application, cluster: TargetCluster, local: LocalSource): Promise<string[]> {
    const set = specSources(application)
    const { name, namespace = '' } = application.metadata
    if (!set.sources[local.position])
      throw new PlimsollError('invalid-request', `Application '${name}' has no source number ${local.position + 1}.`)
    const instance = instanceName({ name, namespace }, this.#context.namespace)
    const request = { application, set, revisions: targetRevisionsOf(set), cluster, instance, local }
    await requireSignatures(this.#context, request, [])
    return (await renderedObjects(this.#context, request)).map((object) => JSON.stringify(object))
  }

  async rendering(application: Application, cluster: TargetCluster): Promise<SourceRendering[]> {
    const set = specSources(application)
    const fetched = await fetchAll(this.#context, { application, cluster, set, revisions: targetRevisionsOf(set) })
    const renderings: SourceRendering[] = []
    for (const [index, one] of fetched.entries()) {
      const { source, revision } = one
      if (isReferenceOnly(source, set)) {
        renderings.push({ source, revision })
        continue
      }
      const request = { ...renderRequest(this.#context, { application, cluster }, one, fetched), details: true }
      const result = await this.#context.renderer.render(request)
      if (!result.ok) throw failureOf(result, source, set.isMultiple ? index : undefined)
      renderings.push({ source, revision, ...shown(result) })
    }
    return renderings
  }
}

/** Without the manifests themselves, which `manifests` gives, and with nothing in it that a Secret among them holds. */
function shown({ manifests, details, ...result }: RenderResult): Omit<SourceRendering, 'source' | 'revision'> {
  const { sourceType, engine, chart, durationMs, renderMs, fromCache, warnings, randomFunctions, comparedWithBinary } = result
  const withoutSecrets = secretEraser(manifests.map(({ object }) => object))
  return {
    sourceType,
    durationMs,
    fromCache,
    ...(engine !== undefined && { engine }),
    ...(chart && { chart }),
    ...(renderMs !== undefined && { renderMs }),
    ...(warnings && { warnings: warnings.map(withoutSecrets) }),
    ...(randomFunctions && { randomFunctions }),
    ...(comparedWithBinary && { comparedWithBinary }),
    ...(details && {
      details: {
        parameters: details.parameters.map((parameter) => ({ ...parameter, value: withoutSecrets(parameter.value) })),
        documents: [],
        ...(details.notes !== undefined && { notes: withoutSecrets(details.notes) }),
      },
    }),
  }
}
