import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'

const markup = '<img src=x onerror=alert(1)>'

describe.skipIf(browserMissing)(`Projects in the console (needs a browser: ${browserMissing ?? 'found'})`, { timeout: 120_000 }, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let admin: Visitor

  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.api('POST', '/api/v1/projects', {
      project: {
        metadata: { name: 'ranking' },
        spec: {
          description: markup,
          sourceRepos: ['https://git.example.com/ranking/**', '!https://git.example.com/ranking/secret', 'https://charts.example.com/*'],
          destinations: [{ server: 'https://kubernetes.default.svc', namespace: 'ranking-*' }],
          clusterResourceWhitelist: [{ group: '', kind: 'Namespace', name: 'ranking-*' }],
          namespaceResourceBlacklist: [{ group: '', kind: 'ResourceQuota' }],
          roles: [
            {
              name: 'ci',
              description: 'After a build',
              policies: ['p, proj:ranking:ci, applications, sync, ranking/*, allow'],
              groups: ['ml-engineers'],
            },
          ],
          syncWindows: [{ kind: 'deny', schedule: '0 22 * * *', duration: '8h', applications: ['*'] }],
        },
      },
    })
    admin = await visit(browser, plimsoll)
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  it('are listed, and one shows what it permits, its roles and its windows', async () => {
    const { page } = admin
    await page.goto(`${plimsoll.url}/settings`)
    await page.getByRole('link', { name: 'Projects' }).click()
    await sees(page.getByRole('row', { name: /ranking/ }).getByText(markup))
    expect(await pageFaults(page)).toEqual([])
    await takePicture(page, 'projects')
    await page.getByRole('link', { name: 'ranking', exact: true }).click()

    for (const text of [
      'https://git.example.com/ranking/**',
      'Namespace ranking-*',
      'ResourceQuota',
      'p, proj:ranking:ci, applications, sync, ranking/*, allow',
      '0 tokens',
    ])
      await sees(page.getByText(text, { exact: true }))
    await sees(page.getByText('No application is of it.'))
    expect(await pageFaults(page)).toEqual([])
    await takePicture(page, 'project')
  })

  it('are made, changed and deleted, and a refusal says why', async () => {
    const { page } = admin
    await page.goto(`${plimsoll.url}/settings/projects`)
    await page.getByRole('button', { name: 'New project' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Create project' }).click()
    await sees(dialog.getByText('Give it a name.'))
    await dialog.getByRole('textbox', { name: 'Name' }).fill('fraud')
    await takePicture(page, 'project-new')
    await dialog.getByRole('button', { name: 'Create project' }).click()
    await page.getByRole('link', { name: 'fraud', exact: true }).click()

    await page.getByRole('button', { name: 'Edit' }).click()
    const editor = dialog.getByRole('textbox', { name: 'What it permits, as YAML' })
    await editor.click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.insertText("sourceRepos: ['!*']\n")
    await dialog.getByRole('button', { name: 'Save' }).click()
    await sees(dialog.getByText("source repository has an invalid format, '!*'"))
    await editor.click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.insertText("sourceRepos: ['https://git.example.com/fraud']\n")
    await dialog.getByRole('button', { name: 'Save' }).click()
    await sees(page.getByText('https://git.example.com/fraud'))

    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
    await sees(page.getByRole('heading', { name: 'Projects' }))
    await expect.poll(() => page.getByRole('link', { name: 'fraud', exact: true }).count()).toBe(0)
    expect(admin.problems()).toEqual([])
  })

  it('are read by those who may not change them, on a narrow screen in the dark, in Korean', async () => {
    await plimsoll.cli(['account', 'create', 'rita', '--role', 'readonly'])
    const token = (await plimsoll.cli(['account', 'generate-token', '--account', 'rita', '--expires-in', '1h'])).stdout.trim()
    const rita = await visit(
      browser,
      { ...plimsoll, url: plimsoll.url, token },
      { colorScheme: 'dark', locale: 'ko-KR', viewport: { width: 390, height: 844 } },
    )
    await rita.page.goto(`${plimsoll.url}/settings/projects`)
    await sees(rita.page.getByText(markup))
    await takePicture(rita.page, 'projects-narrow')
    await rita.page.getByRole('link', { name: 'ranking', exact: true }).click()

    await sees(rita.page.getByText('p, proj:ranking:ci, applications, sync, ranking/*, allow'))
    expect(await rita.page.getByRole('button', { name: '편집' }).getAttribute('aria-disabled')).toBe('true')
    expect(await pageFaults(rita.page)).toEqual([])
    await takePicture(rita.page, 'project-narrow')
    expect(rita.problems()).toEqual([])
  })
})
