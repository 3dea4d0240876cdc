import type { KubeObject } from '@plimsoll/kube'
import type { RenderResult } from './contract.ts'
import { readManifests } from './directory/read-manifests.ts'
import { compareWithBinary } from './engine/real-binary.ts'
import { RenderError } from './engine/tree.ts'
import { defaultLimits } from './limits.ts'

const limits = { ...defaultLimits, fileBytes: 64_000_000, values: 10_000_000, textBytes: 256_000_000 }

/**
 * What differs between two renderings as YAML, ours and the real tool's: a line for each object, without values, which may be secrets. Empty when
 * they mean the same objects in the same order. `again`: the real tool's second run, where something is random by nature; what differs between its own two
 * is no difference. Throws `RenderError` for a text that holds no Kubernetes objects.
 */
export function compareRenderedTexts(ours: string, theirs: string, again?: string): readonly string[] {
  const run = (text: string): Parameters<typeof compareWithBinary>[1] => ({
    tool: 'the real tool',
    manifests: manifestsIn(text),
    durationMs: 0,
  })
  return compareWithBinary(manifestsIn(ours), run(theirs), again === undefined ? undefined : run(again)).differences
}

function manifestsIn(text: string): RenderResult['manifests'] {
  const { objects, problems } = readManifests(Buffer.from(text), 'yaml', limits)
  const [problem] = problems
  if (problem) throw new RenderError(`line ${problem.line}: ${problem.message}`, { remedy: problem.remedy })
  // What the check of the manifest let through is a Kubernetes object.
  return objects.map(({ object }) => ({ object: object as KubeObject, at: { file: 'output' } }))
}
