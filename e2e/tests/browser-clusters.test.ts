import type { KubeObject } from '@plimsoll/kube'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { startCluster, type TestCluster } from '../harness/cluster-process.ts'
import { openCluster } from '../harness/cluster-user.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'

describe.skipIf(browserMissing)(`Clusters in the console (needs a browser: ${browserMissing ?? 'found'})`, { timeout: 60_000 }, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let far: TestCluster
  let admin: Visitor
  let reader: Visitor

  beforeAll(async () => {
    ;[plimsoll, browser, far] = await Promise.all([startPlimsoll(), launchBrowser(), startCluster()])
    await plimsoll.cli(['cluster', 'add', 'plimsoll', '--kubeconfig', far.kubeconfig, '--name', 'far', '--label', 'env=far', '--yes'])
    const home = await openCluster(plimsoll)
    await home.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'lost', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
      stringData: { name: 'lost', server: 'https://127.0.0.1:9', config: '{}' },
    } as KubeObject)
    await home.close()
    await plimsoll.push('shop', { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n' })
    const manifest = applicationManifest(plimsoll, 'shop') as { spec: Record<string, unknown> }
    manifest.spec['destination'] = { name: 'far', namespace: 'default' }
    await plimsoll.api('POST', '/api/v1/applications', manifest)
    await untilSynced(plimsoll, 'shop')
    admin = await visit(browser, plimsoll)
    await plimsoll.cli(['account', 'create', 'rita', '--role', 'readonly'])
    const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', 'rita', '--expires-in', '1h'])
    reader = await visit(browser, { ...plimsoll, url: plimsoll.url, token: stdout.trim() })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await Promise.all([plimsoll?.stop(), far?.stop()])
  })

  const row = (page: Page, name: string): Locator => page.getByRole('row').filter({ hasText: name })
  const menu = async (page: Page, name: string, item: string): Promise<void> => {
    await page.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }

  it('are listed with how each does, the one in trouble first, and why', async () => {
    const { page } = admin

    await page.goto(`${plimsoll.url}/settings`)
    await page.getByRole('link', { name: 'Clusters', exact: true }).click()
    await sees(row(page, 'lost').getByText(/refuses connections/))

    await sees(row(page, 'far').getByText('Answers'))
    await sees(row(page, 'far').getByRole('link', { name: '1' }))
    await sees(row(page, 'in-cluster').getByText('Plimsoll lives here'))
    expect(await page.getByRole('row').nth(1).innerText()).toContain('lost')
  })

  it.each([
    [1440, 'light'],
    [1440, 'dark'],
    [768, 'dark'],
    [360, 'light'],
  ] as const)('show without a fault at %i pixels, %s', async (width, colorScheme) => {
    const { page } = admin

    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 900 })
    await page.goto(`${plimsoll.url}/settings/clusters`)
    await sees(row(page, 'lost').getByText(/refuses connections/))
    await takePicture(page, `clusters-${width}-${colorScheme}`)

    expect(await pageFaults(page)).toEqual([])
    await menu(page, 'far', 'Details')
    await sees(page.getByRole('dialog', { name: 'far' }).getByText('env=far'))
    await takePicture(page, `cluster-${width}-${colorScheme}`)
    expect(await pageFaults(page)).toEqual([])
    await page.keyboard.press('Escape')
  })

  it('are removed by an administrator, who is told what that means', async () => {
    const { page } = admin
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(`${plimsoll.url}/settings/clusters`)

    await menu(page, 'far', 'Read anew')
    await sees(page.getByText('far is being read anew'))
    await menu(page, 'far', 'Remove')
    const dialog = page.getByRole('alertdialog', { name: 'Remove far' })
    await sees(dialog.getByText(/its one application becomes Unknown/))
    await page.keyboard.press('Escape')
    await menu(page, 'lost', 'Remove')
    await page.getByRole('alertdialog', { name: 'Remove lost' }).getByRole('button', { name: 'Remove' }).click()

    await seesNoMore(row(page, 'lost'))
    await sees(page.getByText('Removed lost'))
  })

  it('are changed by nobody else, and who may not is told why', async () => {
    const { page } = reader

    await page.goto(`${plimsoll.url}/settings/clusters`)
    await page.getByRole('button', { name: 'Actions for far' }).click()

    await sees(page.getByText('Only an administrator changes clusters.').first())
  })
})
