import type { TargetCluster } from '@plimsoll/applications'
import { comparableAddress, matchLength } from './address.ts'
import { readRepositorySecret, type RepositorySecret, secretTypeLabel } from './repository-secret.ts'

/** Repositories and templates by address: a render asks for each file that it reads, so Secrets are gone through only when one has changed. */
export interface SecretIndex {
  /** By project and address. */
  repositories(): readonly RepositorySecret[]
  templates(): readonly RepositorySecret[]
  /** What there is of one address: repositories of all projects, and the longest template. */
  about(url: string): AboutAddress
}

interface AboutAddress {
  repositories: readonly RepositorySecret[]
  template: RepositorySecret | undefined
}

interface Read {
  repositories: readonly RepositorySecret[]
  templates: readonly RepositorySecret[]
  byAddress: ReadonlyMap<string, readonly RepositorySecret[]>
  /** By addresses as they were asked for. */
  asked: Map<string, AboutAddress>
}

const mostAsked = 10_000

export function createSecretIndex(home: Pick<TargetCluster, 'cache'>, namespace: string): SecretIndex {
  let read: Read | undefined
  home.cache.subscribe(({ key }) => {
    if (key.kind === 'Secret' && key.group === '' && key.namespace === namespace) read = undefined
  })

  function ofType(type: 'repository' | 'repo-creds'): RepositorySecret[] {
    return home.cache
      .ofKind({ group: '', kind: 'Secret' }, namespace)
      .filter(({ metadata }) => metadata.labels?.[secretTypeLabel] === type && metadata.deletionTimestamp === undefined)
      .map(readRepositorySecret)
      .toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
  }

  function readAll(): Read {
    const repositories = ofType('repository')
    const byAddress = new Map<string, RepositorySecret[]>()
    for (const one of repositories) {
      const address = comparableAddress(one.fields.url)
      if (address !== '') byAddress.set(address, [...(byAddress.get(address) ?? []), one])
    }
    return { repositories, templates: ofType('repo-creds'), byAddress, asked: new Map() }
  }

  function longest(templates: readonly RepositorySecret[], url: string): RepositorySecret | undefined {
    let best: { template: RepositorySecret; length: number } | undefined
    for (const template of templates) {
      const length = matchLength(template.fields.url, url)
      if (length !== undefined && length > (best?.length ?? 0)) best = { template, length }
    }
    return best?.template
  }

  const current = (): Read => (read ??= readAll())
  return {
    repositories: () => current().repositories,
    templates: () => current().templates,
    about(url) {
      const { byAddress, templates, asked } = current()
      const known = asked.get(url)
      if (known) return known
      const found = { repositories: byAddress.get(comparableAddress(url)) ?? [], template: longest(templates, url) }
      if (asked.size >= mostAsked) asked.clear()
      asked.set(url, found)
      return found
    },
  }
}

function placeOf({ fields, secretName }: RepositorySecret): string {
  return `${fields.project}/${fields.url}/${secretName}`
}
