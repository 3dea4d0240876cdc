import { type ConnectionState, PlimsollError } from '@plimsoll/api'
import type { Repositories } from '@plimsoll/git'
import type { Access } from '@plimsoll/network'
import type { ChartRegistry } from '@plimsoll/registry'
import type { GivenAccess } from './given-access.ts'
import { brokenSecret, type RepositoryFields, type RepositorySecret } from './repository-secret.ts'

/** How repositories answered when they were last asked. */
export interface ConnectionStates {
  /** Asks where nobody has asked for a while, where what is given has changed since, or `isFresh`. */
  of(secrets: readonly RepositorySecret[], options?: { isFresh?: boolean }): Promise<ConnectionState[]>
  /** Rejects with what is wrong. */
  probe(fields: RepositoryFields, access: Access): Promise<void>
}

export interface ConnectionStatesContext {
  given: GivenAccess
  repositories: Pick<Repositories, 'probe'>
  charts: Pick<ChartRegistry, 'probe'>
  namespace: string
  now: () => number
}

const keptMs = { Successful: 10 * 60_000, Failed: 60_000, Unknown: 0 }
const probeMs = 10_000
const together = 8
const maxKept = 5000

export function createConnectionStates({ given, repositories, charts, namespace, now }: ConnectionStatesContext): ConnectionStates {
  const kept = new Map<string, { state: ConnectionState; at: number }>()

  async function probe({ url, type, enableOCI }: RepositoryFields, access: Access): Promise<void> {
    const signal = AbortSignal.timeout(probeMs)
    try {
      if (type === 'git') await repositories.probe(url, access, signal)
      else await charts.probe(type === 'oci' || enableOCI ? `oci://${url.replace(/^oci:\/\//, '')}` : url, access, signal)
    } catch (error) {
      if (!signal.aborted) throw error
      throw new PlimsollError('repository-unreachable', `It did not answer within ${probeMs / 1000} s.`, { cause: error })
    }
  }

  async function stateOf(secret: RepositorySecret, isFresh: boolean): Promise<ConnectionState> {
    const { fields, version } = secret
    // A secret that is broken has nothing that could be looked for.
    if (secret.problem !== undefined)
      return { status: 'Failed', message: sentenceOf(brokenSecret(secret, namespace)), attemptedAt: timeOf(now()) }
    const accessKey = given.keyOf(fields.url, fields.project)
    const templates = given.templates().map((one) => one.version)
    const key = JSON.stringify([version, accessKey, templates])
    const before = kept.get(key)
    if (before && !isFresh && now() - before.at < keptMs[before.state.status]) return before.state
    const at = now()
    const state = await given
      .of(fields.url, accessKey)
      .then((access) => probe(fields, access))
      .then(
        (): ConnectionState => ({ status: 'Successful', message: '', attemptedAt: timeOf(at) }),
        (error: unknown): ConnectionState => ({ status: 'Failed', message: sentenceOf(error), attemptedAt: timeOf(at) }),
      )
    kept.delete(key)
    kept.set(key, { state, at })
    for (const oldest of kept.keys()) if (kept.size > maxKept) kept.delete(oldest)
    return state
  }

  return {
    probe,
    async of(secrets, { isFresh = false } = {}) {
      const states: ConnectionState[] = []
      let next = 0
      const work = async (): Promise<void> => {
        for (let index = next++; index < secrets.length; index = next++) {
          const secret = secrets[index]
          if (secret) states[index] = await stateOf(secret, isFresh)
        }
      }
      await Promise.all(Array.from({ length: together }, work))
      return states
    },
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof PlimsollError)) return 'It could not be asked.'
  return error.remedy === undefined ? error.message : `${error.message} ${error.remedy}`
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
