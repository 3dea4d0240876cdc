import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, pageOf, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { applicationManifest, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-browser-hooks-'))
const gate = join(folder, 'gate')

/** A Job whose end a test decides: it waits for a file. */
const job = (name: string, annotations: Record<string, string>, script: string): string => `---
apiVersion: batch/v1
kind: Job
metadata: { name: ${name}, annotations: ${JSON.stringify(annotations)} }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: main, image: none, env: [{ name: GATE, value: "${gate}" }], command: [sh, -c, '${script}'] }]
`
const configMap = (name: string, annotations: Record<string, string> = {}): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, annotations: ${JSON.stringify(annotations)} }\ndata: { value: x }\n`
const hook = (phase: string): Record<string, string> => ({ 'argocd.argoproj.io/hook': phase })

describe.skipIf(browserMissing)(`Hooks on the page of an application (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.push('shop', {
      'all.yaml':
        configMap('settings') +
        configMap('ledger', { 'argocd.argoproj.io/sync-options': 'Prune=confirm' }) +
        job('backup', hook('PreSync'), 'echo saved') +
        job(
          'migrate',
          { ...hook('PreSync'), 'argocd.argoproj.io/sync-wave': '1' },
          'echo migrating 3 tables; while [ ! -e "$GATE" ]; do sleep 0.1; done',
        ) +
        job('smoke', hook('PostSync'), 'echo nobody answers >&2; exit 3'),
    })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'shop', { automated: false }))
    visitor = await visit(browser, plimsoll)
    page = visitor.page
    await page.goto(pageOf(plimsoll, 'shop'))
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('show phase by phase how far a sync is, and lead to the log of what runs', async () => {
    await plimsoll.api('POST', '/api/v1/applications/shop/sync', {})

    const panel = page.getByRole('region', { name: 'Sync in progress' })
    await sees(panel.getByText('waiting for completion of hook batch/Job/migrate'))
    await sees(panel.getByText('PreSync', { exact: true }))
    await sees(panel.getByRole('listitem').filter({ hasText: 'backup' }).getByText('Succeeded'))
    await sees(panel.getByRole('listitem').filter({ hasText: 'migrate' }).getByText('Running'))
    await panel.scrollIntoViewIfNeeded()
    await takePicture(page, 'hooks-running-light')
    await page.emulateMedia({ colorScheme: 'dark' })
    await takePicture(page, 'hooks-running-dark')
    await page.emulateMedia({ colorScheme: 'light' })

    await panel.getByRole('link', { name: 'Logs of migrate' }).click()
    await sees(page.getByText('migrating 3 tables'))
    expect(existsSync(gate)).toBe(false)
  })

  it('say what failed, and are no part of what the application is', async () => {
    writeFileSync(gate, '')

    const panel = page.getByRole('region', { name: 'Last sync' }).or(page.getByRole('region', { name: 'Sync in progress' }))
    await sees(panel.getByText('PostSync', { exact: true }))
    await sees(panel.getByRole('listitem').filter({ hasText: 'smoke' }).getByText('Failed'))
    await panel.scrollIntoViewIfNeeded()
    await takePicture(page, 'hooks-failed-light')

    await sees(page.getByRole('banner').or(page.locator('.page-head')).getByText('Healthy'))
  })

  it('and what needs a confirmation is pruned when somebody gives it', async () => {
    await plimsoll.push('shop', { 'all.yaml': configMap('settings') })
    await plimsoll.api('POST', '/api/v1/applications/shop/sync', { prune: true })

    await page.getByRole('button', { name: 'Confirm pruning…' }).click()
    const dialog = page.getByRole('alertdialog')
    await sees(dialog.getByText('ConfigMap ledger'))
    await takePicture(page, 'confirm-pruning-light')
    await dialog.getByRole('button', { name: 'Prune' }).click()

    await seesNoMore(dialog)
    await seesNoMore(page.getByRole('region', { name: 'Sync in progress' }))
    await sees(page.locator('.page-head').getByText('Synced'))
    expect(visitor.problems()).toEqual([])
  })
})
