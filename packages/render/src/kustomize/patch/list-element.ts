import { isObject, type JsonValue } from '../json.ts'
import { isEmptyMap, nodeText } from './scalar-source.ts'
import { requireKind } from './wrong-kind.ts'

/**
 * kyaml's `ElementSetter`: puts `element` in the place of every item whose fields `keys` have these `values`, behind the last one if there is none;
 * without an element the items are removed. With an empty value any value of the field fits, without values nothing fits and nothing stays;
 * empty maps and nulls never stay. The key '' stands for the item itself.
 */
export function setElement(list: JsonValue[], keys: readonly string[], values: readonly string[], element: JsonValue | undefined): void {
  const wantsMap = keys[0] !== '' && values[0] !== undefined && values[0] !== ''
  let isFound = false
  let end = 0
  for (const item of list) {
    if (item === null || item === undefined || isEmptyMap(item)) continue
    const isKept = wantsMap && !isObject(item)
    if (isKept || !fits(item, keys, values)) {
      if (isKept || values.length > 0) list[end++] = item
      continue
    }
    isFound = true
    if (element !== undefined) list[end++] = element
  }
  list.length = end
  if (!isFound && element !== undefined && element !== null) list.push(element)
}

function fits(item: JsonValue, keys: readonly string[], values: readonly string[]): boolean {
  return values.length > 0 && values.every((value, index) => hasValue(item, keys[index] ?? '', value))
}

function hasValue(item: JsonValue, key: string, value: string): boolean {
  if (key === '') {
    requireKind(item, 'ScalarNode')
    return nodeText(item) === value
  }
  requireKind(item, 'MappingNode')
  return isObject(item) && Object.hasOwn(item, key) && (value === '' || nodeText(item[key]) === value)
}

/** kyaml's `ElementMatcher`: the first item whose fields have exactly these values, empty ones too. */
export function findElement(
  list: readonly JsonValue[] | undefined,
  keys: readonly string[],
  values: readonly string[],
): JsonValue | undefined {
  if (keys[0] === '' || keys.length === 0) return list?.find((item) => nodeText(item) === (values[0] ?? ''))
  if (keys.length !== values.length) return undefined
  return list?.find(
    (item) => isObject(item) && keys.every((key, index) => Object.hasOwn(item, key) && nodeText(item[key]) === values[index]),
  )
}
