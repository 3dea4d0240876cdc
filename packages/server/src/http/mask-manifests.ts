const mask = '++++++++'
const openFields = new Set(['apiVersion', 'kind', 'metadata', 'type', 'immutable'])
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * The last look at a manifest before it leaves: no value of a core Secret goes out, wherever the manifest carries one. Those that compare
 * secrets have put runs of `+` in their place before; these stay, since their lengths say which values differ.
 */
export function maskManifest<T>(manifest: T): T {
  if (!isRecord(manifest) || manifest['kind'] !== 'Secret' || manifest['apiVersion'] !== 'v1') return manifest
  const masked: Record<string, unknown> = { ...manifest }
  for (const [field, values] of Object.entries(masked)) {
    // Also what is no field of a Secret: it may be one that is written wrongly.
    if (openFields.has(field)) continue
    if (isRecord(values))
      masked[field] = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isMasked(value) ? value : mask]))
    else if (values !== undefined && values !== null) masked[field] = mask
  }
  const metadata = masked['metadata']
  if (isRecord(metadata) && isRecord(metadata['annotations'])) {
    const annotations = metadata['annotations']
    masked['metadata'] = {
      ...metadata,
      annotations: { ...annotations, ...(lastApplied in annotations && { [lastApplied]: maskText(annotations[lastApplied]) }) },
    }
  }
  return masked as T
}

/** A manifest as JSON text. A text that is no JSON and says Secret is not let out. */
export function maskText(text: unknown): string {
  if (typeof text !== 'string' || text === '') return ''
  try {
    return JSON.stringify(maskManifest(JSON.parse(text) as unknown))
  } catch {
    return text.includes('Secret') ? mask : text
  }
}

function isMasked(value: unknown): boolean {
  return value === null || (typeof value === 'string' && /^\+*$/.test(value))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
