import { readFile } from 'node:fs/promises'
import type { KubeObject } from '@plimsoll/kube'
import type { Command } from 'commander'
import { parseAllDocuments } from 'yaml'
import { CommandFailure } from '../../exit-code.ts'
import { unifiedDiff } from '../../output/line-diff.ts'
import { print, toYaml } from '../../output/print.ts'

interface IgnoreOptions {
  argocdCmPath?: string
  application?: string
}

/** As `argocd admin settings resource-overrides ignore-differences`, for an application's own rules, too. */
export function addIgnoreDifferences(admin: Command): void {
  admin
    .command('ignore-differences <FILE>')
    .description('show which fields of an object rules of ignoreDifferences would leave out of comparisons')
    .option('--argocd-cm-path <file>', 'a ConfigMap argocd-cm with resource.customizations')
    .option('--application <file>', 'an Application with spec.ignoreDifferences')
    .action(async (file: string, { argocdCmPath, application }: IgnoreOptions) => {
      const settings = argocdCmPath === undefined ? undefined : (await readObject(argocdCmPath)).data
      const spec = application === undefined ? undefined : (await readObject(application)).spec
      // Only this command waits for what compares applications.
      const { previewIgnored } = await import('@plimsoll/applications')
      for (const object of await readObjects(file)) {
        const {
          object: before,
          kept,
          ignored,
          notes,
        } = await previewIgnored(object, {
          ...(isMap(settings) && { settings: textsOf(settings) }),
          ...(isMap(spec) &&
            Array.isArray(spec.ignoreDifferences) && { ignoreDifferences: spec.ignoreDifferences as Record<string, unknown>[] }),
        })
        print(`${object.kind} ${object.metadata.name}: ${ignored.length === 0 ? 'no field is ignored' : 'following fields are ignored'}`)
        if (ignored.length > 0)
          print(unifiedDiff(toYaml(before), kept === undefined ? '' : toYaml(kept), { before: 'object', after: 'compared' }))
        for (const { path, rule } of ignored) print(`${path}: by ${rule}`)
        for (const note of notes) print(note)
      }
    })
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  const [object] = await readDocuments(file)
  if (!isMap(object)) throw new CommandFailure(`${file} holds no object.`)
  return object
}

async function readObjects(file: string): Promise<KubeObject[]> {
  const documents = (await readDocuments(file)).filter((document) => document !== null)
  if (documents.length === 0) throw new CommandFailure(`${file} holds no object.`)
  return documents.map((document) => {
    if (!isMap(document) || typeof document.kind !== 'string' || typeof document.apiVersion !== 'string' || !isMap(document.metadata))
      throw new CommandFailure(`${file}: a document is no object of Kubernetes: apiVersion, kind or metadata is missing.`)
    return document as unknown as KubeObject
  })
}

async function readDocuments(file: string): Promise<unknown[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  })
  return parseAllDocuments(text).map((document) => {
    const [problem] = document.errors
    if (problem) throw new CommandFailure(`${file} is no YAML: ${problem.message.split('\n', 1)[0] ?? ''}`)
    return document.toJS() as unknown
  })
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textsOf(map: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
