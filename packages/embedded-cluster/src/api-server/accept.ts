import { protobufType } from './answer-encoding.ts'

/** The form in which a client wants objects. */
export interface AnswerForm {
  as: 'object' | 'table' | 'partial'
}

interface MediaType {
  type: string
  parameters: Map<string, string>
}

function parseAccept(header: string): MediaType[] {
  return header.split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((item) => item.trim())
    const parameters = new Map<string, string>()
    for (const item of rest) {
      const equals = item.indexOf('=')
      if (equals > 0) parameters.set(item.slice(0, equals), item.slice(equals + 1))
    }
    return { type: type.toLowerCase(), parameters }
  })
}

const jsonTypes = new Set(['application/json', 'application/*', '*/*', '', 'application/yaml'])

/**
 * The first form in the Accept header that we speak, protobuf only where nothing else is accepted and the kind has that form.
 * Undefined: nothing in it is for us.
 */
export function answerForm(header: string | undefined, hasProtobuf: boolean): AnswerForm | undefined {
  if (header === undefined || header === '') return { as: 'object' }
  const accepted = parseAccept(header)
  const known = accepted.filter(({ type }) => jsonTypes.has(type))
  return formOf(known) ?? (hasProtobuf ? formOf(accepted.filter(({ type }) => type === protobufType)) : undefined)
}

function formOf(accepted: readonly MediaType[]): AnswerForm | undefined {
  for (const { type, parameters } of accepted) {
    const as = parameters.get('as')
    if (as === undefined) return { as: 'object' }
    if (parameters.get('g') !== 'meta.k8s.io') continue
    if (as === 'Table' && parameters.get('v') === 'v1' && type !== protobufType) return { as: 'table' }
    if ((as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') && parameters.get('v') === 'v1') return { as: 'partial' }
  }
  return accepted.length > 0 ? { as: 'object' } : undefined
}

/** `v2` or `v2beta1` when aggregated discovery is accepted before plain JSON. */
export function discoveryForm(header: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of parseAccept(header ?? '')) {
    if (type !== 'application/json') continue
    if (parameters.get('as') !== 'APIGroupDiscoveryList') return undefined
    const version = parameters.get('v')
    if (parameters.get('g') === 'apidiscovery.k8s.io' && (version === 'v2' || version === 'v2beta1')) return version
  }
  return undefined
}
