import { describe, expect, test } from 'vitest'
import { buildEnvironment, substituteEnvironment } from './build-environment.ts'

describe('variables in a text', () => {
  // As Go's os.Expand, tried with go1.22.
  test.each([
    ['$A', 'a'],
    ['${A}', 'a'],
    ['x-$A-y', 'x-a-y'],
    ['$Ax', ''],
    ['${A}x', 'ax'],
    ['$$A', '$A'],
    ['$UNKNOWN.', '.'],
    ['costs 5$', 'costs 5$'],
    ['$ A', '$ A'],
    ['${}x', 'x'],
    ['${A', 'A'],
    ['$1$A', 'a'],
    ['${1}', ''],
    ['$-x', 'x'],
    ['no variable', 'no variable'],
  ])('%j becomes %j', (text, expected) => {
    expect(substituteEnvironment(text, (name) => (name === 'A' ? 'a' : undefined))).toBe(expected)
  })
})

test('what the caller knows goes before what follows from the request', () => {
  const environment = buildEnvironment({
    source: { repoURL: 'https://example.org/x', path: 'app', targetRevision: 'main' },
    applicationName: 'demo',
    destinationNamespace: 'prod',
    environment: { ARGOCD_APP_REVISION: '0123456789abcdef', ARGOCD_APP_NAME: 'argocd/demo' },
  })

  expect(Object.fromEntries(environment)).toEqual({
    ARGOCD_APP_NAME: 'argocd/demo',
    ARGOCD_APP_NAMESPACE: 'prod',
    ARGOCD_APP_PROJECT_NAME: '',
    ARGOCD_APP_REVISION: '0123456789abcdef',
    ARGOCD_APP_REVISION_SHORT: '0123456',
    ARGOCD_APP_REVISION_SHORT_8: '01234567',
    ARGOCD_APP_SOURCE_REPO_URL: 'https://example.org/x',
    ARGOCD_APP_SOURCE_PATH: 'app',
    ARGOCD_APP_SOURCE_TARGET_REVISION: 'main',
  })
})
