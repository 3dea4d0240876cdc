import yaml from 'js-yaml'

/**
 * YAML as Kubernetes reads it (sigs.k8s.io/yaml, YAML 1.1): `on` and `yes` are true, `0644` is octal,
 * and a date stays the text that it is.
 */
const trueWords = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])
const falseWords = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'])

const boolean = new yaml.Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && (trueWords.has(text) || falseWords.has(text)),
  construct: (text: string) => trueWords.has(text),
})

const integerPattern = /^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[1-9][0-9_]*|0)$/

const integer = new yaml.Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && text.length < 64 && integerPattern.test(text),
  construct: readInteger,
})

function readInteger(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '')
  if (digits.startsWith('0b')) return sign * Number.parseInt(digits.slice(2), 2)
  if (digits.startsWith('0x')) return sign * Number.parseInt(digits.slice(2), 16)
  if (digits.startsWith('0o')) return sign * Number.parseInt(digits.slice(2), 8)
  return sign * Number.parseInt(digits, digits.length > 1 && digits.startsWith('0') ? 8 : 10)
}

const { types } = yaml as unknown as { types: Record<'null' | 'float' | 'merge', yaml.Type> }

export const kubernetesYaml: yaml.Schema = yaml.FAILSAFE_SCHEMA.extend({
  implicit: [types.null, boolean, integer, types.float, types.merge],
})
