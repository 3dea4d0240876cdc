const patterns: RegExp[] = [
  /\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi,
  // A JSON Web Token, whatever it is for (RFC 7519).
  /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g,
  /-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*PRIVATE KEY-----|$)/g,
]

/** Takes credentials out of a text that ends in a message or a log: those that are known, and those that look like one. */
export function maskCredentials(text: string, known: readonly string[] = []): string {
  let masked = text
  for (const secret of known) if (secret.length >= 4) masked = masked.replaceAll(secret, '********')
  for (const pattern of patterns) masked = masked.replace(pattern, '********')
  return masked
}
