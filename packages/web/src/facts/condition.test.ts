import { expect, test } from 'vitest'
import { explain, firstLine } from './condition.ts'

test('What happened, where, and what to do are told apart', () => {
  expect(explain('apps/api/deployment.yaml, line 18, column 9: a mapping cannot start here. Do this: quote the value.')).toEqual({
    what: 'apps/api/deployment.yaml, line 18, column 9: a mapping cannot start here.',
    file: 'apps/api/deployment.yaml',
    line: 18,
    column: 9,
    remedy: 'quote the value.',
  })
})

test('A position with colons is one as well, and advice is known by what it says', () => {
  expect(explain('Kind Foo is unknown (x/y.yml:3:1). Correct the file at the line that the message names, and push.')).toEqual({
    what: 'Kind Foo is unknown (x/y.yml:3:1).',
    file: 'x/y.yml',
    line: 3,
    column: 1,
    remedy: 'Correct the file at the line that the message names, and push.',
  })
})

test('What is not recognised stays word for word', () => {
  expect(explain('something else')).toEqual({ what: 'something else' })
})

test('A long message is cut to one line', () => {
  expect(firstLine(`${'x'.repeat(300)}\nmore`, 10)).toBe('xxxxxxxxx…')
})
