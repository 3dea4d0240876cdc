import type { z } from 'zod'

/**
 * Which fields a schema names. Schemas are loose, so that nothing is lost: what they do not name is kept, and nobody reads it.
 * Elements of lists are written `[]`; whatever is below a field without a shape of its own (a map, a value of any kind) counts as named.
 */
export function fieldPaths(schema: z.ZodType, path = ''): string[] {
  const { shape, element } = partsOf(schema)
  if (element) return fieldPaths(element, `${path}[]`)
  const fields = Object.entries(shape ?? {})
  if (fields.length === 0) return path === '' ? [] : [path]
  return fields.flatMap(([name, field]) => fieldPaths(field, path === '' ? name : `${path}.${name}`))
}

/** The fields of a value that its schema does not name: the outermost of each, with the places of list elements (`sources[1].tagPrefix`). */
export function unknownFields(schema: z.ZodType, value: unknown, path = ''): string[] {
  const { shape, element } = partsOf(schema)
  if (element && Array.isArray(value)) return value.flatMap((item, index) => unknownFields(element, item, `${path}[${index}]`))
  const isOpen = shape === undefined || Object.keys(shape).length === 0
  if (isOpen || typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).flatMap(([name, item]) => {
    const below = path === '' ? name : `${path}.${name}`
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined
    return field ? unknownFields(field, item, below) : item === null || item === undefined ? [] : [below]
  })
}

interface Parts {
  shape?: Record<string, z.ZodType> | undefined
  element?: z.ZodType | undefined
}

function partsOf(schema: z.ZodType): Parts {
  const { innerType, shape, element } = schema.def as Parts & { innerType?: z.ZodType }
  return innerType ? partsOf(innerType) : { shape, element }
}
