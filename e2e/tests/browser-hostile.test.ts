import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserMissing, launchBrowser, pageOf, sees, type Visitor, visit } from '../harness/browser.ts'
import { findKubectl, kubectlMissing } from '../harness/kubectl.ts'
import { applicationManifest, type Plimsoll, startPlimsoll, untilSynced } from '../harness/plimsoll.ts'
import { mustRun } from '../harness/run.ts'

const kubectl = findKubectl('1.33')
const image = '<img src=x onerror="window.reached=1">'
const link = 'javascript:window.reached=1'

const manifests = `apiVersion: v1
kind: ConfigMap
metadata:
  name: hostile
  labels: { note: plain }
  annotations:
    note: '${image}'
    link.argocd.argoproj.io/external-link: '${link}'
    link.argocd.argoproj.io/elsewhere: 'https://elsewhere.invalid/'
data:
  page: '${image}'
  link: '[press](${link})'
  constructor: own
---
apiVersion: v1
kind: Service
metadata: { name: hostile }
spec:
  selector: { app: hostile }
  ports: [{ port: 80 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: hostile }
spec:
  selector: { matchLabels: { app: hostile } }
  template:
    metadata: { labels: { app: hostile } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: busybox
          command: [sh, -c, 'printf "%s\\n" "$TEXT"; printf "\\033]8;;%s\\033\\\\press\\033]8;;\\033\\\\ \\033[31mred\\033[0m\\n" "$LINK"; sleep 600']
          env:
            - { name: TEXT, value: '${image}' }
            - { name: LINK, value: '${link}' }
`

