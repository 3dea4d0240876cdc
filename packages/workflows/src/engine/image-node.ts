import { StepFailure } from '../actions/action-call.ts'
import { askEngine, type ContainerEngine, whyOf } from './engine.ts'

/** Where our own Node.js is in containers of steps. GitHub's runner has its programs there. */
export const ownNode = '/__e/node/bin/node'
/** Actions of today are written for it. */
const oldestNode = 20

/** A Node.js that runs in the container: ours, which is linked to this machine's kind of C library, or the image's own. */
export async function nodeInside(container: { engine: ContainerEngine; id: string; image: string }): Promise<string> {
  const { engine, id, image } = container
  const ours = await askEngine(engine, ['exec', id, ownNode, '--version'])
  if (majorOf(ours.stdout) >= oldestNode) return ownNode
  const own = await askEngine(engine, ['exec', id, '/bin/sh', '-c', 'command -v node && node --version'])
  const [path = '', version = ''] = own.stdout.trim().split('\n')
  if (own.code === 0 && majorOf(version) >= oldestNode) return path
  throw new StepFailure(
    `Actions for Node.js cannot run in image '${image}': that of this machine does not start there (${whyOf(ours)}), and the image has ${version === '' ? 'none' : `only ${version}`}. Use an image with the same C library (glibc, as Debian and Ubuntu have it), or one that brings Node.js ${oldestNode} or newer.`,
  )
}

function majorOf(version: string): number {
  return Number(/^v(\d+)\./.exec(version.trim())?.[1] ?? 0)
}
