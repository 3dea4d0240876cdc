import type { ELK, ElkNode } from 'elkjs/lib/elk-api.js'
import { columnGap, layoutInColumns, nodeHeight, rowGap, widthAt, type Layout, type Place } from './layout.ts'
import type { ShownTree } from './shown-tree.ts'

/**
 * The layered layout of the Eclipse Layout Kernel, in a worker that is loaded when the first tree is drawn. It keeps the order that
 * it is given, so that a pod which comes or goes moves nothing but its neighbours.
 */
let kernel: Promise<ELK> | undefined

async function loadKernel(): Promise<ELK> {
  const [{ default: Elk }, { default: workerUrl }] = await Promise.all([
    import('elkjs/lib/elk-api.js'),
    import('elkjs/lib/elk-worker.min.js?url'),
  ])
  return new Elk({ workerFactory: () => new Worker(workerUrl) })
}

const options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.spacing.nodeNode': String(rowGap),
  'elk.layered.spacing.nodeNodeBetweenLayers': String(columnGap),
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.crossingMinimization.forceNodeModelOrder': 'true',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
  'elk.layered.layering.strategy': 'LONGEST_PATH_SOURCE',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
}

/** Beyond this, columns do as well and take no time. */
const mostNodes = 250
/** A reader waits for a picture this long. A kernel that is still loading then is ready for the next. */
const patienceMs = 700

export async function layoutLayered(tree: ShownTree): Promise<Layout> {
  if (tree.nodes.length > mostNodes) return layoutInColumns(tree)
  try {
    kernel ??= loadKernel()
    const graph: ElkNode = {
      id: 'tree',
      layoutOptions: options,
      children: tree.nodes.map((one) => ({ id: one.id, width: widthAt(one.depth), height: nodeHeight })),
      edges: tree.edges.map((one, index) => ({ id: `edge ${index}`, sources: [one.from], targets: [one.to] })),
    }
    const done = await withTimeout(
      kernel.then((ready) => ready.layout(graph)),
      patienceMs,
    )
    if (!done) return layoutInColumns(tree)
    const places = new Map<string, Place>()
    for (const child of done.children ?? []) places.set(child.id, { x: child.x ?? 0, y: child.y ?? 0, width: child.width ?? 0 })
    return { places, width: done.width ?? 0, height: done.height ?? 0 }
  } catch (cause) {
    console.warn('The layered layout did not run; columns stand in', cause)
    kernel = undefined
    return layoutInColumns(tree)
  }
}

/** Undefined when it takes longer. */
function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
