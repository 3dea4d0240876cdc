import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { applicationManifest, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const size = 300
const names = Array.from({ length: size }, (_, index) => `app-${String(index).padStart(3, '0')}`)
const files = (value: string): Record<string, string> =>
  Object.fromEntries(
    names.map((name) => [
      `${name}/settings.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`,
    ]),
  )

describe.skipIf(browserMissing)(`A list of ${size} applications (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.push('many', files('one'))
    const waiting = [...names]
    const create = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        await plimsoll.api(
          'POST',
          '/api/v1/applications',
          applicationManifest(plimsoll, name, { repository: 'many', path: name, namespace: 'many' }),
        )
      }
    }
    await Promise.all(Array.from({ length: 10 }, create))
    visitor = await visit(browser, plimsoll)
    page = visitor.page
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  /** Each of them begins here, also when it is tried again. */
  const openList = async (): Promise<void> => {
    await page.goto(`${plimsoll.url}/applications?order=name`)
    await sees(page.getByRole('link', { name: 'app-000' }))
  }

  const drawnRows = (): Promise<number> => page.getByRole('row').count()

  it('shows how many there are and how they fare, while they come to be', async () => {
    await page.goto(plimsoll.url)

    await sees(page.getByRole('heading', { level: 1, name: `Applications ${size}` }))
    await sees(page.getByRole('region', { name: 'Sync' }).getByRole('button', { name: `${size} Synced` }), 60_000)
  })

  it('draws only the rows in sight, and tells how many there are', async () => {
    await openList()

    expect(await drawnRows()).toBeLessThan(size / 3)
    expect(await page.getByRole('table', { name: 'Applications' }).getAttribute('aria-rowcount')).toBe(String(size + 1))
    await takePicture(page, 'fleet')
  })

  it('reaches the last one by scrolling, by keys and by its name', async () => {
    await openList()
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    await sees(page.getByRole('link', { name: 'app-299' }))
    await seesNoMore(page.getByRole('link', { name: 'app-000' }))
    expect(await drawnRows()).toBeLessThan(size / 3)

    await page.evaluate(() => scrollTo(0, 0))
    await sees(page.getByRole('link', { name: 'app-000' }))
    for (let step = 0; step < 60; step++) await page.keyboard.press('j')
    const chosen = page.locator('[role="row"][aria-selected="true"]')
    await sees(chosen.getByRole('link', { name: 'app-059' }))
    // Rows are drawn anew while the list moves to it.
    await eventually('the chosen row is in sight', async () => {
      const box = await chosen.boundingBox()
      return box !== null && box.y >= 0 && box.y + box.height <= 900
    })

    await page.getByRole('searchbox', { name: /^Filter applications/ }).fill('app-237')
    await sees(page.getByRole('link', { name: 'app-237' }))
    await sees(page.getByText(`1 of ${size} applications`))
  })

  it('stays where one has jumped to, at any place, and shows what is there', async () => {
    await openList()
    for (const place of [0.5, 0.9, 0.25]) {
      await page.evaluate((part) => scrollTo(0, document.documentElement.scrollHeight * part), place)
      await sees(page.getByRole('link', { name: names[Math.round(size * place)] ?? 'none' }))
      await eventually('no row is without its application', async () => (await page.locator('.fleet-table [aria-busy]').count()) === 0)
      const at = await page.evaluate(() => scrollY / document.documentElement.scrollHeight)
      expect(Math.abs(at - place)).toBeLessThan(0.02)
    }
  })

  it('asks for no list of whole applications, wherever one goes', async () => {
    const asked: string[] = []
    const note = (request: { url(): string }): number => asked.push(new URL(request.url()).pathname)
    page.on('request', note)
    await openList()
    await page.getByRole('link', { name: 'app-000' }).click()
    await sees(page.getByRole('heading', { level: 1, name: 'app-000' }))
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search or jump to' }).fill('app-299')
    await sees(page.getByRole('option', { name: /^app-299/ }))
    await page.keyboard.press('Escape')
    await page.goto(`${plimsoll.url}/applications/new`)
    await sees(page.getByRole('heading', { level: 1, name: 'New application' }))
    page.off('request', note)

    expect(asked).toContain('/api/v1/stream/fleet')
    expect(asked).toContain('/api/v1/applications/app-000')
    expect(asked.filter((path) => ['/api/v1/applications', '/api/v1/stream/applications'].includes(path))).toEqual([])
  })

  it('follows a commit that changes all of them, and can be used meanwhile', async () => {
    await openList()
    const filter = page.getByRole('searchbox', { name: /^Filter applications/ })
    const pushing = plimsoll.push('many', files('two'), 'Change all')

    await filter.pressSequentially('app-1')
    await sees(page.getByText(`100 of ${size} applications`))
    expect(await filter.inputValue()).toBe('app-1')
    const revision = (await pushing).slice(0, 7)
    await eventually('each row in sight shows the new revision', async () => {
      const shown = await page
        .getByRole('row')
        .filter({ has: page.getByRole('link', { name: /^app-/ }) })
        .allTextContents()
      return shown.length > 10 && shown.every((text) => text.includes(revision))
    })
    await filter.fill('')
    await sees(page.getByRole('region', { name: 'Sync' }).getByRole('button', { name: `${size} Synced` }), 30_000)
  })

  it('shows them as tiles, of which only those in sight are drawn', async () => {
    await openList()
    await page.getByRole('radio', { name: 'Tiles' }).click()
    const tiles = page.getByRole('list', { name: 'Applications' }).getByRole('listitem')
    await sees(tiles.first())

    expect(await tiles.count()).toBeLessThan(size / 2)
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
    await sees(page.getByRole('link', { name: 'app-299' }))
    expect(await tiles.count()).toBeLessThan(size / 2)
  })

  it('caused no violation, error or request to elsewhere in all of this', () => {
    expect(visitor.problems()).toEqual([])
  })
})
