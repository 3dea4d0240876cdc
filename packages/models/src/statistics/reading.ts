/** A figure as a file or a metrics server had it: nothing about it is taken for granted. */
export interface Reading {
  readonly value?: unknown
  readonly n?: unknown
  /** milliseconds since 1970 */
  readonly at?: unknown
  readonly dataDigest?: unknown
  readonly error?: unknown
}

/** What is wanted of it; what is not given is not asked for. */
export interface ReadingTerms {
  readonly now?: number | undefined
  readonly maxAgeMs?: number | undefined
  readonly minN?: number | undefined
  readonly dataDigest?: string | undefined
}

export type ReadingFault = 'providerError' | 'missing' | 'wrongType' | 'notFinite' | 'otherData' | 'stale' | 'tooFew'

/** The first reason for which a reading may not be used, or `ok`. Nothing is filled with zero. */
export function judgeReading(reading: Reading | null | undefined, terms: ReadingTerms = {}): ReadingFault | 'ok' {
  const { value, n, at, dataDigest, error } = reading ?? {}
  if (error !== undefined && error !== null && error !== '') return 'providerError'
  if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) return 'missing'
  // What Python's json and YAML write for numbers that are none.
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return 'notFinite'
  if (typeof value !== 'number') return 'wrongType'
  if (!Number.isFinite(value)) return 'notFinite'
  if (terms.dataDigest !== undefined && dataDigest !== terms.dataDigest) return 'otherData'
  if (terms.maxAgeMs !== undefined) {
    if (typeof at !== 'number' || !Number.isFinite(at) || terms.now === undefined) return 'stale'
    if (terms.now - at > terms.maxAgeMs || at - terms.now > 30_000) return 'stale'
  }
  if (terms.minN !== undefined && !(typeof n === 'number' && Number.isFinite(n) && n >= terms.minN)) return 'tooFew'
  return 'ok'
}
