import type { KubeObject } from '@plimsoll/kube'
import type { NodeAgent } from '../contract.ts'
import type { Store } from '../storage/index.ts'
import { badRequest, conflict, failure, methodNotAllowed, notFound, optionsProblem, unknownPath } from './api-failure.ts'
import type { Authentication } from './authentication.ts'
import { answerValue } from './http-answer.ts'
import { readDocument, type ResourceCall } from './http-api.ts'
import { timestamp } from './object-meta.ts'
import { apiVersionOf, type ObjectVerbs } from './object-verbs.ts'
import { answerPodLog } from './pod-log-answer.ts'
import { answerProxy } from './proxy-call.ts'
import { writeOptions } from './request-options.ts'
import { answerReview } from './review-answers.ts'
import { selectionOf } from './selection.ts'
import { cloneTree, isRecord, valueAt } from './tree.ts'
import type { WriteRequest } from './write-request.ts'

export interface SpecialCallOptions {
  store: Store
  verbs: ObjectVerbs
  authentication: Authentication
  now: () => number
  node: () => NodeAgent | undefined
  /** The definition of Pod, ServiceAccount and the like. */
  definitionOf(plural: string): ResourceCall['definition']
}

/** A token lives between ten minutes and a year; without a wish, an hour (authentication/v1 TokenRequestSpec). */
const tokenSeconds = { least: 600, most: 365 * 24 * 3600, normal: 3600 }

/** What is more than reading and writing a stored object: reviews, tokens, bindings, evictions, logs. */
export class SpecialCalls {
  readonly #options: SpecialCallOptions

  constructor(options: SpecialCallOptions) {
    this.#options = options
  }

