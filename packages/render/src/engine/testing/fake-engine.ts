import type { HelmOutput, RenderHelm, ValuesInput } from '../../helm/contract.ts'
import type { RenderKustomize } from '../../kustomize/contract.ts'
import type { ReadToolInput } from '../../kustomize/tool-input.ts'
import { RenderError, type Sources } from '../tree.ts'

/**
 * Stands for the engines in tests of what is around them. A template is YAML in which `@release`, `@namespace`, `@values`, `@kube` and `@random` are
 * filled in; a line `#! WORD ARGUMENT` makes it do something that a template might do.
 */
export const renderHelm: RenderHelm = (sources, request) => {
  const { tree } = sources
  const folder = request.chartPath === '' ? '' : `${request.chartPath}/`
  if (tree.stat(`${folder}Chart.yaml`) !== 'file') throw new RenderError('Chart.yaml file is missing')
  const templates = tree.list(`${folder}templates`)
  tree.expect(templates)
  const used = { capabilities: false, random: [] as string[] }
  const output: HelmOutput = {
    documents: [],
    notes: '',
    text: '',
    chart: { name: 'fake', version: '1.0.0' },
    values: Object.fromEntries(request.values.map((input, index) => [`input${index}`, describe(input)])),
    warnings: [],
    usesCapabilities: false,
    randomFunctions: [],
  }
  for (const path of templates) {
    let text = Buffer.from(tree.read(path) ?? []).toString()
    for (const [, word, argument] of text.matchAll(/^#! *(\w+) *(.*)$/gm)) text += act(word ?? '', argument ?? '', sources)
    text = text
      .replaceAll('@release', request.release.name)
      .replaceAll('@namespace', request.release.namespace)
      .replaceAll('@values', () => JSON.stringify(JSON.stringify(request.values.map(describe))))
      .replaceAll('@kube', () => {
        used.capabilities = true
        return JSON.stringify(request.capabilities.kubeVersion ?? '')
      })
      .replaceAll('@random', () => {
        used.random.push('randAlphaNum')
        return Buffer.from(request.random.bytes({ template: path, functionName: 'randAlphaNum', call: used.random.length }, 8)).toString(
          'hex',
        )
      })
    output.documents.push({ source: `fake/${path.slice(folder.length)}`, text, isHook: false, isCrd: false })
  }
  output.text = output.documents.map(({ text }) => `---\n${text}`).join('\n')
  return { ...output, usesCapabilities: used.capabilities, randomFunctions: [...new Set(used.random)] }
}

/** A kustomization lists paths, one a line; each is a file, a folder with another one, or `git URL REVISION`. */
export const renderKustomize: RenderKustomize = (sources, request) => {
  const objects: { object: Record<string, unknown>; origin: string }[] = []
  visit(sources.tree, request.path)
  return { objects, text: JSON.stringify(objects), warnings: request.overrides === undefined ? [] : [JSON.stringify(request.overrides)] }

  function visit(tree: Sources['tree'], folder: string): void {
    const text = Buffer.from(tree.read(join(folder, 'kustomization.yaml')) ?? []).toString()
    for (const line of text.split('\n').filter((each) => each !== '')) {
      const [, url, revision] = /^git (\S+) (\S+)$/.exec(line) ?? []
      if (url !== undefined && revision !== undefined) {
        visit(sources.git({ url, revision }), '')
        continue
      }
      const path = join(folder, line)
      if (tree.stat(path) === 'folder') visit(tree, path)
      else objects.push({ object: JSON.parse(Buffer.from(tree.read(path) ?? []).toString()) as Record<string, unknown>, origin: path })
    }
  }
}

export const readToolInput: ReadToolInput = () => ({ foreign: new Set() })

function act(word: string, argument: string, sources: Sources): string {
  switch (word) {
    case 'loop':
      for (;;);
    case 'memory': {
      const held: unknown[] = []
      for (;;) held.push(Array(100_000).fill(held.length))
    }
    case 'stack':
      return act(word, `${argument} `, sources) + argument
    case 'output':
      return `\n# ${'x'.repeat(Number(argument))}`
    case 'objects':
      return Array.from(
        { length: Number(argument) },
        (_, index) => `\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: n-${index}}}`,
      ).join('')
    case 'depth':
      return `\n---\nx: ${'['.repeat(Number(argument))}${']'.repeat(Number(argument))}`
    case 'read':
      return `\n# ${Buffer.from(sources.tree.read(argument) ?? []).toString()}`
    case 'chart': {
      const [repository = '', name = '', version = ''] = argument.split(' ')
      return `\n# ${Buffer.from(sources.chart({ repository, name, version }).read('Chart.yaml') ?? []).toString()}`
    }
    case 'exit':
      process.exit(1)
    case 'throw':
      throw new RenderError(argument)
    default:
      throw new Error(`no such word: ${word}`)
  }
}

function describe(input: ValuesInput): unknown {
  if (input.kind === 'file') return { name: input.name, text: Buffer.from(input.text).toString() }
  if (input.kind === 'set-file') return { kind: input.kind, text: input.text, content: Buffer.from(input.readFile('')).toString() }
  return input
}

function join(folder: string, path: string): string {
  return folder === '' ? path : `${folder}/${path}`
}
