import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkflowRun } from '@plimsoll/api'
import { browserMissing, launchBrowser, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { type Plimsoll, startPlimsoll } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const workflow = `name: CI
on:
  push:
  workflow_dispatch:
    inputs:
      greeting: { description: What it says, required: true, type: string }
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: echo "no complaints"
  train:
    runs-on: ubuntu-latest
    steps:
      - name: Load data
        run: |
          echo "::group::Read parts"
          for part in 1 2 3; do echo "part $part of 3"; done
          echo "::endgroup::"
          printf '\\033[32mgreen\\033[0m <b>not bold</b>\\n'
          echo "::warning file=data.csv,line=3::column mcc has new values"
          echo '## Data' >> "$GITHUB_STEP_SUMMARY"
          echo '921 rows <script>window.reached=1</script>' >> "$GITHUB_STEP_SUMMARY"
      - name: Wait for the word
        run: |
          echo waits
          if [ "\${{ github.event_name }}" = push ]; then sleep 12; fi
          echo "heard it \${{ inputs.greeting }}"
  report:
    needs: [lint, train]
    runs-on: ubuntu-latest
    steps:
      - run: echo "model" > model.txt
      - uses: actions/upload-artifact@v4
        with: { name: model, path: model.txt }
`
const failing = `name: Fails
on: { workflow_dispatch: {} }
jobs:
  tests:
    runs-on: ubuntu-latest
    steps:
      - run: echo "::error file=train.py,line=80::expected 27 features" && exit 3
  after:
    needs: tests
    runs-on: ubuntu-latest
    steps: [{ run: echo never }]
`
const long = `name: Long
on: { workflow_dispatch: {} }
jobs:
  write:
    runs-on: ubuntu-latest
    steps:
      - run: seq 1 30000 | sed 's/^/row number /'
`
const broken = 'name: Broken\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    needs: nothing\n    steps: [{ run: "true" }]\n'

describe.skipIf(browserMissing)(`Runs in the console (needs a browser: ${browserMissing ?? 'found'})`, { timeout: 90_000 }, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    visitor = await visit(browser, plimsoll)
    page = visitor.page
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  const runs = (): Promise<{ items: WorkflowRun[] }> => plimsoll.api('GET', '/api/v1/runs')
  const untilOver = (id: string): Promise<WorkflowRun> =>
    eventually(
      `run ${id} is over`,
      async () => {
        const run = await plimsoll.api<WorkflowRun>('GET', `/api/v1/runs/${id}`)
        return run.state === 'completed' ? run : undefined
      },
      60_000,
    )
  const dispatch = async (path: string): Promise<string> => {
    const { items } = await plimsoll.api<{ items: WorkflowRun[] }>('POST', '/api/v1/repositories/shop/workflows/dispatch', {
      workflow: `.github/workflows/${path}`,
      ref: 'main',
    })
    return items[0]?.id ?? ''
  }
  const log = (): Locator => page.getByRole('log', { name: 'Lines' })
  const head = (): Locator => page.getByRole('main').locator('.page-head')

  it('shows what a push has started, while it runs', async () => {
    await page.goto(`${plimsoll.url}/runs`)
    await sees(page.getByText('No runs yet'))

    await plimsoll.push('shop', { '.github/workflows/ci.yml': workflow, 'data.csv': 'a\nb\n' }, 'Train the model')

    await page.getByRole('link', { name: 'Train the model' }).click()
    await sees(page.getByRole('heading', { level: 1, name: /Train the model/ }))
    await sees(head().getByText('Running'))
    const jobs = page.getByRole('list', { name: 'Jobs' })
    await jobs.getByRole('button', { name: /^train/ }).click()
    await sees(log().getByText('part 3 of 3').or(log().getByText('3 lines')))
    await sees(log().getByText('waits', { exact: true }))
    await seesNoMore(log().getByText('heard it', { exact: true }))
    await sees(log().getByText('heard it', { exact: true }), 30_000)
    await sees(head().getByText('Succeeded'), 30_000)
    await sees(jobs.getByRole('button', { name: /^report/ }))
    await takePicture(page, 'run')
    expect(await pageFaults(page)).toEqual([])
  })

  it('folds groups, shows colours, and never takes text for markup', async () => {
    const group = log().getByRole('button', { name: 'Read parts', exact: true })
    await sees(group)
    expect(await group.getAttribute('aria-expanded')).toBe('false')
    await seesNoMore(log().getByText('part 2 of 3'))

    await group.click()

    await sees(log().getByText('part 2 of 3'))
    await sees(log().locator('.a-green').getByText('green'))
    await sees(log().getByText('<b>not bold</b>'))
    expect(await page.evaluate(() => 'reached' in window)).toBe(false)
  })

  it('finds text in a log, and links to one line of it', async () => {
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('heard')
    await sees(page.getByText('1 of 2', { exact: true }))
    await page.getByRole('searchbox', { name: 'Search the log' }).press('Enter')
    // The command, which is in the log as well, has it in quotes.
    const row = log().getByRole('listitem').filter({ hasText: 'heard it' }).filter({ hasNotText: 'echo' })
    await row.getByRole('button', { name: /^Line \d+$/ }).click()

    await eventually('the address names the line', async () => /[?&]line=\d+/.test(page.url()) || undefined)
    const second = await visitor.newPage()
    await second.goto(page.url())
    await sees(second.getByRole('log').locator('.chosen').getByText('heard it'))
    await second.close()
  })

  it('shows annotations, what steps wrote, and what they left', async () => {
    await sees(page.getByRole('region', { name: 'Annotations' }).getByText('column mcc has new values'))
    const summary = page.getByRole('region', { name: 'Summary' })
    await sees(summary.getByText('921 rows'))
    const artifacts = page.getByRole('region', { name: 'Artefacts' }).first()
    await sees(artifacts.getByText('model', { exact: true }))

    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download model' }).click()])

    expect(saved.suggestedFilename()).toBe('model.zip')
  })

  it('starts a workflow by hand, with its inputs', async () => {
    await page.goto(`${plimsoll.url}/runs?repository=shop`)
    await page.getByRole('button', { name: 'Run a workflow' }).click()
    const dialog = page.getByRole('dialog', { name: 'Run a workflow' })
    const field = dialog.getByLabel('greeting')
    await sees(field)
    await dialog.getByRole('button', { name: 'Start' }).click()
    await sees(dialog.getByText('This field is needed.'))
    expect(await pageFaults(page)).toEqual([])

    await field.fill('from the console')
    await dialog.getByRole('button', { name: 'Start' }).click()

    await page
      .getByRole('list', { name: 'Jobs' })
      .getByRole('button', { name: /^train/ })
      .click()
    await sees(log().getByText('heard it from the console'), 30_000)
    await sees(head().getByText('by hand'))
  })

  it('says what has failed, and runs it again', async () => {
    await plimsoll.push('shop', { '.github/workflows/fails.yml': failing, '.github/workflows/long.yml': long }, 'Add two')
    const id = await dispatch('fails.yml')
    await untilOver(id)

    await page.goto(`${plimsoll.url}/runs/${id}`)

    await sees(head().getByText('Failed'))
    await sees(log().locator('.error').getByText('expected 27 features'))
    await sees(page.getByRole('list', { name: 'Jobs' }).getByRole('button', { name: /after.*Skipped/ }))
    expect(await pageFaults(page)).toEqual([])
    await page.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: /^Run failed jobs again/ }).click()
    await sees(head().getByText('attempt 2'))
    await untilOver(id)
  })

  it('shows a log that is too long to hold, page by page', async () => {
    const id = await dispatch('long.yml')
    await untilOver(id)
    await page.goto(`${plimsoll.url}/runs/${id}`)
    await sees(page.getByText('Long: lines come as you look at them'), 30_000)

    await page.getByRole('button', { name: /^To the end/ }).click()
    await sees(log().getByText('row number 30000', { exact: true }))
    expect(await log().getByRole('listitem').count()).toBeLessThan(600)
    await page.getByRole('searchbox', { name: 'Search the log' }).fill('number 15021')
    await sees(page.getByText('1 of 1', { exact: true }), 30_000)
    await page.getByRole('searchbox', { name: 'Search the log' }).press('Enter')

    await sees(log().getByText('row number 15021', { exact: true }))

    const second = await visitor.newPage()
    await second.goto(`${plimsoll.url}/runs/${id}?line=20000`)
    const chosen = second.getByRole('log').locator('.chosen')
    await sees(chosen)
    await eventually('it is in sight', async () => {
      const [row, frame] = await Promise.all([chosen.boundingBox(), second.getByRole('log').boundingBox()])
      return (row && frame && row.y >= frame.y && row.y < frame.y + frame.height) || undefined
    })
    await second.close()
  })

  it('names line and column of what is wrong in a workflow file', async () => {
    await plimsoll.push('shop', { '.github/workflows/broken.yml': broken }, 'Break it')
    const run = await eventually(
      'there is a run of the broken file',
      async () => (await runs()).items.find((one) => one.workflow.path.endsWith('broken.yml') && one.state === 'completed'),
      30_000,
    )

    await page.goto(`${plimsoll.url}/runs/${run.id}`)

    await sees(page.getByRole('alert').getByText('.github/workflows/broken.yml:'))
    await sees(page.getByText(/^line \d+, column \d+$/))
    expect(await pageFaults(page)).toEqual([])
  })

  it('filters by state and repository, and keeps that in the address', async () => {
    await page.goto(`${plimsoll.url}/runs`)
    await page.getByRole('combobox', { name: 'State' }).selectOption('completed')
    await page.getByRole('combobox', { name: 'Workflow' }).selectOption('.github/workflows/fails.yml')

    await sees(page.getByRole('row', { name: /Fails #1/ }))
    expect(new URL(page.url()).search).toContain('state=completed')
    await page.getByRole('searchbox', { name: 'Filter runs' }).fill('nothing like it')
    await sees(page.getByText('No run matches'))
  })

  it('follows the runs as they come, without asking in between', async () => {
    await page.goto(`${plimsoll.url}/runs?workflow=.github/workflows/fails.yml`)
    await sees(page.getByRole('row', { name: /Fails #1/ }))
    const asked: string[] = []
    const note = (request: { url(): string }): void => void asked.push(request.url())
    page.on('request', note)
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 4_000)))
    page.off('request', note)

    await untilOver(await dispatch('fails.yml'))

    await sees(page.getByRole('row', { name: /Failed.*Fails #\d+/ }).nth(1))
    expect(asked.filter((url) => url.includes('/api/v1/runs'))).toEqual([])
  })

  it('can be used at any width, in both themes', async () => {
    const { items } = await runs()
    const first = items.find((one) => one.jobs.length === 3)
    for (const width of [360, 720, 1200]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        for (const path of ['/runs', `/runs/${first?.id ?? ''}`, '/models', '/settings/accounts']) {
          await page.goto(plimsoll.url + path)
          await sees(page.getByRole('heading', { level: 1 }))
          await sees(page.getByRole('table').or(page.getByRole('log')).or(page.getByText('No model has been judged yet')).first())
          expect(await pageFaults(page), `${path} at ${width}, ${colorScheme}`).toEqual([])
        }
      }
    }
  })

  it('breaks no rule of the page', () => {
    expect(visitor.problems()).toEqual([])
  })
})