  /** True when it took the call. Rejects with what is to be answered. */
  async handle(call: ResourceCall): Promise<boolean> {
    const { definition, path, request } = call
    if (definition.isVirtual === true) {
      await this.#virtual(call)
      return true
    }
    if (path.subresource === '' || definition.type.group !== '') return false
    switch (`${path.plural}/${path.subresource}`) {
      case 'pods/log':
        if (request.method !== 'GET') throw methodNotAllowed()
        await answerPodLog(call, this.#existing(call), this.#options.node())
        return true
      case 'pods/binding':
        if (request.method !== 'POST') throw methodNotAllowed()
        await this.#bind(call, path.name ?? '')
        return true
      case 'pods/eviction':
        if (request.method !== 'POST') throw methodNotAllowed()
        await this.#evict(call)
        return true
      case 'serviceaccounts/token':
        if (request.method !== 'POST') throw methodNotAllowed()
        await this.#issueToken(call)
        return true
      case 'pods/exec':
      case 'pods/attach':
      case 'pods/portforward':
        throw badRequest('you must specify at least 1 of stdin, stdout, stderr, and upgrade the connection')
      case 'pods/proxy':
      case 'services/proxy':
        await answerProxy(call, { store: this.#options.store, node: this.#options.node() })
        return true
      case 'nodes/proxy':
        throw failure(501, 'NotImplemented', 'the node has no API of its own here: ask for the logs, metrics and ports of pods instead')
      default:
        return false
    }
  }

  async #virtual(call: ResourceCall): Promise<void> {
    const { definition, request, response, path } = call
    if (definition.type.kind === 'ComponentStatus') {
      if (request.method !== 'GET') throw methodNotAllowed()
      if (path.name !== undefined) throw notFound(definition, path.name)
      answerValue(request, response, 200, { kind: definition.listKind, apiVersion: apiVersionOf(definition), metadata: {}, items: [] })
      return
    }
    if (request.method !== 'POST' || path.name !== undefined) throw methodNotAllowed()
    const { value } = await readDocument(request, false)
    if (definition.type.kind === 'Binding') {
      const name = valueAt(value, ['metadata', 'name'])
      await this.#bind(call, typeof name === 'string' ? name : '', value)
      return
    }
    const answer = answerReview(definition, value, call.user, this.#options.authentication, this.#options.now())
    if (answer === undefined) throw methodNotAllowed()
    answerValue(request, response, 201, answer)
  }

  #existing(call: ResourceCall): KubeObject {
    const { definition, path } = call
    if (path.namespace === undefined || path.name === undefined) throw unknownPath()
    const stored = this.#options.verbs.get(definition, path.namespace, path.name)
    if (stored === undefined) throw notFound(definition, path.name)
    return stored.object
  }

  #writeRequest(call: ResourceCall, plural: string, name: string): WriteRequest {
    return {
      ...writeOptions(call.params, call.request.headers, 'CreateOptions'),
      definition: this.#options.definitionOf(plural),
      namespace: call.path.namespace ?? '',
      name,
      subresource: '',
      warnings: [],
    }
  }

  /** What a scheduler says: this pod runs on that node. */
  async #bind(call: ResourceCall, name: string, given?: unknown): Promise<void> {
    const body = given ?? (await readDocument(call.request, false)).value
    const node = valueAt(body, ['target', 'name'])
    if (typeof node !== 'string' || node === '') throw optionsProblem('Binding', name, 'target.name', 'Required value')
    const request = this.#writeRequest(call, 'pods', name)
    await this.#options.verbs.edit(request, (pod) => {
      if (valueAt(pod, ['spec', 'nodeName']))
        throw conflict(request.definition, name, `pod ${name} is already assigned to node "${String(valueAt(pod, ['spec', 'nodeName']))}"`)
      const changed = cloneTree(pod)
      changed['spec'] = { ...(changed['spec'] as object), nodeName: node }
      return changed
    })
    answerValue(call.request, call.response, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
  }

  async #evict(call: ResourceCall): Promise<void> {
    const pod = this.#existing(call)
    const { value } = await readDocument(call.request, false)
    const options = isRecord(valueAt(value, ['deleteOptions'])) ? (valueAt(value, ['deleteOptions']) as Record<string, unknown>) : {}
    const budget = this.#budgetOf(pod)
    if (budget !== undefined && valueAt(budget, ['status', 'disruptionsAllowed']) === 0) {
      const error = failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
        causes: [
          { reason: 'DisruptionBudget', message: `The disruption budget ${budget.metadata.name} allows no disruption at the moment` },
        ],
      })
      throw error
    }
    const request = this.#writeRequest(call, 'pods', pod.metadata.name)
    const grace = options['gracePeriodSeconds']
    const dryRun = request.dryRun || (Array.isArray(options['dryRun']) && options['dryRun'].length > 0)
    await this.#options.verbs.delete({ ...request, dryRun }, typeof grace === 'number' ? { gracePeriodSeconds: grace } : {})
    answerValue(call.request, call.response, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
  }

  #budgetOf(pod: KubeObject): KubeObject | undefined {
    const pods = this.#options.definitionOf('pods')
    return this.#options.store
      .list('policy/poddisruptionbudgets', pod.metadata.namespace)
      .map((stored) => stored.object)
      .find((budget) => {
        const labels = valueAt(budget, ['spec', 'selector', 'matchLabels'])
        if (!isRecord(labels) || Object.keys(labels).length === 0) return false
        const selector = Object.entries(labels)
          .map(([key, value]) => `${key}=${String(value)}`)
          .join(',')
        return selectionOf(pods, { labelSelector: selector }).matches(pod)
      })
  }

  async #issueToken(call: ResourceCall): Promise<void> {
    const account = this.#existing(call)
    const { value } = await readDocument(call.request, false)
    const spec = valueAt(value, ['spec'])
    const wanted = valueAt(spec, ['expirationSeconds']) ?? tokenSeconds.normal
    if (typeof wanted !== 'number' || wanted < tokenSeconds.least) {
      throw optionsProblem(
        'TokenRequest',
        account.metadata.name,
        'spec.expirationSeconds',
        `Invalid value: ${JSON.stringify(wanted)}: may not specify a duration less than 10 minutes`,
      )
    }
    const asked = valueAt(spec, ['audiences'])
    const boundTo = this.#boundObject(account, valueAt(spec, ['boundObjectRef']))
    const issued = this.#options.authentication.issue(account, {
      audiences: Array.isArray(asked) ? asked.map(String) : [],
      seconds: Math.min(wanted, tokenSeconds.most),
      ...(boundTo === undefined ? {} : { boundTo }),
      now: this.#options.now(),
    })
    answerValue(call.request, call.response, 201, {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: account.metadata.name, namespace: account.metadata.namespace, creationTimestamp: timestamp(this.#options.now()) },
      spec: { ...(isRecord(spec) ? spec : {}), expirationSeconds: wanted },
      status: { token: issued.token, expirationTimestamp: timestamp(issued.expiresAt) },
    })
  }

  #boundObject(account: KubeObject, reference: unknown): KubeObject | undefined {
    if (!isRecord(reference)) return undefined
    const { kind, name, uid } = reference
    const plural = kind === 'Pod' ? 'pods' : kind === 'Secret' ? 'secrets' : undefined
    if (plural === undefined) throw badRequest(`cannot bind token for serviceaccount to object of type ${String(kind)}`)
    const definition = this.#options.definitionOf(plural)
    const stored = this.#options.verbs.get(definition, account.metadata.namespace ?? '', String(name))
    if (stored === undefined) throw notFound(definition, String(name))
    if (uid !== undefined && uid !== '' && stored.object.metadata.uid !== uid) {
      throw conflict(
        definition,
        String(name),
        `the UID in the bound object reference (${JSON.stringify(uid)}) does not match the UID in record`,
      )
    }
    return stored.object
  }
}
