import type { IncomingMessage, ServerResponse } from 'node:http'
import { hasProtobufForm, type KubeObject } from '@plimsoll/kube'
import type { Store, StoredObject } from '../storage/index.ts'
import { answerForm, type AnswerForm } from './accept.ts'
import { protobufType } from './answer-encoding.ts'
import {
  asFailure,
  badRequest,
  failure,
  methodNotAllowed,
  notFound,
  tooLargeRevision,
  unknownPath,
  unsupportedMediaType,
} from './api-failure.ts'
import type { User } from './authentication.ts'
import { answerFailure, answerText, answerValue, warningHeaders } from './http-answer.ts'
import type { KindDefinition } from './kind-registry.ts'
import { listObjects, type ListRequest, readRevision } from './list-objects.ts'
import { apiVersionOf, type ObjectVerbs, type Written } from './object-verbs.ts'
import { parseJson, parseProtobuf, parseYaml, readBody, type ParsedBody } from './request-body.ts'
import { deleteOptions, integerParam, isTrue, optionsInvalid, writeOptions } from './request-options.ts'
import { parseRequestPath, type RequestPath } from './request-path.ts'
import type { ResourceTable } from './resource-table.ts'
import { scaleOf } from './scale.ts'
import { type IncludeObject, partialObject, scaleTable, tableOf } from './table-answer.ts'
import { answerWatch } from './watch-answer.ts'
import { checkWatchRequest, type WatchRequest } from './watch-objects.ts'
import type { PatchBody, WriteRequest } from './write-request.ts'

/** One request for a resource, with everything that was read off it. */
export interface ResourceCall {
  request: IncomingMessage
  response: ServerResponse
  path: Extract<RequestPath, { type: 'resource' }>
  params: URLSearchParams
  definition: KindDefinition
  user: User
  form: AnswerForm
  include: IncludeObject
}

/** Kinds and subresources that are more than stored objects. True when it took the call. */
export type SpecialCall = (call: ResourceCall) => Promise<boolean>

export interface HttpApiOptions {
  store: Store
  verbs: ObjectVerbs
  table: ResourceTable
  now: () => number
  special: SpecialCall
  onStop(stop: () => void): () => void
}

/** A watch without a timeout of its own ends after 30 to 60 minutes, so that clients spread out again. */
const minWatchMs = 30 * 60_000

/** The verbs on resources, over HTTP. */
export class HttpApi {
  readonly #options: HttpApiOptions

  constructor(options: HttpApiOptions) {
    this.#options = options
  }

