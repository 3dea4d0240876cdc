import { ByteCache } from '../byte-cache.ts'
import { type GoValue, ownText } from '../go/value.ts'
import { readHelmYaml } from '../yaml/index.ts'
import { Decoder } from './struct-decode.ts'
import { yamlLimits } from './yaml-limits.ts'

/** What Helm wants to know of a document. */
export interface ManifestHead {
  kind: string
  /** The annotation `helm.sh/hook`. */
  hook: string | undefined
}

/** By text: the whole document has to be read for its head, and most of what a chart renders to stays as it was. */
const known = { '3': new ByteCache<ManifestHead>(12 * 1024 * 1024), '4': new ByteCache<ManifestHead>(12 * 1024 * 1024) }

/** `SimpleHead` of a document. Throws what is wrong with it, as YAML or as a head. */
export function readHead(text: string, version: '3' | '4'): ManifestHead {
  const cache = known[version]
  let head = cache.get(text)
  if (head === undefined) {
    head = decodeHead(readHelmYaml(text, yamlLimits, { isWanted }), version)
    cache.set(ownText(text), head, text.length + 300)
  }
  return head
}

const headFields = ['apiVersion', 'kind', 'metadata']
const foldedFields = new Set(headFields.map((field) => field.toLowerCase()))

/** encoding/json takes the fields of a struct in any case. */
function isWanted(key: string): boolean {
  return foldedFields.has(key.toLowerCase())
}

function decodeHead(value: GoValue, version: '3' | '4'): ManifestHead {
  const decoder = decoders[version]
  const head = decoder.fields(value, headFields)
  decoder.text(head.get('apiVersion'), 'apiVersion')
  const kind = decoder.text(head.get('kind'), 'kind')
  const metadata = decoder.nested(head.get('metadata'), 'metadata', metadataType, ['name', 'annotations'])
  metadataDecoder.text(metadata.get('name'), 'name')
  return { kind, hook: metadataDecoder.textMap(metadata.get('annotations'), 'annotations')?.get('helm.sh/hook') }
}

const metadataDecoder = new Decoder('', 'metadata.')
const decoders = { '3': new Decoder('releaseutil.SimpleHead'), '4': new Decoder('util.SimpleHead') }
const metadataType = 'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }'
