import { emulatedGithub, recordedWebhooks, sign, startEmulatedServer } from '@plimsoll/forge/testing'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'

describe.skipIf(browserMissing)(`Connections in the console (needs a browser: ${browserMissing ?? 'found'})`, { timeout: 60_000 }, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let remote: Awaited<ReturnType<typeof startEmulatedServer>>
  let other: Awaited<ReturnType<typeof startEmulatedServer>>
  const people = new Map<string, Visitor>()
  let webhook: { url: string; secret: string }

  beforeAll(async () => {
    ;[plimsoll, browser, remote, other] = await Promise.all([
      startPlimsoll({ args: ['--allow-git-host', '127.0.0.1'] }),
      launchBrowser(),
      startEmulatedServer(emulatedGithub),
      startEmulatedServer(emulatedGithub, { path: 'acme/till' }),
    ])
    remote.repository.commit('salt', 'Add salt')
    remote.repository.open({ title: 'Salt the soup', body: '', head: 'salt', base: 'main', author: 'zoe' })
    people.set('admin', await visit(browser, plimsoll))
    for (const [name, role] of [
      ['mina', 'maintainer'],
      ['rita', 'readonly'],
    ] as const) {
      await plimsoll.cli(['account', 'create', name, '--role', role])
      const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', name, '--expires-in', '1h'])
      people.set(name, await visit(browser, { ...plimsoll, url: plimsoll.url, token: stdout.trim() }))
    }
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await Promise.all([plimsoll?.stop(), remote?.close(), other?.close()])
  })

  const pageOf = (name: string): Page => {
    const visitor = people.get(name)
    if (!visitor) throw new Error(`${name} has no browser`)
    return visitor.page
  }
  const address = (): string => `${plimsoll.url}/settings/connections`
  const label = (url: string): string => url.replace('http://', '')
  const row = (page: Page, url: string): Locator => page.getByRole('row').filter({ hasText: label(url) })
  const menu = async (page: Page, url: string, item: string): Promise<void> => {
    await page.getByRole('button', { name: `Actions for ${label(url)}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }

  it('says that there are none, and what one would be good for', async () => {
    const page = pageOf('admin')

    await page.goto(`${plimsoll.url}/settings`)
    await page.getByRole('link', { name: 'Connections' }).click()

    await sees(page.getByRole('heading', { name: 'No repository elsewhere is connected' }))
    expect(await pageFaults(page)).toEqual([])
    await takePicture(page, 'connections-empty')
  })

  it('says what is missing or wrong before a token goes anywhere', async () => {
    const page = pageOf('admin')
    const dialog = page.getByRole('dialog', { name: 'Connect a repository' })

    await page.getByRole('button', { name: 'Connect a repository' }).click()
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
    await sees(dialog.getByText('This field is needed.'))
    await dialog.getByLabel('Address of the repository').fill('https://me:secret@github.com/acme/shop')
    await sees(dialog.getByText(/the token has a field of its own/))
    await dialog.getByLabel('Address of the repository').fill('https://github.com/acme/shop')
    expect(await dialog.getByLabel('What runs there').inputValue()).toBe('github')
    await dialog.getByLabel('Address of the repository').fill(remote.address)
    await sees(dialog.getByText('Choose one: nobody can tell from this address.'))
    await dialog.getByLabel('What runs there').selectOption('github')
    await dialog.getByLabel('Token').fill('wrong-token')
    expect(await pageFaults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click()

    await sees(dialog.getByRole('alert').getByText(/GitHub does not take the token/))
    await sees(dialog.getByRole('alert').getByText(/Make a new token there/))
    people.get('admin')?.forgive(/\b502\b/)
  })

  it('connects, and shows the secret of its webhook this once', async () => {
    const page = pageOf('admin')
    const dialog = page.getByRole('dialog')

    await dialog.getByLabel('Token').fill(remote.token)
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click()

    await sees(dialog.getByRole('heading', { name: 'Add a webhook' }))
    webhook = {
      url: (await dialog.locator('code[aria-label="Address"]').textContent()) ?? '',
      secret: (await dialog.locator('code[aria-label="Secret"]').textContent()) ?? '',
    }
    expect(new URL(webhook.url).searchParams.get('repository')).toBe(remote.address)
    expect(webhook.secret).toMatch(/^[\w-]{32}$/)
    expect(await pageFaults(page)).toEqual([])
    await takePicture(page, 'connections-webhook')
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await sees(row(page, remote.address).getByText('Working'))
    await page.reload()
    await sees(row(page, remote.address).getByText('none yet'))
    expect(await page.content()).not.toContain(webhook.secret)
    expect(await page.content()).not.toContain(remote.token)
  })

  it('shows when a webhook came, and its pull requests among those of all', async () => {
    const page = pageOf('admin')
    const [, news] = recordedWebhooks('github', { address: remote.address, number: 1, commit: 'c'.repeat(40) })
    if (!news) throw new Error('GitHub has no recorded webhook of a pull request')

    const { status } = await fetch(webhook.url, { method: 'POST', ...sign('github', news, webhook.secret) })

    expect(status).toBe(200)
    await seesNoMore(row(page, remote.address).getByText('none yet'), 20_000)
    await page.goto(`${plimsoll.url}/pulls`)
    await page.getByRole('link', { name: /Salt the soup/ }).click()
    await sees(page.getByRole('heading', { level: 1, name: 'Salt the soup #1' }))
    await sees(page.getByRole('link', { name: 'on github' }))
    await page
      .getByRole('navigation', { name: 'Breadcrumb' })
      .getByRole('link', { name: label(remote.address) })
      .click()
    await sees(page.getByRole('heading', { level: 1, name: 'Connections' }))
  })

  it('tells trouble first, with its cause and what to do, and is tested by hand', async () => {
    const page = pageOf('admin')
    await plimsoll.api('POST', '/api/v1/remote-repositories', { url: other.address, provider: 'github', token: other.token })
    await page.reload()
    await row(page, other.address).getByRole('button', { name: 'Test now' }).click()
    await sees(page.getByRole('status').getByText(`${label(other.address)} answers`))
    const good = other.token
    other.token = 'revoked-there'

    await row(page, other.address).getByRole('button', { name: 'Test now' }).click()

    await sees(page.getByRole('alert').getByText(`${label(other.address)} does not answer as it should`))
    await sees(row(page, other.address).getByText('Failing'), 20_000)
    await sees(row(page, other.address).getByText(/does not take the token that is set here.*Make a new token there/))
    await sees(page.getByRole('row').nth(1).getByText(label(other.address)))
    await takePicture(page, 'connections-failing')
    await page.getByRole('button', { name: 'Dismiss' }).first().click()
    other.token = `${good}-new`
    await menu(page, other.address, 'Another token')
    await page.getByRole('dialog').getByLabel('Token').fill(other.token)
    await page.getByRole('dialog').getByRole('button', { name: 'Replace the token' }).click()
    await sees(row(page, other.address).getByText('Working'))
  })

  it('makes another webhook secret, after which the one before counts no longer', async () => {
    const page = pageOf('admin')
    const [push] = recordedWebhooks('github', { address: remote.address, number: 1, commit: 'c'.repeat(40) })

    await menu(page, remote.address, 'Another webhook secret')
    await sees(page.getByRole('dialog').getByText(/counts no longer/))
    await page.getByRole('dialog').getByRole('button', { name: 'Make another' }).click()
    const secret = (await page.getByRole('dialog').locator('code[aria-label="Secret"]').textContent()) ?? ''
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    const deliver = async (signedWith: string): Promise<number> =>
      (await fetch(webhook.url, { method: 'POST', ...sign('github', push!, signedWith) })).status // GitHub has several.

    expect(secret).not.toBe(webhook.secret)
    expect([await deliver(webhook.secret), await deliver(secret)]).toEqual([401, 200])
  })

  it('says who may not, and why', async () => {
    const [maintainer, reader] = [pageOf('mina'), pageOf('rita')]

    await maintainer.goto(address())
    await reader.goto(address())

    await sees(row(maintainer, remote.address))
    const connect = maintainer.getByRole('button', { name: 'Connect a repository' })
    expect(await connect.getAttribute('aria-disabled')).toBe('true')
    expect(await connect.getAttribute('title')).toBe('Only an administrator connects repositories: a token is given here.')
    await row(maintainer, remote.address).getByRole('button', { name: 'Test now' }).click()
    await sees(maintainer.getByRole('status').getByText(`${label(remote.address)} answers`))
    await maintainer.getByRole('button', { name: `Actions for ${label(remote.address)}` }).click()
    await sees(maintainer.getByRole('menuitem', { name: /Disconnect.*Only an administrator/ }))
    expect(await row(reader, remote.address).getByRole('button', { name: 'Test now' }).getAttribute('aria-disabled')).toBe('true')
    expect(await pageFaults(reader)).toEqual([])
  })

  it('says that the server could not be asked, and asks again', async () => {
    const page = pageOf('rita')
    people.get('rita')?.forgive(/\b503\b/)
    await page.route('**/api/v1/remote-repositories', (route) =>
      route.fulfill({ status: 503, json: { error: 'away', message: 'The records are away.', remedy: 'Wait.', reason: 'internal' } }),
    )

    await page.reload()

    await sees(page.getByRole('alert').getByText('The records are away.'), 20_000)
    expect(await pageFaults(page)).toEqual([])
    await page.unroute('**/api/v1/remote-repositories')
    await page.getByRole('button', { name: 'Try again' }).click()
    await sees(row(page, remote.address))
  })

  it('can be used at any width, in both themes, and in Korean', async () => {
    const page = pageOf('admin')
    for (const [width, colorScheme] of [
      [360, 'light'],
      [720, 'dark'],
      [1200, 'light'],
      [1440, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await page.goto(address())
      await sees(row(page, remote.address).getByText('Working'))
      expect(await pageFaults(page), `${width}, ${colorScheme}`).toEqual([])
      await takePicture(page, `connections-${width}-${colorScheme}`)
    }
    const korean = await visit(browser, plimsoll, { locale: 'ko-KR', viewport: { width: 390, height: 900 } })
    await korean.page.goto(address())
    await sees(korean.page.getByRole('heading', { level: 1, name: '연결' }))
    await sees(row(korean.page, remote.address).getByText('동작 중'))
    await korean.page.getByRole('button', { name: '저장소 연결' }).click()
    await sees(korean.page.getByRole('dialog').getByText('서비스 종류'))
    expect(await pageFaults(korean.page)).toEqual([])
    await takePicture(korean.page, 'connections-korean')
    expect(korean.problems()).toEqual([])
    await korean.close()
  })

  it('disconnects after asking, and follows its pull requests no longer', async () => {
    const page = pageOf('admin')
    const dialog = page.getByRole('alertdialog')

    await menu(page, remote.address, 'Disconnect')
    await sees(dialog.getByText(/Its token and webhook secret are forgotten here/))
    await takePicture(page, 'connections-disconnect')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await sees(row(page, remote.address))
    await menu(page, remote.address, 'Disconnect')
    await dialog.getByRole('button', { name: 'Disconnect' }).click()

    await seesNoMore(row(page, remote.address))
    await sees(row(page, other.address))
    await page.goto(`${plimsoll.url}/pulls?state=all`)
    await seesNoMore(page.getByRole('link', { name: /Salt the soup/ }))
  })

  it('broke no rule of the content security policy, and sent nothing elsewhere', () => {
    expect([...people].map(([name, visitor]) => [name, visitor.problems()])).toEqual([
      ['admin', []],
      ['mina', []],
      ['rita', []],
    ])
  })
})
