import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployExample } from '../harness/example.ts'
import { browserMissing, launchBrowser, pageOf, sees, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'

/** Words of one catalogue that are plain texts, wherever they stand in it. */
function textsOf(words: unknown, found = new Set<string>()): Set<string> {
  if (typeof words === 'string') found.add(words)
  else if (Array.isArray(words) && words.length === 1 && typeof words[0] === 'string') found.add(words[0])
  else if (typeof words === 'object' && words !== null) for (const one of Object.values(words)) textsOf(one, found)
  return found
}

/** The words of the API for a state are the same in every language. */
const states = new Set(['Unknown', 'Succeeded'])
/** Names of the example that are words elsewhere in the console: a project, a kind, the message of a commit. */
const names = new Set(['default', 'Service', 'Change'])

/**
 * Sentences with names in them stand in the catalogue as functions: three words in a row, of small letters, are English. What somebody has
 * committed and what the server says of a file are shown as they are.
 */
function isEnglishSentence(text: string): boolean {
  return /[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}/.test(text) && !/^Serve a small fraud model$|^settings\.yaml:\d/.test(text)
}

async function readCatalogue(code: 'en' | 'ko'): Promise<unknown> {
  const loaded = (await import(new URL(`../../packages/web/src/words/${code}.ts`, import.meta.url).href)) as Record<string, unknown>
  return loaded[code]
}

describe.skipIf(browserMissing)(`The console in Korean (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  let onlyEnglish: ReadonlySet<string>
  beforeAll(async () => {
    const [english, korean] = (await Promise.all([readCatalogue('en'), readCatalogue('ko')])).map((words) => textsOf(words))
    // What reads the same in both is a name (Plimsoll, Kubernetes, YAML) or a state of the API.
    onlyEnglish = new Set(
      [...(english ?? [])].filter((text) => /[A-Za-z]{2}/.test(text) && !korean?.has(text) && !states.has(text) && !names.has(text)),
    )
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await deployExample(plimsoll)
    await plimsoll.push('broken', { 'settings.yaml': 'kind: [' })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'broken'))
    await plimsoll.push('by-hand', { 'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\n' })
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'by-hand', { automated: false }))
    await untilSynced(plimsoll, 'demo', { health: 'Healthy' })
    visitor = await visit(browser, plimsoll, { locale: 'ko-KR' })
    page = visitor.page
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  /** Texts, labels, titles and hints of the page that are left in English. */
  async function leftovers(): Promise<string[]> {
    const shown = await page.evaluate(() => {
      const texts: string[] = [document.title]
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        // What others wrote is shown as they wrote it; it stands in fixed width, in a log, or as what somebody said.
        if (node.parentElement?.closest('script, style, code, kbd, [role="log"], .code-lines, .said, .soft, .yaml-editor, time')) continue
        texts.push(node.textContent ?? '')
      }
      for (const element of document.querySelectorAll('*'))
        for (const attribute of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(element.getAttribute(attribute) ?? '')
      return texts.map((text) => text.trim()).filter((text) => text !== '')
    })
    return [...new Set(shown)].filter((text) => onlyEnglish.has(text) || isEnglishSentence(text))
  }

  it('has a catalogue of its own', () => {
    expect(onlyEnglish.size).toBeGreaterThan(250)
  })

  it('signs in', async () => {
    const stranger = await visit(browser, plimsoll, { locale: 'ko-KR', stranger: true })
    await stranger.page.goto(plimsoll.url)

    await sees(stranger.page.getByRole('heading', { level: 1, name: '로그인' }))
    expect(await stranger.page.locator('html').getAttribute('lang')).toBe('ko')
    await stranger.close()
  })

  it.each([
    ['/applications', (one: Page) => one.getByRole('row').filter({ hasText: 'demo' })],
    ['/applications?view=tiles', (one: Page) => one.getByRole('listitem').filter({ hasText: 'demo' })],
    ['/applications?q=zzz', (one: Page) => one.getByRole('main').getByRole('heading', { level: 3 })],
    ['/applications/argocd/demo', (one: Page) => one.getByRole('treeitem').nth(6)],
    ['/applications/argocd/broken', (one: Page) => one.getByRole('alert')],
    ['/applications/argocd/by-hand', (one: Page) => one.getByRole('treeitem').nth(1)],
    ['/applications/argocd/nobody', (one: Page) => one.getByRole('heading', { level: 1 })],
    ['/applications/argocd/demo?resource=apps%2FDeployment%2Fdemo%2Ffraud', (one: Page) => one.getByText('RollingUpdate')],
    [
      '/applications/argocd/demo?resource=apps%2FDeployment%2Fdemo%2Ffraud&tab=diff',
      (one: Page) => one.getByRole('tabpanel').getByRole('heading'),
    ],
    [
      '/applications/argocd/demo?resource=apps%2FDeployment%2Fdemo%2Ffraud&tab=manifest',
      (one: Page) => one.getByRole('tabpanel').getByRole('region'),
    ],
    ['/applications/argocd/demo?tab=logs', (one: Page) => one.getByRole('log').getByText(/serving/)],
    ['/applications/new', (one: Page) => one.getByRole('heading', { level: 1 })],
    ['/pulls', (one: Page) => one.getByRole('main').getByRole('heading', { level: 3 })],
    ['/pulls/new?repository=demo', (one: Page) => one.getByRole('textbox').first()],
    ['/repositories', (one: Page) => one.getByRole('link', { name: 'by-hand' })],
    ['/repositories/by-hand', (one: Page) => one.getByRole('link', { name: 'settings.yaml' })],
    ['/repositories/by-hand?tab=protection', (one: Page) => one.getByRole('main').getByRole('heading', { level: 3 })],
    ['/audit', (one: Page) => one.getByText('git.push')],
    ['/settings', (one: Page) => one.getByText('/git', { exact: false })],
    ['/no/such/page', (one: Page) => one.getByRole('heading', { level: 1 })],
  ] as const)('%s holds no English words of the catalogue', async (path, until) => {
    await page.goto(plimsoll.url + path)
    await sees(until(page))

    expect(await leftovers()).toEqual([])
    if (path === '/applications' || path === '/applications/argocd/demo') await takePicture(page, `korean${path.replaceAll('/', '-')}`)
  })

  it('asks in Korean as well: to sync, to delete, to jump, which keys there are', async () => {
    await page.goto(pageOf(plimsoll, 'demo'))
    await sees(page.getByRole('treeitem').nth(6))
    await page.keyboard.press('s')
    await sees(page.getByRole('dialog'))
    expect(await leftovers()).toEqual([])
    await takePicture(page, 'korean-sync')
    await page.keyboard.press('Escape')

    await page.locator('.app-head .actions').getByRole('button').last().click()
    await page.getByRole('menuitem').last().click()
    await sees(page.getByRole('alertdialog'))
    expect(await leftovers()).toEqual([])
    await page.keyboard.press('Escape')

    await page.keyboard.press('?')
    await sees(page.getByRole('dialog'))
    expect(await leftovers()).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await sees(page.getByRole('listbox'))
    expect(await leftovers()).toEqual([])
  })

  it('is left for English in the settings, and come back to, without a reload', async () => {
    await page.goto(`${plimsoll.url}/settings`)
    await page.getByRole('radio', { name: 'English' }).click()
    await sees(page.getByRole('heading', { level: 1, name: 'Settings' }))
    await page.reload()
    await sees(page.getByRole('heading', { level: 1, name: 'Settings' }))

    await page.getByRole('radio', { name: '한국어' }).click()
    await sees(page.getByRole('heading', { level: 1, name: '설정' }))
    expect(await page.locator('html').getAttribute('lang')).toBe('ko')
  })

  it('caused no violation, error or request to elsewhere in all of this', () => {
    expect(visitor.problems()).toEqual([])
  })
})
