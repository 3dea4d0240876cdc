import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { openCluster } from '../harness/cluster-user.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'

describe.skipIf(browserMissing)(
  `Repositories elsewhere in the console (needs a browser: ${browserMissing ?? 'found'})`,
  { timeout: 60_000 },
  () => {
    let plimsoll: Plimsoll
    let browser: Browser
    let charts: Server
    let visitor: Visitor
    let page: Page
    let url: string

    beforeAll(async () => {
      charts = createServer((request, response) => {
        const isKnown = request.headers.authorization === `Basic ${Buffer.from('ada:canary-p4ss').toString('base64')}`
        response.writeHead(isKnown ? 200 : 401).end('entries: {}\n')
      })
      await new Promise<void>((resolve) => charts.listen(0, '127.0.0.1', resolve))
      url = `http://127.0.0.1:${(charts.address() as AddressInfo).port}/stable`
      ;[plimsoll, browser] = await Promise.all([startPlimsoll({ args: ['--allow-git-host', '127.0.0.1'] }), launchBrowser()])
      visitor = await visit(browser, plimsoll)
      page = visitor.page
    }, 90_000)
    afterAll(async () => {
      await browser?.close()
      await plimsoll?.stop()
      charts?.close()
    })

    it('says that there are none, and how one is connected', async () => {
      await page.goto(`${plimsoll.url}/settings`)
      await page.getByRole('link', { name: 'Repositories elsewhere' }).click()

      await sees(page.getByRole('heading', { name: 'No repository elsewhere is kept' }))
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'kept-repositories-empty')
    })

    it('connects a chart repository once its password is right, and never shows it again', async () => {
      await page.getByRole('button', { name: 'Connect a repository' }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('radio', { name: 'Helm' }).click()
      await dialog.getByLabel('Address').fill(url)
      await dialog.getByLabel('Signs in with').selectOption('password')
      await dialog.getByLabel('User name').fill('ada')
      await dialog.getByLabel('Password or token').fill('wrong')
      await dialog.getByRole('button', { name: 'Try and connect' }).click()
      await sees(dialog.getByText('This field is needed.'))
      await dialog.getByLabel('Name', { exact: true }).fill('stable')
      await dialog.getByRole('button', { name: 'Try and connect' }).click()
      await sees(dialog.getByRole('alert').getByText(/answers 401/))
      visitor.forgive(/\b502\b/)
      expect(await pageFaults(page)).toEqual([])
      await takePicture(page, 'kept-repositories-dialog')

      await dialog.getByLabel('Password or token').fill('canary-p4ss')
      await dialog.getByRole('button', { name: 'Try and connect' }).click()

      const row = page.getByRole('row').filter({ hasText: url })
      await sees(row.getByText('Answers'))
      await sees(row.getByText('user name and password'))
      await page.reload()
      await sees(row.getByText('Answers'))
      expect(await page.content()).not.toContain('canary')
    })

    it('adds a template and a host key, and shows what is broken with what to do', async () => {
      await page.getByRole('button', { name: 'Add a template' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Address').fill('https://git.example.com/team')
      await dialog.getByLabel('Password or token').fill('canary-template')
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
      await sees(page.getByRole('table', { name: 'Credential templates' }).getByText('https://git.example.com/team'))
      await page.getByRole('button', { name: 'Add a host' }).click()
      const key = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, 7)])
      await dialog.getByLabel('Host keys').fill(`git.example.com ssh-ed25519 ${key.toString('base64')}`)
      await dialog.getByRole('button', { name: 'Add', exact: true }).click()
      await sees(page.getByRole('table', { name: 'Host keys and certificates' }).getByText(/^SHA256:/))
      const cluster = await openCluster(plimsoll)
      await cluster.create(
        [
          'apiVersion: v1',
          'kind: Secret',
          'metadata: { name: broken, namespace: argocd, labels: { argocd.argoproj.io/secret-type: repository } }',
          'stringData: { url: "git@git.example.com:team/app", sshPrivateKey: canary-no-key }',
        ].join('\n'),
      )
      await cluster.close()
      await page.getByRole('button', { name: 'Ask all now' }).click()

      await sees(page.getByText(/sshPrivateKey is no private key.*Correct that field of the Secret/))
      expect(await page.content()).not.toContain('canary')
      for (const view of [
        { width: 1440, height: 900, colorScheme: 'light', name: 'light' },
        { width: 1440, height: 900, colorScheme: 'dark', name: 'dark' },
        { width: 360, height: 800, colorScheme: 'light', name: 'narrow' },
      ] as const) {
        await page.setViewportSize(view)
        await page.emulateMedia({ colorScheme: view.colorScheme })
        expect(await pageFaults(page)).toEqual([])
        await takePicture(page, `kept-repositories-${view.name}`)
      }
    })

    it('forgets one when that is confirmed', async () => {
      await page.setViewportSize({ width: 1440, height: 900 })
      await page.getByRole('button', { name: `Forget ${url}` }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Forget it' }).click()

      await seesNoMore(page.getByRole('row').filter({ hasText: url }))
    })
  },
)
