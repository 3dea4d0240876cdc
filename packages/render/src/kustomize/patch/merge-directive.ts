import { RenderError } from '../../engine/tree.ts'
import { fieldOf, isObject, type JsonValue } from '../json.ts'
import { setElement } from './list-element.ts'
import { nodeText } from './scalar-source.ts'

const directiveKey = '$patch'

/** What a patch wants: kyaml `merge2/smpdirective.go`. */
export type Directive = 'merge' | 'replace' | 'delete'

/** Takes `$patch` out of a patch's map or list. Throws for a word that is none of the three. */
export function takeDirective(patch: JsonValue | undefined): Directive {
  if (Array.isArray(patch)) return takeFromList(patch)
  if (patch === undefined) return 'merge'
  if (!isObject(patch)) throw new RenderError(`no implemented strategic merge patch strategy for '${nodeText(patch)}'`)
  const word = fieldOf(patch, directiveKey)
  if (word === undefined) return 'merge'
  const directive = read(nodeText(word))
  delete patch[directiveKey]
  return directive
}

/** An item that is nothing but `$patch: …` speaks for its list. */
function takeFromList(list: JsonValue[]): Directive {
  const item = list.find((each) => fieldOf(each, directiveKey) !== undefined)
  if (!isObject(item) || Object.keys(item).length > 1) return 'merge'
  const word = nodeText(fieldOf(item, directiveKey))
  const directive = read(word)
  setElement(list, [directiveKey], [word], undefined)
  return directive
}

function read(word: string): Directive {
  if (word === 'merge' || word === 'replace' || word === 'delete') return word
  throw new RenderError(`unknown patch strategy '${word}'`, { remedy: '$patch is one of merge, replace and delete.' })
}
