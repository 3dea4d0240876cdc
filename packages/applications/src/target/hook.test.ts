import { describe, expect, it } from 'vitest'
import type { KubeObject } from '@plimsoll/kube'
import { deletePoliciesOf, deletionPhasesOf, isHook, isSkipped, syncPhasesOf, waveOf } from './hook.ts'

const hook = 'argocd.argoproj.io/hook'
const helm = 'helm.sh/hook'
const withAnnotations = (annotations: Record<string, unknown>): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'a', annotations: annotations as Record<string, string> },
})

describe('an object is a hook', () => {
  it.each<[Record<string, unknown>, boolean, string[], string[]]>([
    [{}, false, [], []],
    [{ [hook]: 'PreSync' }, true, ['PreSync'], []],
    [{ [hook]: ' PostSync , PreSync,PreSync' }, true, ['PreSync', 'PostSync'], []],
    [{ [hook]: 'Sync,SyncFail' }, true, ['Sync', 'SyncFail'], []],
    [{ [hook]: 'Skip' }, false, [], []],
    [{ [hook]: 'Skip,PreSync' }, true, ['PreSync'], []],
    [{ [hook]: 'Whatever' }, true, [], []],
    [{ [hook]: '' }, true, [], []],
    [{ [hook]: 'PreDelete' }, true, [], ['PreDelete']],
    [{ [hook]: 'PostSync,PostDelete' }, true, ['PostSync'], ['PostDelete']],
    [{ [helm]: 'pre-install,pre-upgrade' }, true, ['PreSync'], []],
    [{ [helm]: 'post-install,pre-upgrade' }, true, ['PreSync', 'PostSync'], []],
    [{ [helm]: 'pre-delete,post-delete' }, true, [], ['PreDelete', 'PostDelete']],
    [{ [helm]: 'test' }, true, [], []],
    [{ [helm]: 'crd-install' }, false, [], []],
    [{ [hook]: 'PreSync', [helm]: 'post-install' }, true, ['PreSync'], []],
    [{ [hook]: 'Whatever', [helm]: 'post-install' }, true, ['PostSync'], []],
    [{ [hook]: 7 }, true, [], []],
  ])('%j', (annotations, isOne, phases, onDeletion) => {
    const object = withAnnotations(annotations)

    expect([isHook(object), syncPhasesOf(object), deletionPhasesOf(object)]).toEqual([isOne, phases, onDeletion])
  })

  it('that is skipped is none, and is told apart from an object without the annotation', () => {
    expect(isSkipped(withAnnotations({ [hook]: 'Skip' }))).toBe(true)
    expect(isSkipped(withAnnotations({ [hook]: 'Skip,Sync' }))).toBe(false)
    expect(isSkipped(withAnnotations({}))).toBe(false)
  })
})

describe('a hook is deleted', () => {
  it.each([
    [{}, ['BeforeHookCreation']],
    [{ 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' }, ['HookSucceeded']],
    [{ 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded, HookFailed' }, ['HookSucceeded', 'HookFailed']],
    [{ 'argocd.argoproj.io/hook-delete-policy': 'Never' }, ['BeforeHookCreation']],
    [{ 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' }, ['BeforeHookCreation', 'HookSucceeded']],
    [
      { 'argocd.argoproj.io/hook-delete-policy': 'HookFailed', 'helm.sh/hook-delete-policy': 'hook-succeeded' },
      ['HookFailed', 'HookSucceeded'],
    ],
  ])('%j', (annotations, policies) => {
    expect([...deletePoliciesOf(withAnnotations(annotations))]).toEqual(policies)
  })
})

describe('a wave', () => {
  it.each([
    [{}, 0],
    [{ 'argocd.argoproj.io/sync-wave': '-3' }, -3],
    [{ 'argocd.argoproj.io/sync-wave': '+3' }, 3],
    [{ 'argocd.argoproj.io/sync-wave': '1.5' }, 0],
    [{ 'argocd.argoproj.io/sync-wave': ' 1' }, 0],
    [{ 'argocd.argoproj.io/sync-wave': '99999999999999999999' }, 0],
    [{ 'argocd.argoproj.io/sync-wave': 5 }, 0],
    [{ 'helm.sh/hook-weight': '-5' }, -5],
    [{ 'argocd.argoproj.io/sync-wave': '2', 'helm.sh/hook-weight': '-5' }, 2],
    [{ 'argocd.argoproj.io/sync-wave': 'soon', 'helm.sh/hook-weight': '-5' }, -5],
  ])('%j is %i', (annotations, wave) => {
    expect(waveOf(withAnnotations(annotations))).toBe(wave)
  })
})
