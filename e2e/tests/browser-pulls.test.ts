import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PullRequest } from '@plimsoll/api'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { mustRun } from '../harness/run.ts'

const model = (version: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: model\ndata:\n  version: "${version}"\n  threshold: "0.5"\n`
const long = (changed: string): string =>
  Array.from({ length: 80 }, (_, index) => (index === 39 ? changed : `line ${index + 1}`)).join('\n')
const hostile = [
  '<script>window.reached=1</script>',
  '',
  'What it **changes** <img src=x onerror="window.reached=1">',
  '',
  '![a pixel](https://elsewhere.invalid/pixel.png) [press](javascript:window.reached=1) [page](https://elsewhere.invalid/page)',
].join('\n')

describe.skipIf(browserMissing)(`Pull requests in the console (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  const people = new Map<string, Visitor>()
  const tokens = new Map<string, string>()
  const home = mkdtempSync(join(tmpdir(), 'plimsoll-pulls-'))

  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.push(
      'shop',
      { 'app/model.yaml': model('1'), 'README.md': '# Shop\n', 'long.txt': `${long('line 40')}\n` },
      'Open the shop',
    )
    await plimsoll.api('POST', '/api/v1/applications', applicationManifest(plimsoll, 'shop', { path: 'app', selfHeal: false }))
    await untilSynced(plimsoll, 'shop')
    for (const name of ['mina', 'jonas']) {
      await plimsoll.cli(['account', 'create', name, '--role', 'maintainer'])
      const { stdout } = await plimsoll.cli(['account', 'generate-token', '--account', name, '--expires-in', '1h'])
      tokens.set(name, stdout.trim())
      people.set(name, await visit(browser, { ...plimsoll, url: plimsoll.url, token: stdout.trim() }))
    }
    people.set('admin', await visit(browser, plimsoll))
    await plimsoll.api('PUT', '/api/v1/repositories/shop/protections', {
      items: [{ pattern: 'main', requiredApprovals: 1, mayPush: ['admin'] }],
    })
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  const pageOf = (name: string): Page => {
    const visitor = people.get(name)
    if (!visitor) throw new Error(`${name} has no browser`)
    return visitor.page
  }
  const at = (path: string): string => `${plimsoll.url}${path}`

  /** A branch with one commit on top of main, or of itself, pushed by mina. */
  async function pushBranch(branch: string, files: Record<string, string>, message: string, repository = 'shop'): Promise<string> {
    const dir = mkdtempSync(join(home, 'clone-'))
    const url = new URL(plimsoll.repositoryUrl(repository))
    url.username = 'mina'
    url.password = tokens.get('mina') ?? ''
    const git = (...args: string[]): Promise<string> =>
      mustRun('git', ['-C', dir, '-c', 'user.name=Mina', '-c', 'user.email=mina@example.com', ...args], {
        env: { GIT_TERMINAL_PROMPT: '0' },
      })
    await git('init', '--quiet', '--initial-branch=work')
    await git('fetch', '--quiet', url.href, '+refs/heads/*:refs/remotes/o/*')
    const known = await git('branch', '--remotes', '--list', `o/${branch}`)
    await git('reset', '--quiet', '--hard', known.trim() === '' ? 'refs/remotes/o/main' : `refs/remotes/o/${branch}`)
    for (const [path, content] of Object.entries(files)) writeFileSync(join(dir, path), content)
    await git('add', '--all')
    await git('commit', '--quiet', '-m', message)
    await git('push', '--quiet', url.href, `HEAD:refs/heads/${branch}`)
    return (await git('rev-parse', 'HEAD')).trim()
  }

  const mergeBox = (page: Page): Locator => page.getByRole('region', { name: 'Merge', exact: true })
  const mergeButton = (page: Page): Locator => mergeBox(page).getByRole('button', { name: /merge$/i })
  const view = (page: Page, name: string): Locator =>
    page.getByRole('navigation', { name: 'Views of the pull request' }).getByRole('link', { name: new RegExp(`^${name}`) })

  it('says that there are none yet, and how one begins', async () => {
    const page = pageOf('mina')

    await page.goto(at('/pulls'))

    await sees(page.getByRole('heading', { name: 'No pull request is open' }))
    expect(await pageFaults(page)).toEqual([])
  })

  it('are opened from a branch that was pushed, with what it would bring', async () => {
    const page = pageOf('mina')
    await pushBranch(
      'feature',
      { 'app/model.yaml': model('2'), 'README.md': '# Shop\n\nNow with a model.\n', 'long.txt': `${long('line 40 \u202e changed')}\n` },
      'Serve model 2',
    )

    await page.getByRole('button', { name: 'New pull request' }).click()
    await page.getByLabel('From branch').selectOption('feature')
    await sees(page.getByText('Serve model 2'))
    await page.getByLabel('Description').fill(hostile)
    expect(await pageFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Open pull request' }).click()

    await sees(page.getByRole('heading', { level: 1, name: 'Serve model 2 #1' }))
    expect(new URL(page.url()).pathname).toBe('/pulls/shop/1')
    await sees(page.getByText('3 files'))
    await sees(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Pull requests 1/ }))
  })

  it('show Markdown of others without its HTML, its images and its scripts', async () => {
    const page = pageOf('mina')

    await view(page, 'Conversation').click()

    await sees(page.getByText('What it changes'))
    await sees(page.getByText('Image: a pixel'))
    expect(await page.getByRole('link', { name: 'page', exact: true }).getAttribute('href')).toBe('https://elsewhere.invalid/page')
    expect(await page.getByRole('link', { name: 'press' }).count()).toBe(0)
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await page.evaluate(() => 'reached' in window)).toBe(false)
    expect(await pageFaults(page)).toEqual([])
  })

  it('say why their author may neither approve nor merge them yet', async () => {
    const page = pageOf('mina')

    await sees(page.getByText('You opened it: nobody approves their own work.'))
    expect(await page.getByRole('radio', { name: /^Approve/ }).isDisabled()).toBe(true)
    await sees(mergeBox(page).getByText(/0 of 1 approvals/))
    expect(await mergeButton(page).getAttribute('aria-disabled')).toBe('true')
  })

  it('show their lines, which are commented by mouse and by key', async () => {
    const page = pageOf('mina')

    await view(page, 'Files').click()
    const file = page.getByRole('region', { name: 'app/model.yaml' })
    await sees(file.getByText('version: "2"'))
    await file.getByRole('button', { name: 'Go to the lines, to comment on one' }).click()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Is this the name that the service reads?')
    await page.keyboard.press('Control+Enter')
    await sees(file.getByText('Is this the name that the service reads?'))
    await seesNoMore(file.getByRole('textbox'))
    const row = file.locator('tr').filter({ hasText: 'version: "2"' })
    await row.hover()
    await row.getByRole('button', { name: /^Comment on line/ }).click()
    await file.getByRole('textbox', { name: /^Comment on line/ }).fill('From **two** on.')
    await file.getByRole('button', { name: /^Comment (Ctrl|⌘)/ }).click()

    await sees(file.getByText('From two on.'))
    expect(await pageFaults(page)).toEqual([])
    await page.getByRole('radio', { name: 'Split' }).click()
    await sees(file.getByText('version: "1"'))
    expect(new URL(page.url()).searchParams.get('diff')).toBe('split')
    expect(await pageFaults(page)).toEqual([])
    await takePicture(page, 'pull-files')
    await file.getByRole('checkbox', { name: 'Viewed' }).check()
    await seesNoMore(file.getByText('version: "2"'))
    await page.reload()
    await sees(page.getByText('3 files, 1 viewed'))
  })

  it('open what is not shown of a file, and show signs that would hide something', async () => {
    const file = pageOf('mina').getByRole('region', { name: 'long.txt' })

    await sees(file.getByText('line 40 ‹U+202E› changed'))
    expect(await file.getByText('line 20', { exact: true }).count()).toBe(0)
    await file.getByRole('button', { name: '20 above' }).click()
    await sees(file.getByText('line 20', { exact: true }))
    expect(await file.getByText('line 5', { exact: true }).count()).toBe(0)
    await file.getByRole('button', { name: /^Show 16 lines/ }).click()
    await sees(file.getByText('line 5', { exact: true }))
    await file.getByRole('button', { name: 'Show what follows' }).click()
    await sees(file.getByText('line 60', { exact: true }))
  })

  it('show what merging would do to the applications that they touch', async () => {
    const page = pageOf('mina')

    await view(page, 'Plan').click()

    await sees(page.getByText('1 changed'))
    await page.getByRole('button', { name: 'Difference: Change ConfigMap model' }).click()
    await sees(page.getByRole('table', { name: 'Change ConfigMap model' }).getByText('version'))
    expect(await pageFaults(page)).toEqual([])
  })

  it('are approved by somebody else, and the page of their author follows', async () => {
    const [author, approver] = [pageOf('mina'), pageOf('jonas')]

    await approver.goto(at('/pulls'))
    await approver.getByRole('link', { name: /Serve model 2/ }).click()
    await view(approver, 'Conversation').click()
    const thread = approver.getByRole('listitem').filter({ hasText: 'app/model.yaml' }).first()
    await thread.getByRole('button', { name: 'Reply' }).click()
    await thread.getByRole('textbox', { name: 'Reply' }).fill('It is.')
    await thread.getByRole('textbox', { name: 'Reply' }).press('Control+Enter')
    await sees(thread.getByText('It is.'))
    await thread.getByRole('button', { name: 'Resolve' }).click()
    await sees(thread.getByText(/^Resolved: 2 comments, begun by mina/))
    await view(approver, 'Files').click()
    const readme = approver.getByRole('region', { name: 'README.md' })
    await readme.getByText('Now with a model.').hover()
    await readme.locator('tr').filter({ hasText: 'Now with a model.' }).getByRole('button').click()
    await readme.getByRole('textbox').fill('A good word.')
    await readme.getByRole('button', { name: 'Add to review' }).click()
    await sees(readme.getByText('Waits for your review'))
    await view(approver, 'Conversation').click()
    await sees(approver.getByText('1 comment on lines goes with it'))
    await approver.getByRole('radio', { name: /^Approve/ }).check()
    await sees(approver.getByText(/One of 1 approval that main asks for/))
    await approver.getByRole('button', { name: /^Approve/ }).click()

    await sees(mergeBox(approver).getByText(/1 of 1 approvals: jonas/))
    await sees(mergeBox(author).getByText(/1 of 1 approvals: jonas/))
    await sees(approver.getByRole('listitem').filter({ hasText: 'README.md' }).getByText('A good word.'))
    await seesNoMore(approver.getByText('1 comment on lines goes with it'))
    expect(await pageFaults(approver)).toEqual([])
  })

  it('are merged in the way that was chosen, and the applications follow', async () => {
    const page = pageOf('mina')

    await page.getByRole('button', { name: 'Merge method' }).click()
    await page.getByRole('menuitem', { name: /^Squash and merge/ }).click()
    await mergeBox(page).getByRole('button', { name: 'Squash and merge' }).click()

    await sees(mergeBox(page).getByText(/mina merged it by squashing/))
    await sees(mergeBox(pageOf('jonas')).getByText(/mina merged it by squashing/))
    const merged = await plimsoll.api<PullRequest>('GET', '/api/v1/repositories/shop/pulls/1')
    expect(merged).toMatchObject({ state: 'merged', merged: { by: 'mina', method: 'squash' } })
    await untilSynced(plimsoll, 'shop', { revision: merged.merged?.commit ?? '' })
    await page.goto(at('/pulls?state=merged'))
    await sees(page.getByRole('link', { name: /Serve model 2/ }))
  })

  it('of all repositories stand in one list, which follows them and is filtered by who reviewed', async () => {
    const page = pageOf('jonas')
    await plimsoll.push('till', { 'README.md': '# Till\n' }, 'Open the till')
    await pushBranch('count', { 'README.md': '# Till\n\nCounts.\n' }, 'Count', 'till')
    const live = page.waitForResponse((response) => response.url().endsWith('/api/v1/stream/pulls'))
    await page.goto(at('/pulls'))
    await sees(page.getByRole('heading', { name: 'No pull request is open' }))
    expect((await live).status()).toBe(200)

    await plimsoll.api('POST', '/api/v1/repositories/till/pulls', { title: 'Count the money', head: 'count', base: 'main' })

    await sees(page.getByRole('row', { name: /Count the money #1 till/ }))
    await page.getByRole('radio', { name: 'All' }).click()
    await sees(page.getByRole('row', { name: /Serve model 2 #1 shop/ }))
    await page.getByRole('button', { name: 'Reviewed by' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'jonas' }).click()
    await page.keyboard.press('Escape')
    await seesNoMore(page.getByRole('row', { name: /Count the money/ }))
    await sees(page.getByRole('row', { name: /Serve model 2/ }))
    expect(await pageFaults(page)).toEqual([])
    await page.goto(at('/pulls?reviewer=mina&state=all'))
    await sees(page.getByRole('heading', { name: 'No pull request matches' }))
    await takePicture(page, 'pulls-filtered')
    await plimsoll.api('PATCH', '/api/v1/repositories/till/pulls/1', { state: 'closed' })
  })

  it('tell in words that the head has moved under a reviewer, and keep what they wrote', async () => {
    const page = pageOf('jonas')
    await pushBranch('next', { 'app/model.yaml': model('3') }, 'Serve model 3')
    await plimsoll.api('POST', '/api/v1/repositories/shop/pulls', { title: 'Serve model 3', head: 'next', base: 'main' })
    // Without the stream, so that the page stays at the old head.
    await page.route('**/api/v1/stream/repositories/**', (route) => route.abort())
    people.get('jonas')?.forgive(/Failed to load resource|ERR_FAILED/)
    await page.goto(at('/pulls/shop/2?tab=conversation'))
    await page.getByRole('radio', { name: /^Request changes/ }).check()
    await page.getByRole('textbox', { name: 'Comment' }).fill('Please say why.')
    const head = await pushBranch('next', { 'README.md': '# Shop\n\nThird.\n' }, 'Say why')

    await page.getByRole('button', { name: /^Request changes/ }).click()

    await sees(page.getByRole('heading', { name: 'It has moved meanwhile' }))
    expect(await page.getByRole('textbox', { name: 'Comment' }).inputValue()).toBe('Please say why.')
    await page.getByRole('button', { name: 'Look again' }).click()
    await sees(page.getByText(head.slice(0, 7)))
    await page.getByRole('radio', { name: /^Request changes/ }).check()
    await page.getByRole('button', { name: /^Request changes/ }).click()
    await sees(mergeBox(page).getByText(/jonas asked for changes/))
    await page.unroute('**/api/v1/stream/repositories/**')
  })

  it('show what a gate said of their model, and who said otherwise', async () => {
    const page = pageOf('jonas')
    const { head } = await plimsoll.api<PullRequest>('GET', '/api/v1/repositories/shop/pulls/2')
    const digest = `sha256:${'ab'.repeat(32)}`
    const rows = Array.from({ length: 400 }, (_, index) => index)
    const report = await plimsoll.api<{ id: string; verdict: string }>('POST', '/api/v1/gates/runs?repository=shop', {
      repository: 'shop',
      pullRequest: 2,
      commit: head.commit,
      reproduce: 'plimsoll gate run gate.yaml',
      gateText: JSON.stringify({
        apiVersion: 'plimsoll.dev/v1alpha1',
        kind: 'ModelGate',
        metadata: { name: 'quality' },
        spec: { metrics: [{ name: 'roc_auc', atLeast: 0.99 }] },
      }),
      candidate: {
        model: { digest, name: '3', parameters: { depth: '4' } },
        evaluation: {
          modelDigest: digest,
          dataDigest: `sha256:${'cd'.repeat(32)}`,
          metrics: {},
          predictions: {
            rowIds: rows.map(String),
            labels: rows.map((row) => row % 2),
            positive: 1,
            scores: rows.map((row) => ((row * 37) % 100) / 200 + (row % 2) * 0.2),
          },
        },
      },
    })

    await page.goto(at('/pulls/shop/2'))

    expect(report.verdict).toBe('fail')
    const verdict = page.getByRole('region', { name: 'Fail' })
    await sees(verdict.getByText(/roc_auc is 0\./))
    await sees(page.getByRole('img', { name: /^Interval .*limit ≥ 0\.99/ }))
    await sees(page.getByRole('img', { name: /^ROC curve/ }))
    await sees(page.getByText('plimsoll gate run gate.yaml'))
    expect(await pageFaults(page)).toEqual([])
    await takePicture(page, 'pull-report')
    await page.getByRole('link', { name: 'Page of its own' }).click()
    await sees(page.getByRole('heading', { level: 1, name: 'Report of quality' }))
    await page.getByRole('button', { name: 'Override' }).click()
    await page.getByLabel('Why', { exact: true }).fill('The limit was meant for next month.')
    await page.getByRole('button', { name: 'Let it through' }).click()
    await sees(page.getByText(/Set by jonas.*against the gate’s Fail: “The limit was meant for next month.”/))
    expect(await pageFaults(page)).toEqual([])
    await page.goto(at('/pulls/shop/2?tab=conversation'))
    await page.getByText('Show the report').first().click()
    await sees(page.getByRole('complementary', { name: 'Merge, checks, reviewers' }).getByRole('link', { name: 'gate: quality' }))
    expect(await pageFaults(page)).toEqual([])
  })

  it('are edited, made drafts, closed and reopened by their author', async () => {
    const page = pageOf('admin')
    await page.goto(at('/pulls/shop/2?tab=conversation'))

    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Title').fill('Serve model 3, carefully')
    expect(await pageFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Save' }).click()
    await sees(page.getByRole('heading', { level: 1, name: 'Serve model 3, carefully #2' }))
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: /^Make it a draft/ }).click()
    await sees(mergeBox(page).getByText(/It is a draft/))
    await page.getByRole('button', { name: 'Ready for review' }).click()
    await seesNoMore(mergeBox(page).getByText(/It is a draft/))
    await page.getByRole('button', { name: 'Dismiss the review of jonas' }).click()
    await page.getByLabel('Why').fill('Said in the README now.')
    await page.getByRole('button', { name: 'Dismiss', exact: true }).click()
    await seesNoMore(mergeBox(page).getByText(/jonas asked for changes/))
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: /^Close/ }).click()
    await sees(mergeBox(page).getByText(/Closed by admin/))
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Reopen' }).click()
    await sees(mergeBox(page).getByText(/0 of 1 approvals/))
  })

  it('are about repositories, whose files, commits and protection have pages', async () => {
    const page = pageOf('admin')

    await page.goto(at('/repositories'))
    await page.getByRole('link', { name: 'shop', exact: true }).click()
    await page.getByRole('link', { name: 'app', exact: true }).click()
    await page.getByRole('link', { name: 'model.yaml' }).click()
    await sees(page.getByText('version: "2"'))
    expect(await pageFaults(page)).toEqual([])
    const views = page.getByRole('navigation', { name: 'Views of the repository' })
    await views.getByRole('link', { name: 'Commits' }).click()
    await sees(page.getByText('Open the shop'))
    await views.getByRole('link', { name: /^Protection/ }).click()
    await page.getByLabel('Approvals', { exact: true }).fill('2')
    await page.getByRole('checkbox', { name: /^Linear history/ }).check()
    expect(await pageFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'Save protection' }).click()
    await sees(page.getByText('Protection of shop saved'))

    const { items } = await plimsoll.api<{ items: object[] }>('GET', '/api/v1/repositories/shop/protections')
    expect(items).toMatchObject([{ pattern: 'main', requiredApprovals: 2, linearHistory: true, mayPush: ['admin'] }])
  })

  it('are where a push says that they are', async () => {
    const page = pageOf('admin')

    await page.goto(at('/repositories/shop/pulls/2'))

    await sees(page.getByRole('heading', { level: 1, name: /Serve model 3/ }))
    expect(new URL(page.url()).pathname).toBe('/pulls/shop/2')
  })

  it('broke no rule of the content security policy, and sent nothing elsewhere', () => {
    expect([...people].map(([name, visitor]) => [name, visitor.problems()])).toEqual([
      ['mina', []],
      ['jonas', []],
      ['admin', []],
    ])
  })
})
