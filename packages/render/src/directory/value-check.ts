import type { RenderLimits } from '../limits.ts'

/** Why a value cannot become JSON, and the way to it. */
export interface ValueFault {
  path: (string | number)[]
  message: string
  code: 'manifest-invalid' | 'manifest-too-large'
}

/** What is left of the limits for one file. */
export interface Budget {
  values: number
  textBytes: number
}

/** Fields of a JSON schema that are floats to everybody who reads one (`JSONSchemaProps` of apiextensions v1). */
const schemaBounds = new Set(['maximum', 'minimum', 'multipleOf'])

/**
 * Walks a value as it would be written out: what an alias repeats is counted as often as it is repeated, so that a few lines cannot become a
 * billion values, and an anchor that holds itself comes to an end. Stops at the first fault. Bounds in the schema of a custom resource become the
 * floats that they are.
 */
export function checkValue(value: unknown, limits: RenderLimits, budget: Budget): ValueFault | undefined {
  const path: (string | number)[] = []
  return visit(value, 0)

  function visit(current: unknown, depth: number): ValueFault | undefined {
    budget.values -= 1
    if (budget.values < 0) return fault(`it holds more than ${limits.values} values once its aliases are written out`, 'manifest-too-large')
    if (depth > limits.depth) return fault(`it is nested deeper than ${limits.depth} levels`, 'manifest-too-large')
    switch (typeof current) {
      case 'string':
        budget.textBytes -= current.length
        if (budget.textBytes < 0)
          return fault(`it holds more than ${limits.textBytes} bytes once its aliases are written out`, 'manifest-too-large')
        return undefined
      case 'number':
        return Number.isFinite(current) ? undefined : fault(`${current} is not a number that JSON has`)
      case 'bigint':
        return fault(`the number ${clip(String(current))} has more digits than can be kept exactly (2^53)`)
      case 'boolean':
        return undefined
      case 'object':
        return current === null ? undefined : Array.isArray(current) ? items(current, depth) : fields(current, depth)
      default:
        return fault('it holds a value that JSON does not have')
    }
  }

  function items(list: readonly unknown[], depth: number): ValueFault | undefined {
    for (const [index, item] of list.entries()) {
      path.push(index)
      const found = visit(item, depth + 1)
      if (found !== undefined) return found
      path.pop()
    }
    return undefined
  }

  function fields(object: object, depth: number): ValueFault | undefined {
    for (const [key, item] of Object.entries(object)) {
      path.push(key)
      budget.textBytes -= key.length
      if (key === '[object Object]') return fault('a key is a mapping; keys must be text')
      const isBound = typeof item === 'bigint' && schemaBounds.has(key) && path.includes('openAPIV3Schema')
      if (isBound) Reflect.set(object, key, Number(item))
      const found = isBound ? undefined : visit(item, depth + 1)
      if (found !== undefined) return found
      path.pop()
    }
    return undefined
  }

  function fault(message: string, code: ValueFault['code'] = 'manifest-invalid'): ValueFault {
    return { path: path.slice(0, 20), message, code }
  }
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
