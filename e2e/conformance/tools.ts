import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { findHelm } from '../harness/helm.ts'
import { findKubectl } from '../harness/kubectl.ts'
import { run } from '../harness/run.ts'
import type { ConformanceOptions } from './options.ts'
import type { RealTool } from './real-tool.ts'

export interface Oracle extends RealTool {
  /** Whose semantics ours takes for it. */
  semantics: '3' | '4'
  for: 'helm' | 'kustomize'
}

/** The real tools, each with the version that it names itself. Those that are left out or not there are missing from the list. */
export async function findOracles(
  options: Pick<ConformanceOptions, 'helm3' | 'helm4' | 'kubectl'>,
): Promise<{ oracles: Oracle[]; missing: string[] }> {
  const oracles: Oracle[] = []
  const missing: string[] = []
  const helm3 = options.helm3 ?? findHelm('3.18')
  for (const [semantics, program] of [['3', helm3] as const, ['4', options.helm4 ?? findHelm('4.1')] as const]) {
    if (program === undefined) missing.push(`helm ${semantics}`)
    if (!program) continue
    const version = (await run(program, ['version', '--short'])).stdout.trim()
    oracles.push({ for: 'helm', semantics, program, version, name: `helm ${/^v(\d+\.\d+)/.exec(version)?.[1] ?? version}` })
  }
  let newer: Oracle | undefined
  const kubectls = options.kubectl === undefined ? [findKubectl('1.34'), findKubectl('1.33')] : [options.kubectl]
  for (const program of kubectls) {
    if (program === undefined) missing.push('kubectl')
    if (!program) continue
    const told = (await run(program, ['version', '--client'])).stdout
    const version =
      /Client Version: v(\d+\.\d+)/.exec(told)?.[1] ?? createHash('sha256').update(readFileSync(program)).digest('hex').slice(0, 12)
    const oracle: Oracle = {
      for: 'kustomize',
      semantics: '3',
      program,
      version: told.trim(),
      name: `kubectl ${version}`,
      ...(helm3 && { helmForKustomize: helm3 }),
      ...(newer !== undefined && { newer }),
    }
    oracles.push(oracle)
    newer ??= oracle
  }
  return { oracles, missing }
}
