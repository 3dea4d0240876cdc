#!/usr/bin/env node
/**
 * Every screen as a picture, from the mock server: to be looked at.
 *   node dev/pictures.mjs DIR [--only name,name] [--widths 360,768,1440] [--themes light,dark] [--language ko]
 */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { runScreens } from './run-screens.mjs'

const args = process.argv.slice(2)
const read = (name, otherwise) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : otherwise)
const out = args[0]
const only = read('only', '')?.split(',').filter(Boolean)
const widths = read('widths', '360,768,1440').split(',').map(Number)
const themes = read('themes', 'light,dark').split(',')
const language = read('language', 'en')
mkdirSync(out, { recursive: true })

const app = (name, search = '') => `/applications/argocd/${name}${search}`
const screens = {
  'sign-in': { path: '/', signedOut: true },
  list: { path: '/applications', height: 1700 },
  tiles: { path: '/applications?view=tiles' },
  filtered: { path: '/applications?health=Degraded&project=risk' },
  empty: { path: '/applications', scenario: 'empty' },
  failing: { path: '/applications', scenario: 'failing', wait: 3_000 },
  refused: { path: '/applications', scenario: 'refused' },
  loading: { path: '/applications', scenario: 'slow', wait: 900 },
  app: { path: app('fraud-features-production'), height: 1250 },
  'app-healthy': { path: app('demo-model') },
  'app-degraded': { path: app('kyc-face-match-production', '?resource=apps/Deployment/identity/kyc-face-match&tab=events') },
  'app-broken': { path: app('embeddings-staging') },
  'app-failed': { path: app('dispute-triage-staging') },
  'app-held': { path: app('reply-suggest-production') },
  'app-missing': { path: app('drift-monitor') },
  'app-waiting': { path: app('ml-inference-api') },
  'app-simulated': { path: app('search-ranker-production', '?resource=apps/Deployment/search/search-ranker&tab=diff') },
  'app-empty': { path: app('nothing-yet') },
  'app-hostile': { path: app('hostile-names') },
  'app-big': { path: app('scoring-fleet') },
  'app-logs': { path: app('demo-model', '?resource=apps/Deployment/demo/demo-model&tab=logs'), wait: 1_500 },
  'app-pod': { path: app('kyc-face-match-production'), act: async (page) => page.getByRole('treeitem', { name: /^Pod/ }).first().click() },
  'app-manifest': { path: app('fraud-features-production', '?resource=/Secret/fraud/feature-db&tab=manifest') },
  'app-split': {
    path: app('fraud-features-production'),
    act: async (page) => page.getByRole('radio', { name: /^(Split|나란히)$/ }).click(),
  },
  source: { path: app('demo-model', '?view=source') },
  sources: { path: app('vector-store-production', '?view=source'), height: 1500 },
  'sources-second': { path: app('vector-store-production', '?view=source&source=3') },
  'sources-reference': { path: app('vector-store-production', '?view=source&source=2') },
  'sources-page': { path: app('vector-store-production'), height: 1300 },
  'source-chart': { path: app('feature-gateway', '?view=source'), height: 1200 },
  'source-kustomize': { path: app('fraud-features-production', '?view=source') },
  'source-broken': { path: app('embeddings-staging', '?view=source') },
  'source-loading': { path: app('feature-gateway', '?view=source'), scenario: 'slow', wait: 1_500 },
  'source-empty': { path: app('nothing-yet', '?view=source') },
  'source-filter': {
    path: app('vector-store-production', '?view=source'),
    height: 1200,
    act: async (page) => {
      await page.getByRole('searchbox').first().fill('a')
      await page.locator('.parameters .link').first().click()
      await page.locator('.manifest-head > button').first().click()
      await page.locator('.source-bar .chip').first().click()
      await page.getByRole('menuitemcheckbox').first().click()
      await page.getByRole('menuitemcheckbox').nth(2).click()
    },
  },
  'dialog-rotate': {
    path: app('feature-gateway', '?view=source'),
    act: async (page) => page.locator('.source-main .why .button').first().click(),
  },
  'dialog-sync-sources': { path: app('vector-store-production'), act: async (page) => page.keyboard.press('s') },
  'dialog-rollback-sources': {
    path: app('vector-store-production'),
    act: async (page) =>
      page
        .locator('.app-head .button')
        .filter({ hasText: /Roll back|되돌리기/ })
        .click(),
  },
  'app-list': { path: app('fraud-features-production', '?as=list') },
  'app-loading': { path: app('demo-model'), scenario: 'slow', wait: 900 },
  'app-gone': { path: app('no-such-application') },
  'dialog-sync': { path: app('fraud-features-production'), act: async (page) => page.keyboard.press('s') },
  'dialog-rollback': {
    path: app('demo-model'),
    act: async (page) =>
      page
        .locator('.app-head .button')
        .filter({ hasText: /Roll back|되돌리기/ })
        .click(),
  },
  'dialog-delete': {
    path: app('demo-model'),
    act: async (page) => {
      await page.locator('.app-head .actions > .button').last().click()
      await page.getByRole('menuitem').last().click()
    },
  },
  'dialog-several': { path: '/applications', act: async (page) => page.locator('.page-head .button').first().click() },
  'dialog-keys': { path: '/applications', act: async (page) => page.keyboard.press('?') },
  palette: {
    path: '/applications',
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.locator('.palette input').fill('fraud')
    },
  },
  menu: { path: '/applications', act: async (page) => page.locator('.c-actions .button').first().click(), minWidth: 700 },
  chip: { path: '/applications', act: async (page) => page.locator('.toolbar .chip').first().click() },
  syncing: {
    path: app('fraud-features-production'),
    act: async (page) => {
      await page.keyboard.press('s')
      await page.locator('dialog .button.primary').click()
      await page.waitForTimeout(1_000)
    },
  },
  ...runScreens,
  new: { path: '/applications/new' },
  'new-yaml': { path: '/applications/new#yaml', wait: 800 },
  'new-chart': {
    path: '/applications/new',
    height: 1500,
    act: async (page) => {
      await page.getByRole('radio', { name: /^(Chart of|저장소의)/ }).click()
      await page.locator('textarea').nth(1).fill('- a')
      await page.locator('.form-foot .primary').click()
    },
  },
  'new-wrong': { path: '/applications/new', act: async (page) => page.locator('.form-foot .primary').click() },
  pulls: { path: '/pulls' },
  'pulls-all': { path: '/pulls?state=all' },
  'pulls-empty': { path: '/pulls', scenario: 'empty' },
  'pulls-none': { path: '/pulls?q=nothing-like-it' },
  'pulls-failing': { path: '/pulls', scenario: 'failing', wait: 4_500 },
  'pulls-loading': { path: '/pulls', scenario: 'slow', wait: 900 },
  'pull-report': { path: '/pulls/fraud-detector/421', height: 2300 },
  'pull-report-fail': { path: '/pulls/fraud-detector/424', height: 1900 },
  'pull-report-open': { path: '/pulls/team%2Fchurn-model/12', height: 1200 },
  'pull-talk': { path: '/pulls/fraud-detector/421?tab=conversation', height: 1900 },
  'pull-hostile': { path: '/pulls/fraud-detector/431?tab=conversation', height: 1200 },
  'pull-plan': {
    path: '/pulls/fraud-detector/421?tab=plan',
    height: 1100,
    act: async (page) => page.locator('.plan-change .button').nth(1).click(),
  },
  'pull-files': { path: '/pulls/fraud-detector/421?tab=files', height: 1900 },
  'pull-files-split': { path: '/pulls/fraud-detector/421?tab=files&diff=split', height: 1900 },
  'pull-files-comment': {
    path: '/pulls/fraud-detector/421?tab=files',
    act: async (page) => {
      await page.locator('.line-add').nth(1).focus()
      await page.keyboard.press('Enter')
    },
  },
  'pull-files-many': { path: '/pulls/platform-manifests/430?tab=files' },
  'pull-commits': { path: '/pulls/fraud-detector/421?tab=commits' },
  'pull-merged': { path: '/pulls/fraud-detector/415?tab=conversation' },
  'pull-draft': { path: '/pulls/fraud-detector/423?tab=conversation' },
  'pull-gone': { path: '/pulls/fraud-detector/9999' },
  'pull-loading': { path: '/pulls/fraud-detector/421', scenario: 'slow', wait: 900 },
  'pull-failing': { path: '/pulls/fraud-detector/421', scenario: 'failing', wait: 4_500 },
  'pull-moved': {
    path: '/pulls/platform-manifests/430?tab=conversation',
    act: async (page) => page.locator('.merge-box .button.primary').click(),
  },
  'pull-edit': {
    path: '/pulls/fraud-detector/421?tab=conversation',
    act: async (page) => page.locator('.page-head .actions .button').nth(1).click(),
  },
  'pull-new': { path: '/pulls/new?repository=fraud-detector&head=mira%2Fdevice-graph' },
  gate: { path: '/gates/report-pass', height: 2300 },
  'gate-plots': {
    path: '/gates/report-pass',
    height: 2000,
    act: async (page) => page.getByRole('radio', { name: /^(Confusion|혼동)/ }).click(),
  },
  'gate-override': { path: '/gates/report-fail', act: async (page) => page.locator('.verdict-actions .button').click() },
  repositories: { path: '/repositories' },
  repository: { path: '/repositories/fraud-detector' },
  'repository-file': { path: '/repositories/fraud-detector?path=features/device_graph.py' },
  'repository-branches': { path: '/repositories/fraud-detector?tab=branches' },
  'repository-protection': { path: '/repositories/fraud-detector?tab=protection' },
  audit: { path: '/audit' },
  settings: { path: '/settings' },
  sidebar: { path: '/applications', act: async (page) => page.locator('.menu-button').click(), maxWidth: 719 },
  'not-found': { path: '/no/such/page' },
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})
const servers = new Map()
const errors = []
try {
  for (const [name, screen] of Object.entries(screens)) {
    if (only.length > 0 && !only.includes(name)) continue
    for (const width of widths) {
      if (width < (screen.minWidth ?? 0) || width > (screen.maxWidth ?? Infinity)) continue
      for (const theme of themes) {
        const { url } = await serve(screen.scenario ?? 'full')
        const context = await browser.newContext({
          viewport: { width, height: screen.height ?? 900 },
          colorScheme: theme,
          locale: language === 'ko' ? 'ko-KR' : 'en-GB',
          baseURL: url,
          reducedMotion: 'reduce',
        })
        const page = await context.newPage()
        page.on(
          'console',
          (message) =>
            message.type() === 'error' &&
            !/status of (401|403|404|503|400)/.test(message.text()) &&
            errors.push(`${name} ${width} ${theme}: ${message.text()}`),
        )
        page.on('pageerror', (error) => errors.push(`${name} ${width} ${theme}: ${error.stack ?? error}`))
        if (!screen.signedOut) await context.request.post('/api/v1/session', { data: { username: 'admin', password: 'mock' } })
        await page.goto(screen.path)
        await page.waitForTimeout(screen.wait ?? 1_000)
        await screen.act?.(page).catch((error) => errors.push(`${name} ${width} ${theme}: ${error}`))
        if (screen.act) await page.waitForTimeout(400)
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        if (overflow > 0) errors.push(`${name} ${width} ${theme}: ${overflow} px too wide`)
        await page.screenshot({ path: join(out, `${name}-${width}-${theme}.png`), fullPage: screen.full === true })
        await context.close()
      }
    }
  }
} finally {
  await browser.close()
  for (const { child } of servers.values()) child.kill()
}
for (const error of errors) console.log(error)

async function serve(scenario) {
  const known = servers.get(scenario)
  if (known) return known
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'mock-server.mjs'), '--port', '0', '--scenario', scenario, '--apps', read('apps', '44')],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const line = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data))))
  const server = { child, url: JSON.parse(line).url }
  servers.set(scenario, server)
  return server
}
