import { createHash } from 'node:crypto'
import { fromBytes, toBytes, TypedMap, type GoFunction, type GoMap } from '../../go/value.ts'
import { TemplateError } from '../../template/contract.ts'
import { newTemplateSet } from '../../template/index.ts'
import { readHelmYaml } from '../../yaml/index.ts'
import type { FunctionContext } from '../contract.ts'
import { templateFunctions } from '../index.ts'
import type { Result } from './facts/index.ts'

/** Bytes that are the same in each test, and never twice within one. */
export function countedContext(now = new Date('2024-02-03T04:05:06.789Z')): FunctionContext {
  let call = 0
  return {
    randomBytes: (name, count) => {
      call += 1
      const blocks = Array.from({ length: Math.ceil(count / 32) }, (_, index) =>
        createHash('sha256').update(`${name} ${call} ${index}`).digest(),
      )
      return Buffer.concat(blocks).subarray(0, count)
    },
    now: () => now,
  }
}

/** What a template gives with sprig's functions: its text, or the words of the function that failed. */
export function render(template: string, version: '3' | '4', values = '{}', context = countedContext()): Result {
  const set = newTemplateSet({
    functions: new Map<string, GoFunction>(templateFunctions(context, version)),
    missingKey: 'zero',
    limits: { outputBytes: 100_000_000, steps: 1_000_000, depth: 100 },
  })
  try {
    set.parse('test', toBytes(template))
    return fromBytes(set.execute('test', dot(values, version)))
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const text = fromBytes(error.message)
    return { fails: /executing "test" at <[^]*?>: (error calling [^]*|(?:wrong|can't|cannot|expected|nil) [^]*)/.exec(text)?.[1] ?? text }
  }
}

/** The text alone; a failure is the test's. */
export function renderText(template: string, version: '3' | '4' = '3', context = countedContext()): string {
  const result = render(template, version, '{}', context)
  if (typeof result !== 'string') throw new Error(result.fails)
  return result
}

function dot(text: string, version: '3' | '4'): GoMap {
  const type = version === '3' ? 'chartutil.Values' : 'common.Values'
  const values = readHelmYaml(toBytes(text), { values: 1000, depth: 20 })
  return new TypedMap(type, { entries: [['Values', new TypedMap(type, { entries: values instanceof Map ? values : [] })]] })
}
