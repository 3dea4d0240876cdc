import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'

/** One render that both sides are asked for. */
export interface RenderCase {
  tool: 'helm' | 'kustomize'
  /** The folder that was given: our side may read inside it, and nowhere else. */
  root: string
  /** Of the chart or kustomization, relative to `root`; '' for the root itself. */
  path: string
  /** Values file of a chart, relative to the chart; undefined: its defaults. */
  valuesFile: string | undefined
  /** Further flags of `helm template`, from `ci/NAME.flags`: an argument a line. */
  flags: readonly string[]
  /** For people and for `--only`. */
  name: string
}

/** Folders that hold no charts, and may hold very many files. */
const skipped = new Set(['.git', 'node_modules'])

/** Every chart below `root` that is not a dependency in another one's `charts/`, with its default values, with each `ci/*.yaml` and each `ci/*.flags`. */
export function chartCases(root: string): RenderCase[] {
  const charts: string[] = []
  visit(root, (folder, entries) => {
    if (!entries.some((entry) => entry.name === 'Chart.yaml')) return true
    charts.push(folder)
    return ({ name }) => name !== 'charts' && name !== 'templates'
  })
  return charts.flatMap((folder) => {
    const path = relative(root, folder)
    const label = path === '' ? basename(root) : path
    const common = { tool: 'helm', root, path } as const
    const ci = join(folder, 'ci')
    const files = existsSync(ci) && statSync(ci).isDirectory() ? readdirSync(ci).toSorted() : []
    return [
      { ...common, valuesFile: undefined, flags: [], name: label },
      ...files.flatMap((file): RenderCase[] => {
        if (/\.ya?ml$/.test(file)) return [{ ...common, valuesFile: `ci/${file}`, flags: [], name: `${label} ci/${file}` }]
        if (!file.endsWith('.flags')) return []
        const flags = readFileSync(join(ci, file), 'utf8')
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'))
        return [{ ...common, valuesFile: undefined, flags, name: `${label} ci/${file}` }]
      }),
    ]
  })
}

const kustomizationNames = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])

/** Every folder below `root` with a kustomization. Components are among them: they are refused by both sides, or built by both. */
export function kustomizationCases(root: string): RenderCase[] {
  const folders: string[] = []
  visit(root, (folder, entries) => {
    if (entries.some((entry) => kustomizationNames.has(entry.name) && !entry.isDirectory())) folders.push(folder)
    return true
  })
  return folders.map((folder) => {
    const path = relative(root, folder)
    return { tool: 'kustomize', root, path, valuesFile: undefined, flags: [], name: path === '' ? basename(root) : path }
  })
}

function visit(folder: string, enter: (folder: string, entries: Dirent[]) => boolean | ((entry: Dirent) => boolean)): void {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const into = enter(folder, entries)
  for (const entry of entries) {
    if (!entry.isDirectory() || skipped.has(entry.name)) continue
    if (into === true || (into !== false && into(entry))) visit(join(folder, entry.name), enter)
  }
}
