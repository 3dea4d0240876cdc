import type { Check, CheckConclusion, CheckSource } from '@plimsoll/api'
import { describe, expect, it } from 'vitest'
import { requiredCheck } from './required-check.ts'
import type { TargetWorkflow } from './target-workflows.ts'

const name = 'CI / test'
const ci = { path: '.github/workflows/ci.yml', name: 'CI' }
const of = (file: string, trust: CheckSource['trust'] = 'trusted'): CheckSource => ({ workflow: `.github/workflows/${file}.yml`, trust })

function said(source: CheckSource | undefined, conclusion: CheckConclusion | undefined = 'success', title = ''): Check {
  return {
    name,
    commit: 'a'.repeat(40),
    title,
    ...(source && { source }),
    ...(conclusion === undefined ? { status: 'inProgress' } : { status: 'completed', conclusion }),
  }
}

const asked = (checks: Check[], workflows: TargetWorkflow[] | undefined = [ci]) =>
  requiredCheck(name, {
    row: { base_branch: 'main' },
    checks: [{ ...said(undefined, 'failure'), name: 'CI / lint' }, ...checks],
    workflows,
  })

describe('a required check', () => {
  it('is met by the file of the target, with whatever other file of the name agrees', () => {
    expect(asked([said(of('ci'), 'success', '3 passed')])).toEqual({ kind: 'check', isMet: true, text: "Check 'CI / test': 3 passed" })
    expect(asked([said(of('ci')), said(of('more'), 'skipped')]).isMet).toBe(true)
  })

  it('is as bad as the worst that is said under its name', () => {
    expect(asked([said(of('ci'), 'failure', 'Exit 1'), said(of('evil'))])).toMatchObject({
      isMet: false,
      text: "Check 'CI / test' of '.github/workflows/ci.yml': Exit 1",
    })
    expect(asked([said(of('ci')), said(of('other'), 'timedOut')]).isMet).toBe(false)
    expect(asked([said(of('ci')), said(undefined, 'actionRequired')]).isMet).toBe(false)
    expect(asked([{ ...said(of('ci')), status: 'queued' }, said(of('evil'))]).text).toBe(
      "Check 'CI / test' of '.github/workflows/ci.yml' is queued.",
    )
  })

  it('is as bad as what its file says for any event, and waits while one of its runs is not let run', () => {
    const target = said({ ...of('ci'), event: 'pull_request_target' })
    const waiting: Check = {
      ...said({ ...of('ci', 'outside'), event: 'pull_request' }, 'success', 'A maintainer has to let it run'),
      name: 'CI',
      status: 'queued',
    }

    expect(asked([{ ...said({ ...of('ci'), event: 'push' }, 'failure', 'Exit 1') }, target])).toMatchObject({
      isMet: false,
      text: "Check 'CI / test' of '.github/workflows/ci.yml' (push): Exit 1",
    })
    expect(asked([waiting, target])).toMatchObject({
      isMet: false,
      text: "Check 'CI / test' is not decided: A maintainer has to let it run",
    })
    expect(asked([{ ...waiting, status: 'completed', conclusion: 'success' }, target]).isMet).toBe(true)
  })

  it('is not met by a file in the place of the one on the target', () => {
    expect(asked([said(of('evil'))])).toMatchObject({
      isMet: false,
      text: expect.stringContaining("'.github/workflows/evil.yml' says so, but on 'main' it is '.github/workflows/ci.yml' that does"),
    })
    expect(asked([said(of('evil'))], [{ path: of('deep').workflow, name: 'CI / test' }]).isMet).toBe(false)
    expect(asked([said(of('evil'))], [{ path: of('deep').workflow, name: 'CI / te' }]).isMet).toBe(true)
  })

  it('that no file of the target is called counts from those who may write', () => {
    expect(asked([said(of('new'))], []).isMet).toBe(true)
    expect(asked([said(of('new', 'outside'))], [])).toMatchObject({ isMet: false, text: expect.stringContaining('comes from outside') })
    expect(asked([said(of('new', 'outside')), said(of('new2'))], []).isMet).toBe(true)
  })

  it('is met by whoever is no workflow, and not by workflows while the target cannot be read', () => {
    expect(asked([said(undefined)]).isMet).toBe(true)
    expect(requiredCheck(name, { row: { base_branch: 'main' }, checks: [said(undefined)], workflows: undefined }).isMet).toBe(true)
    const unread = requiredCheck(name, { row: { base_branch: 'main' }, checks: [said(of('ci'))], workflows: undefined })
    expect(unread).toMatchObject({ isMet: false, text: expect.stringContaining('could not be read') })
    expect(asked([]).text).toBe("Check 'CI / test' has not reported on this head.")
  })
})
