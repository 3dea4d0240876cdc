import type { TemplateTree } from '../contract.ts'
import { availability } from '../expression/availability.ts'
import type { SourceNode } from '../yaml/source-node.ts'
import { isEmpty, type SourceReader } from './source-reader.ts'

const ofContainer = ['image', 'credentials', 'env', 'ports', 'volumes', 'options']
const ofService = [...ofContainer, 'entrypoint', 'command']

/** `container` of a job: an image, a map, or an expression of either. */
export function readContainer(reader: SourceReader, node: SourceNode, what: string, isService = false): TemplateTree | undefined {
  if (node.kind === 'scalar') return isEmpty(node) && !isService ? undefined : reader.template(node, what, availability.container)
  const fields = reader.fields(node, what, isService ? ofService : ofContainer)
  if (!fields || node.kind !== 'mapping') return undefined
  if (!fields.has('image')) reader.error(`${what} has no 'image'`, node)
  return reader.treeMap(node, what, (value, name) => {
    const field = `'${name}' of ${what}`
    switch (name) {
      case 'env':
        return reader.textMap(value, field, availability.containerEnv)
      case 'credentials': {
        if (value.kind !== 'mapping') return reader.tree(value, field, availability.credentials)
        reader.fields(value, field, ['username', 'password'])
        return reader.treeMap(value, field, (one, key) => reader.template(one, `'${key}' in ${field}`, availability.credentials))
      }
      case 'ports':
      case 'volumes':
        return readList(reader, value, field)
      default:
        return reader.template(value, field, availability.container, { canBeEmpty: name !== 'image' || isService })
    }
  })
}

export function readServices(reader: SourceReader, node: SourceNode, what: string): TemplateTree | undefined {
  if (isEmpty(node)) return undefined
  if (node.kind !== 'mapping') return reader.tree(node, what, availability.container)
  return reader.treeMap(node, what, (value, name) => readContainer(reader, value, `service '${name}'`, true))
}

function readList(reader: SourceReader, node: SourceNode, what: string): TemplateTree | undefined {
  if (isEmpty(node)) return undefined
  if (node.kind === 'mapping') return reader.error(`${what} must be a list`, node)
  const items = node.kind === 'sequence' ? node.items : undefined
  if (!items) {
    const whole = reader.template(node, what, availability.container)
    return !whole || whole.isWhole ? whole : reader.error(`${what} must be a list`, node)
  }
  const read = items.map((item) => reader.template(item, `an entry of ${what}`, availability.container))
  return { items: read.filter((item) => item !== undefined), line: node.line, column: node.column }
}
