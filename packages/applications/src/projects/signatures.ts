import { PlimsollError, SignatureKeys } from '@plimsoll/api'
import { normalizedKeyID, type SignatureVerdict, verifySignature } from '@plimsoll/git'
import type { Reconciling } from '../reconcile/reconciling.ts'
import type { DesiredRequest } from '../reconcile/desired-state.ts'
import type { FetchedSource } from '../reconcile/source-fetch.ts'

type Signing = Pick<Reconciling, 'clock' | 'home' | 'namespace' | 'repositories' | 'signingKeys'>

/**
 * What a project asks of its sources: where it names keys, every commit or tag that is to be compared and synced is signed with one of them, and nothing
 * else is taken: no chart and no file that somebody has sent. Rejects with `revision-not-signed`.
 */
export async function requireSignatures(
  context: Signing,
  { application, revisions, local }: Pick<DesiredRequest, 'application' | 'revisions' | 'local'>,
  fetched: readonly FetchedSource[],
): Promise<void> {
  const project = application.spec.project || 'default'
  const allowed = allowedKeys(context, project)
  if (allowed === undefined) return
  if (local)
    throw notSigned(
      `Project '${project}' asks for signatures, and files that somebody has sent have none`,
      'Push them, signed, and sync that.',
    )
  const keys = await context.signingKeys()
  for (const [index, { source, revision }] of fetched.entries()) {
    const shown = `${revisions[index] || revision}`.slice(0, 100)
    const place = fetched.length > 1 ? `spec.sources[${index}]: ` : ''
    if (source.chart !== undefined)
      throw notSigned(
        `${place}Project '${project}' asks for signatures, and chart '${source.chart}' has none that is verified here`,
        'Take it from Git.',
      )
    const object = await context.repositories
      .forProject(project)
      .signedObject(source.repoURL, revision, [revisions[index] ?? '', source.targetRevision ?? ''])
    const verdict = await verifySignature(object, keys, context.clock.now())
    const problem = problemOf(verdict, shown, allowed)
    if (problem !== undefined) throw notSigned(place + problem)
  }
}

/** Also where nobody can tell. */
export function asksForSignatures(context: Pick<Signing, 'home' | 'namespace'>, { spec }: DesiredRequest['application']): boolean {
  try {
    return allowedKeys(context, spec.project || 'default') !== undefined
  } catch {
    return true
  }
}

function problemOf(verdict: SignatureVerdict, revision: string, allowed: ReadonlySet<string>): string | undefined {
  switch (verdict.kind) {
    case 'unsigned':
      return `Target revision ${revision} in Git is not signed, but a signature is required`
    case 'bad':
      return `Target revision ${revision} in Git has no good signature: ${verdict.reason}`
    case 'good':
      return verdict.keyIDs.some((id) => allowed.has(id))
        ? undefined
        : `Target revision ${revision}: found a good signature made with key ${verdict.keyIDs[0] ?? ''} (${verdict.signer.slice(0, 100)}), but this key is not allowed in AppProject`
  }
}

/** Keys by each name that they go by; undefined where nothing has to be signed. Rejects where nobody can tell what the project asks. */
function allowedKeys({ home, namespace }: Pick<Signing, 'home' | 'namespace'>, name: string): Set<string> | undefined {
  const unread = home.cache.problems().find(({ type }) => type.group === 'argoproj.io' && type.kind === 'AppProject')
  if (unread || !home.cache.isSynced)
    throw new PlimsollError('cluster-unreachable', `Project '${name}' is not known now: ${unread?.message ?? 'the cluster is being read'}.`)
  // Whatever else is wrong with a project, what it says about signatures holds.
  const object = home.cache.get({ group: 'argoproj.io', kind: 'AppProject', namespace, name })
  const { signatureKeys, sourceIntegrity } = (object?.['spec'] ?? {}) as { signatureKeys?: unknown; sourceIntegrity?: unknown }
  if (sourceIntegrity !== undefined && sourceIntegrity !== null)
    throw notSigned(`Project '${name}' has spec.sourceIntegrity, which is not known here`, 'Name the keys in spec.signatureKeys.')
  const read = SignatureKeys.safeParse(signatureKeys)
  if (!read.success)
    throw notSigned(
      `Project '${name}': spec.signatureKeys is no list of keys, each with a keyID`,
      'Correct the project: until then nothing is synced.',
    )
  if (!read.data || read.data.length === 0) return undefined
  return new Set(
    read.data.map(({ keyID }) => (keyID.startsWith('SHA256:') ? keyID : (normalizedKeyID(keyID) ?? ''))).filter((id) => id !== ''),
  )
}

function notSigned(message: string, remedy?: string): PlimsollError {
  return new PlimsollError('revision-not-signed', message, remedy === undefined ? {} : { remedy })
}
