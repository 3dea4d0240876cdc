import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployExample } from '../harness/example.ts'
import { browserMissing, launchBrowser, pageOf, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { focusFault, pageFaults } from '../harness/page-faults.ts'
import { type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

/** Colours are the same at every width, so they are judged at one. */
const views = [
  { width: 1440, colorScheme: 'light', withColors: true, isPictured: true },
  { width: 1440, colorScheme: 'dark', withColors: true, isPictured: true },
  { width: 768, colorScheme: 'dark', withColors: false, isPictured: false },
  { width: 360, colorScheme: 'light', withColors: false, isPictured: true },
] as const
const themes = ['light', 'dark'] as const

interface Look {
  name: string
  path: string
  /** What to do on the page before it is looked at; resolves when it shows. */
  until: (page: Page) => Promise<void>
}

const heading = (page: Page, name: string | RegExp): Promise<void> => sees(page.getByRole('heading', { level: 1, name }))
const demo = '/applications/argocd/demo'
const looks: readonly Look[] = [
  { name: 'list', path: '/applications', until: (page) => sees(page.getByRole('row', { name: /^demo/ })) },
  {
    name: 'tiles',
    path: '/applications?view=tiles',
    until: (page) => sees(page.getByRole('listitem').filter({ hasText: 'demo' }).first()),
  },
  { name: 'nothing matches', path: '/applications?q=zzz', until: (page) => sees(page.getByRole('heading', { name: /does not match/ })) },
  { name: 'application', path: demo, until: (page) => sees(page.getByRole('treeitem', { name: /^Pod/ }).first()) },
  {
    name: 'manifest',
    path: `${demo}?resource=apps%2FDeployment%2Fdemo%2Ffraud&tab=manifest`,
    until: (page) => sees(page.getByRole('region', { name: /Deployment fraud/ })),
  },
  {
    name: 'events',
    path: `${demo}?resource=apps%2FDeployment%2Fdemo%2Ffraud&tab=events`,
    until: (page) => sees(page.getByText('ScalingReplicaSet').first()),
  },
  {
    name: 'logs',
    path: `${demo}?tab=logs`,
    until: (page) =>
      sees(
        page
          .getByRole('log')
          .getByText(/serving fraud/)
          .first(),
      ),
  },
  {
    name: 'sync dialog',
    path: demo,
    until: async (page) => {
      await sees(page.getByRole('treeitem', { name: /^Pod/ }).first())
      await page.keyboard.press('s')
      await sees(page.getByRole('dialog', { name: 'Sync demo' }))
    },
  },
  {
    name: 'keys',
    path: '/applications',
    until: async (page) => {
      await sees(page.getByRole('row', { name: /^demo/ }))
      await page.keyboard.press('?')
      await sees(page.getByRole('dialog', { name: 'Keys' }))
    },
  },
  {
    name: 'jump',
    path: '/applications',
    until: async (page) => {
      await sees(page.getByRole('row', { name: /^demo/ }))
      await page.keyboard.press('Control+k')
      await sees(page.getByRole('combobox', { name: 'Search or jump to' }))
    },
  },
  { name: 'new application', path: '/applications/new', until: (page) => heading(page, 'New application') },
  {
    name: 'new from YAML',
    path: '/applications/new#yaml',
    until: (page) => sees(page.getByRole('textbox', { name: 'Application as YAML' })),
  },
  { name: 'audit log', path: '/audit', until: (page) => sees(page.getByText('git.push').first()) },
  { name: 'settings', path: '/settings', until: (page) => sees(page.getByText('Answers').first()) },
  { name: 'no such page', path: '/no/such/page', until: (page) => sees(page.getByText('There is no such page')) },
  { name: 'no such application', path: '/applications/argocd/nobody', until: (page) => sees(page.getByText('This application is gone')) },
]

describe.skipIf(browserMissing)(`How the console looks (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await deployExample(plimsoll)
    await untilSynced(plimsoll, 'demo', { health: 'Healthy' })
    visitor = await visit(browser, plimsoll)
    page = visitor.page
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  it.each(looks)(
    '$name: fits 360, 768 and 1440 pixels, light and dark, and can be used without seeing it',
    async ({ name, path, until }) => {
      await page.setViewportSize({ width: 1440, height: 900 })
      // A dialog of the page before must not be taken for one of this.
      await page.goto('about:blank')
      await page.goto(plimsoll.url + path)
      await until(page)
      const faults: string[] = []
      for (const { width, colorScheme, withColors, isPictured } of views) {
        await page.setViewportSize({ width, height: width === 360 ? 780 : 900 })
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        for (const fault of await pageFaults(page, { withColors })) faults.push(`${width} ${colorScheme}: ${fault}`)
        if (isPictured) await takePicture(page, `${name.replaceAll(' ', '-')}-${width}-${colorScheme}`)
      }

      expect(faults).toEqual([])
    },
    60_000,
  )

  it('the sign-in fits as well', async () => {
    const stranger = await visit(browser, plimsoll, { stranger: true, viewport: { width: 360, height: 640 } })
    await stranger.page.goto(plimsoll.url)
    await heading(stranger.page, 'Sign in')
    for (const colorScheme of themes) {
      await stranger.page.emulateMedia({ colorScheme })
      expect(await pageFaults(stranger.page)).toEqual([])
      await takePicture(stranger.page, `sign-in-360-${colorScheme}`)
    }
    await stranger.close()
  })

  it.each(['/applications', demo, '/settings'])('%s: what has the focus can be seen, all the way round', async (path) => {
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(plimsoll.url + path)
    await sees(page.getByRole('heading', { level: 1 }))
    const unseen: string[] = []
    for (let step = 0; step < 30; step++) {
      await page.keyboard.press('Tab')
      const fault = await focusFault(page)
      if (fault !== undefined) unseen.push(fault)
    }

    expect([...new Set(unseen)]).toEqual([])
  })

  it('the first press of Tab leads past the navigation', async () => {
    await page.goto(`${plimsoll.url}/applications`)
    await sees(page.getByRole('row', { name: /^demo/ }))

    await page.keyboard.press('Tab')
    await sees(page.getByRole('link', { name: 'Skip to content' }))
    await page.keyboard.press('Enter')

    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  it('on a telephone the navigation opens from a button, leads on and is gone again', async () => {
    await page.setViewportSize({ width: 360, height: 780 })
    await page.goto(`${plimsoll.url}/applications`)
    await sees(page.getByRole('row', { name: /^demo/ }))
    const settings = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' })
    await seesNoMore(settings)

    await page.getByRole('button', { name: 'Menu' }).click()
    await sees(settings)
    expect(await pageFaults(page, { withColors: false })).toEqual([])
    await takePicture(page, 'menu-360')
    await settings.click()

    await heading(page, 'Settings')
    await seesNoMore(settings)
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  it('the theme is switched by a button, and stays', async () => {
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(pageOf(plimsoll, 'demo'))
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await ground()

    await page.getByRole('button', { name: 'Switch to the dark theme' }).click()
    const dark = await eventually('the page is dark', async () => {
      const now = await ground()
      return now === light ? undefined : now
    })
    await page.reload()
    await sees(page.getByRole('button', { name: 'Switch to the light theme' }))

    expect(await ground()).toBe(dark)
    await page.getByRole('button', { name: 'Switch to the light theme' }).click()
  })

  it('caused no violation, error or request to elsewhere in all of this', () => {
    expect(visitor.problems()).toEqual([])
  })
})
