import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, takePicture, visit, type Visitor } from '../harness/browser.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { askGateway, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'

/** A machine that is busy with others trains for minutes. */
const patience = 240_000

describe.skipIf(browserMissing)(
  `The whole way by clicking (needs a browser: ${browserMissing ?? 'found'})`,
  { timeout: 3 * patience },
  () => {
    let plimsoll: Plimsoll
    let browser: Browser
    let visitor: Visitor
    let page: Page
    beforeAll(async () => {
      ;[plimsoll, browser] = await Promise.all([startPlimsoll({ demo: true }), launchBrowser()])
      for (const stage of ['staging', 'production']) await untilSynced(plimsoll, `fraud-${stage}`, { health: 'Healthy' }, patience)
      visitor = await visit(browser, plimsoll)
      page = visitor.page
      await page.goto(`${plimsoll.url}/start`)
    }, 3 * patience)
    afterAll(async () => {
      await browser?.close()
      await plimsoll?.stop()
    })

    const step = (title: string): Locator =>
      page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, exact: true }) })
    const click = (title: string, button: string): Promise<void> => step(title).getByRole('button', { name: button, exact: true }).click()
    const served = async (stage: string): Promise<string> => {
      const { body } = await askGateway(plimsoll, `fraud-detector.fraud-${stage}.localhost`)
      return (JSON.parse(body) as { digest: string }).digest
    }

    it('takes a better model to production, and stops a worse one', async () => {
      const before = await served('production')

      await click('Propose a better model', 'Propose it')
      await sees(step('See it trained, tested and judged').getByText('The gate passed.'), patience)
      await takePicture(page, 'story-judged')
      await click('Approve it as somebody else', 'Act as Jonas Weber')
      await sees(page.getByText('Jonas Weber').first())
      await click('Approve it as somebody else', 'Approve')
      await click('Merge', 'Merge')
      await click('Approve production', 'Approve for production')
      await sees(step('Ask the model that serves').getByRole('button', { name: 'I have asked' }), patience)
      const after = await served('production')
      await click('Ask the model that serves', 'I have asked')
      await click('Now propose a worse one', 'Propose it')
      await sees(step('See it stopped').getByText('The gate failed.'), patience)
      await sees(page.getByText('That was the whole way.'))
      await takePicture(page, 'story-over')

      expect(after).not.toBe(before)
      expect(await served('production')).toBe(after)
      expect(visitor.problems()).toEqual([])
    })

    it.each([
      '/start',
      '/pulls',
      '/pulls/fraud-detector/1',
      '/pulls/fraud-detector/2?tab=report',
      '/runs',
      '/deliveries/fraud-detector',
      '/models',
      '/repositories/fraud-detector',
    ])('%s has no faults that a tool can find', async (path) => {
      await page.goto(plimsoll.url + path)
      await sees(page.getByRole('heading').first())
      await page.waitForTimeout(800)

      expect(await pageFaults(page)).toEqual([])
    })
  },
)