describe.skipIf(browserMissing)(`What others wrote stays text in the console (needs a browser: ${browserMissing ?? 'found'})`, () => {
  let plimsoll: Plimsoll
  let browser: Browser
  let visitor: Visitor
  let page: Page
  beforeAll(async () => {
    ;[plimsoll, browser] = await Promise.all([startPlimsoll(), launchBrowser()])
    await plimsoll.push('hostile', { 'all.yaml': manifests }, `${image} ${link}`)
    const application = applicationManifest(plimsoll, 'hostile', { selfHeal: false }) as { metadata: object; spec: object }
    await plimsoll.api('POST', '/api/v1/applications', {
      ...application,
      metadata: { ...application.metadata, annotations: { note: image, 'link.argocd.argoproj.io/external-link': link } },
      spec: { ...application.spec, info: [{ name: image, value: link }] },
    })
    await untilSynced(plimsoll, 'hostile', { health: 'Healthy' })
    visitor = await visit(browser, plimsoll)
    page = visitor.page
  })
  afterAll(async () => {
    await browser?.close()
    await plimsoll?.stop()
  })

  const object = (kind: string, group: string, tab: string): string =>
    pageOf(plimsoll, 'hostile', `?resource=${encodeURIComponent(`${group}/${kind}/hostile/hostile`)}&tab=${tab}`)

  async function expectOnlyText(): Promise<void> {
    const found = await page.evaluate(() => ({
      reached: 'reached' in window,
      images: [...document.querySelectorAll('img, script:not([src]), iframe, object, embed')].map((one) => one.outerHTML),
      links: [...document.querySelectorAll('a[href], use[href], form[action], [onclick], [onerror]')]
        .map((one) => one.getAttribute('href') ?? one.outerHTML)
        .filter((href) => !/^(https?:\/\/|\/|#)/.test(href)),
    }))
    expect(found).toEqual({ reached: false, images: [], links: [] })
    expect(visitor.problems()).toEqual([])
  }

  it('in the list: the message of a commit', async () => {
    await page.goto(plimsoll.url)
    await sees(page.getByText(`${image} ${link}`).first())
    await expectOnlyText()

    await page.getByRole('radio', { name: 'Tiles' }).click()
    await sees(page.getByText(`${image} ${link}`).first())
    await expectOnlyText()
  })

  it('on the page of an application: annotations, links, history', async () => {
    await page.goto(pageOf(plimsoll, 'hostile'))
    await sees(page.getByRole('region', { name: 'History' }).getByText(`${image} ${link}`))
    await sees(page.getByRole('complementary').getByText(image).first())
    await page.getByRole('tab', { name: 'Manifest' }).click()
    await sees(
      page
        .getByRole('region', { name: /Application hostile/ })
        .getByText(/onerror/)
        .first(),
    )
    await expectOnlyText()
  })

  it('in manifest and summary of an object', async () => {
    await page.goto(object('ConfigMap', '', 'summary'))
    await sees(page.getByRole('complementary', { name: 'Selected resource' }).getByText(image).first())
    await expectOnlyText()

    await page.getByRole('tab', { name: 'Manifest' }).click()
    await sees(
      page
        .getByRole('region', { name: /ConfigMap hostile/ })
        .getByText(/onerror/)
        .first(),
    )
    await expectOnlyText()
  })

  it('in a log, with escape sequences that make links elsewhere', async () => {
    await page.goto(object('Deployment', 'apps', 'logs'))
    await sees(page.getByRole('log').getByText(image))
    await sees(page.getByRole('log').getByText('red', { exact: true }))
    await expectOnlyText()
  })

  it.skipIf(!kubectl)(`in a difference (needs kubectl: ${kubectlMissing})`, async () => {
    const patch = JSON.stringify({ data: { page: '</td><script>window.reached=1</script>' } })
    await mustRun(kubectl ?? '', [
      '--kubeconfig',
      plimsoll.kubeconfig,
      '-n',
      'hostile',
      'patch',
      'configmap',
      'hostile',
      '--type=merge',
      '-p',
      patch,
    ])
    await page.goto(object('ConfigMap', '', 'diff'))

    await sees(
      page
        .getByRole('list', { name: 'Fields that differ' })
        .getByText(/<script>/)
        .first(),
    )
    await sees(page.getByRole('table', { name: /What a sync would change/ }).getByText(/<\/script>/))
    await expectOnlyText()
    await page.getByRole('radio', { name: 'Split' }).click()
    await expectOnlyText()
  })

  it('in a refusal, and in the audit log', async () => {
    await page.goto(`${plimsoll.url}/applications/new#yaml`)
    await page
      .getByRole('textbox', { name: 'Application as YAML' })
      .fill(JSON.stringify({ ...applicationManifest(plimsoll, 'x'), metadata: { name: `<b>${image}</b>`, namespace: 'argocd' } }))
    await page.getByRole('button', { name: 'Create application' }).click()
    await sees(page.getByRole('alert').getByText(/<img src=x/))
    await expectOnlyText()

    await page.goto(`${plimsoll.url}/audit`)
    await sees(page.getByText('application.create').first())
    await expectOnlyText()
  })

  it('in an address', async () => {
    await page.goto(
      `${plimsoll.url}/applications?q=${encodeURIComponent(image)}&health=${encodeURIComponent(image)}&label=${encodeURIComponent(link)}`,
    )
    await sees(page.getByRole('main').getByText(image).first())
    await expectOnlyText()

    await page.goto(pageOf(plimsoll, encodeURIComponent(image), `?resource=${encodeURIComponent(image)}&tab=${encodeURIComponent(image)}`))
    await sees(page.getByText(image).first())
    await expectOnlyText()
  })

  it('and were a script let in, the policy of the page would still stop it', async () => {
    const own = await visit(browser, plimsoll)
    const stopped: string[] = []
    own.context.on('requestfailed', (request) => stopped.push(`${request.url()} ${request.failure()?.errorText}`))
    await own.page.goto(plimsoll.url)
    await sees(own.page.getByRole('main'))

    await own.page.evaluate((text) => {
      document.querySelector('main')?.insertAdjacentHTML('beforeend', text)
      const script = document.createElement('script')
      script.textContent = 'window.reached = 1'
      document.body.append(script)
      const far = document.createElement('script')
      far.src = 'https://elsewhere.invalid/script.js'
      document.body.append(far)
    }, image)
    await expect.poll(() => own.problems().filter((one) => one.startsWith('policy:')).length).toBeGreaterThanOrEqual(3)

    expect(await own.page.evaluate(() => 'reached' in window)).toBe(false)
    expect(stopped).toContain('https://elsewhere.invalid/script.js csp')
    await own.close()
  })
})
