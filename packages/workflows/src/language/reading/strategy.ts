import type { Strategy, TemplateTree } from '../contract.ts'
import { availability } from '../expression/availability.ts'
import type { MappingNode, SourceNode } from '../yaml/source-node.ts'
import { describe, isEmpty, type SourceReader } from './source-reader.ts'
import { optional } from './triggers.ts'

export function readStrategy(reader: SourceReader, node: SourceNode, what: string): Strategy | undefined {
  const fields = reader.fields(node, `'strategy' of ${what}`, ['matrix', 'fail-fast', 'max-parallel'])
  if (!fields) return undefined
  const here = availability.strategy
  const [matrix, failFast, maxParallel] = [fields.get('matrix'), fields.get('fail-fast'), fields.get('max-parallel')]
  return {
    ...optional('matrix', matrix && readMatrix(reader, matrix.value, `'matrix' of ${what}`)),
    ...optional('failFast', failFast && reader.booleanTemplate(failFast.value, `'fail-fast' of ${what}`, here)),
    ...optional(
      'maxParallel',
      maxParallel &&
        reader.numberTemplate(maxParallel.value, `'max-parallel' of ${what}`, here, (value) => value >= 0 && Number.isInteger(value)),
    ),
    line: node.line,
    column: node.column,
  }
}

function readMatrix(reader: SourceReader, node: SourceNode, what: string): TemplateTree | undefined {
  const here = availability.strategy
  if (node.kind === 'scalar') {
    const whole = reader.template(node, what, here)
    return !whole || whole.isWhole ? whole : reader.error(`${what} must be a map of lists or one expression, not ${describe(node)}`, node)
  }
  if (node.kind === 'sequence') return reader.error(`${what} must be a map of lists, not a list`, node)
  if (node.entries.length === 0) return reader.error(`${what} has no entries`, node)
  checkExcluded(reader, node)
  return reader.treeMap(
    node,
    what,
    (value, name) => {
      const field = `'${name}' in ${what}`
      if (value.kind === 'scalar') {
        const whole = reader.template(value, field, here)
        return !whole || whole.isWhole ? whole : reader.error(`${field} must be a list or one expression, not ${describe(value)}`, value)
      }
      if (value.kind === 'mapping') return reader.error(`${field} must be a list, not a map`, value)
      if (value.items.length === 0 && name !== 'include' && name !== 'exclude') return reader.error(`${field} has no values`, value)
      if (name === 'include' || name === 'exclude') {
        for (const item of value.items) {
          if (item.kind === 'sequence' || (item.kind === 'scalar' && !item.text.includes('${{'))) {
            reader.error(`an entry of ${field} must be a map, not ${describe(item)}`, item)
          }
        }
      }
      return reader.tree(value, field, here)
    },
    here,
  )
}

/** GitHub refuses an `exclude` that names what is not in the matrix. It can be told when all names are written out. */
function checkExcluded(reader: SourceReader, matrix: MappingNode): void {
  const exclude = matrix.entries.find(({ key }) => key.text === 'exclude')?.value
  const all = matrix.entries.map(({ key }) => key.text)
  if (exclude?.kind !== 'sequence' || all.some((name) => name.includes('${{'))) return
  const names = all.filter((name) => name !== 'include' && name !== 'exclude')
  for (const item of exclude.items) {
    if (item.kind !== 'mapping') continue
    for (const { key } of item.entries) {
      if (isEmpty(key) || key.text.includes('${{')) continue
      if (!names.some((name) => name.toLowerCase() === key.text.toLowerCase())) {
        reader.error(`'exclude' names '${key.text}', which is not in the matrix (${names.join(', ') || 'it is empty'})`, key)
      }
    }
  }
}
