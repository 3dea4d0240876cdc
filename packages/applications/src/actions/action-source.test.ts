import type { KubeObject } from '@plimsoll/kube'
import { describe, expect, it } from 'vitest'
import type { ScriptThread } from '../scripts/script-thread.ts'
import { readScriptSettings } from '../settings/script-settings.ts'
import { createActionSource } from './action-source.ts'

const settings = readScriptSettings({})
const source = createActionSource({ settings: () => settings, scripts: {} as ScriptThread, now: () => 0 })
const ended = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'train' },
  status: { conditions: [{ type: 'Complete', status: 'True' }] },
} as unknown as KubeObject

describe('an action', () => {
  it.each([
    ['terminate', 'terminate cannot be done with Job train as it is now'],
    ['explode', 'Job has no action "explode": built in are resume, suspend, terminate'],
  ])('that an object has not got at this moment is told apart from one that there is not: %s', async (name, message) => {
    expect(await source.list(ended)).toEqual([])
    await expect(source.run(ended, name, {})).rejects.toThrow(message)
  })
})
