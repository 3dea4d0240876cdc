interface Versioned {
  metadata: { uid?: string; resourceVersion?: string }
}

/**
 * Whether the first of two states of one object is the newer. An answer to a request may come after the stream has told what happened next.
 * Resource versions are decimal numbers of any length (Kubernetes API concepts, "Resource versions"); others cannot be compared.
 */
export function isNewer(a: Versioned, b: Versioned): boolean {
  if (a.metadata.uid !== b.metadata.uid) return false
  return isLaterVersion(a.metadata.resourceVersion ?? '', b.metadata.resourceVersion ?? '')
}

export function isLaterVersion(a: string, b: string): boolean {
  if (!/^[1-9]\d*$/.test(a) || !/^[1-9]\d*$/.test(b)) return false
  return a.length === b.length ? a > b : a.length > b.length
}
