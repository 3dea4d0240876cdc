import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployExample } from '../harness/example.ts'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { placesSeen, watchPlaces } from '../harness/places.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const configMap = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  value: "${value}"\n`

/** A workload whose rollout takes long enough to be seen, and ends by itself. */
const deployment = (replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: moving }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: moving } }
  template:
    metadata: { labels: { app: moving } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: busybox
          command: [sleep, "600"]
          readinessProbe: { exec: { command: ["true"] }, initialDelaySeconds: 1, periodSeconds: 1 }
`

describe.skipIf(browserMissing)(`The list of applications (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await deployExample(plimsoll)
    await plimsoll.push('steady', { 'settings.yaml': configMap('one') })
    await plimsoll.push('moving', { 'deployment.yaml': deployment(1) })
    await plimsoll.push('by-hand', { 'settings.yaml': configMap('one') })
    await plimsoll.push('broken', { 'deploy/settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: [name: settings\n' })
    for (const name of ['steady', 'moving']) await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, name))
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'by-hand', { automated: false }))
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'broken', { path: 'deploy' }))
    for (const name of ['demo', 'steady', 'moving']) await untilSynced(plimsoll, name)
    visitor = await visit(browser, plimsoll)
    page = visitor.page
    await page.goto(plimsoll.url)
    await sees(row('demo'))
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  const row = (name: string): Locator => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  const filter = (): Locator => page.getByRole('searchbox', { name: /^Filter applications/ })
  /** Applications from top to bottom, as the reader sees them. */
  const order = (): Promise<string[]> =>
    page.getByRole('table', { name: 'Applications' }).getByRole('cell').getByRole('link').and(page.locator('.row-link')).allTextContents()

  it('shows the demo with its health, sync state, objects, revision and place', async () => {
    await untilSynced(plimsoll, 'demo', { health: 'Healthy' })

    await sees(row('demo').getByRole('cell', { name: 'Healthy', exact: true }))
    await sees(row('demo').getByRole('cell', { name: 'Synced', exact: true }))
    await sees(row('demo').getByRole('cell', { name: '5/5' }))
    await sees(row('demo').getByText('Serve a small fraud model'))
    await sees(row('demo').getByText('in-cluster'))
    await sees(page.getByRole('status').getByText('Live', { exact: true }))
  })

  it('shows trouble first, with the reason and the next step', async () => {
    await sees(row('broken').getByText(/deploy\/settings\.yaml/))
    await sees(row('by-hand').getByText(/automated sync is off/))

    const names = await order()

    expect(names.slice(0, 2).toSorted()).toEqual(['broken', 'by-hand'])
    expect(await page.getByRole('rowheader').first().textContent()).toBe('Needs attention 2')
    await takePicture(page, 'applications')
  })

  it('filters by what is typed, keeps it in the address, and says so when nothing matches', async () => {
    await filter().fill('stea')
    await seesNoMore(row('demo'))
    await sees(row('steady'))
    await page.waitForURL(/q=stea/)
    await page.reload()
    await sees(row('steady'))
    await seesNoMore(row('demo'))

    await filter().fill('no-such-application')
    await sees(page.getByRole('heading', { name: 'None of 5 applications matches' }))
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await sees(row('demo'))
  })

  it('filters by a press on a meter, and by another press no more', async () => {
    const outOfSync = page.getByRole('region', { name: 'Sync' }).getByRole('button', { name: /OutOfSync/ })
    await outOfSync.click()
    await sees(row('by-hand'))
    await seesNoMore(row('demo'))
    expect(await outOfSync.getAttribute('aria-pressed')).toBe('true')

    await outOfSync.click()

    await sees(row('demo'))
  })

  it('filters by project, cluster and label from menus', async () => {
    await page.getByRole('button', { name: 'Project', exact: true }).click()
    await page.getByRole('menuitemcheckbox', { name: /default/ }).click()
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Remove Project is default' }).click()

    await sees(row('demo'))
    expect(new URL(page.url()).search).toBe('')
  })

  it('orders by name, and shows the same as tiles', async () => {
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Name')
    await eventually('the rows stand by name', async () => (await order()).join() === 'broken,by-hand,demo,moving,steady')

    await page.getByRole('radio', { name: 'Tiles' }).click()
    await sees(page.getByRole('list', { name: 'Applications' }).getByRole('listitem').filter({ hasText: 'demo' }))
    expect(await page.getByRole('list', { name: 'Applications' }).getByRole('listitem').count()).toBe(5)
    await takePicture(page, 'applications-tiles')

    await page.getByRole('radio', { name: 'Table' }).click()
    await sees(row('demo'))
  })

  it('follows the keys: J and K move, Enter opens, / filters, ? explains, Ctrl K jumps', async () => {
    await page.goto(`${plimsoll.url}/applications?order=name`)
    await sees(row('demo'))
    const chosen = (): Promise<string | null> => page.locator('[role="row"][aria-selected="true"] a').first().textContent()
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key)
    expect(await chosen()).toBe('by-hand')

    await page.keyboard.press('/')
    expect(await filter().evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await sees(page.getByRole('dialog', { name: 'Keys' }))
    await page.keyboard.press('Escape')
    await seesNoMore(page.getByRole('dialog', { name: 'Keys' }))
    await page.keyboard.press('Enter')
    await sees(page.getByRole('heading', { level: 1, name: 'by-hand' }))

    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search or jump to' }).fill('steady')
    await page.keyboard.press('Enter')
    await sees(page.getByRole('heading', { level: 1, name: 'steady' }))
  })

  it('follows a push without being loaded again, in every tab, and nothing jumps', async () => {
    await page.goto(`${plimsoll.url}/applications?order=name`)
    await sees(row('moving').getByRole('cell', { name: 'Healthy', exact: true }))
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))
    const other = await visitor.newPage()
    await other.goto(`${plimsoll.url}/applications?order=name`)
    await sees(other.getByRole('row', { name: /^moving/ }))
    await watchPlaces(page, 'h1, [role="search"], .meter, thead, [role="columnheader"], .topbar, .sidebar')

    const pushed = await plimsoll.push('moving', { 'deployment.yaml': deployment(3) }, 'Three of them')

    await sees(row('moving').getByRole('cell', { name: 'Progressing' }))
    await sees(row('moving').getByText(pushed.slice(0, 7)))
    await sees(row('moving').getByText('Three of them'))
    await sees(row('moving').getByRole('cell', { name: 'Healthy', exact: true }))
    await sees(other.getByRole('row', { name: /^moving Healthy Synced/ }).getByText(pushed.slice(0, 7)))
    expect(await placesSeen(page)).toEqual([])
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
    await other.close()
  })

  it('syncs from a row, and says how it went', async () => {
    await page.goto(`${plimsoll.url}/applications`)
    await row('by-hand').getByRole('button', { name: 'Actions for by-hand' }).click()
    await page.getByRole('menuitem', { name: /^Sync/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: /^Sync/ }).click()

    await sees(page.getByRole('status').filter({ hasText: 'Synced by-hand' }))
    await sees(row('by-hand').getByRole('cell', { name: 'Synced', exact: true }))
  })

  it('is not set back by an answer that comes after the stream has told what happened next', async () => {
    await plimsoll.push('by-hand', { 'settings.yaml': configMap('two') })
    await sees(row('by-hand').getByRole('cell', { name: 'OutOfSync' }))
    await page.route('**/api/v1/applications/by-hand/sync*', async (route) => {
      const response = await route.fetch()
      expect(await response.json()).toHaveProperty('operation')
      await sees(row('by-hand').getByRole('cell', { name: 'Synced', exact: true }))
      await route.fulfill({ response })
    })

    await row('by-hand').getByRole('button', { name: 'Sync', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: /^Sync/ }).click()
    await seesNoMore(page.getByRole('dialog'))

    // Something that happens later, and is drawn.
    const later = await plimsoll.push('moving', { 'deployment.yaml': deployment(2) })
    await sees(row('moving').getByText(later.slice(0, 7)))
    await sees(row('by-hand').getByRole('cell', { name: 'Synced', exact: true }))
    expect(await row('by-hand').textContent()).not.toMatch(/Syncs|OutOfSync/)
  })

  it('shows an application that goes, and one that comes', async () => {
    await plimsoll.api('DELETE', '/api/v1/applications/steady?cascade=true')
    await seesNoMore(row('steady'))

    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'steady'))
    await sees(row('steady').getByRole('cell', { name: 'Synced', exact: true }))
  })

  it('tells the other tab of a sign-out', async () => {
    const own = await visit(browser, plimsoll, { stranger: true })
    const password = /Or as\s+admin, password (\S+)/.exec(plimsoll.output())?.[1] ?? ''
    await own.page.goto(`${plimsoll.url}/settings`)
    await own.page.getByLabel('Password').fill(password)
    await own.page.getByRole('button', { name: 'Sign in' }).click()
    await sees(own.page.getByRole('heading', { level: 1, name: 'Settings' }))
    const second = await own.newPage()
    await second.goto(`${plimsoll.url}/applications`)
    await sees(second.getByRole('row', { name: /^demo/ }))

    await own.page.getByRole('button', { name: 'Sign out' }).click()

    await sees(second.getByRole('heading', { level: 1, name: 'Sign in' }))
    expect(own.problems()).toEqual([])
    await own.close()
  })

  it('caused no violation, error or request to elsewhere in all of this', () => {
    expect(visitor.problems()).toEqual([])
  })
})
