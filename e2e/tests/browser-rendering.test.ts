import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, pageOf, sees, seesNoMore, takePicture, type Visitor, visit } from '../harness/browser.ts'
import { pageFaults } from '../harness/page-faults.ts'
import { placesSeen, watchPlaces } from '../harness/places.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { eventually } from '../harness/run.ts'

const chart = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: greeter\nversion: 1.4.2\nappVersion: "2.0"\n',
  'chart/values.yaml': `greeting: hello
image:
  repository: registry.example/greeter
  tag: "1.0"
replicas: 1
script: |
  set -e
  echo hello
  echo again
`,
  'chart/values-production.yaml': 'replicas: 0\nimage:\n  tag: "2.0"\n',
  'chart/templates/config.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
data:
  greeting: {{ .Values.greeting | quote }}
  image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
  script: {{ .Values.script | quote }}
`,
  'chart/templates/secret.yaml': `apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}-key
stringData:
  password: {{ randAlphaNum 24 | quote }}
`,
  'chart/templates/NOTES.txt': 'Greet with {{ .Values.greeting }} from {{ .Release.Namespace }}.\n',
}

interface ManifestsAnswer {
  manifests: string[]
}

describe.skipIf(browserMissing)(`How an application is rendered (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.push('greeter', chart, 'Greet the world')
    const manifest = applicationManifest(plimsoll, 'greeter', { path: 'chart' })
    const spec = manifest['spec'] as { source: Record<string, unknown> }
    spec.source['helm'] = {
      valueFiles: ['values-production.yaml'],
      values: 'greeting: good day\n',
      parameters: [{ name: 'image.tag', value: '3.0', forceString: true }],
    }
    await plimsoll.api('POST', '/api/v1/applications', manifest)
    await untilSynced(plimsoll, 'greeter')
    visitor = await visit(browser, plimsoll)
    page = visitor.page
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  const parameters = (): Locator => page.getByRole('table', { name: 'Parameters' })
  const row = (name: string | RegExp): Locator => parameters().getByRole('row', { name })
  const manifests = (): Locator => page.getByRole('complementary', { name: 'Manifests' })
  const livePassword = async (): Promise<string> => {
    const { manifest } = await plimsoll.api<{ manifest: string }>(
      'GET',
      '/api/v1/applications/greeter/resource?namespace=greeter&resourceName=greeter-key&version=v1&kind=Secret',
    )
    return (JSON.parse(manifest) as { metadata: { resourceVersion: string } }).metadata.resourceVersion
  }

  it('is a view of its own, with an address, and says what renders it', async () => {
    await page.goto(pageOf(plimsoll, 'greeter'))
    await page.getByRole('navigation', { name: 'Views of the application' }).getByRole('link', { name: 'Source', exact: true }).click()

    await sees(page.getByRole('heading', { level: 2, name: 'Parameters' }))
    expect(new URL(page.url()).search).toBe('?view=source')
    const main = page.getByRole('main')
    await sees(main.getByText('Helm chart', { exact: true }))
    await sees(main.getByText('helm 3.18'))
    await sees(main.getByText('app 2.0'))
    await sees(main.getByText('Rendered in'))
  })

  it('says of each parameter where it comes from', async () => {
    await sees(row(/^greeting good day Application values$/))
    await sees(row(/^image\.tag "3\.0" parameter$/))
    await sees(row(/^image\.repository registry\.example\/greeter chart default$/))
    await sees(row(/^replicas 0 values-production\.yaml$/))
  })

  it('finds parameters by what they say and by where they come from', async () => {
    await page.getByRole('searchbox', { name: 'Filter parameters' }).fill('image')
    await seesNoMore(row(/^greeting/))
    await sees(row(/^image\.repository/))

    await page.getByRole('button', { name: 'From', exact: true }).click()
    await page.getByRole('menuitemcheckbox', { name: /^parameter/ }).click()
    await page.keyboard.press('Escape')
    await seesNoMore(row(/^image\.repository/))
    await sees(row(/^image\.tag/))

    await page.getByRole('button', { name: 'Remove From parameter' }).click()
    await page.getByRole('searchbox', { name: 'Filter parameters' }).fill('')
    await sees(row(/^greeting/))
  })

  it('folds a value of several lines, and opens it', async () => {
    await seesNoMore(row(/^script/).getByText('echo again'))
    await row(/^script/)
      .getByRole('button', { name: 'all 3 lines' })
      .click()
    await sees(row(/^script/).getByText('echo again'))
  })

  it('shows the notes of the chart', async () => {
    await sees(page.getByRole('region', { name: 'Notes' }).getByText('Greet with good day from greeter.'))
  })

  it('shows what would be applied, found by its text, without a value of a Secret', async () => {
    const { manifests: rendered } = await plimsoll.api<ManifestsAnswer>('GET', '/api/v1/applications/greeter/manifests')
    expect(rendered).toHaveLength(2)

    await manifests().getByRole('searchbox').fill('good day')
    await seesNoMore(manifests().getByRole('button', { name: /^Secret/ }))
    await manifests()
      .getByRole('button', { name: /^ConfigMap greeter-config/ })
      .click()
    await sees(
      manifests()
        .getByRole('region', { name: /greeter-config/ })
        .getByText('image: registry.example/greeter:3.0'),
    )

    await manifests().getByRole('searchbox').fill('')
    await manifests()
      .getByRole('button', { name: /^Secret greeter-key/ })
      .click()
    await sees(manifests().getByText('++++++++').first())
    await takePicture(page, 'rendering')
  })

  it('rotates what is random, after a question', async () => {
    const before = await livePassword()
    await sees(page.getByText(/makes values at random, with/))
    await page.getByRole('button', { name: 'Rotate' }).click()
    const question = page.getByRole('alertdialog')
    await sees(question.getByText('Automated sync applies the new ones at once.', { exact: false }))
    await page.keyboard.press('Escape')
    await seesNoMore(question)
    expect(await livePassword()).toBe(before)

    await page.getByRole('button', { name: 'Rotate' }).click()
    await question.getByRole('button', { name: 'Rotate' }).click()

    await sees(page.getByText('Rotated the random values of greeter'))
    await sees(page.getByText(/Last rotated/))
    await eventually('the Secret is another', async () => (await livePassword()) !== before)
    await untilSynced(plimsoll, 'greeter')
  })

  it('keeps everything in its place while a commit comes', async () => {
    await watchPlaces(page, 'h1, .app-facts, .app-views, .source-main h2, .source-manifests h2', { onlyCorner: true })
    await plimsoll.push(
      'greeter',
      { 'chart/values-production.yaml': 'replicas: 0\nimage:\n  tag: "2.0"\ngreeting: unseen\n' },
      'Say it twice',
    )

    const { manifests: now } = await plimsoll.api<ManifestsAnswer>('GET', '/api/v1/applications/greeter/manifests')
    expect(now).toHaveLength(2)
    await sees(page.getByText('Say it twice').first())
    await sees(row(/^greeting good day Application values$/))
    expect(await placesSeen(page)).toEqual([])
  })

  it('says at which line a template fails, and what to do, and comes back by itself', async () => {
    await plimsoll.push('greeter', { 'chart/templates/broken.yaml': 'a: b\n{{ .Values.nothing.at.all }}\n' }, 'Break it')
    await sees(page.getByText(/templates\/broken\.yaml:2/).first(), 30_000)
    await sees(page.getByText('Do this:').first())
    await seesNoMore(parameters())

    await plimsoll.push('greeter', { 'chart/templates/broken.yaml': null }, 'Mend it')
    await sees(row(/^greeting/), 30_000)
  })

  it('tells several sources apart, each with its own revision', async () => {
    await plimsoll.push('extras', { 'extra.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: extra\n' }, 'One more')
    const manifest = applicationManifest(plimsoll, 'both', { repository: 'extras' })
    const spec = manifest['spec'] as { source?: unknown; sources?: unknown }
    delete spec.source
    spec.sources = [
      {
        repoURL: plimsoll.repositoryUrl('greeter'),
        path: 'chart',
        targetRevision: 'main',
        helm: { valueFiles: ['$lent/lent.yaml'], ignoreMissingValueFiles: true },
      },
      { repoURL: plimsoll.repositoryUrl('extras'), targetRevision: 'main', ref: 'lent' },
      { repoURL: plimsoll.repositoryUrl('extras'), path: '.', targetRevision: 'main' },
    ]
    await plimsoll.api('POST', '/api/v1/applications', manifest)
    await untilSynced(plimsoll, 'both')

    await page.goto(pageOf(plimsoll, 'both', '?view=source'))
    const list = page.getByRole('navigation', { name: 'Sources' })
    await sees(list.getByRole('link', { name: /^chart greeter Helm chart/ }))
    await sees(parameters())
    await list.getByRole('link', { name: /^\$lent extras Files for the others/ }).click()
    await sees(page.getByText('It has no manifests of its own.', { exact: false }))
    await list.getByRole('link', { name: /^\. extras Manifests/ }).click()
    await sees(page.getByText('The manifests are applied as they stand in Git', { exact: false }))
    expect(new URL(page.url()).search).toBe('?view=source&source=3')
    for (const name of [/^ConfigMap both-config/, /^Secret both-key/, /^ConfigMap extra/])
      await sees(manifests().getByRole('button', { name }))
  })

  it.each([
    { width: 1440, colorScheme: 'dark' as const },
    { width: 768, colorScheme: 'light' as const },
    { width: 360, colorScheme: 'light' as const },
  ])('can be read at $width px, $colorScheme', async ({ width, colorScheme }) => {
    const other = await visit(browser, plimsoll, { viewport: { width, height: 900 }, colorScheme })
    await other.page.goto(pageOf(plimsoll, 'both', '?view=source'))
    await sees(other.page.getByRole('table', { name: 'Parameters' }))

    expect(await pageFaults(other.page, { withColors: true })).toEqual([])

    await takePicture(other.page, `rendering-${width}-${colorScheme}`)
    expect(other.problems()).toEqual([])
    await other.close()
  })

  it('has done nothing that the policy of the page forbids', () => {
    expect(visitor.problems()).toEqual([])
  })
})
