import { expect, test } from 'vitest'
import { versionIn } from './version-file.ts'

test.each([
  ['.nvmrc', '# ours\nv20.1\n', 'node', '20.1'],
  ['web/package.json', '{"engines": {"node": ">=18"}}', 'node', '>=18'],
  ['package.json', '{"engines": {"node": ">=18"}, "volta": {"node": "20.2.0"}}', 'node', '20.2.0'],
  ['package.json', '{}', 'node', undefined],
  ['.tool-versions', 'python 3.12.1\nnodejs 20.1.0\n', 'node', '20.1.0'],
  ['.tool-versions', 'nodejs 20.1.0\npython 3.12.1 3.11.2\n', 'python', '3.12.1'],
  ['.tool-versions', 'ruby 3\n', 'python', undefined],
  ['.python-version', '3.11\n', 'python', '3.11'],
  ['pyproject.toml', '[build]\nrequires-python = "no"\n[project]\nname = "x"\nrequires-python = ">=3.10,<3.12"', 'python', '>=3.10 <3.12'],
  ['pyproject.toml', '[project]\nrequires-python = "~=3.11.2, !=3.11.4"', 'python', '~3.11.2'],
  ['pyproject.toml', '[project]\nrequires-python = "==3.11.*"', 'python', '3.11.*'],
  ['pyproject.toml', "[tool.poetry.dependencies]\npython = '^3.9'", 'python', '^3.9'],
  ['Pipfile', '[requires]\npython_version = "3.10"', 'python', '3.10'],
] as const)('%s with %j says for %s: %s', (path, text, language, expected) => {
  expect(versionIn(path, text, language)).toBe(expected)
})

test('A package.json that is no JSON is told', () => {
  expect(() => versionIn('package.json', '{', 'node')).toThrow("'package.json' is no JSON")
})
