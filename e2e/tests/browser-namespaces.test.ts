import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, type Visitor, visit } from '../harness/browser.ts'
import { type Cluster, openCluster } from '../harness/cluster-user.ts'
import { applicationManifest, type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const config = (word: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config-${word} }\ndata: { word: ${word} }\n`

describe.skipIf(browserMissing)(
  `Applications of other namespaces in the console (needs a browser: ${browserMissing ?? 'found'})`,
  { timeout: 90_000 },
  () => {
    let plimsoll: Plimsoll
    let cluster: Cluster
    let browser: Browser
    let visitor: Visitor
    let page: Page

    beforeAll(async () => {
      ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
      cluster = await openCluster(plimsoll)
      await cluster.create('{ apiVersion: v1, kind: Namespace, metadata: { name: team-a } }')
      await cluster.create(
        '{ apiVersion: v1, kind: ConfigMap, metadata: { name: argocd-cmd-params-cm, namespace: argocd }, data: { application.namespaces: team-* } }',
      )
      await plimsoll.cli(['proj', 'add-source-namespace', 'default', 'team-a'])
      await plimsoll.push('web', { 'ours/a.yaml': config('ours'), 'theirs/a.yaml': config('theirs') })
      for (const [namespace, path] of [
        ['argocd', 'ours'],
        ['team-a', 'theirs'],
      ] as const) {
        const manifest = applicationManifest(plimsoll, 'web', { path, namespace: path })
        await eventually('it may be created', () =>
          plimsoll.api('POST', '/api/v1/applications', { ...manifest, metadata: { name: 'web', namespace } }),
        )
      }
      visitor = await visit(browser, plimsoll)
      page = visitor.page
    }, 90_000)
    afterAll(async () => {
      await browser?.close()
      await cluster?.close()
      await plimsoll?.stop()
    })

    it('stand in the list by their whole name, beside their namesake, and are found by it', async () => {
      await page.goto(`${plimsoll.url}/applications`)

      await sees(page.getByRole('link', { name: 'web', exact: true }))
      await sees(page.getByRole('link', { name: 'team-a/web', exact: true }))

      await page.getByRole('searchbox', { name: /^Filter applications/ }).fill('team-a/')
      await page.getByRole('link', { name: 'web', exact: true }).waitFor({ state: 'detached' })
      await sees(page.getByRole('link', { name: 'team-a/web', exact: true }))
    })

    it('have a page of their own, with their own objects', async () => {
      await page.getByRole('link', { name: 'team-a/web', exact: true }).click()

      await sees(page.getByRole('heading', { level: 1, name: 'team-a/web' }))
      expect(new URL(page.url()).pathname).toBe('/applications/team-a/web')
      await sees(page.getByText('config-theirs').first())

      await page.goto(`${plimsoll.url}/applications/argocd/web`)
      await sees(page.getByRole('heading', { level: 1, name: 'web', exact: true }))
      await sees(page.getByText('config-ours').first())
      expect(await page.getByText('config-theirs').count()).toBe(0)
    })

    it('are created by NAMESPACE/NAME, and asked for by it before they are deleted', async () => {
      await page.goto(`${plimsoll.url}/applications/new`)
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('team-a/made')
      await page.getByRole('combobox', { name: 'Repository' }).fill(plimsoll.repositoryUrl('web'))
      await page.getByRole('textbox', { name: 'Path' }).fill('theirs')
      await page.getByRole('textbox', { name: 'Namespace' }).fill('made')
      await page.getByRole('button', { name: 'Create application' }).click()
      await sees(page.getByRole('heading', { level: 1, name: 'team-a/made' }))

      await page.getByRole('button', { name: 'More actions' }).click()
      await page.getByRole('menuitem', { name: /^Delete/ }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByRole('textbox', { name: 'Name of the application' }).fill('team-a/made')
      await dialog.getByRole('button', { name: /^Delete/ }).click()

      await sees(page.getByRole('heading', { level: 1, name: /^Applications/ }))
      await page.getByRole('link', { name: 'team-a/made', exact: true }).waitFor({ state: 'detached' })
    })

    it('caused no violation, error or request to elsewhere in all of this', () => {
      expect(visitor.problems()).toEqual([])
    })
  },
)
