import { createHash } from 'node:crypto'
import { parseVersion, PlimsollError } from '@plimsoll/api'
import { type Access, accessElsewhere, authorizationHeader, fetchOutside, type NetworkPolicy, type OutsideAnswer } from '@plimsoll/network'
import { chooseVersion } from './choose-version.ts'
import type { ChartRequest, ResolvedChart } from './contract.ts'

const manifestTypes = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'].join(', ')
const indexTypes = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'].join(', ')
/** helm pkg/registry/constants.go: a chart's layer, and the name it had before Helm 3.7. */
const layerTypes = new Set(['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip'])
const maxManifestBytes = 4 * 1024 * 1024
const maxTagPages = 100
const tagsPerPage = 1000

type Ask = { signal?: AbortSignal }

/** `oci://…`, or, as Argo CD writes it, a registry's name without a scheme. */
export function isRegistryURL(repoURL: string): boolean {
  return repoURL.startsWith('oci://') || !repoURL.includes('://')
}

/** One registry, by the OCI distribution specification 1.1. */
export class OciClient {
  readonly #repoURL: string
  readonly #base: URL
  readonly #prefix: string
  readonly #policy: NetworkPolicy
  readonly #access: Access
  readonly #tokens = new Map<string, string>()

  constructor(repoURL: string, policy: NetworkPolicy, access: Access = {}) {
    const match =
      /^(?:oci:\/\/)?([A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9a-fA-F:]+\](?::\d{1,5})?)((?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)\/?$/.exec(repoURL)
    if (match === null) {
      throw new PlimsollError('invalid-request', `'${repoURL}' is no address of a registry.`, {
        remedy: 'Write oci://HOST/PATH, in lower case and without a tag.',
      })
    }
    this.#repoURL = repoURL
    const host = match[1] ?? ''
    // As container engines do: a registry on this machine itself may do without TLS, unless its authority is known.
    const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host)
    const isSigned = access.authorityOf?.(host.replace(/:\d+$/, '')) !== undefined
    this.#base = new URL(`${(isLocal && !isSigned) || access.isPlainHttp ? 'http' : 'https'}://${host}/v2/`)
    this.#prefix = match[2] === '' || match[2] === undefined ? '' : `${match[2].slice(1)}/`
    this.#policy = policy
    this.#access = access
  }

  async resolve(request: ChartRequest, ask: Ask): Promise<ResolvedChart> {
    const repository = this.#repository(request.chart)
    const version = /^sha256:[0-9a-f]{64}$/.test(request.version)
      ? request.version
      : isExact(request.version)
        ? request.version.trim()
        : chooseVersion(request, await this.#versions(repository, ask))
    const manifest = await this.#manifest(repository, version, request, ask)
    const layers = listOf(manifest, 'layers')
    const layer = layers.find((one) => layerTypes.has(textOf(one, 'mediaType') ?? ''))
    const digest = textOf(layer, 'digest')
    if (digest === undefined || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
      throw new PlimsollError('repository-unreachable', `'${request.chart}' ${version} in ${this.#repoURL} is not a Helm chart.`, {
        remedy: 'Check the name: the registry has something else under it, an image perhaps.',
      })
    }
    return { repoURL: this.#repoURL, chart: request.chart, version, digest, location: this.#url(repository, `blobs/${digest}`).href }
  }

  /** The tags of an image, as the registry spells them. Empty when there is no such image. */
  async tags(name: string, ask: Ask = {}): Promise<string[]> {
    return this.#tags(this.#repository(name), ask)
  }

  /** What a tag of an image points at now: of an index for many platforms that of the index. Computed, not believed. */
  async imageDigest(name: string, tag: string, ask: Ask = {}): Promise<string> {
    const repository = this.#repository(name)
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(tag)) throw new PlimsollError('invalid-request', `'${tag.slice(0, 130)}' is no tag.`)
    const answer = await this.#get(this.#url(repository, `manifests/${tag}`), repository, {
      ...ask,
      maxBytes: maxManifestBytes,
      headers: { accept: `${indexTypes}, ${manifestTypes}` },
    })
    if (answer.status === 404) {
      throw new PlimsollError('revision-not-found', `'${name}' in ${this.#repoURL} has no tag '${tag}'.`, {
        remedy: 'Push the image, or name another tag.',
      })
    }
    if (answer.status !== 200) throw this.#failure(answer, `image '${name}' ${tag}`)
    return `sha256:${createHash('sha256').update(answer.body).digest('hex')}`
  }

  /** Whether it lets us in (OCI distribution specification 1.1, "Determining Support"). */
  async ping(ask: Ask = {}): Promise<void> {
    const answer = await this.#get(this.#base, '', { ...ask, maxBytes: maxManifestBytes })
    if (answer.status !== 200) throw this.#failure(answer, 'what it speaks')
  }

  async blob(chart: ResolvedChart, ask: Ask & { maxBytes: number }): Promise<Buffer> {
    const answer = await this.#get(new URL(chart.location), this.#repository(chart.chart), ask)
    if (answer.status === 200) return answer.body
    throw this.#failure(answer, `the archive of chart '${chart.chart}' ${chart.version}`)
  }

  #repository(chart: string): string {
    const name = this.#prefix + chart
    if (/^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/.test(name) && name.length <= 255)
      return name
    throw new PlimsollError('invalid-request', `'${chart}' cannot be the name of a chart in a registry.`, {
      remedy: 'Write it in lower case: letters, digits, dots, dashes, with slashes between parts.',
    })
  }

  #url(repository: string, rest: string): URL {
    return new URL(`${repository}/${rest}`, this.#base)
  }

  async #versions(repository: string, ask: Ask): Promise<string[]> {
    // A tag has no plus sign: helm writes the build part of a version with an underscore.
    return (await this.#tags(repository, ask)).map((tag) => tag.replace('_', '+'))
  }

  async #tags(repository: string, ask: Ask): Promise<string[]> {
    const tags: string[] = []
    let url: URL | undefined = this.#url(repository, `tags/list?n=${tagsPerPage}`)
    for (let page = 0; url !== undefined && page < maxTagPages; page++) {
      const answer: OutsideAnswer = await this.#get(url, repository, { ...ask, maxBytes: maxManifestBytes })
      if (answer.status === 404) return []
      if (answer.status !== 200) throw this.#failure(answer, `the versions of '${repository}'`)
      for (const tag of listOf(parseJson(answer.body), 'tags')) if (typeof tag === 'string') tags.push(tag)
      const next = /<([^<>]*)>\s*;\s*rel="?next"?/i.exec(answer.headers['link'] ?? '')?.[1]
      const following: URL | undefined = next === undefined ? undefined : new URL(next, url)
      url = following?.host === this.#base.host ? following : undefined
    }
    return tags
  }

  async #manifest(repository: string, version: string, request: ChartRequest, ask: Ask): Promise<unknown> {
    const reference = version.replace('+', '_')
    const answer = await this.#get(
      this.#url(repository, `manifests/${encodeURIComponent(reference).replace('sha256%3A', 'sha256:')}`),
      repository,
      {
        ...ask,
        maxBytes: maxManifestBytes,
        headers: { accept: manifestTypes },
      },
    )
    if (answer.status === 404) {
      // Says which ones there are, where the registry lets us see.
      chooseVersion(
        request,
        (await this.#versions(repository, ask)).filter((one) => one !== version),
      )
      throw new PlimsollError('revision-not-found', `Chart '${request.chart}' in ${this.#repoURL} has no version '${version}'.`)
    }
    if (answer.status !== 200) throw this.#failure(answer, `chart '${request.chart}' ${version}`)
    const digest = `sha256:${createHash('sha256').update(answer.body).digest('hex')}`
    if (version.startsWith('sha256:') && digest !== version) {
      throw new PlimsollError('repository-unreachable', `${this.#repoURL} answers for ${version} with something whose digest is ${digest}.`)
    }
    return parseJson(answer.body)
  }

  /** Asks, and once more with a token when the registry says where to get one. */
  async #get(url: URL, repository: string, ask: Ask & { maxBytes: number; headers?: Record<string, string> }): Promise<OutsideAnswer> {
    // A registry says itself how it wants to be asked; until then nobody is named.
    const { authorization: _, ...access } = this.#access
    const request = {
      policy: this.#policy,
      maxBytes: ask.maxBytes,
      access: url.origin === this.#base.origin ? access : accessElsewhere(access),
      ...(ask.signal && { signal: ask.signal }),
    }
    const token = this.#tokens.get(repository)
    const first = await fetchOutside(url, { ...request, headers: { ...ask.headers, ...(token && { authorization: token }) } })
    if (first.status !== 401) return first
    const authorization = await this.#authorize(first.headers['www-authenticate'] ?? '', repository, ask)
    if (authorization === undefined) return first
    this.#tokens.set(repository, authorization)
    return fetchOutside(url, { ...request, headers: { ...ask.headers, authorization } })
  }

  /** Docker's token protocol (distribution.github.io, "Token Authentication Specification"), or basic authentication. */
  async #authorize(challenge: string, repository: string, ask: Ask): Promise<string | undefined> {
    const { authorization, ...access } = this.#access
    if (/^basic\b/i.test(challenge)) return authorization && authorizationHeader(authorization)
    // A token that was given is used as it is.
    if (authorization?.kind === 'bearer') return authorizationHeader(authorization)
    const parts = new Map([...challenge.matchAll(/\b(\w+)="([^"]*)"/g)].map((match) => [(match[1] ?? '').toLowerCase(), match[2] ?? '']))
    const realm = parts.get('realm')
    if (!/^bearer\b/i.test(challenge) || realm === undefined || !URL.canParse(realm)) return undefined
    const url = new URL(realm)
    // A password goes over TLS, or back to where the registry itself is.
    const mayHaveCredentials = url.protocol === 'https:' || url.host === this.#base.host
    if (repository !== '') url.searchParams.set('scope', `repository:${repository}:pull`)
    const service = parts.get('service')
    if (service !== undefined) url.searchParams.set('service', service)
    const answer = await fetchOutside(url, {
      policy: this.#policy,
      maxBytes: 1024 * 1024,
      ...(ask.signal && { signal: ask.signal }),
      access: {
        ...(url.origin === this.#base.origin ? access : accessElsewhere(access)),
        ...(mayHaveCredentials && authorization && { authorization }),
      },
    })
    if (answer.status !== 200) return undefined
    const body = parseJson(answer.body)
    const token = textOf(body, 'token') ?? textOf(body, 'access_token')
    return token === undefined ? undefined : `Bearer ${token}`
  }

  #failure(answer: OutsideAnswer, what: string): PlimsollError {
    const isRefused = answer.status === 401 || answer.status === 403
    return new PlimsollError('repository-unreachable', `${this.#repoURL} answers ${answer.status} when asked for ${what}.`, {
      remedy: isRefused
        ? 'Give the registry credentials that may read it, and check the name.'
        : 'Check the address, and that the registry works.',
    })
  }
}

/** `1.2.3`, `v1.2.3-rc.1`: what is a tag as it stands. `1.2` and `1` are ranges for helm. */
function isExact(version: string): boolean {
  return /^v?\d+\.\d+\.\d+/.test(version.trim()) && parseVersion(version.trim()) !== undefined
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
}

function textOf(value: unknown, name: string): string | undefined {
  const found = own(value, name)
  return typeof found === 'string' ? found : undefined
}

function listOf(value: unknown, name: string): unknown[] {
  const found = own(value, name)
  return Array.isArray(found) ? found : []
}
