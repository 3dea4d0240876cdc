import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { renderText } from './testing/render.ts'
import { templateFunctions } from './index.ts'
import { goInt } from '../go/value.ts'

describe('what is random', () => {
  it('is asked of the context under the name of the function, byte by byte as it is needed', () => {
    const asked: [string, number][] = []
    const randomBytes = (name: string, count: number): Uint8Array => {
      asked.push([name, count])
      return new Uint8Array(count)
    }
    const functions = templateFunctions({ randomBytes, now: () => new Date(0) }, '3')

    const made = [
      functions.get('randAlphaNum')?.call(goInt(5)),
      functions.get('uuidv4')?.call(),
      functions.get('randBytes')?.call(goInt(3)),
    ]

    expect(made).toEqual(['00000', '00000000-0000-4000-8000-000000000000', 'AAAA'])
    expect(asked).toEqual([
      ['randAlphaNum', 5],
      ['uuidv4', 16],
      ['randBytes', 3],
    ])
  })

  it('makes each letter as likely as the others', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const functions = templateFunctions({ randomBytes: () => bytes, now: () => new Date(0) }, '3')

    const text = functions.get('randNumeric')?.call(goInt(250)) as string

    expect(Array.from('0123456789', (digit) => text.split(digit).length - 1)).toEqual(Array.from({ length: 10 }, () => 25))
  })

  it('salts passwords so that they can be checked', () => {
    const line = renderText('{{ htpasswd "user" "pässword" }}', '3')

    expect(bcrypt.compareSync('pässword', line.slice('user:'.length))).toBe(true)
  })

  it('shuffles without losing a letter', () => {
    const text = renderText('{{ shuffle "abcdefé" }}')

    expect(Array.from(text).toSorted().join('')).toBe('abcdefé')
  })

  it('stays between the bounds that are given', () => {
    const numbers = renderText('{{ range until 200 }}{{ randInt -2 3 }} {{ end }}', '3')

    expect([...new Set(numbers.trim().split(' '))].toSorted()).toEqual(['-1', '-2', '0', '1', '2'])
  })
})
