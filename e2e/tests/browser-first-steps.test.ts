import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, pageOf, sees, seesNoMore, type Visitor, visit } from '../harness/browser.ts'
import { type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const settings = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  value: "${value}"\n`

describe.skipIf(browserMissing)(`The first steps in a browser (needs one: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  async function fillSignIn(page: Page, password: string): Promise<void> {
    await page.getByRole('textbox', { name: 'User name' }).fill('admin')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  const firstPassword = (): string => /Or as\s+admin, password (\S+)/.exec(plimsoll.output())?.[1] ?? ''
  const heading = (visitor: Visitor, name: string | RegExp) => visitor.page.getByRole('heading', { level: 1, name })

  it('the link that a start prints signs in once, and only once', async () => {
    const link = /\S+\/login\/once\?code=\S+/.exec(plimsoll.output())?.[0] ?? ''
    const first = await visit(browser, plimsoll, { stranger: true })
    await first.page.goto(link)
    await sees(heading(first, /^Applications/))
    expect(first.page.url()).not.toContain('code=')

    const second = await visit(browser, plimsoll, { stranger: true })
    await second.page.goto(link)
    await sees(heading(second, 'Sign in'))
    await sees(second.page.getByText(/link has been used/))

    expect([...first.problems(), ...second.problems()]).toEqual([])
    await Promise.all([first.close(), second.close()])
  })

  it('a wrong password is refused in words, and says nothing about which of the two was wrong', async () => {
    const visitor = await visit(browser, plimsoll, { stranger: true })
    await visitor.page.goto(plimsoll.url)
    await sees(heading(visitor, 'Sign in'))

    await visitor.page.getByRole('button', { name: 'Sign in' }).click()
    await sees(visitor.page.getByRole('alert').getByText('Fill in user name and password.'))
    await fillSignIn(visitor.page, 'not-the-password')
    await sees(visitor.page.getByRole('alert').getByText('User name and password do not match.'))

    expect(visitor.problems()).toEqual([])
    await visitor.close()
  })

  it('the password signs in on the page that was asked for, and signing out ends it', async () => {
    const visitor = await visit(browser, plimsoll, { stranger: true })
    await visitor.page.goto(`${plimsoll.url}/settings`)
    await fillSignIn(visitor.page, firstPassword())
    await sees(heading(visitor, 'Settings'))
    const [cookie] = await visitor.context.cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' })

    await visitor.page.getByRole('button', { name: 'Sign out' }).click()
    await sees(heading(visitor, 'Sign in'))
    await visitor.page.reload()
    await sees(heading(visitor, 'Sign in'))
    const answer = await fetch(`${plimsoll.url}/api/v1/applications`, { headers: { cookie: `${cookie?.name}=${cookie?.value}` } })
    expect(answer.status).toBe(401)

    expect(visitor.problems()).toEqual([])
    await visitor.close()
  })

  it('an empty installation says what an application is, and how to make one', async () => {
    const visitor = await visit(browser, plimsoll)
    await visitor.page.goto(plimsoll.url)
    await sees(visitor.page.getByRole('heading', { name: 'No applications yet' }))

    await visitor.page.getByRole('main').getByRole('link', { name: 'From YAML' }).click()
    await sees(visitor.page.getByRole('textbox', { name: 'Application as YAML' }))

    expect(visitor.problems()).toEqual([])
    await visitor.close()
  })

  it('an application is made with the form, which says what is wrong beside the field', async () => {
    await plimsoll.push('first', { 'deploy/settings.yaml': settings('one') })
    const visitor = await visit(browser, plimsoll)
    const { page } = visitor
    await page.goto(plimsoll.url)
    await page.getByRole('main').getByRole('link', { name: 'New application' }).first().click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Not A Name')
    await page.getByRole('button', { name: 'Create application' }).click()
    await sees(page.getByRole('alert').getByText('Use lower case letters'))
    await sees(page.getByRole('alert').getByText('Say which repository.'))

    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('first')
    // An input that offers a list of values is a combo box.
    await page.getByRole('combobox', { name: 'Repository' }).fill(plimsoll.repositoryUrl('first'))
    await page.getByRole('textbox', { name: 'Path' }).fill('deploy')
    await page.getByRole('textbox', { name: 'Namespace' }).fill('first')
    await page.getByRole('button', { name: 'Create application' }).click()

    await sees(heading(visitor, 'first'))
    await sees(page.getByRole('treeitem', { name: /^ConfigMap, settings, sync Synced/ }))
    expect(visitor.problems()).toEqual([])
    await visitor.close()
  })

  it('an application is made from YAML, and what is not one is refused before it is sent', async () => {
    await plimsoll.push('second', { 'settings.yaml': settings('two') })
    const visitor = await visit(browser, plimsoll)
    const { page } = visitor
    await page.goto(`${plimsoll.url}/applications/new`)
    await page.getByRole('radio', { name: 'YAML' }).click()
    const editor = page.getByRole('textbox', { name: 'Application as YAML' })
    await editor.fill('kind: [Application\n')
    await sees(page.getByRole('alert').getByText(/^Not YAML/))
    await editor.fill('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n')
    await sees(page.getByRole('alert').getByText(/^Not an Application/))

    await editor.fill(
      [
        'apiVersion: argoproj.io/v1alpha1',
        'kind: Application',
        'metadata: { name: second, namespace: argocd }',
        'spec:',
        '  project: default',
        `  source: { repoURL: ${plimsoll.repositoryUrl('second')}, path: ., targetRevision: main }`,
        '  destination: { server: https://kubernetes.default.svc, namespace: second }',
        '  syncPolicy: { automated: {}, syncOptions: [CreateNamespace=true] }',
      ].join('\n'),
    )
    await page.getByRole('button', { name: 'Create application' }).click()

    await sees(heading(visitor, 'second'))
    await untilSynced(plimsoll, 'second')
    await sees(page.getByRole('treeitem', { name: /^ConfigMap, settings, sync Synced/ }))
    expect(visitor.problems()).toEqual([])
    await visitor.close()
  })

  it('a server that is killed and started again: the console says since when it is not live, and recovers by itself', async () => {
    const visitor = await visit(browser, plimsoll)
    const { page } = visitor
    visitor.forgive(/ERR_CONNECTION|503|ERR_INCOMPLETE|ERR_NETWORK|ERR_EMPTY_RESPONSE/)
    await page.goto(`${plimsoll.url}/applications`)
    await sees(page.getByRole('status').getByText('Live', { exact: true }))
    await page.evaluate(() => Object.assign(window, { sameDocument: true }))

    await plimsoll.kill()
    await sees(page.getByRole('banner').getByText(/^Not live since \d\d:\d\d:\d\d$/))
    await sees(page.getByText(/What you see is \d+ s old; next try in/))
    await sees(page.getByRole('row', { name: /^first/ }))
    await plimsoll.restart()

    await sees(page.getByRole('status').getByText('Live', { exact: true }), 20_000)
    await seesNoMore(page.getByText(/^Not live since/).first())
    const pushed = await plimsoll.push('first', { 'deploy/settings.yaml': settings('after the restart') })
    await sees(page.getByRole('row', { name: /^first/ }).getByText(pushed.slice(0, 7)))
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
    expect(visitor.problems()).toEqual([])
    await visitor.close()
  })

  it('a session that ends sends to the sign-in, and from there back to where one was', async () => {
    const visitor = await visit(browser, plimsoll, { stranger: true })
    const { page } = visitor
    await page.goto(pageOf(plimsoll, 'first', '?as=list'))
    await fillSignIn(page, firstPassword())
    await sees(heading(visitor, 'first'))

    const newPassword = 'a-new-password-for-the-test'
    await plimsoll.api('PUT', '/api/v1/account/password', { currentPassword: firstPassword(), newPassword })

    await sees(page.getByText('You were signed out. Sign in to go on where you were.'))
    await fillSignIn(page, newPassword)
    await sees(heading(visitor, 'first'))
    expect(page.url()).toBe(pageOf(plimsoll, 'first', '?as=list'))
    expect(visitor.problems()).toEqual([])
    await visitor.close()
  })

  it('the console is never shown in a frame of another page', async () => {
    const visitor = await visit(browser, plimsoll)
    await visitor.page.setContent(`<iframe src="${plimsoll.url}/applications"></iframe>`)

    const frame = await eventually('the frame was refused', async () =>
      visitor.page.frames().find((one) => one.url().startsWith('chrome-error:')),
    )

    expect(await frame.title().catch(() => '')).not.toMatch(/Plimsoll/)
    await visitor.close()
  })
})
