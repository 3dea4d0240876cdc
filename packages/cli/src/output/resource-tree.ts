import type { Application, ApplicationTree, ResourceNode } from '@plimsoll/api'
import { table } from './table.ts'
import { resourceStates } from './application.ts'

/** The tree of an application's resources, drawn with lines; what Git holds first, its children below it. */
export function drawTree(application: Application, tree: ApplicationTree): string {
  const nodes = tree.nodes ?? []
  const states = new Map(
    resourceStates(application).map((state) => [`${state.group}/${state.kind}/${state.namespace}/${state.name}`, state]),
  )
  const children = new Map<string, ResourceNode[]>()
  for (const node of nodes) {
    for (const parent of node.parentRefs ?? []) {
      const uid = parent.uid ?? ''
      children.set(uid, [...(children.get(uid) ?? []), node])
    }
  }
  const rows: string[][] = []
  const draw = (node: ResourceNode, indent: string, branch: string, seen: ReadonlySet<string>): void => {
    const state = states.get(`${node.group ?? ''}/${node.kind}/${node.namespace ?? ''}/${node.name}`)
    const health = node.health?.status ?? state?.health ?? ''
    rows.push([`${indent}${branch}${node.kind}/${node.name}`, state?.status ?? '', health, node.health?.message ?? state?.message ?? ''])
    const uid = node.uid ?? ''
    // An owner that is its own descendant would be drawn for ever.
    if (uid === '' || seen.has(uid)) return
    const below = (children.get(uid) ?? []).toSorted((a, b) => (`${a.kind}/${a.name}` < `${b.kind}/${b.name}` ? -1 : 1))
    const deeper = indent + (branch === '' ? '' : branch === '├─' ? '│ ' : '  ')
    for (const [index, child] of below.entries()) draw(child, deeper, index === below.length - 1 ? '└─' : '├─', new Set([...seen, uid]))
  }
  for (const root of nodes.filter((node) => (node.parentRefs ?? []).length === 0)) draw(root, '', '', new Set())
  return table(['KIND/NAME', 'STATUS', 'HEALTH', 'MESSAGE'], rows)
}
