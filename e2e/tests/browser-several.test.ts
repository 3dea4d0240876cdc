import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { applicationManifest, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

/** More than are told one by one. */
const risk = Array.from({ length: 14 }, (_, index) => `risk-${String(index).padStart(2, '0')}`)
const shop = ['shop-0', 'shop-1']
const names = [...risk, ...shop]

describe.skipIf(browserMissing)(`Syncing several applications (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.push(
      'several',
      Object.fromEntries(
        names.map((name) => [`${name}/settings.yaml`, `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { a: b }\n`]),
      ),
    )
    for (const name of names) {
      const options = { repository: 'several', path: name, namespace: 'several', automated: false }
      const manifest = applicationManifest(plimsoll, name, options)
      const metadata = { ...(manifest['metadata'] as object), labels: { team: name.split('-')[0] } }
      await plimsoll.api('POST', '/api/v1/applications', { ...manifest, metadata })
    }
    visitor = await visit(browser, plimsoll)
    page = visitor.page
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  const syncedNames = async (): Promise<string[]> => {
    const { items } = await plimsoll.api<{ items: { metadata: { name: string } }[] }>('GET', '/api/v1/applications?sync=Synced')
    return items.map((one) => one.metadata.name)
  }

  it('offers those that are out of sync and that the filter leaves, and syncs these without the one that is left out', async () => {
    await page.goto(`${plimsoll.url}/applications?label=team%3Drisk`)
    await sees(page.getByRole('region', { name: 'Sync' }).getByRole('button', { name: '14 OutOfSync' }))

    await page.getByRole('button', { name: 'Sync several' }).click()
    const dialog = page.getByRole('dialog')
    await sees(dialog.getByRole('button', { name: 'Sync 14 applications' }))
    await sees(dialog.getByText('The filter of the list holds here, too.'))
    await dialog.getByText('risk-03').click()
    await takePicture(page, 'several')
    await dialog.getByRole('button', { name: 'Sync 13 applications' }).click()

    await sees(page.getByRole('status').filter({ hasText: 'Syncing 13 applications' }))
    await seesNoMore(dialog)
    await eventually('all but one of them are synced', async () => (await syncedNames()).length === 13)
    expect(await syncedNames()).toEqual(risk.filter((name) => name !== 'risk-03'))
    await sees(page.getByRole('region', { name: 'Sync' }).getByRole('button', { name: '1 OutOfSync' }))
  })

  it('tells of a few one by one, and offers nothing where the filter leaves nothing', async () => {
    await page.goto(`${plimsoll.url}/applications?q=shop`)
    await sees(page.getByRole('link', { name: 'shop-0' }))
    await page.getByRole('button', { name: 'Sync several' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sync 2 applications' }).click()

    await sees(page.getByRole('status').filter({ hasText: 'Synced shop-0' }))
    await sees(page.getByRole('status').filter({ hasText: 'Synced shop-1' }))
    await page.getByRole('button', { name: 'Sync several' }).click()
    await sees(page.getByRole('dialog').getByRole('button', { name: 'Sync 0 applications' }))
    await page.keyboard.press('Escape')
    expect(visitor.problems()).toEqual([])
  })
})