  /** Answers every request for a resource, failures included. */
  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    path: ResourceCall['path'],
    params: URLSearchParams,
    user: User,
  ): Promise<void> {
    const warnings: string[] = []
    try {
      const definition = this.#options.table.find(path.group, path.version, path.plural)
      if (definition === undefined) throw unknownPath()
      const hasProtobuf = hasProtobufForm(apiVersionOf(definition), definition.type.kind)
      const form = answerForm(request.headers.accept, hasProtobuf)
      if (form === undefined) {
        const types = `application/json, application/yaml${hasProtobuf ? `, ${protobufType}` : ''}`
        throw failure(406, 'NotAcceptable', `only the following media types are accepted: ${types}`)
      }
      if (path.namespace !== undefined && !definition.type.namespaced) throw unknownPath()
      const include = includeOf(params)
      if (definition.deprecation !== undefined) response.setHeader('Warning', warningHeaders([definition.deprecation]))
      const call: ResourceCall = { request, response, path, params, definition, user, form, include }
      if (await this.#options.special(call)) return
      await this.#dispatch(call, warnings)
    } catch (error) {
      answerFailure(request, response, asFailure(error), warnings)
    }
  }

  async #dispatch(call: ResourceCall, warnings: string[]): Promise<void> {
    const { path, definition, request } = call
    if (path.rest.length > 0) throw unknownPath()
    if (definition.isVirtual === true) throw methodNotAllowed()
    if (path.subresource !== '' && !this.#serves(definition, path.subresource)) throw unknownPath()
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        if (path.name === undefined || isTrue(call.params.get('watch'))) this.#list(call)
        else this.#get(call)
        return
      case 'POST':
        if (path.name !== undefined) throw methodNotAllowed()
        return this.#create(call, warnings)
      case 'PUT':
        if (path.name === undefined) throw methodNotAllowed()
        return this.#update(call, warnings)
      case 'PATCH':
        if (path.name === undefined) throw methodNotAllowed()
        return this.#patch(call, warnings)
      case 'DELETE':
        if (path.subresource !== '') throw methodNotAllowed()
        return path.name === undefined ? this.#deleteCollection(call, warnings) : this.#delete(call, warnings)
      default:
        throw methodNotAllowed()
    }
  }

  #serves(definition: KindDefinition, subresource: string): boolean {
    if (subresource === 'scale') return definition.scale !== undefined
    return definition.type.subresources.includes(subresource)
  }

  #namespaceOf(call: ResourceCall): string {
    if (!call.definition.type.namespaced) return ''
    if (call.path.namespace === undefined) throw unknownPath()
    return call.path.namespace
  }

  #get(call: ResourceCall): void {
    const { definition, path } = call
    const name = path.name ?? ''
    const { store, verbs } = this.#options
    const version = call.params.get('resourceVersion') ?? ''
    if (version !== '' && readRevision(version) > store.revision) throw tooLargeRevision(readRevision(version), store.revision)
    const stored = verbs.get(definition, this.#namespaceOf(call), name)
    if (stored === undefined) throw notFound(definition, name)
    if (path.subresource === 'scale') {
      this.#answerScale(call, scaleOf(definition, this.#options.verbs.atVersion(definition, stored.object)), [])
      return
    }
    this.#answerObject(call, 200, this.#options.verbs.atVersion(definition, stored.object), stored, [])
  }

  #list(call: ResourceCall): void {
    const { definition, path, params, request, response, form, include } = call
    const fieldSelector = [params.get('fieldSelector') ?? '', path.name === undefined ? '' : `metadata.name=${path.name}`]
      .filter((part) => part !== '')
      .join(',')
    const selection = this.#options.verbs.select(definition, {
      ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
      labelSelector: params.get('labelSelector') ?? '',
      fieldSelector,
    })
    const version = params.get('resourceVersion') ?? undefined
    const match = params.get('resourceVersionMatch') ?? undefined
    if (isTrue(params.get('watch'))) {
      const initial = params.get('sendInitialEvents')
      const watch: WatchRequest = {
        ...(version === undefined ? {} : { resourceVersion: version }),
        ...(match === undefined ? {} : { resourceVersionMatch: match }),
        allowBookmarks: isTrue(params.get('allowWatchBookmarks')),
        ...(initial === null || initial === '' ? {} : { sendInitialEvents: isTrue(initial) }),
      }
      checkWatchRequest(watch)
      const seconds = integerParam(params, 'timeoutSeconds')
      const timeoutMs = seconds !== undefined && seconds > 0 ? Math.min(seconds * 1000, 2 ** 31 - 1) : minWatchMs * (1 + Math.random())
      answerWatch(request, response, { ...this.#options, definition, selection, watch, form, include, timeoutMs })
      return
    }
    if (params.get('sendInitialEvents') !== null && params.get('sendInitialEvents') !== '') {
      throw optionsInvalid('ListOptions', 'sendInitialEvents', 'Forbidden: sendInitialEvents is forbidden for list')
    }
    const limit = integerParam(params, 'limit')
    const list: ListRequest = {
      ...(limit === undefined ? {} : { limit }),
      ...(params.get('continue') ? { continue: params.get('continue') ?? '' } : {}),
      ...(version === undefined ? {} : { resourceVersion: version }),
      ...(match === undefined ? {} : { resourceVersionMatch: match }),
    }
    const result = listObjects(this.#options.store, definition, selection, list)
    const metadata = {
      resourceVersion: String(result.revision),
      ...(result.continue === undefined ? {} : { continue: result.continue }),
      ...(result.remaining === undefined ? {} : { remainingItemCount: result.remaining }),
    }
    if (form.as === 'object') {
      const head = JSON.stringify({ kind: definition.listKind, apiVersion: apiVersionOf(definition), metadata })
      const items = result.items.map((stored) => this.#textOf(definition, stored))
      answerText(request, response, 200, `${head.slice(0, -1)},"items":[${items.join(',')}]}`)
      return
    }
    const objects = result.items.map((stored) => this.#options.verbs.atVersion(definition, stored.object))
    if (form.as === 'table') {
      answerValue(request, response, 200, tableOf(definition, objects, metadata, { include, now: this.#options.now(), withColumns: true }))
      return
    }
    answerValue(request, response, 200, {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: objects.map(partialObject),
    })
  }

  async #create(call: ResourceCall, warnings: string[]): Promise<void> {
    const request = this.#writeRequest(call, 'CreateOptions', warnings)
    const body = await this.#readObject(call, request)
    this.#answerWritten(call, await this.#options.verbs.create(request, body), warnings)
  }

  async #update(call: ResourceCall, warnings: string[]): Promise<void> {
    const request = this.#writeRequest(call, 'UpdateOptions', warnings)
    const body = await this.#readObject(call, request)
    this.#answerWritten(call, await this.#options.verbs.update(request, body), warnings)
  }

  async #patch(call: ResourceCall, warnings: string[]): Promise<void> {
    const request = this.#writeRequest(call, 'PatchOptions', warnings)
    const patch = await this.#readPatch(call, request)
    this.#answerWritten(call, await this.#options.verbs.patch(request, patch), warnings)
  }

  async #delete(call: ResourceCall, warnings: string[]): Promise<void> {
    const { dryRun, ...options } = deleteOptions(call.params, await readOptions(call.request))
    const request: WriteRequest = { ...this.#writeRequest(call, 'DeleteOptions', warnings, true), dryRun }
    const result = await this.#options.verbs.delete(request, options)
    if ('object' in result) this.#answerWritten(call, result, warnings)
    else answerValue(call.request, call.response, 200, result, { warnings })
  }

  async #deleteCollection(call: ResourceCall, warnings: string[]): Promise<void> {
    const { definition, params, path } = call
    if (!definition.type.verbs.includes('deletecollection')) throw methodNotAllowed()
    const { dryRun, ...options } = deleteOptions(params, await readOptions(call.request))
    if (definition.type.namespaced && path.namespace === undefined) throw methodNotAllowed()
    const selection = this.#options.verbs.select(definition, {
      ...(path.namespace === undefined ? {} : { namespace: path.namespace }),
      labelSelector: params.get('labelSelector') ?? '',
      fieldSelector: params.get('fieldSelector') ?? '',
    })
    const { items, revision } = listObjects(this.#options.store, definition, selection, {})
    const results = await Promise.all(
      items.map(async (stored): Promise<KubeObject | undefined> => {
        const request: WriteRequest = {
          ...this.#writeRequest(call, 'DeleteOptions', warnings, true),
          namespace: stored.namespace,
          name: stored.name,
          dryRun,
        }
        const result = await this.#options.verbs.delete(request, options).catch((error: unknown) => {
          // Somebody else was quicker: it is gone, as asked.
          if (asFailure(error).code === 404) return undefined
          throw error
        })
        return result === undefined
          ? undefined
          : 'object' in result
            ? result.object
            : this.#options.verbs.atVersion(definition, stored.object)
      }),
    )
    answerValue(
      call.request,
      call.response,
      200,
      {
        kind: definition.listKind,
        apiVersion: apiVersionOf(definition),
        metadata: { resourceVersion: String(revision) },
        items: results.filter((object) => object !== undefined),
      },
      { warnings },
    )
  }

  #writeRequest(call: ResourceCall, optionsKind: string, warnings: string[], isDelete = false): WriteRequest {
    const { params, request, definition, path } = call
    const options = isDelete
      ? { manager: '', dryRun: false, fieldValidation: 'Ignore' as const }
      : writeOptions(params, request.headers, optionsKind)
    const isCollection = path.name === undefined
    return {
      ...options,
      definition,
      namespace: isDelete && isCollection ? (path.namespace ?? '') : this.#namespaceOf(call),
      name: path.name ?? '',
      subresource: path.subresource,
      warnings,
    }
  }

  async #readObject(call: ResourceCall, write: WriteRequest): Promise<unknown> {
    const { value, duplicates } = await readDocument(call.request, write.fieldValidation !== 'Ignore')
    write.decodeProblems = duplicates
    return value
  }

  async #readPatch(call: ResourceCall, write: WriteRequest): Promise<PatchBody> {
    const { request, params, definition } = call
    const type = mediaType(request)
    const force = params.get('force')
    if (type === 'application/apply-patch+yaml') {
      if (!params.get('fieldManager')) {
        throw optionsInvalid('PatchOptions', 'fieldManager', 'Required value: is required for apply patch')
      }
      const { value, duplicates } = parseYaml(await readBody(request), write.fieldValidation !== 'Ignore')
      write.decodeProblems = duplicates
      return { type: 'apply', object: value, force: isTrue(force) }
    }
    if (force !== null && force !== '') throw optionsInvalid('PatchOptions', 'force', 'Forbidden: may not be specified for non-apply patch')
    const types: Record<string, Exclude<PatchBody['type'], 'apply'>> = {
      'application/json-patch+json': 'json',
      'application/merge-patch+json': 'merge',
      'application/strategic-merge-patch+json': 'strategic',
    }
    const patchType = types[type]
    if (patchType === undefined || (patchType === 'strategic' && !definition.supportsStrategicMerge && write.subresource !== 'scale')) {
      const accepted = [
        ...Object.keys(types).filter((name) => definition.supportsStrategicMerge || types[name] !== 'strategic'),
        'application/apply-patch+yaml',
      ]
      throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`)
    }
    const { value, duplicates } = parseJson(await readBody(request), write.fieldValidation !== 'Ignore')
    write.decodeProblems = duplicates
    return { type: patchType, patch: value }
  }

  #answerWritten(call: ResourceCall, written: Written, warnings: readonly string[]): void {
    if (call.path.subresource === 'scale') {
      this.#answerScale(call, scaleOf(call.definition, written.object), warnings)
      return
    }
    this.#answerObject(call, written.created ? 201 : 200, written.object, written.stored, warnings)
  }

  #answerScale(call: ResourceCall, scale: KubeObject, warnings: readonly string[]): void {
    const { request, response, form, include } = call
    const value = form.as === 'table' ? tableOf(scaleTable, [scale], {}, { include, now: this.#options.now(), withColumns: true }) : scale
    answerValue(request, response, 200, value, { warnings })
  }

  #answerObject(call: ResourceCall, code: number, object: KubeObject, stored: StoredObject | undefined, warnings: readonly string[]): void {
    const { request, response, definition, form, include } = call
    if (form.as === 'table') {
      const metadata = object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion }
      answerValue(
        request,
        response,
        code,
        tableOf(definition, [object], metadata, { include, now: this.#options.now(), withColumns: true }),
        { warnings },
      )
    } else if (form.as === 'partial') {
      answerValue(request, response, code, partialObject(object), { warnings })
    } else {
      answerText(request, response, code, stored?.object === object ? stored.text : JSON.stringify(object), { warnings })
    }
  }

  #textOf(definition: KindDefinition, stored: StoredObject): string {
    const object = this.#options.verbs.atVersion(definition, stored.object)
    return object === stored.object ? stored.text : JSON.stringify(object)
  }
}

function includeOf(params: URLSearchParams): IncludeObject {
  const include = params.get('includeObject') ?? ''
  if (include === '') return 'Metadata'
  if (include === 'None' || include === 'Metadata' || include === 'Object') return include
  throw badRequest(`includeObject: Unsupported value: ${JSON.stringify(include)}: supported values: "None", "Metadata", "Object"`)
}

export function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** A body that is one document: JSON, YAML or protobuf. */
export async function readDocument(request: IncomingMessage, wantsDuplicates: boolean): Promise<ParsedBody> {
  const type = mediaType(request)
  const body = await readBody(request)
  if (type === 'application/vnd.kubernetes.protobuf') return parseProtobuf(body)
  if (type === 'application/yaml') return parseYaml(body, wantsDuplicates)
  if (type === '' || type === 'application/json' || type === 'application/*' || type === '*/*') return parseJson(body, wantsDuplicates)
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
  )
}

async function readOptions(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request)
  if (body.length === 0) return undefined
  if (mediaType(request) === 'application/vnd.kubernetes.protobuf') return parseProtobuf(body).value
  return parseJson(body, false).value
}

export function requestPathOf(request: IncomingMessage): { path: RequestPath; params: URLSearchParams } {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const path = parseRequestPath(mark < 0 ? url : url.slice(0, mark))
  if (path === undefined) throw badRequest('the path of the request is not valid')
  return { path, params: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) }
}
