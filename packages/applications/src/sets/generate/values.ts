import { PlimsollError } from '@plimsoll/api'
import type { Asked } from './generator.ts'
import type { Parameters, StringMap } from './parameters.ts'

export function isGo({ set }: Pick<Asked, 'set'>): boolean {
  return set.spec.goTemplate === true
}

/** What every filling of a set is told. */
export function dialectOf({ set }: Pick<Asked, 'set'>): { dialect: 'go' | 'fast'; options: readonly string[] } {
  return { dialect: isGo({ set }) ? 'go' : 'fast', options: set.spec.goTemplateOptions ?? [] }
}

/**
 * Adds a generator's `values`, each filled in from what the generator gives and from nothing else: one value never sees another, so that none can
 * grow by the next.
 */
export async function withValues(
  parameters: readonly Parameters[],
  values: Readonly<Record<string, string>> | null | undefined,
  asked: Asked,
): Promise<Parameters[]> {
  const names = Object.keys(values ?? {})
  if (names.length === 0) return [...parameters]
  const template = names.map((name) => values?.[name] ?? '')
  const fillings = await asked.sources.templates.fill({ template, parameters, ...dialectOf(asked) })
  return parameters.map((one, index) => {
    const filling = fillings[index]
    if (filling === undefined || 'problem' in filling)
      throw new PlimsollError('generator-failed', `${asked.where}.values: ${filling?.problem ?? 'were not filled in'}.`, {
        remedy: 'Correct the text that the message names.',
      })
    const texts = filling.value as string[]
    const filled: StringMap = new Map(names.map((name, at) => [name, texts[at] ?? '']))
    if (isGo(asked)) return { ...one, values: filled }
    return { ...one, ...Object.fromEntries([...filled].map(([name, text]) => [`values.${name}`, text])) }
  })
}
