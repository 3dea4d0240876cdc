import { PlimsollError } from '@plimsoll/api'
import type { Scalar } from 'yaml'

/**
 * What YAML 1.1 or 1.2 reads as something other than a string: numbers (also 1_000, 0x1f, 12:30:45), booleans, null, dates. Helm, kustomize and
 * Kubernetes differ in which of the two they speak, so that both are minded.
 */
const notAString =
  /^(?:[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|y|Y|n|N|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|null|Null|NULL|~|<<|=|\d{4}-\d{1,2}-\d{1,2}.*)$/
/** Beginnings, endings and characters that can only be text, in block and in flow. */
const plainText = /^[A-Za-z0-9_./](?:[A-Za-z0-9_./:@+=-]*[A-Za-z0-9_./@+=-])?$/

/** A value as it is written in place of `node`, in its quotes where it has some. It always reads as a string. */
export function quoteLike(node: Scalar | undefined, value: string, { isJson }: { isJson: boolean }): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/.test(value) || value.length > 4096) {
    throw new PlimsollError('invalid-request', 'A version has no control characters or line breaks, and 4096 characters at most.')
  }
  if (isJson || node?.type === 'QUOTE_DOUBLE') return JSON.stringify(value)
  if (node?.type === 'QUOTE_SINGLE') return `'${value.replaceAll("'", "''")}'`
  return plainText.test(value) && !notAString.test(value) ? value : JSON.stringify(value)
}
