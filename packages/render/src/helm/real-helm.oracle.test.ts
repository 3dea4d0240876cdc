import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { HelmVersion } from './contract.ts'
import { chartCases } from './testing/chart-cases.ts'
import { dependencyCases } from './testing/dependency-cases.ts'
import { expectedOf, type HelmCase } from './testing/helm-case.ts'
import { outputCases } from './testing/output-cases.ts'
import { templateCases } from './testing/template-cases.ts'
import { valueCases } from './testing/value-cases.ts'

interface Harness {
  findHelm(version: '3.18' | '4.1'): string | undefined
  helmMissing: string
}

// Of another project to the compiler, and so not by a literal path.
const harness = (await import(/* @vite-ignore */ new URL('../../../../e2e/harness/helm.ts', import.meta.url).pathname)) as Harness
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-helm-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe.each([
  ['3', '3.18'],
  ['4', '4.1'],
] as const)('what the cases say of Helm %s is what it does:', (version, release) => {
  const program = harness.findHelm(release)
  const all = [...valueCases, ...dependencyCases, ...outputCases, ...templateCases, ...chartCases]

  it.skipIf(program === undefined).concurrent.each(all.map((each) => [each.promise, each] as const))('%s', async (_, each) => {
    expect(await run(program ?? '', each)).toBe(expectedOf(each, version satisfies HelmVersion))
  })

  it.skipIf(program !== undefined)(harness.helmMissing)
})

let count = 0

async function run(program: string, each: HelmCase): Promise<string> {
  const home = join(folder, String(++count))
  for (const [path, content] of Object.entries(each.files)) {
    mkdirSync(dirname(join(home, 'chart', path)), { recursive: true })
    writeFileSync(join(home, 'chart', path), content)
  }
  const values = (each.values ?? []).flatMap((text, index) => {
    writeFileSync(join(home, `values-${index}.yaml`), text)
    return ['-f', `values-${index}.yaml`]
  })
  const flags = [
    ...values,
    ...(each.sets ?? []).flatMap(([kind, text]) => [`--${kind}`, text]),
    ...(each.namespace === undefined ? [] : ['-n', each.namespace]),
    ...(each.kubeVersion === undefined ? [] : ['--kube-version', each.kubeVersion]),
    ...(each.apiVersions ?? []).flatMap((apiVersion) => ['-a', apiVersion]),
    ...(each.includeCrds === true ? ['--include-crds'] : []),
    ...(each.args ?? []),
  ]
  const { failed, stdout, stderr } = await start(program, ['template', each.name ?? 'release-name', 'chart', ...flags], home)
  if (!failed) return stdout
  if (each.result === 'Error') return 'Error'
  const words = /^Error: ([\s\S]*)$/m.exec(stderr)?.[1] ?? stderr
  return `Error: ${words
    .replace(/\n\nUse --debug flag[\s\S]*/, '')
    .trim()
    .replaceAll(`${home}/`, '')}`
}

function start(program: string, args: readonly string[], home: string): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: home, env: { HOME: home } }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr }),
    )
  })
}
