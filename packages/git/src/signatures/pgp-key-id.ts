/** Of version 4 the end of the fingerprint, of version 6 its beginning (RFC 9580, 5.5.4). */
export function keyIDOf(fingerprint: string): string {
  return fingerprint.length === 40 ? fingerprint.slice(-16) : fingerprint.slice(0, 16)
}

/**
 * What somebody calls a key by: 16 digits, a fingerprint, with or without `0x` and blanks. Undefined for anything else: eight digits are no
 * name, for everybody can make a key that has them.
 */
export function normalizedKeyID(text: string): string | undefined {
  const digits = text.replaceAll(/\s/g, '').replace(/^0x/i, '').toUpperCase()
  if (!/^[0-9A-F]+$/.test(digits) || ![16, 40, 64].includes(digits.length)) return undefined
  return digits.length === 16 ? digits : keyIDOf(digits)
}
