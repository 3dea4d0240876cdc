import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { root } from './paths.ts'
import type { Plimsoll } from './plimsoll.ts'
import { run } from './run.ts'

/** A browser that can be started here. */
interface BrowserProgram {
  path: string
  args: readonly string[]
}

/** Nothing of the browser's own goes out to the network, so that a request which does is the console's. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const systemPrograms = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable']

const found = await findProgram()

/** Undefined where there is a browser; otherwise why there is none, for the names of the tests that are skipped. */
export const browserMissing = 'program' in found ? undefined : found.missing

async function findProgram(): Promise<{ program: BrowserProgram } | { missing: string }> {
  const path = [process.env['PLIMSOLL_BROWSER'], ...systemPrograms].find((one) => one !== undefined && isProgram(one))
  if (path !== undefined) return { program: { path, args: quiet } }
  try {
    const { default: packed } = await import('@sparticuz/chromium')
    const program = await packed.executablePath()
    // It may lack libraries of the system, and says which.
    const { code, stderr } = await run(program, ['--version'])
    if (code !== 0) throw new Error(`does not start: ${stderr.trim()}`)
    // Not its own list of arguments: that takes the browser's security away, which is part of what is tried here.
    return { program: { path: program, args: [...quiet, '--no-zygote'] } }
  } catch (error) {
    return {
      missing: `no ${systemPrograms.join(', ')}, nothing at PLIMSOLL_BROWSER, and @sparticuz/chromium: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export function launchBrowser(): Promise<Browser> {
  if (!('program' in found)) throw new Error(`There is no browser: ${found.missing}`)
  return chromium.launch({ executablePath: found.program.path, args: [...found.program.args], headless: true })
}

/** Somebody at a browser of their own: cookies and settings are theirs alone. */
export interface Visitor {
  context: BrowserContext
  page: Page
  /** What no page may cause: errors of the console, violations of its policy, requests that leave the server, answers of 500 and above. */
  problems(): string[]
  /** From here on these are expected: the server is taken away, say. */
  forgive(problem: RegExp): void
  newPage(): Promise<Page>
  close(): Promise<void>
}

export interface VisitorOptions {
  locale?: string
  colorScheme?: 'light' | 'dark'
  viewport?: { width: number; height: number }
  /** Not signed in. */
  stranger?: boolean
}

export async function visit(browser: Browser, plimsoll: Plimsoll, options: VisitorOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport ?? { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(40_000)
  const { origin, hostname } = new URL(plimsoll.url)
  if (!options.stranger) {
    await context.addCookies([
      { name: 'plimsoll.token', value: plimsoll.token, domain: hostname, path: '/', httpOnly: true, sameSite: 'Strict' },
    ])
  }
  const seen: string[] = []
  const forgiven: RegExp[] = []
  const report = (problem: string): void => {
    seen.push(problem)
  }
  await context.exposeFunction('reportViolation', report)
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const tell = (window as unknown as { reportViolation: (problem: string) => void }).reportViolation
      tell(`policy: ${event.violatedDirective} forbids ${event.blockedURI} (${event.sourceFile}:${event.lineNumber} ${event.sample})`)
    })
  })
  context.on('console', (message) => {
    // A refusal is the server's answer to something that was tried, and the console's to show.
    if (message.type() === 'error' && !/Failed to load resource: .* 4\d\d/.test(message.text())) report(`console: ${message.text()}`)
  })
  context.on('weberror', (error) => report(`error: ${error.error().stack ?? error.error().message}`))
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== origin && url.protocol !== 'data:' && url.protocol !== 'blob:') report(`request: ${request.url()}`)
  })
  context.on('response', (response) => {
    if (response.status() >= 500) report(`answer: ${response.status()} ${response.url()}`)
  })
  const page = await context.newPage()
  return {
    context,
    page,
    problems: () => [...new Set(seen.filter((one) => !forgiven.some((each) => each.test(one))))],
    forgive: (problem) => forgiven.push(problem),
    newPage: () => context.newPage(),
    close: () => context.close(),
  }
}

/** The address of an application's page. */
export function pageOf(plimsoll: Plimsoll, name: string, search = ''): string {
  return `${plimsoll.url}/applications/argocd/${name}${search}`
}

const pictures = join(root, '.cache', 'screenshots')

/** For people to look at: nothing is compared with it. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' })
}

/** Resolves when it can be seen; a rejection says what was looked for, and what the page shows instead. */
export function sees(locator: Locator, timeoutMs?: number): Promise<void> {
  return waitUntil('visible', locator, timeoutMs)
}

export function seesNoMore(locator: Locator, timeoutMs?: number): Promise<void> {
  return waitUntil('hidden', locator, timeoutMs)
}

async function waitUntil(state: 'visible' | 'hidden', locator: Locator, timeoutMs = 40_000): Promise<void> {
  try {
    await locator.first().waitFor({ state, timeout: timeoutMs })
  } catch (error) {
    const shown = await locator
      .page()
      .locator('body')
      .ariaSnapshot({ timeout: 2_000 })
      .catch(() => 'nothing that could be read')
    throw new Error(`Not ${state} within ${timeoutMs} ms: ${String(locator)}. ${locator.page().url()} shows:\n${shown}`, { cause: error })
  }
}
