import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBytes } from '../go/value.ts'
import { TemplateError } from './contract.ts'
import { printNode } from './node-text.ts'
import type { Tree } from './node.ts'
import { parseTemplate } from './parser.ts'
import { fromJson, newSet } from './testing/render-template.ts'
import { templateText, tokenSoup } from './testing/template-text.ts'

const data = fromJson({ a: 1, b: { c: 'x' }, list: [1, null, { a: { b: 2 } }], map: { b: 2 } })

function parse(text: string): Map<string, Tree> {
  return parseTemplate('a', text, () => true)
}

function print(text: string): string {
  const root = parse(text).get('a')?.root
  return root === undefined ? '' : printNode(root)
}

/** Gives what comes out, or undefined for an error of templates; any other error is the test's failure. */
function outcome(text: string): string | undefined {
  const set = newSet({ limits: { outputBytes: 10_000, steps: 10_000, depth: 50 } })
  try {
    set.parse('t', '{{ . }}')
    set.parse('a', text)
    return set.execute('a', data)
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError)
    return undefined
  }
}

describe('a template', () => {
  it('is the same once it is printed and parsed again', () => {
    fc.assert(
      fc.property(templateText, (text) => {
        const printed = print(text)

        expect(print(printed)).toBe(printed)
      }),
      { numRuns: 300 },
    )
  })

  it('does the same once it is printed and parsed again', () => {
    fc.assert(
      fc.property(templateText, (text) => {
        expect(outcome(print(text))).toBe(outcome(text))
      }),
      { numRuns: 300 },
    )
  })

  it('ends with text or with an error of its own, whatever is put into it', () => {
    fc.assert(
      fc.property(fc.oneof(tokenSoup, templateText), (text) => {
        outcome(toBytes(text))
      }),
      { numRuns: 1_000 },
    )
  })

  it('ends so, too, when it is cut off anywhere', () => {
    fc.assert(
      fc.property(templateText, fc.nat(200), (text, end) => {
        outcome(text.slice(0, end))
      }),
      { numRuns: 300 },
    )
  })

  it('that has no action prints itself', () => {
    fc.assert(
      fc.property(
        fc
          .string({ unit: 'binary' })
          .map(toBytes)
          .filter((text) => !text.includes('{{')),
        (text) => {
          expect(outcome(text.slice(0, 10_000))).toBe(text)
        },
      ),
    )
  })
})
