import { expectTypeOf, test } from 'vitest'
import type { WorkflowLanguage } from './contract.ts'
import * as language from './index.ts'

test('The front door offers everything that the contract promises', () => {
  expectTypeOf(language).toExtend<WorkflowLanguage>()
  const offered: WorkflowLanguage = language

  for (const verb of ['parseWorkflow', 'evaluate', 'matchEvent', 'strangerScripts'] as const) {
    if (typeof offered[verb] !== 'function') throw new Error(`${verb} is missing`)
  }
})
