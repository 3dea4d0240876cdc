import fc from 'fast-check'

const field = fc.constantFrom('.', '.a', '.b.c', '.list', '.map', '.missing.x', '$', '$.a', '$.map.b')
const literal = fc.constantFrom('1', '-2', '0.5', '1e3', '0x1F', '1_0', "'a'", '2i', '"text"', '"q\\"\\n"', '`raw`', 'true', 'false', 'nil')
const word = fc.constantFrom(
  'print',
  'printf "%v"',
  'len',
  'not',
  'and',
  'or',
  'eq',
  'lt',
  'index',
  'list',
  'dict "a"',
  'upper',
  'double',
  'html',
)
const plain = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '}', '-', '"', '/', '\u00c3', '\u00a9'), maxLength: 8 })

/** Texts in the grammar of templates: they parse, but what they do when they run is as it may be. */
export const templateText: fc.Arbitrary<string> = fc.letrec<{
  pipe: string
  operand: string
  command: string
  body: string
  statement: string
}>((tie) => ({
  operand: fc.oneof(
    { depthSize: 'small' },
    field,
    literal,
    tie('pipe').map((pipe) => `(${pipe})`),
    tie('pipe').map((pipe) => `(${pipe}).a.b`),
  ),
  command: fc.oneof(
    fc.oneof(field, literal),
    fc.tuple(word, fc.array(tie('operand'), { maxLength: 3 })).map(([name, operands]) => [name, ...operands].join(' ')),
    tie('operand').map((operand) => `.map.f ${operand}`),
  ),
  pipe: fc
    .tuple(tie('command'), fc.array(fc.tuple(word, fc.array(field, { maxLength: 1 })), { maxLength: 2 }))
    .map(([first, others]) => [first, ...others.map(([name, operands]) => [name, ...operands].join(' '))].join(' | ')),
  statement: fc.oneof(
    { depthSize: 'small' },
    plain,
    tie('pipe').map((pipe) => `{{ ${pipe} }}`),
    tie('pipe').map((pipe) => `{{- $x := ${pipe} -}}{{ $x.a }}`),
    fc.constant('{{/* a note */}}'),
    fc
      .tuple(fc.constantFrom('if', 'with', 'range', 'range $k, $v :=', 'with $w :='), tie('pipe'), tie('body'), tie('body'), fc.boolean())
      .map(([head, pipe, body, other, hasElse]) => `{{ ${head} ${pipe} }}${body}${hasElse ? `{{ else }}${other}` : ''}{{ end }}`),
    fc.tuple(tie('pipe'), tie('pipe'), tie('body')).map(([one, two, body]) => `{{ if ${one} }}${body}{{ else if ${two} }}${body}{{ end }}`),
    fc.tuple(tie('body'), fc.constantFrom('break', 'continue')).map(([body, jump]) => `{{ range .list }}${body}{{ ${jump} }}{{ end }}`),
    fc.constantFrom('{{ template "t" . }}', '{{ template "t" }}'),
  ),
  body: fc.array(tie('statement'), { maxLength: 3 }).map((statements) => statements.join('')),
})).body

const marks = [
  '{{',
  '}}',
  '{{-',
  '-}}',
  ' -}}',
  '{{- ',
  '/*',
  '*/',
  '(',
  ')',
  '|',
  '.',
  '$',
  '$x',
  ':=',
  '=',
  ',',
  '"',
  '`',
  "'",
  '\\',
  '\n',
  ' ',
]
const words = [
  'if',
  'else',
  'end',
  'range',
  'with',
  'define',
  'block',
  'template',
  'break',
  'continue',
  'nil',
  'true',
  'print',
  'eq',
  'index',
  'include',
]
const terms = ['.a', '.b.c', '1', '0x', '1e', '1i', '"t"', '\u00e9', '\u0000', '\u2028', '$x := 1']
const actions = ['{{ end }}', '{{ if . }}', '{{ range . }}', '{{ define "t" }}']

/** Pieces of templates in any order: most of them do not parse. */
export const tokenSoup: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...marks, ...words, ...terms, ...actions), fc.string({ maxLength: 4 })), { maxLength: 30 })
  .map((pieces) => pieces.join(''))
