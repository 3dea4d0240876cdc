import { expect, test } from 'vitest'
import { en } from '../../words/en.ts'
import { checkDraft, emptyDraft, readApplication, toApplication } from './draft.ts'

const draft = { ...emptyDraft, name: 'demo', repoURL: 'https://example.com/a.git', namespace: 'demo' }

test('What the form makes can be read back from YAML', () => {
  const application = toApplication(draft)

  expect(readApplication(JSON.stringify(application), en)).toEqual({ application })
})

test.each([
  ['Demo', 'name'],
  ['-demo', 'name'],
  ['a'.repeat(254), 'name'],
])('The name %s is refused', (name, field) => {
  expect(Object.keys(checkDraft({ ...draft, name }, en))).toEqual([field])
})

test('A path that leaves the repository is refused', () => {
  expect(checkDraft({ ...draft, path: 'a/../../b' }, en)).toHaveProperty('path')
  expect(checkDraft({ ...draft, path: '/etc' }, en)).toHaveProperty('path')
  expect(checkDraft(draft, en)).toEqual({})
})

test.each([
  ['kind: Pod\napiVersion: v1\nmetadata: {name: a}', en.create.yamlKind],
  ['', en.create.yamlKind],
  ['- a', en.create.yamlKind],
  ['kind: Application\napiVersion: argoproj.io/v1alpha1\nmetadata: {}', en.create.yamlName],
  ['kind: Application\napiVersion: argoproj.io/v1alpha1\nmetadata: {name: a}\n---\nkind: Application', en.create.yamlMany],
])('YAML that is no Application says why: %j', (text, problem) => {
  expect(readApplication(text, en)).toEqual({ problem })
})

test('Broken YAML names the line', () => {
  const result = readApplication('kind: Application\nmetadata: { name: a\nspec: {}', en)

  expect(result).toHaveProperty('problem', expect.stringContaining('line 3'))
})

test('Aliases that multiply are refused', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\nkind: Application`

  expect(readApplication(bomb, en)).toHaveProperty('problem')
})
